// The engine of the economic explorers: the cohort state-transition model of carta.models.economics, in the page.
// Pure functions; nothing here touches the document. Expressions come as trees and are never run as code.

const TINY = 1e-9;

// A value is a number or a matrix {r, c, d} of cycles by draws; rows or columns of one stand for all.
const isNumber = (value) => typeof value === "number";

function combine(f, a, b) {
  if (isNumber(a) && isNumber(b)) return f(a, b);
  const [ar, ac, ad] = isNumber(a) ? [1, 1, Float64Array.of(a)] : [a.r, a.c, a.d];
  const [br, bc, bd] = isNumber(b) ? [1, 1, Float64Array.of(b)] : [b.r, b.c, b.d];
  const r = Math.max(ar, br);
  const c = Math.max(ac, bc);
  const d = new Float64Array(r * c);
  const [ai, aj] = [ar > 1 ? ac : 0, ac > 1 ? 1 : 0];
  const [bi, bj] = [br > 1 ? bc : 0, bc > 1 ? 1 : 0];
  for (let i = 0, at = 0; i < r; i += 1) {
    let p = i * ai;
    let q = i * bi;
    for (let j = 0; j < c; j += 1, at += 1, p += aj, q += bj) d[at] = f(ad[p], bd[q]);
  }
  return { r, c, d };
}

function each(f, a) {
  if (isNumber(a)) return f(a);
  return { r: a.r, c: a.c, d: a.d.map(f) };
}

const modulo = (a, b) => a - b * Math.floor(a / b);
const BINARY = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "**": (a, b) => a ** b,
  "%": modulo,
  "//": (a, b) => Math.floor(a / b),
  "<": (a, b) => Number(a < b),
  "<=": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  ">=": (a, b) => Number(a >= b),
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  and: (a, b) => Number(a !== 0 && b !== 0),
  or: (a, b) => Number(a !== 0 || b !== 0),
};
const UNARY = { neg: (a) => -a, pos: (a) => a, not: (a) => Number(a === 0) };
const CALLS = {
  exp: (a) => each(Math.exp, a),
  log: (a) => each(Math.log, a),
  sqrt: (a) => each(Math.sqrt, a),
  abs: (a) => each(Math.abs, a),
  floor: (a) => each(Math.floor, a),
  ceil: (a) => each(Math.ceil, a),
  min: (...all) => all.reduce((a, b) => combine(Math.min, a, b)),
  max: (...all) => all.reduce((a, b) => combine(Math.max, a, b)),
  prob: (rate, time = 1) => combine((r, t) => -Math.expm1(-r * t), rate, time),
  rate: (p, time = 1) => combine((q, t) => -Math.log1p(-q) / t, p, time),
  where: (test, yes, no) => {
    if (isNumber(test)) return test !== 0 ? yes : no;
    const chosen = combine((t, y) => (t !== 0 ? y : 0), test, yes);
    const other = combine((t, n) => (t !== 0 ? 0 : n), test, no);
    return combine((a, b) => a + b, chosen, other);
  },
};

function lookUp(table, at) {
  const { x, y, linear } = table;
  return each((v) => {
    if (linear && (v <= x[0] || v >= x[x.length - 1])) return v <= x[0] ? y[0] : y[y.length - 1];
    let low = 0;
    let high = x.length - 1;
    const sought = linear ? v : v + TINY;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (x[middle] <= sought) low = middle;
      else high = middle - 1;
    }
    if (!linear) return y[low];
    return y[low] + ((y[low + 1] - y[low]) * (v - x[low])) / (x[low + 1] - x[low]);
  }, at);
}

function namesOf(tree, found = new Set()) {
  if (typeof tree === "string") found.add(tree);
  else if (Array.isArray(tree)) tree.slice(tree[0] === "call" ? 2 : 1).forEach((part) => namesOf(part, found));
  return found;
}

// Values of names, computed when first asked for; what a strategy does not change is taken from the parent.
class Scope {
  constructor(definitions, clock, tables, parent = null, changed = new Set()) {
    Object.assign(this, { definitions, clock, tables, parent, changed });
    this.known = new Map();
    this.touched = new Map();
  }

