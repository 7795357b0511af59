// The field, the choice among kinds and the list of what was found: in a dialogue on every page, and in search.html.

(() => {
  const search = window.cartaSearch;
  const { excerpt } = globalThis.cartaSearchEngine;
  const FOLDER = "carta-search/";
  const WAIT = 120;
  const SPOKEN_AFTER = 600;
  const SHOWN = 12;
  const SECTIONS = 3;
  const KINDS = {
    chapter: ["Chapters", "chapter", "chapters"],
    study: ["Studies", "study", "studies"],
    trial: ["Trials", "trial", "trials"],
    claim: ["Claims", "claim", "claims"],
    term: ["Terms", "term", "terms"],
  };
  const ONE = { chapter: "Chapter", study: "Study", trial: "Trial", claim: "Claim checked", term: "Term" };

  const make = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== false && value !== null) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  };

  // The index, once; and the words of a page when one of its records is shown.
  let index = null;
  const texts = new Map();
  search.take = (data) => {
    index = new globalThis.cartaSearchEngine.Index(data);
  };
  search.words = (page, words) => texts.set(page, words);
  let loading = null;
  const ready = () =>
    (loading ??= search
      .load(search.beside("minisearch.js"))
      .then(() => search.load(search.beside(`${FOLDER}index.js`)))
      .catch((error) => {
        loading = null;
        throw error;
      }));
  const asked = new Map();
  const textOf = async ({ page, anchor }) => {
    if (!asked.has(page)) {
      const address = search.beside(`${FOLDER}text/${page.split("/").map(encodeURIComponent).join("/")}.js`);
      asked.set(page, search.load(address).catch(() => asked.delete(page)));
    }
    await asked.get(page);
    return texts.get(page)?.[anchor] ?? "";
  };

  const remembered = () => {
    try {
      return localStorage.getItem(search.SLASH) !== "off";
    } catch {
      return true;
    }
  };

  class Panel {
    // onLeave: what Escape does.
    constructor(id, onLeave) {
      this.id = id;
      this.onLeave = onLeave;
      this.kind = "";
      this.more = SHOWN;
      this.result = { items: [], corrected: [], some: false };
      this.input = make("input", {
        id: `${id}-words`, type: "search", name: "q", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
        placeholder: "Disease, drug, trial number, author …", enterkeyhint: "search", "aria-describedby": `${id}-help`,
      });
      this.form = make(
        "form",
        { role: "search", action: new URL("search.html", search.site).href, "aria-label": "The whole site" },
        make("label", { for: `${id}-words`, class: "carta-search-label" }, "Search"),
        this.input,
      );
      this.help = make(
        "p",
        { class: "carta-search-help", id: `${id}-help` },
        "Arrow keys move through the results, Enter opens one, Escape leaves.",
      );
      this.kinds = make("div", { class: "carta-search-kinds", role: "group", "aria-label": "Show only", hidden: true });
      this.status = make("p", { class: "carta-search-status", role: "status" });
      this.notes = make("div", { class: "carta-search-notes" });
      this.list = make("ol", { class: "carta-search-results" });
      this.further = make("button", { type: "button", class: "carta-search-more", hidden: true });
      this.slash = make("input", { type: "checkbox", id: `${id}-slash` });
      this.slash.checked = remembered();
      const foot = make(
        "p",
        { class: "carta-search-foot" },
        this.slash,
        make("label", { for: `${id}-slash` }, "The key / opens the search, as Ctrl+K does"),
      );
      this.element = make(
        "div",
        { class: "carta-search-panel" },
        this.form, this.help, this.kinds, this.status, this.notes, this.list, this.further, foot,
      );
      this.listen();
    }

    listen() {
      let timer = 0;
      this.input.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(() => this.run(), WAIT);
      });
      this.form.addEventListener("submit", async (event) => {
        event.preventDefault();
        clearTimeout(timer);
        await this.run();
        this.links()[0]?.focus();
      });
      this.element.addEventListener("keydown", (event) => this.onKey(event));
      this.further.addEventListener("click", () => {
        const first = this.more;
        this.more += 3 * SHOWN;
        this.draw();
        this.list.children[first]?.querySelector("a")?.focus();
      });
      this.slash.addEventListener("change", () => {
        try {
          localStorage.setItem(search.SLASH, this.slash.checked ? "on" : "off");
        } catch {
          // A reader who lets nothing be remembered has it for this page only.
        }
      });
    }

    begin(typed) {
      this.input.focus();
      if (!typed) {
        this.input.select();
        return;
      }
      this.input.value = typed;
      this.run();
    }

    links() {
      return [...this.list.querySelectorAll("a")];
    }

    onKey(event) {
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        this.onLeave();
        return;
      }
      if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
      const links = this.links();
      const at = links.indexOf(document.activeElement);
      if (at < 0 && document.activeElement !== this.input) return;
      event.preventDefault();
      const next = at + (event.key === "ArrowDown" ? 1 : -1);
      if (next < 0) this.input.focus();
      else links[Math.min(next, links.length - 1)]?.focus();
    }

    async run() {
      const typed = this.input.value.trim();
      this.more = SHOWN;
      if (!typed) {
        this.result = { items: [], corrected: [], some: false };
        this.kinds.hidden = true;
        this.list.replaceChildren();
        this.notes.replaceChildren();
        this.further.hidden = true;
        this.status.textContent = "";
        return;
      }
      if (!index) this.status.textContent = "Loading the index …";
      try {
        await ready();
      } catch (error) {
        this.status.textContent = `The search cannot work here: ${error.message} could not be loaded.`;
        return;
      }
      // Typed on while the index came.
      if (typed !== this.input.value.trim()) return;
      this.result = index.search(typed);
      if (this.kind && !this.result.items.some(({ record }) => record.kind === this.kind)) this.kind = "";
      this.draw();
      this.element.dataset.typed = typed;
      this.onRun?.(typed);
    }

    draw() {
      const { items, corrected, some } = this.result;
      const counts = new Map();
      for (const { record } of items) counts.set(record.kind, (counts.get(record.kind) ?? 0) + 1);
      this.drawKinds(items.length, counts);
      this.notes.replaceChildren();
      if (corrected.length) {
        const said = corrected.map(([from, to]) => `“${to}” (no page has “${from}”)`).join(", ");
        this.notes.append(make("p", {}, `Showing results for ${said}.`));
      }
      if (some) this.notes.append(make("p", {}, "No page has all of these words. These have some."));
      const chosen = items.filter(({ record }) => !this.kind || record.kind === this.kind);
      this.list.replaceChildren(...chosen.slice(0, this.more).map((item) => this.item(item)));
      const left = chosen.length - this.more;
      this.further.hidden = left <= 0;
      this.further.textContent = `Show more (${left} left)`;
      this.say(items.length, counts, chosen.length);
    }

    say(all, counts, chosen) {
      const parts = [...counts].map(([kind, count]) => `${count} ${KINDS[kind][count === 1 ? 1 : 2]}`);
      const text = all
        ? `${chosen} ${chosen === 1 ? "result" : "results"}${this.kind ? ` of ${all}` : ""}: ${parts.join(", ")}.`
        : "Nothing found. Try fewer or other words; the glossary and the evidence index list everything.";
      clearTimeout(this.speaking);
      // Not at every letter, so that a screen reader does not speak over the typing.
      this.speaking = setTimeout(() => {
        this.status.textContent = text;
      }, SPOKEN_AFTER);
    }

    drawKinds(all, counts) {
      this.kinds.hidden = counts.size < 2;
      const focused = this.kinds.contains(document.activeElement) ? document.activeElement.dataset.kind : null;
      const button = (kind, label, count) => {
        const made = make(
          "button",
          { type: "button", "data-kind": kind, "aria-pressed": String(this.kind === kind) },
          `${label} `,
          make("span", {}, String(count)),
        );
        made.addEventListener("click", () => {
          this.kind = kind;
          this.more = SHOWN;
          this.draw();
        });
        return made;
      };
      this.kinds.replaceChildren(
        button("", "All", all),
        ...Object.keys(KINDS).filter((kind) => counts.has(kind)).map((kind) => button(kind, KINDS[kind][0], counts.get(kind))),
      );
      if (focused !== null) this.kinds.querySelector(`[data-kind="${focused}"]`)?.focus();
    }

    item({ record, terms, sections }) {
      const isSection = record.kind === "chapter" && record.anchor;
      const place = isSection ? `${ONE.chapter}: ${record.context}` : [ONE[record.kind], record.context].filter(Boolean).join(" · ");
      const words = make("p", { class: "carta-search-excerpt" });
      const made = make(
        "li",
        { class: `carta-search-${record.kind}` },
        make("a", { href: this.address(record) }, record.title),
        make("p", { class: "carta-search-place" }, place),
        words,
      );
      textOf(record).then((text) => {
        words.append(...excerpt(text, terms).map(([part, wanted]) => (wanted ? make("mark", {}, part) : part)));
      });
      if (sections.length) {
        made.append(
          make(
            "ul",
            { "aria-label": `Also in ${isSection ? record.context : record.title}` },
            ...sections
              .slice(0, SECTIONS)
              .map((hit) => make("li", {}, make("a", { href: this.address(hit.record) }, hit.record.title))),
          ),
        );
      }
      return made;
    }

    address(record) {
      return new URL(record.address, search.site).href;
    }
  }

  let dialogue = null;
  let panel = null;
  let settled = null;

  // typed: what a reader typed before the field was there.
  function show(typed) {
    if (settled) {
      settled.begin(typed);
      return;
    }
    if (!dialogue) {
      panel = new Panel("carta-search", () => dialogue.close());
      const close = make("button", { type: "button", class: "carta-search-close", "aria-label": "Close the search" }, "×");
      close.addEventListener("click", () => dialogue.close());
      dialogue = make("dialog", { id: "carta-search", class: "carta-search", "aria-label": "Search" }, close, panel.element);
      dialogue.addEventListener("click", (event) => {
        // Beside the panel, or a link to a place in this page.
        if (event.target === dialogue || event.target.closest("a")) dialogue.close();
      });
      document.body.append(dialogue);
    }
    if (!dialogue.open) dialogue.showModal();
    panel.begin(typed);
    // What a reader will need, while the first letters are typed.
    ready().catch(() => {});
  }

  function settle(place) {
    const given = new URLSearchParams(location.search);
    settled = new Panel("carta-search-here", () => settled.input.focus());
    settled.input.value = given.get("q") ?? "";
    settled.kind = given.get("kind") in KINDS ? given.get("kind") : "";
    settled.onRun = (typed) => {
      const address = new URL(location.href);
      address.searchParams.set("q", typed);
      try {
        history.replaceState(null, "", address);
      } catch {
        // A page from a disk keeps its address.
      }
    };
    place.replaceChildren(settled.element);
    settled.input.focus();
    settled.run();
  }

  search.ui = { show, settle };
})();
