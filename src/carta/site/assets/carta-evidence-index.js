// The evidence index: choose, search and sort the rows of its table. Without this script the table stands whole.

import { element } from "./carta-dom.js";
import { Filters, intoAddress, labelled, offer } from "./carta-filters.js";
import { csv, sorter } from "./carta-trials-table.js";

const NAMES = { disease: "Disease", target: "Target", design: "Design", status: "Status", year: "Year" };
const MANY = new Set(["disease", "target"]);
const NUMBERS = new Set(["people", "facts", "year"]);
const NOTHING = "–";
const BETWEEN = "; ";

function read(line, columns) {
  const row = { line };
  columns.forEach(({ key }, at) => {
    const cell = line.cells[at];
    if (key === "name") {
      row.name = cell.querySelector("a").textContent;
      row.title = cell.querySelector("span")?.textContent ?? "";
      // A key such as muller-2024-nejm finds its source too.
      row.key = cell.querySelector("a").getAttribute("href").replace(/\.html$/, "");
    } else {
      const text = cell.textContent.trim();
      const value = text === NOTHING ? "" : text;
      row[key] = MANY.has(key) ? value.split(BETWEEN).filter(Boolean) : value;
    }
  });
  return row;
}

// What is searched and written to a file: everything but the element of the row.
const data = ({ line, ...rest }) => rest;

function start(table, root) {
  const heads = [...table.tHead.rows[0].cells];
  const columns = heads.map((head) => ({ key: head.dataset.key, label: head.textContent.trim() }));
  const body = table.tBodies[0];
  const rows = [...body.rows].map((line) => read(line, columns));
  const lines = new Map();
  const plain = rows.map((row) => {
    const kept = data(row);
    lines.set(kept, row.line);
    return kept;
  });
  const compare = Object.fromEntries(
    [...NUMBERS].map((key) => [key, (one, other) => Number(one.replaceAll(",", "")) - Number(other.replaceAll(",", ""))]),
  );
  const sort = sorter(plain, compare);
  const asked = new URLSearchParams(location.search);
  const order = {
    key: columns.some(({ key }) => key === asked.get("sort")) ? asked.get("sort") : "",
    down: asked.get("down") === "1",
  };
  let found = plain;

  const draw = () => {
    const ordered = order.key ? sort(found, order.key, order.down) : found;
    const shown = new Set(ordered);
    for (const row of plain) lines.get(row).hidden = !shown.has(row);
    body.append(...ordered.map((row) => lines.get(row)));
    heads.forEach((head, at) => {
      if (columns[at].key === order.key) head.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    sortBy.value = order.key;
    root.dataset.drawn = String(Number(root.dataset.drawn ?? 0) + 1);
    return ordered;
  };
  const sortTo = (key, down) => {
    Object.assign(order, { key, down });
    intoAddress({ sort: key, down: key && down ? "1" : "" });
    draw();
  };

  heads.forEach((head, at) => {
    const { key, label } = columns[at];
    const button = element("button", { type: "button", text: label });
    // Counts and years are asked for with the largest first.
    button.addEventListener("click", () => sortTo(key, order.key === key ? !order.down : NUMBERS.has(key)));
    head.replaceChildren(button);
  });
  // On a phone the headings are out of sight, so that sorting has controls of its own.
  const sortBy = element("select", {}, [
    element("option", { value: "", text: "the order of the list" }),
    ...columns.map(({ key, label }) => element("option", { value: key, text: label })),
  ]);
  sortBy.addEventListener("change", () => sortTo(sortBy.value, NUMBERS.has(sortBy.value)));
  const turn = element("button", { type: "button", text: "Reverse the order" });
  turn.addEventListener("click", () => order.key && sortTo(order.key, !order.down));

  const filters = new Filters({
    id: root.id,
    rows: plain,
    names: NAMES,
    noun: "sources and trials",
    show: (rowsFound) => {
      found = rowsFound;
      draw();
    },
  });
  const take = element("button", { type: "button", text: "Download these rows (CSV)" });
  take.addEventListener("click", () => {
    const wanted = [...columns.slice(0, 1), { key: "title", label: "Title" }, ...columns.slice(1), { key: "key", label: "Key" }];
    offer(csv(draw(), wanted), "evidence.csv", root);
  });
  filters.buttons.append(take);
  root.append(...filters.parts, element("div", { class: "carta-trials-sort" }, [labelled(root.id, "Sort by", sortBy), turn]));
  root.dataset.live = "yes";
}

start(document.getElementById("evidence-table"), document.getElementById("evidence-filter"));