  // Whether a name rests on something that this scope changes.
  touches(name) {
    if (this.changed.has(name)) return true;
    if (!this.touched.has(name)) {
      this.touched.set(name, false);
      const tree = this.definitions[name];
      const yes = Array.isArray(tree) || typeof tree === "string" ? [...namesOf(tree)].some((n) => this.touches(n)) : false;
      this.touched.set(name, yes);
    }
    return this.touched.get(name);
  }

  value(name) {
    if (name in this.clock) return this.clock[name];
    if (this.parent && !this.touches(name)) return this.parent.value(name);
    if (!this.known.has(name)) {
      const tree = this.definitions[name];
      if (tree === undefined) throw new Error(`no parameter ${name}`);
      this.known.set(name, Array.isArray(tree) || typeof tree === "string" ? this.evaluate(tree) : tree);
    }
    return this.known.get(name);
  }

  evaluate(tree) {
    if (isNumber(tree)) return tree;
    if (typeof tree === "string") return this.value(tree);
    const [head, ...rest] = tree;
    if (head === "call") {
      const [name, ...inputs] = rest;
      const values = inputs.map((part) => this.evaluate(part));
      return name in this.tables ? lookUp(this.tables[name], values[0]) : CALLS[name](...values);
    }
    if (head in UNARY) return each(UNARY[head], this.evaluate(rest[0]));
    return rest.map((part) => this.evaluate(part)).reduce((a, b) => combine(BINARY[head], a, b));
  }

  child(changes) {
    const names = Object.keys(changes);
    if (names.length === 0) return this;
    return new Scope({ ...this.definitions, ...changes }, this.clock, this.tables, this, new Set(names));
  }
}

// How to read a value at a cycle and a draw without spreading it out.
function reader(value) {
  // One kind of array alone, so that the loops that read it stay quick.
  if (isNumber(value)) return { d: Float64Array.of(value), i: 0, j: 0 };
  return { d: value.d, i: value.r > 1 ? value.c : 0, j: value.c > 1 ? 1 : 0 };
}

const column = (values) => ({ r: values.length, c: 1, d: Float64Array.from(values) });
const row = (values) => ({ r: 1, c: values.length, d: Float64Array.from(values) });

/**
 * Run every strategy of a model.
 *
 * @param model as carta.models.economics.web exports it.
 * @param settings {parameters, horizon, discount: {costs, effects}, draws}: values in place of the model's; draws:
 *   false for the base case, true for the model's draws. A parameter that is set is not drawn; one that is set to a
 *   list is run at each of its values.
 * @returns {strategies: {name: {cost, effect, lifeYears}}}: Float64Array over draws.
 */
export function run(model, settings = {}) {
  const given = settings.parameters ?? {};
  const lists = Object.entries(given).filter(([, value]) => Array.isArray(value));
  const draws = (settings.draws ? Object.values(model.draws)[0]?.length : lists[0]?.[1].length) ?? 1;
  const definitions = { ...model.parameters };
  if (settings.draws) for (const [name, values] of Object.entries(model.draws)) definitions[name] = row(values);
  Object.assign(definitions, given);
  for (const [name, values] of lists) definitions[name] = row(values);
  const length = model.cycleLength;
  const cycles = Math.round((settings.horizon ?? model.horizon) / length);
  const still = new Scope(definitions, { cycle_length: length }, model.tables);
  const startAge = still.evaluate(model.startAge);
  const clock = (cycle, time) => ({
    cycle,
    time,
    age: combine((a, b) => a + b, startAge, time),
    cycle_length: length,
  });
  const ends = Array.from({ length: cycles + 1 }, (_, t) => t);
  const starts = ends.slice(0, cycles);
  const moving = new Scope(definitions, clock(column(starts.map((t) => t + 1)), column(starts.map((t) => t * length))), model.tables);
  const counted = new Scope(definitions, clock(column(ends.map((t) => Math.max(t, 1))), column(ends.map((t) => t * length))), model.tables);
  const rates = ["costs", "effects"].map((kind) => settings.discount?.[kind] ?? still.evaluate(model.discount[kind]));
  const factor = (rate, time) =>
    combine((r, t) => (1 + r) ** -(model.discount.wholeYears ? Math.floor(t + TINY) : t), rate, time);
  const atEnds = rates.map((rate) => reader(factor(rate, column(ends.map((t) => t * length)))));
  const atMoves = rates.map((rate) => reader(factor(rate, column(starts.map((t) => (t + 0.5) * length)))));
  const strategies = {};
  for (const [name, strategy] of Object.entries(model.strategies)) {
    const scopes = [still, moving, counted].map((scope) => scope.child(strategy.parameters));
    strategies[name] = runStrategy(model, strategy, scopes, { draws, cycles, length, rates, factor, atEnds, atMoves });
  }
  return { strategies };
}

