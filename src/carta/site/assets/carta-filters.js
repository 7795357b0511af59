// Choosing among rows, with the choice in the address: shared by the trial explorer, the evidence index and the audit.

import { element } from "./carta-dom.js";
import { counts, haystacks, select } from "./carta-trials-table.js";

export const number = new Intl.NumberFormat("en").format;

// A control under its name; its identifier begins with that of the whole.
export function labelled(id, name, control) {
  control.id = `${id}-${name.toLowerCase().replaceAll(" ", "-")}`;
  return element("div", { class: "carta-trials-control" }, [element("label", { for: control.id, text: name }), control]);
}

// A field to search in.
export function searchField(value, changed) {
  const field = element("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  field.value = value;
  field.addEventListener("input", () => changed(field.value));
  return field;
}

// A box to choose one of the values under a key, each with how many rows have it.
export function selectBox(rows, key, chosen, changed) {
  const box = element("select", {}, [element("option", { value: "", text: "all" })]);
  for (const [value, n] of counts(rows, key)) box.append(element("option", { value, text: `${value} (${number(n)})` }));
  box.value = chosen ?? "";
  box.addEventListener("change", () => changed(box.value));
  return box;
}

// The values of `keys` that the address asks for and some row has.
export function askedFor(rows, keys) {
  const asked = new URLSearchParams(location.search);
  const chosen = {};
  for (const key of keys) {
    const value = asked.get(key);
    if (value && counts(rows, key).some(([known]) => known === value)) chosen[key] = value;
  }
  return chosen;
}

// Puts values into the address, so that a view can be sent to others; what is empty goes out of it.
export function intoAddress(values) {
  const asked = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(values)) {
    if (value) asked.set(key, value);
    else asked.delete(key);
  }
  const text = asked.toString();
  history.replaceState(null, "", `${location.pathname}${text ? `?${text}` : ""}${location.hash}`);
}

// Offers a text as a file. The mark at its start tells spreadsheets that it is UTF-8.
export function offer(text, name, beside) {
  const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  const link = element("a", { href: address, download: name, hidden: "" });
  beside.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// Search and boxes over rows that stand in the page already. `names` holds the keys to choose by and what they are
// called; `show` is given the rows found, whenever they change; `noun` is what rows are called.
export class Filters {
  constructor({ id, rows, names, noun, show }) {
    this.rows = rows;
    this.names = names;
    this.noun = noun;
    this.show = show;
    this.hay = haystacks(rows);
    const keys = Object.keys(names);
    this.state = { search: new URLSearchParams(location.search).get("search") ?? "", chosen: askedFor(rows, keys) };
    this.field = searchField(this.state.search, (search) => this.change({ search }));
    this.boxes = {};
    for (const key of keys) {
      this.boxes[key] = selectBox(rows, key, this.state.chosen[key], (value) =>
        this.change({ chosen: { ...this.state.chosen, [key]: value } }),
      );
    }
    this.said = element("p", { class: "carta-trials-said", role: "status" });
    const reset = element("button", { type: "button", text: "Show all" });
    reset.addEventListener("click", () => this.reset());
    this.buttons = element("div", { class: "carta-trials-buttons" }, [reset]);
    this.parts = [
      element("div", { class: "carta-trials-controls", role: "search", "aria-label": `Choose ${noun}` }, [
        labelled(id, "Search", this.field),
        ...keys.map((key) => labelled(id, names[key], this.boxes[key])),
      ]),
      this.said,
      this.buttons,
    ];
    this.update();
  }

  change(part) {
    this.state = { ...this.state, ...part };
    const { search, chosen } = this.state;
    intoAddress({ search, ...Object.fromEntries(Object.keys(this.names).map((key) => [key, chosen[key]])) });
    this.update();
  }

  reset() {
    this.field.value = "";
    for (const box of Object.values(this.boxes)) box.value = "";
    this.change({ search: "", chosen: {} });
  }

  update() {
    this.found = select(this.rows, this.hay, this.state);
    for (const key of Object.keys(this.names)) this.recount(key);
    const [found, all] = [number(this.found.length), number(this.rows.length)];
    this.said.textContent = found === all ? `All ${all} ${this.noun}` : `${found} of ${all} ${this.noun}`;
    this.show(this.found);
  }

  // Beside each value stands how many rows would be left, given the other choices.
  recount(key) {
    const { search, chosen } = this.state;
    const others = select(this.rows, this.hay, { search, chosen: { ...chosen, [key]: "" } });
    const left = new Map(counts(others, key));
    for (const option of this.boxes[key].options) {
      if (option.value === "") continue;
      const n = left.get(option.value) ?? 0;
      option.textContent = `${option.value} (${number(n)})`;
      option.disabled = n === 0 && !option.selected;
    }
  }
}
