// The trial explorer of a page. Its numbers come from carta-trials-table.js; no address from elsewhere.

import { element, shape } from "./carta-dom.js";
import { askedFor, intoAddress, labelled, number, offer, searchField, selectBox } from "./carta-filters.js";
import { counts, csv, haystacks, select, sorter, years } from "./carta-trials-table.js";

const PAGE_SIZE = 25;
// Milliseconds without a further keystroke until the address and the drawing follow; the rows follow at once.
const PAUSE = 200;
const FILTERS = ["diseases", "targets", "cell", "phase", "status", "countries", "sponsor"];
const NAMES = {
  diseases: "Disease",
  targets: "Target",
  cell: "Cell source",
  phase: "Phase",
  status: "Status",
  countries: "Country",
  sponsor: "Sponsor",
};

class TrialExplorer {
  constructor(root) {
    this.root = root;
    const { columns, rows } = JSON.parse(root.querySelector(".carta-trials-data").textContent);
    this.columns = columns;
    this.rows = rows;
    this.hay = haystacks(rows);
    this.sort = sorter(rows);
    this.table = document.querySelector("table.carta-trials-plain");
    this.links = new Map();
    for (const link of this.table?.querySelectorAll("tbody tr > :first-child a") ?? []) {
      const nct = /NCT\d{8}/.exec(link.textContent);
      if (nct) this.links.set(nct[0], link.getAttribute("href"));
    }
    this.start = { search: "", chosen: {}, group: "", sort: "nct", down: false, page: 0 };
    this.state = this.fromAddress();
    this.build();
    this.update();
    this.putAway();
    root.dataset.live = "yes";
    this.prepare(this.columns.map(({ key }) => key));
  }

  // The first sort by a column puts all rows in order; this is done ahead, a column at a time, while nothing else is.
  prepare([key, ...keys]) {
    if (!key) return;
    const whenIdle = window.requestIdleCallback ?? setTimeout;
    whenIdle(() => {
      this.sort([], key);
      this.prepare(keys);
    });
  }

  // The plain table leaves the page, since thousands of rows make every change slow; on paper it stands again.
  putAway() {
    const box = this.table?.closest(".carta-trials-plain-box");
    if (!box) return;
    const kept = [...box.childNodes];
    const hide = () => {
      box.replaceChildren();
      box.hidden = true;
    };
    addEventListener("beforeprint", () => {
      box.replaceChildren(...kept);
      box.hidden = false;
    });
    addEventListener("afterprint", hide);
    hide();
  }

  // ---- the state in the address: ?disease=…, so that a view can be sent to others

  fromAddress() {
    const asked = new URLSearchParams(location.search);
    const chosen = askedFor(this.rows, FILTERS);
    const sort = asked.get("sort");
    return {
      ...this.start,
      search: asked.get("search") ?? "",
      chosen,
      group: FILTERS.includes(asked.get("group")) ? asked.get("group") : "",
      sort: this.columns.some(({ key }) => key === sort) ? sort : "nct",
      down: asked.get("down") === "1",
    };
  }

  toAddress() {
    const { search, chosen, group, sort, down } = this.state;
    intoAddress({
      ...Object.fromEntries(FILTERS.map((key) => [key, chosen[key]])),
      search,
      group,
      sort: sort === "nct" ? "" : sort,
      down: down ? "1" : "",
    });
  }

  // ---- what is made once

