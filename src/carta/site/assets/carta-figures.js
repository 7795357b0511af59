// Makes the figures of a page live, on demand. Load it with type="module"; the Vega bundle,
// carta-vega.js, lies beside it and is fetched when a reader first asks for a live chart.

const BUNDLE = new URL("carta-vega.js", import.meta.url);

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
      live = await draw(figure, chart);
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
    status.textContent = on ? "Interactive: point at a mark for its values." : "";
  }
}

async function draw(figure, chart) {
  const spec = JSON.parse(figure.querySelector(".carta-figure-spec").textContent);
  const { embed } = await import(BUNDLE.href);
  const live = document.createElement("div");
  live.className = "carta-figure-live";
  live.hidden = true;
  chart.append(live);
  try {
    await embed(live, spec, OPTIONS);
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
