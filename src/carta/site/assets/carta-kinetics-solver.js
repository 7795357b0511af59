// Solves the model in the page: the explicit Runge-Kutta pair of Dormand and Prince, order 5(4), with its
// interpolant (Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I, II.5 and II.6).
// Steps end at doses and at extinctions, so that none crosses one.

const A = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
const C = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
const E = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];
const D = [
  -12715105075 / 11282082432, 0, 87487479700 / 32700410799, -10690763975 / 1880347072,
  701980252875 / 199316789632, -1453857185 / 822651844, 69997945 / 29380423,
];
const MOST_STEPS = 20000;

// Returns { times, states, events }: states as one array, row after row; p are the constants in the model's order,
// doses [{ time, kind }], times ascending days of output.
export function solve(model, p, doses, times, rtol = 1e-6) {
  const n = model.STATES.length;
  const end = times[times.length - 1];
  const states = new Float64Array(times.length * n);
  const events = [];
  const k = Array.from({ length: 7 }, () => new Float64Array(n));
  const rest = Array.from({ length: 5 }, () => new Float64Array(n));
  const atol = model.SCALES.map((scale) => rtol * scale * 1e-4);
  const mortal = model.thresholds.map(({ place, value }) => ({ place, value: value(p) }));
  let y = new Float64Array(n);
  let next = new Float64Array(n);
  const stage = new Float64Array(n);
  let out = 0;
  let steps = 0;
  model.start(p, y);

  const starts = [...new Set([0, ...doses.map((dose) => dose.time).filter((time) => time < end)])];
  starts.sort((a, b) => a - b);
  starts.forEach((start, index) => {
    const stop = index + 1 < starts.length ? starts[index + 1] : end;
    const last = index + 1 === starts.length;
    for (const dose of doses) {
      if (dose.time === start) {
        model.doses[dose.kind](y, p);
        events.push({ time: start, kind: dose.kind });
      }
    }
    let t = start;
    let h = Math.min(1e-2, stop - start);
    model.rates(t, y, p, k[0]);
    while (out < times.length && times[out] <= t) states.set(y, n * out++);
    while (t < stop) {
      if (++steps > MOST_STEPS) throw new Error(`no solution within ${MOST_STEPS} steps`);
      h = Math.min(h, stop - t);
      for (let s = 1; s < 7; s++) {
        const row = A[s];
        for (let i = 0; i < n; i++) {
          let sum = 0;
          for (let j = 0; j < s; j++) sum += row[j] * k[j][i];
          stage[i] = y[i] + h * sum;
        }
        model.rates(t + C[s] * h, stage, p, k[s]);
      }
      next.set(stage);
      let worst = 0;
      for (let i = 0; i < n; i++) {
        let error = 0;
        for (let s = 0; s < 7; s++) error += E[s] * k[s][i];
        const size = atol[i] + rtol * Math.max(Math.abs(y[i]), Math.abs(next[i]));
        worst = Math.max(worst, Math.abs(h * error) / size);
      }
      if (!(worst <= 1)) {
        h *= Number.isFinite(worst) ? Math.max(0.2, 0.9 * worst ** -0.2) : 0.2;
        if (h < 1e-12) throw new Error("the steps became too small");
        continue;
      }
      for (let i = 0; i < n; i++) {
        const difference = next[i] - y[i];
        const bend = h * k[0][i] - difference;
        let fifth = 0;
        for (let s = 0; s < 7; s++) fifth += D[s] * k[s][i];
        rest[0][i] = y[i];
        rest[1][i] = difference;
        rest[2][i] = bend;
        rest[3][i] = difference - h * k[6][i] - bend;
        rest[4][i] = h * fifth;
      }
      const inside = (part, i) =>
        rest[0][i] + part * (rest[1][i] + (1 - part) * (rest[2][i] + part * (rest[3][i] + (1 - part) * rest[4][i])));
      let part = 1;
      let dead = null;
      for (const { place, value } of mortal) {
        if (y[place] >= value && next[place] < value) {
          let low = 0;
          let high = part;
          for (let round = 0; round < 50; round++) {
            const middle = (low + high) / 2;
            if (inside(middle, place) < value) high = middle;
            else low = middle;
          }
          part = high;
          dead = place;
        }
      }
      const reached = dead === null && t + h >= stop ? stop : t + part * h;
      while (out < times.length && (times[out] < reached || (last && times[out] <= reached))) {
        const share = (times[out] - t) / h;
        for (let i = 0; i < n; i++) states[n * out + i] = inside(share, i);
        out++;
      }
      if (dead === null) {
        [y, next] = [next, y];
        k[0].set(k[6]);
        h *= Math.min(5, 0.9 * Math.max(worst, 1e-8) ** -0.2);
      } else {
        for (let i = 0; i < n; i++) stage[i] = inside(part, i);
        y.set(stage);
        y[dead] = 0;
        events.push({ time: reached, kind: "extinct", state: model.STATES[dead] });
        model.rates(reached, y, p, k[0]);
      }
      t = reached;
    }
  });
  return { times, states, events };
}

// The values of one state, or of one of the model's readouts, in time.
export function values(model, solution, p, name) {
  const n = model.STATES.length;
  const place = model.STATES.indexOf(name);
  const { times, states } = solution;
  const found = new Float64Array(times.length);
  const readout = model.readouts[name];
  for (let row = 0; row < times.length; row++) {
    found[row] =
      place >= 0 ? states[row * n + place] : readout(times[row], states.subarray(row * n, row * n + n), p);
  }
  return found;
}