  build() {
    const id = this.root.id;
    this.search = searchField(this.state.search, (text) => this.type(text));
    this.selects = {};
    for (const key of FILTERS) {
      this.selects[key] = selectBox(this.rows, key, this.state.chosen[key], (value) =>
        this.change({ chosen: { ...this.state.chosen, [key]: value } }),
      );
    }
    this.group = element("select", {}, [
      element("option", { value: "", text: "no grouping" }),
      ...FILTERS.map((key) => element("option", { value: key, text: NAMES[key] })),
    ]);
    this.group.value = this.state.group;
    this.group.addEventListener("change", () => this.change({ group: this.group.value }));
    const controls = element("div", { class: "carta-trials-controls", role: "search" }, [
      labelled(id, "Search", this.search),
      ...FILTERS.map((key) => labelled(id, NAMES[key], this.selects[key])),
      labelled(id, "Count by", this.group),
    ]);

    this.said = element("p", { class: "carta-trials-said", role: "status" });
    const reset = element("button", { type: "button", text: "Reset" });
    reset.addEventListener("click", () => {
      this.change({ ...this.start, chosen: {} });
      this.search.value = "";
      this.group.value = "";
      for (const select of Object.values(this.selects)) select.value = "";
    });
    const take = element("button", { type: "button", text: "Download these rows (CSV)" });
    take.addEventListener("click", () => this.download());
    const buttons = element("div", { class: "carta-trials-buttons" }, [take, reset]);

    this.groups = element("div", { class: "carta-trials-groups" });
    this.timeline = element("figure", { class: "carta-trials-timeline" });

    this.heads = {};
    const head = element("tr");
    for (const { key, label } of this.columns) {
      const button = element("button", { type: "button", text: label });
      button.addEventListener("click", () =>
        this.change({ sort: key, down: this.state.sort === key ? !this.state.down : false }),
      );
      this.heads[key] = element("th", { scope: "col" }, [button]);
      head.append(this.heads[key]);
    }
    this.body = element("tbody");
    this.lines = [];
    this.none = element("tr", {}, [element("td", { colspan: String(this.columns.length), text: "No trial matches. Reset, or choose less." })]);
    const caption = element("caption", { text: "Registered trials. A heading sorts by its column." });
    const box = element("div", { class: "carta-trials-box", tabindex: "0", role: "region", "aria-label": "Registered trials" }, [
      element("table", {}, [caption, element("thead", {}, [head]), this.body]),
    ]);
    // On a phone the headings are out of sight, so that sorting has controls of its own.
    this.sortBy = element("select", {}, this.columns.map(({ key, label }) => element("option", { value: key, text: label })));
    this.sortBy.addEventListener("change", () => this.change({ sort: this.sortBy.value, down: false }));
    this.turn = element("button", { type: "button", text: "Reverse the order" });
    this.turn.addEventListener("click", () => this.change({ down: !this.state.down }));
    const phone = element("div", { class: "carta-trials-sort" }, [labelled(id, "Sort by", this.sortBy), this.turn]);

    this.back = element("button", { type: "button", text: "Previous" });
    this.next = element("button", { type: "button", text: "Next" });
    this.place = element("span");
    this.back.addEventListener("click", () => this.turnTo(this.state.page - 1));
    this.next.addEventListener("click", () => this.turnTo(this.state.page + 1));
    const pager = element("nav", { class: "carta-trials-pager", "aria-label": "Pages of the table" }, [this.back, this.place, this.next]);

    this.root.append(controls, this.said, buttons, this.groups, this.timeline, phone, box, pager);
  }

  // ---- what changes

  change(part) {
    clearTimeout(this.pause);
    this.state = { ...this.state, page: 0, ...part };
    this.toAddress();
    this.update();
  }

  // A keystroke changes the rows alone: browsers limit how often an address may change, and a drawing that moves with
  // every letter helps nobody.
  type(search) {
    clearTimeout(this.pause);
    this.state = { ...this.state, page: 0, search };
    this.find();
    this.pause = setTimeout(() => {
      this.toAddress();
      this.draw();
    }, PAUSE);
  }

  turnTo(page) {
    this.state.page = page;
    this.drawRows();
  }

  update() {
    this.find();
    this.draw();
  }

