// Makes the explorers of a page live: reads the controls, solves the model, moves the curves.
// The frames of the charts, the labels and the first curves are in the page already.

import * as model from "./carta-kinetics-model.js";
import { solve, values } from "./carta-kinetics-solver.js";

const LN2 = Math.log(2);
const NBSP = "\u00a0";

const transforms = {
  same: { shown: (c) => c, constant: (x) => x },
  complement: { shown: (c) => 1 - c, constant: (x) => 1 - x },
  "half-life": { shown: (c) => LN2 / c, constant: (x) => LN2 / x },
};

function digits(number, count) {
  if (number === 0) return "0";
  const text = Number(number.toPrecision(count));
  return String(text);
}

function amount(number, unit) {
  if (unit === "%") return `${digits(100 * number, 2)}${NBSP}%`;
  const text = number >= 1e6 ? `${digits(number / 1e6, 3)}${NBSP}million` : digits(number, 3);
  return unit ? `${text}${NBSP}${unit}` : text;
}

const percent = (share) => `${100 * share < 9.95 ? digits(100 * share, 2) : Math.round(100 * share)}${NBSP}%`;

function cell(value, isPercent) {
  const scaled = isPercent ? 100 * value : value;
  const size = Math.abs(scaled);
  if (size < 5e-3) return "0";
  return scaled.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function at(times, found, day) {
  let low = 0;
  let high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= day) low = middle;
    else high = middle;
  }
  const share = (day - times[low]) / (times[high] - times[low]);
  return found[low] + share * (found[high] - found[low]);
}

function crossing(times, found, level, falling, after = 0) {
  for (let i = 1; i < times.length; i++) {
    const a = found[i - 1];
    const b = found[i];
    if (falling ? a >= level && b < level : a < level && b >= level) {
      const part = a > 0 && b > 0 ? Math.log(level / a) / Math.log(b / a) : (level - a) / (b - a);
      const moment = times[i - 1] + part * (times[i] - times[i - 1]);
      if (moment >= after) return moment;
    }
  }
  return null;
}

// Sentences on a run; each gets the times and a function that gives a quantity by name.
const sentences = {
  peak({ times, get }) {
    const cells = get("car_t_blood");
    let top = 0;
    for (let i = 1; i < cells.length; i++) if (cells[i] > cells[top]) top = i;
    if (!(cells[top] > 0)) return ["CAR T cells", "none are given"];
    return ["Peak of CAR T cells", `${digits(cells[top], 3)} per${NBSP}µL on day ${digits(times[top], 2)}`];
  },
  aplasia({ times, get, threshold }) {
    const pool = get("b_pool_share");
    const name = `B cells below ${percent(threshold)}`;
    const gone = crossing(times, pool, threshold, true);
    if (gone === null) {
      return [name, `never; lowest ${percent(Math.min(...pool))}`];
    }
    const back = crossing(times, pool, threshold, false, gone);
    if (back === null) return [name, `from day ${Math.round(gone)} to the end of the two years`];
    return [name, `day ${Math.round(gone)} to day ${Math.round(back)}, ${Math.round(back - gone)} days`];
  },
  clones({ events }) {
    const end = events.find((event) => event.kind === "extinct");
    return ["Autoreactive B cells", end ? `the last one dies on day ${Math.round(end.time)}` : "some survive"];
  },
  autoantibody: ({ times, get }) => levels("Autoantibody", times, get("autoantibody")),
  vaccine: ({ times, get }) => levels("Vaccine antibody", times, get("vaccine_antibody")),
  igg({ times, get }) {
    const level = get("igg");
    let low = 0;
    for (let i = 1; i < level.length; i++) if (level[i] < level[low]) low = i;
    return [
      "Total IgG",
      `lowest ${percent(level[low])} on day ${Math.round(times[low])}, ${percent(at(times, level, 365))} after one year`,
    ];
  },
  decline({ times, get }) {
    const left = at(times, get("decline"), 90);
    return ["Fall by day 90", percent(1 - left)];
  },
};

function levels(name, times, level) {
  return [name, `${percent(at(times, level, 90))} on day 90, ${percent(at(times, level, 365))} after one year`];
}

