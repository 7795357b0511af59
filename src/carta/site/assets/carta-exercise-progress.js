// What a reader has done, kept on the reader's device alone.
//
// A classic script, as all of the exercises: from a folder (file://) browsers load no modules, and choices and numbers
// are to work there too. Where the browser keeps nothing (private windows, blocked storage), progress lasts as long as
// the page, and the page says so.

(() => {
  const KEY = "carta-exercises";
  const FORMAT = "carta-exercises-1";
  const listeners = [];

  /** Whether what is written will be there next time. */
  let kept = true;
  let all = {};

  // Only what this script writes; anything else in the store or in a file is dropped.
  const sound = (records) => {
    const clean = {};
    for (const [id, record] of Object.entries(records ?? {})) {
      if (!/^[a-z0-9-]+$/.test(id) || typeof record !== "object" || record === null) continue;
      const one = {};
      if (Number.isInteger(record.tries) && record.tries >= 0) one.tries = record.tries;
      if (typeof record.solved === "string" && !Number.isNaN(Date.parse(record.solved))) one.solved = record.solved;
      for (const name of ["hint", "shown", "shownFirst"]) if (record[name] === true) one[name] = true;
      if (typeof record.answer === "string") one.answer = record.answer.slice(0, 20_000);
      clean[id] = one;
    }
    return clean;
  };

  const read = () => {
    try {
      const text = localStorage.getItem(KEY);
      const found = text === null ? {} : JSON.parse(text);
      return sound(found.exercises);
    } catch (error) {
      // A store that can be reached but holds no JSON of ours is written anew; one that can't be reached is gone.
      if (!(error instanceof SyntaxError)) kept = false;
      return {};
    }
  };

  const write = () => {
    try {
      localStorage.setItem(KEY, JSON.stringify({ format: FORMAT, exercises: all }));
      kept = true;
    } catch {
      kept = false;
    }
  };

  const tell = () => listeners.forEach((listener) => listener());

  all = read();
  if (kept) {
    try {
      localStorage.setItem(`${KEY}-probe`, "1");
      localStorage.removeItem(`${KEY}-probe`);
    } catch {
      kept = false;
    }
  }

  // Another window of the same site.
  addEventListener("storage", (event) => {
    if (event.key === KEY || event.key === null) {
      all = read();
      tell();
    }
  });

  const state = (id) => {
    const record = all[id];
    if (record?.solved) return record.shownFirst ? "solved-after" : "solved";
    return record?.tries || record?.answer ? "tried" : "new";
  };

  globalThis.cartaProgress = {
    FORMAT,
    STATES: {
      new: { sign: "○", words: "not yet tried" },
      tried: { sign: "◐", words: "tried" },
      solved: { sign: "✓", words: "solved" },
      "solved-after": { sign: "✓", words: "solved after seeing the solution" },
    },
    get kept() {
      return kept;
    },
    state,
    get: (id) => ({ ...all[id] }),
    all: () => structuredClone(all),
    isSolved: (id) => Boolean(all[id]?.solved),

    /** Changes what is known of one exercise. */
    update(id, change) {
      // Another window may have written since.
      if (kept) all = { ...all, ...read() };
      all[id] = { ...all[id], ...change };
      write();
      tell();
    },

    /** Notes an answer and whether it was right. */
    tried(id, answer, right) {
      const before = all[id] ?? {};
      const change = { answer, tries: (before.tries ?? 0) + 1 };
      if (right && !before.solved) {
        change.solved = new Date().toISOString();
        if (before.shown) change.shownFirst = true;
      }
      globalThis.cartaProgress.update(id, change);
    },

    reset() {
      all = {};
      write();
      tell();
    },

    /** Takes over what a file says. Throws an Error with words for the reader. */
    take(text) {
      let found;
      try {
        found = JSON.parse(text);
      } catch {
        throw new Error("This file is no JSON.");
      }
      if (found?.format !== FORMAT) throw new Error("This file was not exported from the exercises of this book.");
      const records = sound(found.exercises);
      for (const [id, record] of Object.entries(records)) {
        // What was solved here stays solved.
        all[id] = { ...record, ...(all[id]?.solved && !record.solved ? { solved: all[id].solved } : {}) };
      }
      write();
      tell();
      return Object.keys(records).length;
    },

    onChange(listener) {
      listeners.push(listener);
    },
  };
})();
