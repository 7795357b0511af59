// Makes the figures of a page live, on demand. The Vega bundle, carta-vega.js, lies beside it and is fetched when a
// reader first asks for a live chart.

(() => {
  const BUNDLE = new URL("carta-vega.js", document.currentScript.src);

  const OPTIONS = {
    actions: false,
    // Expressions are interpreted, not compiled: a strict content security policy forbids that.
    ast: true,
    defaultStyle: false,
    // Only SVG knows the inks, which are CSS variables and change with the page's theme.
    renderer: "svg",
    tooltip: { disableDefaultStyle: true, theme: "carta" },
  };

  function prepare(figure) {
    const chart = figure.querySelector(".carta-figure-chart");
    const still = chart.querySelector("svg");
    const button = figure.querySelector(".carta-figure-explore");
    const status = figure.querySelector(".carta-figure-status");
    let live = null;
    const leads = new Map(Object.entries(JSON.parse(figure.dataset.leads ?? "{}")));

    leadOn(still, leads);
    keepInTabOrderWhileScrollable(chart);
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      if (live !== null) {
        showLive(live.hidden);
        return;
      }
      button.setAttribute("aria-disabled", "true");
      status.textContent = "Loading the interactive chart …";
      try {
        live = await draw(figure, chart, leads);
        showLive(true);
      } catch (error) {
        console.warn("carta: the interactive chart could not be drawn:", error);
        status.textContent = "The interactive chart could not be loaded. The figure and its data table stay.";
      } finally {
        button.removeAttribute("aria-disabled");
      }
    });

    function showLive(on) {
      live.hidden = !on;
      still.toggleAttribute("hidden", on);
      button.setAttribute("aria-pressed", String(on));
      status.textContent = on ? leads.size
        ? "Interactive: point at a mark for its values, press it for its study."
        : "Interactive: point at a mark for its values." : "";
    }
  }

  // Names in the drawing lead to the entries of their studies by pointer; the links for everyone are in the data table.
  function leadOn(still, leads) {
    if (!leads.size) return;
    for (const text of still.querySelectorAll("text")) {
      const address = leads.get(text.textContent.trim());
      if (!address) continue;
      text.classList.add("carta-figure-lead");
      text.addEventListener("click", () => location.assign(address));
    }
  }

  // A mark of the live chart leads to the entry of the study that its row names.
  function addressOf(item, leads) {
    const values = [item?.text, ...Object.values(item?.datum ?? {})];
    for (const value of values) {
      const address = typeof value === "string" && leads.get(value.trim());
      if (address) return address;
    }
    return null;
  }

  // On the site it is a file of its own; a figure that stands alone holds it.
  async function specOf(figure) {
    const address = figure.dataset.spec;
    if (address === undefined) return JSON.parse(figure.querySelector(".carta-figure-spec").textContent);
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return answer.json();
  }

  async function draw(figure, chart, leads) {
    const [spec, { embed }] = await Promise.all([specOf(figure), import(BUNDLE.href)]);
    const live = document.createElement("div");
    live.className = "carta-figure-live";
    live.hidden = true;
    chart.append(live);
    try {
      const { view } = await embed(live, spec, OPTIONS);
      view.addEventListener("click", (event, item) => {
        const address = addressOf(item, leads);
        if (address) location.assign(address);
      });
      view.addEventListener("mousemove", (event, item) => {
        live.classList.toggle("carta-figure-leads", addressOf(item, leads) !== null);
      });
    } catch (error) {
      live.remove();
      throw error;
    }
    return live;
  }

  // A box that does not scroll need not be a stop for the Tab key.
  function keepInTabOrderWhileScrollable(box) {
    new ResizeObserver(() => {
      if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
      else box.removeAttribute("tabindex");
    }).observe(box);
  }

  document.querySelectorAll(".carta-figure").forEach(prepare);
})();