function prepare(root) {
  const data = JSON.parse(root.querySelector(".carta-explorer-data").textContent);
  const form = root.querySelector(".carta-explorer-form");
  const box = (name) => root.querySelector(`.carta-explorer-${name}`);
  const sliders = data.sliders.map((slider) => {
    const element = form.querySelector(`[data-slider="${slider.name}"]`);
    return {
      ...slider,
      element,
      input: element.querySelector("input"),
      output: element.querySelector("output"),
      status: element.querySelector(".carta-explorer-status"),
    };
  });
  const panels = data.panels.map((panel) => {
    const svg = root.querySelector(`[data-panel="${panel.name}"]`);
    return {
      ...panel,
      days: [...svg.querySelectorAll("[data-span]")],
      curves: panel.series.map((name) => ({
        name,
        curve: svg.querySelector(`[data-series="${name}"]`),
        ghost: svg.querySelector(`[data-ghost="${name}"]`),
      })),
    };
  });
  const cells = [...root.querySelectorAll("td[data-column]")].map((element) => ({
    element,
    name: element.dataset.column,
    day: Number(element.parentElement.dataset.day),
    percent: data.panels.find((panel) => panel.series.includes(element.dataset.column)).percent,
  }));
  const measures = box("measures");
  const lines = data.measures.map((name) => {
    const item = document.createElement("li");
    const term = document.createElement("span");
    const value = document.createElement("strong");
    term.className = "carta-explorer-term";
    item.append(term, " ", value);
    measures.append(item);
    return { name, term, value };
  });
  const times = Float64Array.from(data.times);
  const first = Object.keys(data.scenarios)[0];

  // What the reader chose: numbers as shown on the sliders, by name; a slider not named has the treatment's value.
  let state = { scenario: first, target: null, span: data.spans[0], moved: {} };
  let ghost = null;
  let ghostOf = "";

  const radios = (choice) => [...form.querySelectorAll(`[data-choice="${choice}"] input`)];
  const usable = (slider) => slider.scenarios.includes(state.scenario);
  const preset = (slider) => {
    const place = model.CONSTANTS.indexOf(slider.constant);
    const constant = place < 0 ? 0 : data.scenarios[state.scenario].constants[place];
    return transforms[slider.transform].shown(constant);
  };
  const shown = (slider) => state.moved[slider.name] ?? preset(slider);

  function position(slider) {
    const value = Math.min(Math.max(shown(slider), slider.low), slider.high);
    const share = slider.log
      ? Math.log(value / slider.low) / Math.log(slider.high / slider.low)
      : (value - slider.low) / (slider.high - slider.low);
    return Math.round(share * data.positions);
  }

  function atPosition(slider) {
    const share = Number(slider.input.value) / data.positions;
    return slider.log
      ? slider.low * (slider.high / slider.low) ** share
      : slider.low + share * (slider.high - slider.low);
  }

  function constants(moved, target) {
    const found = Float64Array.from(data.scenarios[state.scenario].constants);
    if (target !== null && data.targets[target]) {
      for (const [name, value] of Object.entries(data.targets[target])) {
        found[model.CONSTANTS.indexOf(name)] = value;
      }
    }
    for (const slider of sliders) {
      const place = model.CONSTANTS.indexOf(slider.constant);
      if (place >= 0 && usable(slider) && moved[slider.name] !== undefined) {
        found[place] = transforms[slider.transform].constant(moved[slider.name]);
      }
    }
    return found;
  }

  function run(moved, target) {
    const p = constants(moved, target);
    const held = new Map();
    if (data.engine === "decline") {
      const loss = p[model.CONSTANTS.indexOf("igg_loss")];
      const left = moved.left ?? 0;
      held.set("decline", times.map((time) => model.decline(time, left, loss)));
      return { times, events: [], get: (name) => held.get(name) };
    }
    const solution = solve(model, p, data.scenarios[state.scenario].doses, times);
    const get = (name) => {
      if (!held.has(name)) held.set(name, values(model, solution, p, name));
      return held.get(name);
    };
    return { times, events: solution.events, get };
  }

  function path(panel, found) {
    const { width, height, left, right, top, bottom } = data.geometry;
    const wide = (width - left - right) / state.span;
    const base = height - bottom;
    const high = height - top - bottom;
    const scale = panel.log ? Math.log(panel.high / panel.low) : panel.high - panel.low;
    let text = "";
    for (let i = 0; i < times.length && times[i] <= state.span; i++) {
      const value = Math.min(Math.max(found[i], panel.low), panel.high);
      const share = (panel.log ? Math.log(value / panel.low) : value - panel.low) / scale;
      text += `${i ? "L" : "M"}${(left + wide * times[i]).toFixed(1)} ${(base - high * share).toFixed(1)}`;
    }
    return text;
  }

  let result = null;

  function draw() {
    result = run(state.moved, state.target);
    const changed = Object.keys(state.moved).length > 0 || state.target !== data.scenarios[state.scenario].target;
    const key = changed ? `${state.scenario} ${state.span}` : "";
    const newGhost = key !== ghostOf;
    if (newGhost) {
      ghost = changed ? run({}, null) : null;
      ghostOf = key;
      box("ghost-note").hidden = !changed;
    }
    for (const panel of panels) {
      for (const { name, curve, ghost: shade } of panel.curves) {
        curve.setAttribute("d", path(panel, result.get(name)));
        if (newGhost) shade.setAttribute("d", ghost ? path(panel, ghost.get(name)) : "");
      }
    }
    for (const line of lines) {
      const [term, value] = sentences[line.name]({ ...result, threshold: data.threshold });
      line.term.textContent = `${term}:`;
      line.value.textContent = value;
    }
    for (const { element, name, day, percent: isPercent } of cells) {
      element.textContent = cell(at(times, result.get(name), day), isPercent);
    }
    root.dataset.drawn = String(Number(root.dataset.drawn ?? 0) + 1);
  }

  function showControls() {
    const scenario = data.scenarios[state.scenario];
    for (const radio of radios("scenario")) radio.checked = radio.value === state.scenario;
    for (const radio of radios("span")) radio.checked = Number(radio.value) === state.span;
    const targets = form.querySelector('[data-choice="target"]');
    if (targets) {
      targets.disabled = scenario.target === null;
      for (const radio of radios("target")) radio.checked = radio.value === state.target;
    }
    for (const slider of sliders) {
      const able = usable(slider);
      slider.element.hidden = !able;
      const text = amount(shown(slider), slider.unit);
      slider.input.value = String(position(slider));
      slider.input.setAttribute("aria-valuetext", text);
      slider.output.textContent = text;
      slider.status.textContent =
        state.moved[slider.name] === undefined
          ? (scenario.status[slider.name] ?? "△ assumed")
          : "chosen by you";
    }
    for (const panel of panels) {
      for (const days of panel.days) {
        if (Number(days.dataset.span) === state.span) days.removeAttribute("display");
        else days.setAttribute("display", "none");
      }
    }
    box("scenario-warning").textContent = scenario.warning ?? "";
    const settings = sliders.filter(usable).map((slider) => {
      const name = slider.element.querySelector("label").textContent;
      return `${name}: ${slider.output.textContent} (${slider.status.textContent})`;
    });
    box("print").textContent = `${scenario.title}. ${settings.join("; ")}.`;
  }

  let waiting = 0;
  let speaking = 0;

  function redraw({ speak = true } = {}) {
    showControls();
    if (!waiting) {
      waiting = requestAnimationFrame(() => {
        waiting = 0;
        draw();
      });
    }
    clearTimeout(speaking);
    // Said once the reader stops, not at each step of a slider.
    speaking = setTimeout(() => {
      if (speak) {
        const text = lines.map(({ term, value }) => `${term.textContent} ${value.textContent}.`).join(" ");
        box("live").textContent = text;
      }
    }, 500);
  }

  function address() {
    const query = new URLSearchParams({ explorer: data.name, scenario: state.scenario });
    if (state.target !== data.scenarios[state.scenario].target && state.target) query.set("target", state.target);
    if (state.span !== data.spans[0]) query.set("days", String(state.span));
    for (const [name, value] of Object.entries(state.moved)) query.set(name, String(Number(value.toPrecision(5))));
    return `#${query}`;
  }

  function keep() {
    clearTimeout(keep.timer);
    // Browsers limit how often an address may change.
    keep.timer = setTimeout(() => history.replaceState(history.state, "", address()), 300);
  }

  function read(hash) {
    const query = new URLSearchParams(hash.replace(/^#/, ""));
    if (query.get("explorer") !== data.name) return false;
    const scenario = data.scenarios[query.get("scenario")] ? query.get("scenario") : first;
    state = { scenario, target: data.scenarios[scenario].target, span: data.spans[0], moved: {} };
    if (state.target !== null && data.targets[query.get("target")]) state.target = query.get("target");
    if (data.spans.includes(Number(query.get("days")))) state.span = Number(query.get("days"));
    for (const slider of sliders) {
      const value = Number.parseFloat(query.get(slider.name) ?? "");
      if (Number.isFinite(value) && usable(slider)) {
        state.moved[slider.name] = Math.min(Math.max(value, slider.low), slider.high);
      }
    }
    return true;
  }

  form.addEventListener("input", (event) => {
    const choice = event.target.closest("[data-choice]")?.dataset.choice;
    if (choice === "scenario") {
      const { value } = event.target;
      state = { scenario: value, target: data.scenarios[value].target, span: state.span, moved: {} };
    } else if (choice === "target") {
      state.target = event.target.value;
    } else if (choice === "span") {
      state.span = Number(event.target.value);
    } else {
      const slider = sliders.find(({ input }) => input === event.target);
      if (!slider) return;
      state.moved[slider.name] = atPosition(slider);
    }
    redraw();
    keep();
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    state = { ...state, target: data.scenarios[state.scenario].target, moved: {} };
    redraw();
    keep();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  box("link").addEventListener("click", async () => {
    history.replaceState(history.state, "", address());
    try {
      await navigator.clipboard.writeText(location.href);
      box("live").textContent = "The link is copied.";
    } catch {
      box("live").textContent = "The link stands in the address bar.";
    }
  });
  const panelBox = box("panels");
  // A box that does not scroll need not be a stop for the Tab key.
  new ResizeObserver(() => {
    if (panelBox.scrollWidth > panelBox.clientWidth) panelBox.setAttribute("tabindex", "0");
    else panelBox.removeAttribute("tabindex");
  }).observe(panelBox);
  window.addEventListener("hashchange", () => {
    if (read(location.hash)) redraw();
  });

  state.target = data.scenarios[first].target;
  const addressed = read(location.hash);
  for (const control of form.querySelectorAll(".carta-explorer-control")) control.hidden = false;
  showControls();
  draw();
  if (addressed) root.scrollIntoView();
}

document.querySelectorAll(".carta-explorer").forEach(prepare);