// Up to here (1 - exp(-x)) / x is summed from twelve terms of its series, as the inner loop in Python does.
const SMALL = 0.25;
const [THIRD, FIFTH, SIXTH, SEVENTH, EIGHTH] = [1 / 3, 1 / 5, 1 / 6, 1 / 7, 1 / 8];
const [NINTH, ELEVENTH, TWELFTH] = [1 / 9, 1 / 11, 1 / 12];

function leavingOver(x) {
  const tail = 1 - x * NINTH * (1 - x * 0.1 * (1 - x * ELEVENTH * (1 - x * TWELFTH)));
  const middle = 1 - x * FIFTH * (1 - x * SIXTH * (1 - x * SEVENTH * (1 - x * EIGHTH * tail)));
  return 1 - x * 0.5 * (1 - x * THIRD * (1 - x * 0.25 * middle));
}

function addRates(total, { d, i, j }, k) {
  for (let n = 0, at = k * i; n < total.length; n += 1, at += j) total[n] += d[at];
}

// From the sum of the rates to what a unit of rate carries away (scale) and to who stays (left).
function shareOut(before, left, scale, length) {
  for (let n = 0; n < before.length; n += 1) {
    const x = left[n] * length;
    const part = x <= SMALL ? leavingOver(x) : -Math.expm1(-x) / x;
    scale[n] = before[n] * length * part;
    left[n] = before[n] - before[n] * x * part;
  }
}

function move(scale, { d, i, j }, k, reached, left) {
  if (left === null) {
    for (let n = 0, at = k * i; n < scale.length; n += 1, at += j) reached[n] += scale[n] * d[at];
    return;
  }
  for (let n = 0, at = k * i; n < scale.length; n += 1, at += j) {
    const flow = scale[n] * d[at];
    reached[n] += flow;
    left[n] -= flow;
  }
}

function reward(total, scale, p, amount, worth, k) {
  for (let n = 0; n < total.length; n += 1) {
    const flow = scale[n] * p.d[k * p.i + n * p.j];
    total[n] += flow * amount.d[k * amount.i + n * amount.j] * worth.d[k * worth.i + n * worth.j];
  }
}

function isEmpty(shares) {
  for (let n = 0; n < shares.length; n += 1) if (shares[n] !== 0) return false;
  return true;
}

// Add what the members of a state cost, or gain, at the cycle end t.
function add(total, present, weight, amount, worth, t) {
  const { d, j } = amount;
  let at = t * amount.i;
  if (worth.j === 0) {
    const factor = weight * worth.d[t * worth.i];
    if (j === 0 && d[at] === 0) return;
    for (let n = 0; n < present.length; n += 1, at += j) total[n] += present[n] * factor * d[at];
  } else {
    let of = t * worth.i;
    for (let n = 0; n < present.length; n += 1, at += j, of += worth.j) total[n] += present[n] * weight * d[at] * worth.d[of];
  }
}

