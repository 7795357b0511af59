// The economic explorers of a page: cost-effectiveness, budget impact, capacity. Plain SVG, no address from elsewhere.

import { element, shape } from "./carta-dom.js";
import {
  acceptability,
  budgetImpact,
  capacity,
  run,
  summary,
  yearlyCapacity,
  yearlyCostDifference,
} from "./carta-economics-engine.js";

const formats = [0, 1, 2, 3].map((digits) => new Intl.NumberFormat("en", { maximumFractionDigits: digits, minimumFractionDigits: digits }));
const number = (value, digits = 0) => formats[digits].format(value).replace(/^-(?=[0.,]*$)/, "").replace("-", "−");
const money = (value, currency) => `${number(Math.abs(value) >= 1e4 ? Math.round(value / 100) * 100 : value)} ${currency}`;
const short = (value) =>
  Math.abs(value) >= 1e6 ? `${number(value / 1e6, Math.abs(value) < 1e7 ? 1 : 0)}m` : Math.abs(value) >= 1e3 ? `${number(value / 1e3)}k` : number(value);

// ---------------------------------------------------------------------------------------------------- charts

// Round steps for an axis: about `count` of 1, 2 or 5 times a power of ten.
function ticks(low, high, count = 5) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw) ?? raw;
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) found.push(at * step || 0);
  return found;
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [360, 250, 58, 14, 12, 44];

