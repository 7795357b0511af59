// Rows as data: filter, sort, count, write as CSV. Trials, the evidence index and the audit share it; no page is
// touched here.

export const NONE = "not recorded";

// The values of a row under a key, always as a list; what is missing has the one value NONE.
export function valuesOf(row, key) {
  const value = row[key];
  if (Array.isArray(value)) return value.length ? value : [NONE];
  return value === null || value === undefined || value === "" ? [NONE] : [value];
}

// Letters without their marks, so that "Sjogren" finds "Sjögren".
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

// What a search looks through, once for each row.
export function haystacks(rows) {
  return rows.map((row) =>
    plain(
      Object.values(row)
        .flat()
        .filter((value) => value !== null)
        .join(" \n "),
    ),
  );
}

// Rows that have every word of the search and the chosen value under every key of `chosen`.
export function select(rows, hay, { search = "", chosen = {} }) {
  const words = plain(search).split(/\s+/).filter(Boolean);
  const asked = Object.entries(chosen).filter(([, value]) => value !== "");
  return rows.filter(
    (row, index) =>
      words.every((word) => hay[index].includes(word)) &&
      asked.every(([key, value]) => valuesOf(row, key).includes(value)),
  );
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

// Numbers, dates and registry numbers need no rules of language, which are slow.
const byLetters = (one, other) => (one < other ? -1 : Number(one > other));
const COMPARE = { nct: byLetters, start: byLetters, n: (one, other) => one - other };

// A function that sorts some of the rows by a key. Comparing words is slow, so each key is put in order once, when
// it is first asked for. Rows without a value stand last in both directions. `compare` holds what compares the
// values of a key, where that is not how words are compared.
export function sorter(rows, compare = COMPARE) {
  const orders = new Map();
  const orderOf = (key) => {
    if (!orders.has(key)) {
      const words = new Map(rows.map((row) => [row, valuesOf(row, key).join(", ")]));
      const distinct = [...new Set(words.values())].sort(compare[key] ?? collator.compare);
      const rank = new Map(distinct.map((word, index) => [word, index]));
      const [known, missing] = [[], []];
      for (const row of rows) (valuesOf(row, key)[0] === NONE ? missing : known).push(row);
      const place = new Map(known.map((row) => [row, rank.get(words.get(row))]));
      orders.set(key, { known: known.sort((one, other) => place.get(one) - place.get(other)), missing });
    }
    return orders.get(key);
  };
  return (found, key, down = false) => {
    const asked = new Set(found);
    const { known, missing } = orderOf(key);
    const kept = known.filter((row) => asked.has(row));
    return [...(down ? kept.reverse() : kept), ...missing.filter((row) => asked.has(row))];
  };
}

// How many rows have each value under a key, most first; a row with several values counts under each.
export function counts(rows, key) {
  const found = new Map();
  for (const row of rows) for (const value of valuesOf(row, key)) found.set(value, (found.get(value) ?? 0) + 1);
  return [...found].sort(([a, n], [b, m]) => (a === NONE) - (b === NONE) || m - n || collator.compare(a, b));
}

// Rows by year of start, every year from the first to the last, and how many have no start.
export function years(rows) {
  const found = new Map();
  let unknown = 0;
  for (const { start } of rows) {
    const year = start ? Number(start.slice(0, 4)) : 0;
    if (year) found.set(year, (found.get(year) ?? 0) + 1);
    else unknown += 1;
  }
  if (!found.size) return { bars: [], unknown };
  const [first, last] = [Math.min(...found.keys()), Math.max(...found.keys())];
  return { bars: Array.from({ length: last - first + 1 }, (_, i) => [first + i, found.get(first + i) ?? 0]), unknown };
}

// Comma-separated values after RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe.
export function csv(rows, columns) {
  const cell = (value) => {
    let text = Array.isArray(value) ? value.join("; ") : String(value ?? "");
    if (/^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [columns.map(({ label }) => cell(label)), ...rows.map((row) => columns.map(({ key }) => cell(row[key])))];
  return `${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
}