  find() {
    const { sort, down } = this.state;
    this.found = select(this.rows, this.hay, this.state);
    this.ordered = this.sort(this.found, sort, down);
    for (const [key, head] of Object.entries(this.heads)) {
      if (key === sort) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    this.sortBy.value = sort;
    this.said.textContent = `${number(this.found.length)} of ${number(this.rows.length)} registered trials.`;
    this.drawRows();
  }

  // What is drawn depends on which rows were found, not on their order or page.
  draw() {
    const { chosen, group } = this.state;
    const asked = JSON.stringify([chosen, group, this.state.search]);
    if (asked !== this.asked) {
      this.asked = asked;
      this.drawGroups();
      // Rows and counts are painted first.
      requestAnimationFrame(() => setTimeout(() => this.drawTimeline()));
    }
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn ?? 0) + 1);
  }

  drawGroups() {
    const { group } = this.state;
    this.groups.replaceChildren();
    if (!group) return;
    const found = counts(this.found, group);
    const most = Math.max(1, ...found.map(([, n]) => n));
    const many = this.columns.find(({ key }) => key === group).many;
    const list = element("ul");
    for (const [value, n] of found) {
      const bar = element("meter", { min: "0", max: String(most), value: String(n), "aria-hidden": "true" });
      const button = element("button", { type: "button", "aria-pressed": String(this.state.chosen[group] === value) }, [
        element("span", { text: value }),
        bar,
        element("span", { text: number(n) }),
      ]);
      button.addEventListener("click", () => {
        const chosen = this.state.chosen[group] === value ? "" : value;
        this.selects[group].value = chosen;
        this.change({ chosen: { ...this.state.chosen, [group]: chosen } });
        // The buttons were made anew: the focus goes to the one with the same words.
        [...this.groups.querySelectorAll("button")].find((b) => b.firstChild.textContent === value)?.focus();
      });
      list.append(element("li", {}, [button]));
    }
    const note = many ? " A trial with several counts under each, so the counts must not be added." : "";
    this.groups.append(element("p", { text: `Trials found, by ${NAMES[group].toLowerCase()}.${note} Choose one to see its trials.` }), list);
  }

  drawTimeline() {
    const { bars, unknown } = years(this.found);
    const told = unknown ? `${number(unknown)} without a recorded start are not drawn.` : "";
    this.timeline.replaceChildren();
    if (bars.length) {
      const [width, height, bottom, top] = [Math.max(300, 46 * bars.length), 150, 24, 20];
      const most = Math.max(...bars.map(([, n]) => n));
      const alt = `Trials by year of start: ${bars.map(([year, n]) => `${year}: ${n}`).join(", ")}.`;
      const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": alt });
      const step = width / bars.length;
      bars.forEach(([year, n], index) => {
        const tall = (n / most) * (height - bottom - top);
        const middle = step * (index + 0.5);
        svg.append(shape("rect", { x: middle - step * 0.34, y: height - bottom - tall, width: step * 0.68, height: tall }));
        svg.append(shape("text", { x: middle, y: height - bottom - tall - 5, "text-anchor": "middle" }, String(n)));
        svg.append(shape("text", { x: middle, y: height - 6, "text-anchor": "middle" }, String(year)));
      });
      this.timeline.append(svg);
    }
    this.timeline.append(element("figcaption", { text: `Trials found, by year of start. ${told}` }));
  }

  drawRows() {
    const pages = Math.max(1, Math.ceil(this.ordered.length / PAGE_SIZE));
    this.state.page = Math.min(Math.max(0, this.state.page), pages - 1);
    const from = this.state.page * PAGE_SIZE;
    const shown = this.ordered.slice(from, from + PAGE_SIZE);
    while (this.lines.length < shown.length) this.lines.push(this.line());
    shown.forEach((row, index) => this.lines[index].fill(row));
    const wanted = shown.length ? this.lines.slice(0, shown.length).map(({ node }) => node) : [this.none];
    // Most changes leave the number of lines as it is; only their words are new.
    if (this.body.children.length !== wanted.length || this.body.firstChild !== wanted[0]) this.body.replaceChildren(...wanted);
    this.place.textContent = `Page ${number(this.state.page + 1)} of ${number(pages)}`;
    this.back.disabled = this.state.page === 0;
    this.next.disabled = this.state.page === pages - 1;
  }

  // A line of the table, and a function that writes a row into it.
  line() {
    const cells = this.columns.map(({ key, label }) => {
      const cell = element(key === "nct" ? "th" : "td", { "data-label": label });
      if (key === "nct") {
        cell.setAttribute("scope", "row");
        cell.append(element("a"));
      } else cell.append("–");
      return cell;
    });
    const fill = (row) =>
      this.columns.forEach(({ key }, index) => {
        const place = cells[index].firstChild;
        if (key === "nct") {
          const href = this.links.get(row.nct);
          if (href) place.setAttribute("href", href);
          else place.removeAttribute("href");
        }
        const words = this.words(row, key);
        if (place.textContent !== words) place.textContent = words;
      });
    return { node: element("tr", {}, cells), fill };
  }

  words(row, key) {
    if (key === "nct") return row.acronym ? `${row.acronym} (${row.nct})` : row.nct;
    const value = row[key];
    if (Array.isArray(value)) return value.join(", ") || "–";
    if (key === "n" && value !== null) return number(value);
    return String(value ?? "") || "–";
  }

  download() {
    const columns = [...this.columns];
    columns.splice(1, 0, { key: "acronym", label: "Acronym" }, { key: "title", label: "Title" });
    offer(csv(this.ordered, columns), "trials.csv", this.root);
  }
}

for (const root of document.querySelectorAll(".carta-trials")) new TrialExplorer(root);