function frame(xRange, yRange, { x, y, xFormat = short, yFormat = short, xTicks = ticks(...xRange), alt }) {
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": alt });
  const px = (v) => LEFT + ((v - xRange[0]) / (xRange[1] - xRange[0])) * (WIDTH - LEFT - RIGHT);
  const py = (v) => HEIGHT - BOTTOM - ((v - yRange[0]) / (yRange[1] - yRange[0])) * (HEIGHT - TOP - BOTTOM);
  for (const v of ticks(...yRange)) {
    svg.append(shape("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: py(v), y2: py(v) }));
    svg.append(shape("text", { class: "soft", x: LEFT - 6, y: py(v) + 4, "text-anchor": "end" }, yFormat(v)));
  }
  for (const v of xTicks) {
    svg.append(shape("text", { class: "soft", x: px(v), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, xFormat(v)));
  }
  svg.append(shape("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM }));
  if (yRange[0] < 0 && yRange[1] > 0) svg.append(shape("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: py(0), y2: py(0) }));
  if (xRange[0] < 0 && xRange[1] > 0) svg.append(shape("line", { class: "axis", x1: px(0), x2: px(0), y1: TOP, y2: HEIGHT - BOTTOM }));
  svg.append(shape("text", { class: "soft", x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 8, "text-anchor": "middle" }, x));
  svg.append(shape("text", { class: "soft", x: -(TOP + HEIGHT - BOTTOM) / 2, y: 12, "text-anchor": "middle", transform: "rotate(-90)" }, y));
  return { svg, px, py };
}

function span(values, includeZero = true) {
  const finite = values.filter(Number.isFinite);
  let low = Math.min(...finite, includeZero ? 0 : Infinity);
  let high = Math.max(...finite, includeZero ? 0 : -Infinity);
  if (!(high > low)) [low, high] = [low - 1, high + 1];
  const margin = (high - low) * 0.06;
  return [low < 0 || !includeZero ? low - margin : low, high + margin];
}

function polyline(chart, points, series) {
  const shown = points.filter(([, y]) => Number.isFinite(y));
  chart.svg.append(shape("polyline", { class: `line s${series}`, points: shown.map(([x, y]) => `${chart.px(x).toFixed(1)},${chart.py(y).toFixed(1)}`).join(" ") }));
}

// Names at the right end of lines, moved apart where they would cover each other.
function lineNames(chart, ends) {
  const sorted = ends.map((end) => ({ ...end, at: chart.py(end.y) })).sort((a, b) => a.at - b.at);
  for (let i = 1; i < sorted.length; i += 1) sorted[i].at = Math.max(sorted[i].at, sorted[i - 1].at + 14);
  const over = sorted.length ? sorted[sorted.length - 1].at - (HEIGHT - BOTTOM - 4) : 0;
  for (const end of sorted) {
    chart.svg.append(shape("text", { class: `name f${end.series}`, x: WIDTH - RIGHT - 4, y: end.at - Math.max(over, 0) - 4, "text-anchor": "end" }, end.name));
  }
}

function figure(title, svg) {
  return element("figure", { class: "carta-econ-chart" }, [element("figcaption", { text: title }), svg]);
}

function table(heads, rows) {
  const cells = (tag, values) => values.map((value) => element(tag, tag === "th" ? { text: value, scope: "col" } : { text: value }));
  return element("table", {}, [
    element("thead", {}, [element("tr", {}, cells("th", heads))]),
    element("tbody", {}, rows.map((values) => element("tr", {}, cells("td", values)))),
  ]);
}

// ---------------------------------------------------------------------------------------------------- controls

/** Controls of one explorer: sliders and lists, kept in the address when a reader asks for a link. */
class Controls {
  constructor(host, described) {
    this.host = host;
    this.items = new Map();
    this.changed = () => {};
    // Called when another model is chosen: it sets what the other controls offer.
    this.adapt = () => {};
    const box = element("fieldset", { class: "carta-econ-controls" }, [
      element("legend", { class: "carta-econ-hidden", text: host.dataset.title ?? "Settings" }),
    ]);
    for (const item of described) box.append(this.make(item));
    const copy = element("button", { type: "button", text: "Link to these settings" });
    const reset = element("button", { type: "button", text: "Reset" });
    this.said = element("span", { role: "status" });
    copy.addEventListener("click", () => this.share());
    reset.addEventListener("click", () => {
      for (const held of this.items.values()) this.put(held, held.first);
      this.adapt();
      this.changed();
    });
    this.nodes = [box, element("div", { class: "carta-econ-buttons" }, [copy, reset, this.said])];
    window.addEventListener("hashchange", () => this.restore() && this.changed());
  }

  make(item) {
    const id = `${this.host.id}-${item.name}`;
    const output = element("output", { for: id });
    const label = element("label", { for: id }, [element("span", { text: item.label }), output]);
    const input = item.options
      ? element("select", { id }, item.options.map(([value, text]) => element("option", { value, text })))
      : element("input", { id, type: "range", min: item.min, max: item.max, step: item.step });
    const held = { ...item, input, output, first: String(item.value) };
    this.items.set(item.name, held);
    input.value = held.first;
    input.addEventListener("input", () => {
      if (item.name === "model") this.adapt();
      this.tell(held);
      this.changed();
    });
    this.tell(held);
    return element("div", { class: "carta-econ-control" }, [label, input]);
  }

  tell({ input, output, show }) {
    if (!show) return;
    const text = show(Number(input.value));
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
  }

  value(name) {
    const { input, options } = this.items.get(name);
    return options ? input.value : Number(input.value);
  }

  bounds(name, { min, max, step, value }) {
    const held = this.items.get(name);
    Object.assign(held.input, { min, max, step });
    held.input.value = value;
    held.first = String(value);
    this.tell(held);
  }

  put(held, value) {
    held.input.value = value;
    // A value that a list does not have leaves it empty: keep the first instead.
    if (held.options && held.input.value !== value) held.input.value = held.first;
    this.tell(held);
  }

  share() {
    const query = new URLSearchParams([...this.items].filter(([, { input, first }]) => input.value !== first).map(([name, { input }]) => [name, input.value]));
    const url = new URL(window.location.href);
    url.hash = `${this.host.id}?${query}`;
    window.history.replaceState(null, "", url);
    const done = () => (this.said.textContent = "The address of this page now holds the settings.");
    if (navigator.clipboard) navigator.clipboard.writeText(url.href).then(() => (this.said.textContent = "Link copied."), done);
    else done();
  }

  restore() {
    const [id, query] = window.location.hash.slice(1).split("?");
    if (id !== this.host.id || !query) return false;
    const wanted = new URLSearchParams(query);
    const chosen = this.items.get("model");
    if (chosen) {
      this.put(chosen, wanted.get("model") ?? chosen.first);
      this.adapt();
    }
    for (const [name, value] of wanted) {
      const held = this.items.get(name);
      if (held && held !== chosen) this.put(held, value);
    }
    return true;
  }
}

function start(host) {
  const data = JSON.parse(host.querySelector(".carta-econ-data").textContent);
  const app = element("div", { class: "carta-econ-app" });
  const said = element("div", { class: "carta-econ-summary", "aria-live": "polite" });
  const charts = element("div", { class: "carta-econ-charts" });
  const numbers = element("div");
  const details = element("details", { class: "carta-econ-numbers" }, [element("summary", { text: "The numbers" }), numbers]);
  return { data, app, said, charts, numbers, details };
}

function mount(host, parts, controls, update) {
  parts.app.append(...controls.nodes, parts.said, parts.charts, parts.details);
  host.append(parts.app);
  host.classList.add("carta-econ-live");
  controls.restore();
  let waiting = false;
  const draw = () => {
    waiting = false;
    const begun = performance.now();
    update();
    host.dataset.milliseconds = (performance.now() - begun).toFixed(1);
  };
  controls.changed = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(draw);
  };
  draw();
}

function sentences(host, lines) {
  host.replaceChildren(...lines.map((text) => element("p", { text })));
}

// ---------------------------------------------------------------------------------------------------- economics

const DURABILITY = [
  ["1", "goes on as observed (exponential)"],
  ["2", "wears off (Weibull)"],
  ["3", "lasts for those still in remission (plateau)"],
  ["4", "ends where observation ends"],
];
const MEAN_YEARS = [1, 2, 3, 5, 7, 10, 15, 20, 30, 40];

function economics(host) {
  const parts = start(host);
  const { data } = parts;
  const names = Object.keys(data.models);
  const first = data.models[names[0]];
  const priceOf = (model) => ({ min: 0, max: data.priceLimit, step: 1000, value: model.defaults.price });
  let controls = null;
  const model = () => data.models[names.length > 1 && controls ? controls.value("model") : names[0]];
  controls = new Controls(
    host,
    [
      ...(names.length > 1 ? [{ name: "model", label: "Disease and country", options: names.map((name) => [name, data.models[name].model]), value: names[0] }] : []),
      { name: "price", label: "Price of the product", ...priceOf(first), show: (v) => money(v, model().currency) },
      { name: "durability", label: "Remission", options: DURABILITY, value: 1 },
      { name: "years", label: "Mean time to relapse", min: 0, max: 40, step: 0.5, value: 0, show: (v) => (v === 0 ? "as in the data" : `${number(v, 1)} years`) },
      { name: "horizon", label: "Horizon", min: 5, max: first.horizon, step: 1, value: first.horizon, show: (v) => `${number(v)} years` },
      { name: "discount", label: "Discount a year", min: 0, max: 6, step: 0.25, value: 100 * first.defaults.discount, show: (v) => `${number(v, 2)} %` },
      { name: "severity", label: "Severity of active disease", min: 0, max: 1, step: 0.05, value: 0.5, show: (v) => (v < 0.34 ? "milder" : v > 0.66 ? "severer" : "middle") },
      { name: "threshold", label: "Price of a QALY", min: 0, max: data.thresholdLimit, step: 1000, value: first.thresholds[0], show: (v) => money(v, model().currency) },
    ],
  );
  controls.adapt = () => {
    controls.bounds("price", priceOf(model()));
    controls.bounds("horizon", { min: 5, max: model().horizon, step: 1, value: model().horizon });
    controls.bounds("discount", { min: 0, max: 6, step: 0.25, value: 100 * model().defaults.discount });
    controls.bounds("threshold", { min: 0, max: data.thresholdLimit, step: 1000, value: model().thresholds[0] });
  };
  let kept = { key: null };

  function update() {
    const chosen = model();
    const [price, threshold, years] = ["price", "threshold", "years"].map((name) => controls.value(name));
    const parameters = { durability: Number(controls.value("durability")), severity: controls.value("severity") };
    if (years > 0) parameters.remission_years = years;
    const rate = controls.value("discount") / 100;
    const settings = { parameters, horizon: controls.value("horizon"), discount: { costs: rate, effects: rate } };
    // Costs are linear in the price, so that the price and the threshold alone need no new run.
    const key = JSON.stringify([chosen.model, settings]);
    if (kept.key !== key) {
      const free = (draws) => run(chosen, { ...settings, draws, parameters: { ...parameters, price: 0 } }).strategies;
      kept = { key, free: free(true), base: free(false), slopes: priced(chosen) };
      kept.curve = curve(chosen, settings, kept.slopes.base);
    }
    const draws = withPrice(kept.free, kept.slopes.draws, price);
    const one = withPrice(kept.base, kept.slopes.base, price);
    show(chosen, settings, draws, one, price, threshold, years);
  }

  function show(chosen, settings, draws, one, price, threshold, years) {
    const { currency, reference } = chosen;
    const [treated, other] = ["cart", reference].map((name) => one[name]);
    const more = { cost: treated.cost[0] - other.cost[0], effect: treated.effect[0] - other.effect[0] };
    const cloud = [...draws.cart.cost].map((cost, n) => [draws.cart.effect[n] - draws[reference].effect[n], cost - draws[reference].cost[n]]);
    const [effects, costs] = [summary(cloud.map(([e]) => e)), summary(cloud.map(([, c]) => c))];
    const worth = cloud.filter(([e, c]) => threshold * e - c > 0).length / cloud.length;
    const limit = breakEven(kept.base, kept.slopes.base, reference, threshold);
    const ratio =
      more.effect > 0 && more.cost > 0
        ? `${money(more.cost / more.effect, currency)} for a QALY`
        : more.effect > 0
          ? "cheaper and better than continued care"
          : "not better than continued care";
    sentences(parts.said, [
      `At ${money(price, currency)} CAR T costs ${money(more.cost, currency)} more a patient than ${chosen.strategies[reference].label.toLowerCase()} ` +
        `(95 % of draws ${money(costs.low, currency)} to ${money(costs.high, currency)}) and gives ${number(more.effect, 2)} QALYs ` +
        `(${number(effects.low, 2)} to ${number(effects.high, 2)}): ${ratio}.`,
      limit < 0
        ? `Even free of charge it would not be worth it at ${money(threshold, currency)} a QALY.`
        : `It breaks even at a price of ${money(limit, currency)}, if a QALY is worth ${money(threshold, currency)}; ` +
          `at the price chosen it is worth it in ${number(100 * worth)} % of draws.`,
      controls.value("durability") === "4" && years === 0
        ? "Remission is followed no further than anyone has observed."
        : "Remission is followed far beyond what anyone has observed.",
    ]);

    const xs = span(cloud.map(([e]) => e));
    const ys = span(cloud.map(([, c]) => c));
    const plane = frame(xs, ys, {
      x: "more QALYs",
      y: `more cost (${currency})`,
      xFormat: (v) => number(v, Math.max(...xs.map(Math.abs)) < 2 ? 1 : 0),
      alt: `${number(100 * worth)} % of ${cloud.length} draws lie below the line of ${money(threshold, currency)} a QALY; the base case is ${number(more.effect, 2)} QALYs for ${money(more.cost, currency)}.`,
    });
    for (const [e, c] of cloud) plane.svg.append(shape("circle", { class: "dot f0", cx: plane.px(e).toFixed(1), cy: plane.py(c).toFixed(1), r: 2.6 }));
    const ends = [xs[0], xs[1]].map((e) => [e, threshold * e]).map(([e, c]) => (threshold > 0 ? [Math.min(Math.max(c, ys[0]), ys[1]) / threshold, Math.min(Math.max(c, ys[0]), ys[1])] : [e, c]));
    polyline(plane, ends, 1);
    plane.svg.append(shape("path", { class: "mark f1", d: `M${plane.px(more.effect)},${plane.py(more.cost)}m-6,0l6,-6 6,6 -6,6z` }));

    const thresholds = Array.from({ length: 41 }, (_, i) => (i * data.thresholdLimit) / 40);
    const chances = acceptability(draws, thresholds);
    const accept = frame([0, data.thresholdLimit], [0, 1.02], {
      x: `price of a QALY (${currency})`,
      y: "share of draws best",
      yFormat: (v) => `${number(100 * v)} %`,
      alt: `At ${money(threshold, currency)} a QALY: ${Object.entries(acceptability(draws, [threshold])).map(([name, [share]]) => `${chosen.strategies[name].label} best in ${number(100 * share)} %`).join(", ")}.`,
    });
    Object.keys(chances).forEach((name, i) => polyline(accept, thresholds.map((t, k) => [t, chances[name][k]]), i));
    lineNames(accept, Object.keys(chances).map((name, i) => ({ series: i, name: chosen.strategies[name].label, y: chances[name].at(-1) })));
    accept.svg.append(shape("line", { class: "now", x1: accept.px(threshold), x2: accept.px(threshold), y1: TOP, y2: HEIGHT - BOTTOM }));

    const wanted = [...new Set([...chosen.thresholds, threshold])].slice(0, 3);
    const lines = wanted.map((t) => MEAN_YEARS.map((y, i) => [y, kept.curve[i](t)]));
    const limits = frame([0, 40], span(lines.flat().map(([, p]) => p).concat(price)), {
      x: "mean years until relapse",
      y: `price that breaks even (${currency})`,
      alt: `With relapse after ${MEAN_YEARS[0]} to ${MEAN_YEARS.at(-1)} years in the mean, the price that breaks even goes from ${money(lines[0][0][1], currency)} to ${money(lines[0].at(-1)[1], currency)} at ${money(wanted[0], currency)} a QALY.`,
    });
    lines.forEach((line, i) => polyline(limits, line, i));
    lineNames(limits, lines.map((line, i) => ({ series: i, name: `${short(wanted[i])} a QALY`, y: line.at(-1)[1] })));
    limits.svg.append(shape("line", { class: "now", x1: LEFT, x2: WIDTH - RIGHT, y1: limits.py(price), y2: limits.py(price) }));

    parts.charts.replaceChildren(
      figure("Each dot is a draw: more cost, more health", plane.svg),
      figure("Which strategy is best, by the price of a QALY", accept.svg),
      figure("What it may cost, by how long it lasts", limits.svg),
    );
    const row = (name) => [
      chosen.strategies[name].label,
      number(one[name].cost[0]),
      number(one[name].effect[0], 3),
      number(one[name].lifeYears[0], 2),
      name === reference ? "–" : number(one[name].cost[0] - other.cost[0]),
      name === reference ? "–" : number(one[name].effect[0] - other.effect[0], 3),
    ];
    parts.numbers.replaceChildren(table(["", `Cost (${currency})`, "QALYs", "Life-years", "More cost", "More QALYs"], Object.keys(one).map(row)));
  }

  mount(host, parts, controls, update);
}

// What one unit of the price adds to each strategy's cost. It is paid at the start, so that one cycle tells.
const known = new Map();
function priced(model) {
  if (!known.has(model)) {
    const at = (draws, price) => run(model, { horizon: model.cycleLength, draws, parameters: { price } }).strategies;
    const one = (draws) => {
      const [free, dear] = [at(draws, 0), at(draws, 1e6)];
      return Object.fromEntries(Object.keys(free).map((name) => [name, free[name].cost.map((cost, n) => (dear[name].cost[n] - cost) / 1e6)]));
    };
    known.set(model, { base: one(false), draws: one(true) });
  }
  return known.get(model);
}

function withPrice(strategies, slope, price) {
  return Object.fromEntries(
    Object.entries(strategies).map(([name, held]) => [name, { ...held, cost: held.cost.map((cost, n) => cost + price * slope[name][n]) }]),
  );
}

// Price at which net benefit over the reference is zero, from the outcomes at a price of zero.
function breakEven(free, slope, reference, threshold, n = 0) {
  const [here, there] = [free.cart, free[reference]];
  const benefit = threshold * (here.effect[n] - there.effect[n]) - (here.cost[n] - there.cost[n]);
  return benefit / (slope.cart[0] - slope[reference][0]);
}

// For each mean time to relapse a function from the threshold to the price that breaks even.
function curve(model, settings, slope) {
  const names = ["cart", model.reference];
  const two = { ...model, strategies: Object.fromEntries(names.map((name) => [name, model.strategies[name]])) };
  const { strategies } = run(two, { ...settings, parameters: { ...settings.parameters, remission_years: MEAN_YEARS, price: 0 } });
  return MEAN_YEARS.map((_, n) => (threshold) => breakEven(strategies, slope, model.reference, threshold, n));
}

// ---------------------------------------------------------------------------------------------------- budget impact

const BUDGET_YEARS = 5;

function budget(host) {
  const parts = start(host);
  const { data } = parts;
  const names = Object.keys(data.models);
  const first = data.models[names[0]];
  const priceOf = (model) => ({ min: 0, max: data.priceLimit, step: 1000, value: model.defaults.price });
  let controls = null;
  const model = () => data.models[names.length > 1 && controls ? controls.value("model") : names[0]];
  controls = new Controls(
    host,
    [
      ...(names.length > 1 ? [{ name: "model", label: "Disease and country", options: names.map((name) => [name, data.models[name].model]), value: names[0] }] : []),
      { name: "eligible", label: "People who could be treated", min: 100, max: 10000, step: 100, value: 1000, show: (v) => number(v) },
      { name: "early", label: "Share treated in year 1", min: 0, max: 20, step: 0.5, value: 2, show: (v) => `${number(v, 1)} %` },
      { name: "late", label: "Share treated in year 5", min: 0, max: 20, step: 0.5, value: 10, show: (v) => `${number(v, 1)} %` },
      { name: "price", label: "Price of the product", ...priceOf(first), show: (v) => money(v, model().currency) },
      { name: "durability", label: "Remission", options: DURABILITY, value: 1 },
    ],
  );
  controls.adapt = () => controls.bounds("price", priceOf(model()));

  function update() {
    const chosen = model();
    const { currency } = chosen;
    const parameters = { price: controls.value("price"), durability: Number(controls.value("durability")) };
    const [early, late] = [controls.value("early"), controls.value("late")];
    const started = Array.from({ length: BUDGET_YEARS }, (_, i) => (controls.value("eligible") * (early + ((late - early) * i) / (BUDGET_YEARS - 1))) / 100);
    const years = budgetImpact(yearlyCostDifference(chosen, { parameters }, "cart", BUDGET_YEARS), started);
    const total = years.reduce((sum, { net }) => sum + net, 0);
    const patients = started.reduce((sum, n) => sum + n, 0);
    sentences(parts.said, [
      `Over ${BUDGET_YEARS} years ${number(patients)} people are treated, and the payer spends ${money(Math.abs(total), currency)} ${total < 0 ? "less" : "more"} than without CAR T. ` +
        `In year ${BUDGET_YEARS} alone it is ${money(Math.abs(years.at(-1).net), currency)} ${years.at(-1).net < 0 ? "less" : "more"}.`,
      "Those treated earlier need less care; that is counted against the price. Nothing is discounted.",
    ]);
    const chart = frame([0.4, BUDGET_YEARS + 0.6], span(years.flatMap((y) => [y.starting, y.following, y.net])), {
      x: "year",
      y: `more spent (${currency})`,
      xFormat: (v) => number(v),
      xTicks: years.map((y) => y.year),
      alt: years.map((y) => `Year ${y.year}: ${money(y.net, currency)}`).join("; "),
    });
    for (const year of years) {
      const bar = (value, offset, series) => {
        const [top, bottom] = [chart.py(Math.max(value, 0)), chart.py(Math.min(value, 0))];
        chart.svg.append(shape("rect", { class: `f${series}`, x: chart.px(year.year) + offset - 9, y: top, width: 18, height: Math.max(bottom - top, 0.5) }));
      };
      bar(year.starting, -10, 0);
      bar(year.following, 10, 1);
    }
    polyline(chart, years.map((y) => [y.year, y.net]), 2);
    for (const y of years) chart.svg.append(shape("circle", { class: "f2", cx: chart.px(y.year), cy: chart.py(y.net), r: 4 }));
    chart.svg.append(shape("text", { class: "f0", x: LEFT + 6, y: TOP + 10 }, "treated in the year"));
    chart.svg.append(shape("text", { class: "f1", x: LEFT + 6, y: TOP + 25 }, "treated before"));
    chart.svg.append(shape("text", { class: "f2", x: LEFT + 6, y: TOP + 40 }, "net"));
    parts.charts.replaceChildren(figure("More spent in each year", chart.svg));
    parts.numbers.replaceChildren(
      table(["Year", "Treated", `On them (${currency})`, `On those before (${currency})`, `Net (${currency})`], years.map((y) => [y.year, number(y.started), number(y.starting), number(y.following), number(y.net)])),
    );
  }

  mount(host, parts, controls, update);
}

// ---------------------------------------------------------------------------------------------------- capacity

function capacityExplorer(host) {
  const parts = start(host);
  const { defaults } = parts.data;
  const controls = new Controls(
    host,
    [
      { name: "referrals", label: "Patients referred a year", min: 10, max: 1000, step: 10, value: defaults.referrals, show: (v) => number(v) },
      { name: "slots", label: "Products in manufacture at once", min: 1, max: 100, step: 1, value: defaults.slots, show: (v) => number(v) },
      { name: "veinToVein", label: "Vein to vein", min: 1, max: 90, step: 1, value: defaults.veinToVein, show: (v) => (v === 1 ? "1 day" : `${number(v)} days`) },
      { name: "failure", label: "Products that fail", min: 0, max: 30, step: 0.5, value: 100 * defaults.failure, show: (v) => `${number(v, 1)} %` },
      { name: "leaving", label: "Who wait and leave in a year", min: 0, max: 90, step: 5, value: 100 * defaults.leaving, show: (v) => `${number(v)} %` },
      { name: "years", label: "Years shown", min: 1, max: 10, step: 1, value: 5, show: (v) => number(v) },
    ],
  );

  function update() {
    const given = Object.fromEntries(["referrals", "slots", "veinToVein", "years"].map((name) => [name, controls.value(name)]));
    const described = { ...given, failure: controls.value("failure") / 100, leaving: controls.value("leaving") / 100 };
    const days = capacity(described);
    const last = days.at(-1);
    const most = yearlyCapacity(described);
    const wait = (last.waiting / most) * 365;
    sentences(parts.said, [
      `At full use ${number(most)} patients can be treated a year, and ${number(described.referrals)} are referred: ` +
        (last.waiting < 1
          ? "nobody waits long."
          : `after ${number(described.years)} years ${number(last.waiting)} wait, and a newcomer would wait ${number(wait)} days.`),
      `By then ${number(last.treated)} have been treated, ${number(last.failed)} products have failed and ${number(last.left)} patients have left the list untreated.`,
    ]);
    const every = days.filter(({ day }) => day % 7 === 0 || day === last.day);
    const list = frame([0, described.years], span(every.map((d) => d.waiting)), {
      x: "years",
      y: "patients waiting",
      xFormat: (v) => number(v, v % 1 ? 1 : 0),
      yFormat: (v) => number(v, v % 1 ? 1 : 0),
      alt: `${number(last.waiting)} patients wait after ${number(described.years)} years.`,
    });
    polyline(list, every.map((d) => [d.day / 365, d.waiting]), 0);
    const sums = frame([0, described.years], span(every.flatMap((d) => [d.treated, d.left])), {
      x: "years",
      y: "patients so far",
      xFormat: (v) => number(v, v % 1 ? 1 : 0),
      alt: `${number(last.treated)} patients treated and ${number(last.left)} gone from the list after ${number(described.years)} years.`,
    });
    const series = [["treated", "treated"], ["left the list", "left"], ["products failed", "failed"]];
    series.forEach(([, key], i) => polyline(sums, every.map((d) => [d.day / 365, d[key]]), i));
    lineNames(sums, series.map(([name, key], i) => ({ series: i, name, y: last[key] })));
    parts.charts.replaceChildren(figure("The waiting list", list.svg), figure("What becomes of the patients", sums.svg));
    const rows = days.filter(({ day }) => day % 365 === 0).map((d) => [number(d.day / 365), number(d.waiting, 1), number(d.treated, 1), number(d.failed, 1), number(d.left, 1)]);
    parts.numbers.replaceChildren(table(["Year", "Waiting", "Treated", "Products failed", "Left the list"], rows));
  }

  mount(host, parts, controls, update);
}

const KINDS = { economics, budget, capacity: capacityExplorer };
for (const host of document.querySelectorAll(".carta-econ[data-explorer]")) KINDS[host.dataset.explorer](host);