function runStrategy(model, strategy, [still, moving, counted], setting) {
  const { draws, cycles, length, rates, factor, atEnds, atMoves } = setting;
  const index = new Map(model.states.map((state, i) => [state.name, i]));
  const count = model.states.length;
  const rows = model.states.map((state, i) => {
    const moves = strategy.rows[state.name] ?? {};
    let rest = i;
    const entries = [];
    let competing = false;
    for (const [aim, move] of Object.entries(moves)) {
      if (move === "rest") {
        rest = index.get(aim);
        continue;
      }
      if (aim === state.name) rest = -1;
      let value;
      if (move.rate !== undefined) {
        competing = true;
        value = moving.evaluate(move.rate);
        if (move.hr !== undefined) value = combine(BINARY["*"], value, moving.evaluate(move.hr));
      } else {
        value = moving.evaluate(move.probability);
        if (move.rr !== undefined) value = combine(BINARY["*"], value, moving.evaluate(move.rr));
        if (move.hr !== undefined) value = combine((p, h) => 1 - (1 - p) ** h, value, moving.evaluate(move.hr));
      }
      entries.push({
        to: index.get(aim),
        p: reader(value),
        cost: move.cost === undefined ? null : reader(moving.evaluate(move.cost)),
        effect: move.effect === undefined ? null : reader(moving.evaluate(move.effect)),
      });
    }
    return { entries, competing, rest };
  });
  const pick = (state, field) => strategy.states[state.name]?.[field] ?? state[field];
  const costs = model.states.map((state) => reader(counted.evaluate(pick(state, "cost"))));
  const utilities = model.states.map((state) => reader(counted.evaluate(pick(state, "utility"))));
  const oneTime = strategy.oneTime.map((item) => ({
    at: Math.round(item.at / length),
    cost: reader(combine(BINARY["*"], still.evaluate(item.cost), factor(rates[0], item.at))),
    effect: reader(combine(BINARY["*"], still.evaluate(item.effect), factor(rates[1], item.at))),
    states: model.states.map((state) => (item.states ? item.states.includes(state.name) : !state.dead)),
  }));
  let now = Array.from({ length: count }, () => new Float64Array(draws));
  let after = Array.from({ length: count }, () => new Float64Array(draws));
  for (const [name, share] of Object.entries(strategy.initial)) {
    const { d, j } = reader(still.evaluate(share));
    for (let n = 0; n < draws; n += 1) now[index.get(name)][n] = d[n * j];
  }
  const cost = new Float64Array(draws);
  const effect = new Float64Array(draws);
  const lifeYears = new Float64Array(draws);
  const left = new Float64Array(draws);
  const scale = new Float64Array(draws);
  for (let t = 0; t <= cycles; t += 1) {
    if (t === 0) {
      for (let i = 0; i < count; i += 1) after[i].set(now[i]);
    } else {
      const k = t - 1;
      for (const part of after) part.fill(0);
      for (let i = 0; i < count; i += 1) {
        const before = now[i];
        if (isEmpty(before)) continue;
        const { entries, competing, rest } = rows[i];
        if (competing) {
          left.fill(0);
          for (const { p } of entries) addRates(left, p, k);
          shareOut(before, left, scale, length);
        } else {
          scale.set(before);
          left.set(before);
        }
        for (const entry of entries) {
          move(scale, entry.p, k, after[entry.to], competing ? null : left);
          if (entry.cost) reward(cost, scale, entry.p, entry.cost, atMoves[0], k);
          if (entry.effect) reward(effect, scale, entry.p, entry.effect, atMoves[1], k);
        }
        if (rest >= 0) {
          const reached = after[rest];
          for (let n = 0; n < draws; n += 1) reached[n] += left[n];
        }
      }
    }
    const weight = (t === 0 || t === cycles ? 0.5 : 1) * length;
    for (let i = 0; i < count; i += 1) {
      const present = after[i];
      add(cost, present, weight, costs[i], atEnds[0], t);
      add(effect, present, weight, utilities[i], atEnds[1], t);
      if (!model.states[i].dead) for (let n = 0; n < draws; n += 1) lifeYears[n] += present[n] * weight;
    }
    [now, after] = [after, now];
    for (const item of oneTime) {
      if (item.at !== t) continue;
      for (let i = 0; i < count; i += 1) {
        if (!item.states[i]) continue;
        for (let n = 0; n < draws; n += 1) {
          cost[n] += now[i][n] * item.cost.d[n * item.cost.j];
          effect[n] += now[i][n] * item.effect.d[n * item.effect.j];
        }
      }
    }
  }
  return { cost, effect, lifeYears };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean of the draws, and the interval that holds the middle 95 % (linear between draws, as NumPy has it). */
export function summary(values) {
  const sorted = Float64Array.from(values).sort();
  const quantile = (q) => {
    const at = q * (sorted.length - 1);
    const low = Math.floor(at);
    return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low);
  };
  return { mean: mean(sorted), low: quantile(0.025), high: quantile(0.975) };
}

