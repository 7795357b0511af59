// The way to the search: its script, style sheet and index are loaded only when a reader wants them, by tags, since a
// page that was opened from a disk may fetch nothing. Without this script the links to it lead to search.html.

(() => {
  const here = document.currentScript.src;
  const beside = (name) => new URL(name, here).href;
  const SLASH = "carta-search-slash";

  let started = null;
  const search = (window.cartaSearch = { beside, SLASH, site: new URL("../", here).href, load, start, open });

  function load(address) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = done;
      script.onerror = () => failed(new Error(address));
      document.head.append(script);
    });
  }

  function style(address) {
    return new Promise((done) => {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = address;
      link.onload = link.onerror = done;
      document.head.append(link);
    });
  }

  function start() {
    started ??= Promise.all([
      style(beside("carta-search.css")),
      load(beside("carta-search-engine.js")).then(() => load(beside("carta-search-ui.js"))),
    ]);
    return started;
  }

  // What is typed before the field is there goes into it all the same.
  let opening = false;
  async function open() {
    if (opening) return;
    opening = true;
    let typed = "";
    const gather = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.key.length > 1 && event.key !== "Backspace")) return;
      typed = event.key === "Backspace" ? typed.slice(0, -1) : typed + event.key;
      event.preventDefault();
      event.stopPropagation();
    };
    document.addEventListener("keydown", gather, true);
    try {
      await start();
    } finally {
      document.removeEventListener("keydown", gather, true);
      opening = false;
    }
    search.ui.show(typed);
  }

  function slashOpens() {
    try {
      return localStorage.getItem(SLASH) !== "off";
    } catch {
      return true;
    }
  }

  const isTyping = (node) => node.closest?.("input, textarea, select, [contenteditable]:not([contenteditable=false])");

  document.addEventListener("keydown", (event) => {
    const held = event.ctrlKey || event.metaKey;
    const wanted =
      (held && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") ||
      (event.key === "/" && !held && !event.altKey && !isTyping(event.target) && slashOpens());
    if (!wanted || event.isComposing) return;
    event.preventDefault();
    open();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.carta-search-open");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open();
  });

  document.addEventListener("DOMContentLoaded", async () => {
    const place = document.getElementById("carta-search-page");
    if (!place) return;
    await start();
    search.ui.settle(place);
  });
})();
