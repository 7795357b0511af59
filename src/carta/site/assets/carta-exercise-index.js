// The list of all exercises: what of it is done, filters, and the reader's own data: out, in and away.

(() => {
  const progress = globalThis.cartaProgress;
  const root = document.querySelector(".carta-exercise-index");
  if (!root) return;
  const { book } = JSON.parse(root.querySelector(".carta-exercise-index-data").textContent);

  const make = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "text") made.textContent = value;
      else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  };

  const items = [...root.querySelectorAll("li[data-exercise]")].map((item) => {
    const state = make("span", { class: "carta-exercise-state" });
    item.append(" ", state);
    return {
      item,
      state,
      id: item.dataset.exercise,
      kind: item.dataset.kind,
      difficulty: item.dataset.difficulty,
      number: item.dataset.number,
      chapter: item.closest("[data-chapter]").dataset.chapter,
    };
  });

  // ---- Progress over the book ----------------------------------------------------------------------------------------

  const bar = make("p", { class: "carta-exercise-progress" });
  const said = make("p", { class: "carta-index-said", role: "status" });

  const draw = () => {
    for (const { item, state, id } of items) {
      const now = progress.state(id);
      item.dataset.state = now;
      const { sign, words } = progress.STATES[now];
      state.replaceChildren(make("span", { "aria-hidden": "true", text: `${sign} ` }), words);
    }
    const solved = items.filter(({ id }) => progress.isSolved(id)).length;
    bar.replaceChildren(
      make("progress", { max: items.length || 1, value: solved, "aria-label": "Exercises of the book that you solved" }),
      make("span", { text: `${solved} of ${items.length} solved` }),
    );
    for (const chapter of root.querySelectorAll("[data-chapter]")) {
      const inside = items.filter(({ item }) => chapter.contains(item));
      const done = inside.filter(({ id }) => progress.isSolved(id)).length;
      let count = chapter.querySelector(".carta-index-count");
      if (!count) {
        count = make("span", { class: "carta-index-count" });
        chapter.querySelector(".carta-index-title").append(" ", count);
      }
      count.textContent = `${done} of ${inside.length}`;
    }
    choose();
  };

  // ---- Filters -------------------------------------------------------------------------------------------------------

  const filters = [
    ["kind", "Kind", [["concept", "Concept"], ["estimate", "Estimate"], ["evidence", "Read the evidence"], ["code", "Code"]]],
    ["difficulty", "Difficulty", [["easy", "easy"], ["medium", "medium"], ["hard", "hard"]]],
    ["state", "Progress", [["open", "not solved"], ["done", "solved"]]],
  ].map(([name, label, options]) => {
    const select = make("select", { id: `carta-index-${name}` }, make("option", { value: "", text: "all" }));
    for (const [value, text] of options) select.append(make("option", { value, text }));
    select.addEventListener("change", () => {
      choose();
      const shown = items.filter(({ item }) => !item.hidden).length;
      said.textContent = `${shown} of ${items.length} exercises are listed.`;
    });
    return { name, select, label: make("label", { for: select.id, text: label }) };
  });

  const choose = () => {
    const wanted = Object.fromEntries(filters.map(({ name, select }) => [name, select.value]));
    for (const one of items) {
      const solved = progress.isSolved(one.id);
      one.item.hidden =
        (wanted.kind && one.kind !== wanted.kind) ||
        (wanted.difficulty && one.difficulty !== wanted.difficulty) ||
        (wanted.state && (wanted.state === "done") !== solved) ||
        false;
    }
    for (const chapter of root.querySelectorAll("[data-chapter]"))
      chapter.hidden = ![...chapter.querySelectorAll("li")].some((item) => !item.hidden);
    for (const part of root.querySelectorAll(":scope > h3")) {
      let next = part.nextElementSibling;
      let any = false;
      for (; next && next.tagName !== "H3"; next = next.nextElementSibling) any ||= Boolean(next.dataset.chapter && !next.hidden);
      part.hidden = !any;
    }
  };

  // ---- Out, in, away -------------------------------------------------------------------------------------------------

  const save = (text, type, ending) => {
    const link = make("a", {
      href: URL.createObjectURL(new Blob([text], { type })),
      download: `carta-exercises-${new Date().toISOString().slice(0, 10)}.${ending}`,
    });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  const asJson = () =>
    JSON.stringify({ format: progress.FORMAT, book, exported: new Date().toISOString(), exercises: progress.all() }, null, 1);

  const asCsv = () => {
    // A leading =, +, - or @ would be a formula to a spreadsheet.
    const cell = (value) => {
      const text = String(value ?? "").replace(/^([=+\-@\t\r])/, "'$1");
      return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const rows = [["exercise", "chapter", "number", "kind", "difficulty", "state", "tries", "solved", "hint_seen", "solution_seen", "last_answer"]];
    for (const { id, chapter, number, kind, difficulty } of items) {
      const record = progress.get(id);
      rows.push([id, chapter, number, kind, difficulty, progress.state(id), record.tries ?? 0, record.solved ?? "", record.hint ? "yes" : "no", record.shown ? "yes" : "no", record.answer ?? ""]);
    }
    return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
  };

  const button = (text, act) => {
    const made = make("button", { type: "button", class: "carta-exercise-button", text });
    made.addEventListener("click", act);
    return made;
  };

  const file = make("input", { type: "file", accept: "application/json,.json", class: "carta-for-readers", "aria-label": "File with progress to take over", tabindex: "-1" });
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    file.value = "";
    if (!chosen) return;
    try {
      const number = progress.take(await chosen.text());
      said.textContent = `Progress in ${number} ${number === 1 ? "exercise" : "exercises"} was taken over.`;
    } catch (error) {
      said.textContent = error.message;
    }
  });

  const dialog = make("dialog", { class: "carta-index-dialog", "aria-labelledby": "carta-index-ask" });
  const keep = button("Keep it", () => dialog.close());
  dialog.append(
    make("p", { id: "carta-index-ask", text: "Delete all progress and answers of this book from this device? It can't be undone. Export first to keep a copy." }),
    make(
      "div",
      { class: "carta-exercise-buttons" },
      button("Delete", () => {
        progress.reset();
        dialog.close();
        said.textContent = "All progress is deleted.";
      }),
      keep,
    ),
  );

  const kept = make("p", {
    class: "carta-index-where",
    text: progress.kept
      ? "Progress is kept in this browser on this device. Nothing is sent anywhere."
      : "This browser keeps no progress: it is lost when the page is closed. Export it to keep it.",
  });

  const tools = make(
    "div",
    { class: "carta-index-tools" },
    bar,
    kept,
    make("div", { class: "carta-index-filters" }, ...filters.map(({ label, select }) => make("div", {}, label, select))),
    make(
      "div",
      { class: "carta-exercise-buttons" },
      button("Export as JSON", () => save(asJson(), "application/json", "json")),
      button("Export as CSV", () => save(asCsv(), "text/csv", "csv")),
      button("Import", () => file.click()),
      button("Reset", () => {
        dialog.showModal();
        keep.focus();
      }),
      file,
    ),
    said,
    dialog,
  );
  root.prepend(tools);
  draw();
  progress.onChange(draw);
})();