/** For each strategy the share of draws in which its net benefit is highest, at each threshold. */
export function acceptability(strategies, thresholds) {
  const names = Object.keys(strategies);
  const draws = strategies[names[0]].cost.length;
  const result = Object.fromEntries(names.map((name) => [name, thresholds.map(() => 0)]));
  thresholds.forEach((threshold, at) => {
    for (let n = 0; n < draws; n += 1) {
      let best = names[0];
      let most = -Infinity;
      for (const name of names) {
        const benefit = threshold * strategies[name].effect[n] - strategies[name].cost[n];
        if (benefit > most) [best, most] = [name, benefit];
      }
      result[best][at] += 1 / draws;
    }
  });
  return result;
}

/** Price at which a strategy's net benefit over the reference is zero: costs are linear in the price. */
export function thresholdPrice(model, settings, strategy, threshold, parameter = "price") {
  const at = (price) => {
    const { strategies } = run(model, { ...settings, draws: false, parameters: { ...settings.parameters, [parameter]: price } });
    const [here, there] = [strategies[strategy], strategies[model.reference]];
    return threshold * (here.effect[0] - there.effect[0]) - (here.cost[0] - there.cost[0]);
  };
  const [free, dear] = [at(0), at(1e6)];
  return (free / (free - dear)) * 1e6;
}

/** Undiscounted difference in cost a patient between a strategy and the reference, by year since the start. */
export function yearlyCostDifference(model, settings, strategy, years) {
  const totals = [0];
  for (let year = 1; year <= years; year += 1) {
    const { strategies } = run(model, { ...settings, draws: false, horizon: year, discount: { costs: 0, effects: 0 } });
    totals.push(strategies[strategy].cost[0] - strategies[model.reference].cost[0]);
  }
  return totals.slice(1).map((total, i) => total - totals[i]);
}

/** Budget impact in each calendar year: {year, started, starting, following, net}. */
export function budgetImpact(difference, started) {
  return started.map((patients, year) => {
    let following = 0;
    for (let begun = 0; begun < year; begun += 1) following += started[begun] * difference[year - begun];
    const starting = patients * difference[0];
    return { year: year + 1, started: patients, starting, following, net: starting + following };
  });
}

const DAYS_OF_YEAR = 365;

/** Waiting list of a manufacture with few slots, as carta.models.capacity has it: the state at the end of every day. */
export function capacity({ referrals, slots, veinToVein, failure, leaving, waiting = 0, years = 5 }) {
  const leavingADay = 1 - (1 - leaving) ** (1 / DAYS_OF_YEAR);
  const line = new Float64Array(veinToVein);
  let [queue, busy, treated, left, failed] = [waiting, 0, 0, 0, 0];
  const days = [{ day: 0, waiting: queue, treated, left, failed }];
  for (let day = 1; day <= years * DAYS_OF_YEAR; day += 1) {
    const finished = line[day % veinToVein];
    busy -= finished;
    const again = finished * failure;
    failed += again;
    treated += finished - again;
    queue += referrals / DAYS_OF_YEAR + again;
    const started = Math.min(queue, Math.max(slots - busy, 0));
    queue -= started;
    busy += started;
    line[day % veinToVein] = started;
    const gone = queue * leavingADay;
    queue -= gone;
    left += gone;
    days.push({ day, waiting: queue, treated, left, failed });
  }
  return days;
}

/** Patients who can be treated a year when every slot is always taken. */
export const yearlyCapacity = ({ slots, veinToVein, failure }) => ((slots * DAYS_OF_YEAR) / veinToVein) * (1 - failure);
