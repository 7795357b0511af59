// From what a reader types to what is found. The words are made as carta/site/search/words.py makes them; ranking is
// MiniSearch's; other names of a thing and the nearest known word for a misspelt one are ours.

(() => {
  const COMPOUND = /[\p{L}\p{N}]+(?:[-‐‑–][\p{L}\p{N}]+)*/gu;
  const PART = /[\p{L}\p{N}]+/gu;
  // In a text as it is printed, where accents may be letters of their own.
  const PRINTED = /[\p{L}\p{N}\p{M}]+(?:[-‐‑–][\p{L}\p{N}\p{M}]+)*/gu;
  const LONGEST = 40;

  // What a title counts against a word in the text, and a chapter against a section in one.
  const BOOST = { title: 5, names: 3, context: 1.2, text: 1 };
  const KIND = { page: 3, chapter: 1.4, term: 1.2, trial: 1, study: 0.7, claim: 0.7 };
  const EXACT_TITLE = 9;
  const OTHER_NAME = 0.3;
  const PREFIX = 0.4;
  const LONGEST_NAME = 6;
  const SPELLINGS = [
    [/iz(?=(e[ds]?|ing|ations?)$)/, "is"],
    [/is(?=(e[ds]?|ing|ations?)$)/, "iz"],
    [/our(?=s?$)/, "or"],
    [/or(?=s?$)/, "our"],
  ];

  const LETTERS = { æ: "e", œ: "e", ø: "o", ß: "ss", ł: "l", đ: "d", ı: "i" };
  const fold = (text) =>
    text
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .replace(/[æœøßłđı]/g, (letter) => LETTERS[letter])
      .replace(/ae/g, "e")
      .replace(/oe/g, "e");
  const pieces = (text) => fold(text).match(COMPOUND) ?? [];
  const partsOf = (piece) => piece.match(PART);
  const whole = (piece) => partsOf(piece).join("");
  const phrase = (text) => pieces(text).map(whole).join(" ");

  let stopWords = new Set();
  const tells = (word) =>
    word.length > 1 && word.length <= LONGEST && !stopWords.has(word) && !(word.length < 3 && /^\p{Nd}+$/u.test(word));

  const isName = (parts) => parts.length > 1 && parts.length <= 3 && !parts.some((part) => /^\p{Nd}{4}$/u.test(part));
  const said = (parts) => (isName(parts) ? [...parts, parts.join("")] : parts);
  const words = (text) => pieces(text).flatMap((piece) => said(partsOf(piece))).filter(tells);

  // Steps from one word to another: a letter more, less, other, or two that changed places (optimal string alignment).
  function distance(a, b, most) {
    if (Math.abs(a.length - b.length) > most) return most + 1;
    let before = [];
    let last = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (let i = 1; i <= a.length; i += 1) {
      const row = [i];
      let least = i;
      for (let j = 1; j <= b.length; j += 1) {
        const same = a[i - 1] === b[j - 1];
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
        least = Math.min(least, row[j]);
      }
      if (least > most) return most + 1;
      [before, last] = [last, row];
    }
    return last[b.length];
  }

  class Index {
    constructor(data) {
      stopWords = new Set(data.stopWords);
      this.kinds = data.kinds;
      this.records = data.records.map(([kind, page, anchor, title, context]) => ({
        kind: data.kinds[kind],
        page: data.pages[page],
        anchor,
        title,
        context,
        address: `${data.pages[page]}.html${anchor ? `#${anchor}` : ""}`,
      }));
      this.vocabulary = new Map();
      this.groups = new Map();
      for (const group of data.synonyms) for (const name of group) this.groups.set(name, group);
      this.engine = this.decode(data);
      this.sorted = [...this.vocabulary.keys()];
    }

    decode(data) {
      const fields = Object.keys(data.fields);
      const place = Object.fromEntries(Object.values(data.fields).map((letter, number) => [letter, number]));
      const postings = data.postings.split(" ");
      const index = [];
      let word = "";
      data.words.split(" ").forEach((coded, number) => {
        word = word.slice(0, parseInt(coded[0], 36)) + coded.slice(1);
        const entry = {};
        let records = 0;
        for (const [, letter, steps] of postings[number].matchAll(/([A-Z])([^A-Z]+)/g)) {
          const found = (entry[place[letter]] = {});
          let record = 0;
          for (const step of steps.split(".")) {
            const [add, times] = step.split("*");
            record += parseInt(add, 36);
            found[record] = times ? parseInt(times, 36) : 1;
            records += 1;
          }
        }
        this.vocabulary.set(word, records);
        index.push([word, entry]);
      });
      const count = this.records.length;
      const numbered = (make) => Object.fromEntries(this.records.map((_, number) => [number, make(number)]));
      return MiniSearch.loadJS(
        {
          documentCount: count,
          nextId: count,
          documentIds: numbered((number) => number),
          fieldIds: Object.fromEntries(fields.map((field, number) => [field, number])),
          fieldLength: numbered((number) => data.lengths.map((lengths) => lengths[number])),
          averageFieldLength: data.lengths.map((lengths) => lengths.reduce((sum, one) => sum + one, 0) / count),
          storedFields: {},
          dirtCount: 0,
          index,
          serializationVersion: 2,
        },
        {
          fields,
          tokenize: (text) => text.split(" "),
          processTerm: (term) => term,
          searchOptions: { boost: BOOST, bm25: { k: 1.2, b: 0.5, d: 0.5 }, weights: { prefix: PREFIX, fuzzy: 0.3 } },
        },
      );
    }

    // The first known word that starts like this one, by halving.
    begins(start) {
      let [low, high] = [0, this.sorted.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.sorted[middle] < start) low = middle + 1;
        else high = middle;
      }
      return this.sorted[low]?.startsWith(start) ?? false;
    }

    // The nearest known word; of those as near, the one that starts alike and stands in most records.
    nearest(word) {
      if (word.length < 4 || /\p{N}/u.test(word)) return null;
      const most = word.length < 5 ? 1 : word.length < 10 ? 2 : 3;
      let best = null;
      for (const [known, records] of this.vocabulary) {
        if (/\p{N}/u.test(known)) continue;
        const steps = distance(word, known, most);
        if (steps > most) continue;
        const cost = steps + (known[0] === word[0] ? 0 : 0.5);
        if (!best || cost < best.cost || (cost === best.cost && records > best.records)) best = { known, cost, records };
      }
      return best?.known ?? null;
    }

    // A word as it is, as the beginning of one, without the s of the plural, and as it is spelt across the ocean.
    one(word, isLast) {
      const prefix = word.length >= 4 || (isLast && word.length >= 2);
      const others = [];
      if (word.length > 4 && /[^s]s$/.test(word)) others.push(word.slice(0, -1));
      if (word.length > 5) {
        for (const [from, to] of SPELLINGS) if (from.test(word)) others.push(word.replace(from, to));
      }
      return { queries: [word, ...others.filter((other) => this.vocabulary.has(other))], combineWith: "OR", prefix };
    }

    all(list, weight = 1) {
      return { combineWith: "AND", boostTerm: () => weight, queries: list.map((word) => this.one(word, false)) };
    }

    // What a reader means by the words: a tree of queries, and which words were read as others.
    understand(typed) {
      const found = pieces(typed);
      const corrected = [];
      const units = [];
      for (let start = 0; start < found.length; ) {
        const [size, names] = this.name(found, start);
        if (names) {
          const own = found.slice(start, start + size).map(whole).join(" ");
          const choices = names
            .map((name) => [name, name.split(" ").filter(tells)])
            .filter(([name, list]) => list.length && (list.length > 1 || list[0] === name))
            .map(([name, list]) => this.all(list, name === own ? 1 : OTHER_NAME));
          units.push({ combineWith: "OR", queries: choices });
          start += size;
          continue;
        }
        const unit = this.piece(found[start], start === found.length - 1, corrected);
        if (unit) units.push(unit);
        start += 1;
      }
      return { units, corrected };
    }

    // The longest name of a group that starts here; two pieces may also be one name, as in "kyv 101".
    name(found, start) {
      for (let size = Math.min(LONGEST_NAME, found.length - start); size; size -= 1) {
        const words = found.slice(start, start + size).map(whole);
        for (const name of size === 2 ? [words.join(" "), words.join("")] : [words.join(" ")]) {
          if (this.groups.has(name)) return [size, this.groups.get(name)];
          if (size === 2 && !name.includes(" ") && /\p{N}/u.test(name) && this.vocabulary.has(name)) return [size, [name]];
        }
      }
      return [1, null];
    }

    piece(piece, isLast, corrected) {
      const parts = partsOf(piece).filter(tells);
      const joined = whole(piece);
      if (parts.length === 0 && !tells(joined)) return null;
      const known = (word) => this.vocabulary.has(word) || this.begins(word);
      if (joined === piece) return this.one(this.mended(joined, known, corrected), isLast);
      if (known(joined) || !parts.every(known)) {
        return this.one(this.mended(joined, known, corrected), isLast);
      }
      return { combineWith: "AND", queries: parts.map((part) => this.one(part, false)) };
    }

    mended(word, known, corrected) {
      if (known(word)) return word;
      const nearest = this.nearest(word);
      if (!nearest) return word;
      corrected.push([word, nearest]);
      return nearest;
    }

    // All that is found, best first: { record, terms, sections }; sections of a page stand under it.
    search(typed) {
      let { units, corrected } = this.understand(typed);
      if (corrected.length) {
        // A mended word may begin the name of something: "myastenia gravis".
        const said = corrected.reduce((text, [from, to]) => text.replace(from, to), pieces(typed).map(whole).join(" "));
        units = this.understand(said).units;
      }
      const result = { items: [], corrected, some: false };
      if (!units.length) return result;
      const titles = this.titles(corrected.reduce((text, [from, to]) => text.replace(from, to), phrase(typed)));
      const options = {
        boostDocument: (id) => {
          const { kind, anchor, title } = this.records[id];
          const weight = kind === "chapter" && !anchor ? KIND.page : KIND[kind];
          return titles.has(phrase(title)) ? weight * EXACT_TITLE : weight;
        },
      };
      let hits = this.engine.search({ combineWith: "AND", queries: units }, options);
      if (!hits.length && units.length > 1) {
        hits = this.engine.search({ combineWith: "OR", queries: units }, options);
        result.some = hits.length > 0;
      }
      const pages = new Map();
      for (const { id, terms } of hits) {
        const record = this.records[id];
        const hit = { record, terms: new Set(terms), sections: [] };
        const page = record.kind === "chapter" ? pages.get(record.page) : undefined;
        if (page) {
          page.sections.push(hit);
          continue;
        }
        if (record.kind === "chapter") pages.set(record.page, hit);
        result.items.push(hit);
      }
      return result;
    }

    titles(said) {
      return new Set(this.groups.get(said) ?? [said]);
    }
  }

  // The part of a text with most of the words, as [text, isWanted] pairs.
  function excerpt(text, terms, room = 34) {
    const found = [...text.matchAll(PRINTED)].map((match) => {
      const wanted = said(partsOf(fold(match[0])) ?? []).find((word) => terms.has(word));
      return { from: match.index, to: match.index + match[0].length, wanted };
    });
    let best = { start: 0, score: -1 };
    for (let start = 0; start < found.length; start += 1) {
      if (start && !found[start].wanted) continue;
      const inside = found.slice(start, start + room).filter((word) => word.wanted);
      const score = new Set(inside.map((word) => word.wanted)).size * 10 + Math.min(inside.length, 9);
      if (score > best.score) best = { start, score };
    }
    const first = Math.max(0, best.start - 5);
    const shown = found.slice(first, first + room);
    if (!shown.length) return [];
    const parts = [];
    let at = first ? shown[0].from : 0;
    if (first) parts.push(["… ", false]);
    for (const word of shown) {
      if (!word.wanted) continue;
      parts.push([text.slice(at, word.from), false], [text.slice(word.from, word.to), true]);
      at = word.to;
    }
    const end = shown.at(-1).to;
    parts.push([end < text.length && first + room < found.length ? `${text.slice(at, end)} …` : text.slice(at), false]);
    return parts.filter(([part]) => part);
  }

  globalThis.cartaSearchEngine = { Index, excerpt, words, phrase, distance };
})();
