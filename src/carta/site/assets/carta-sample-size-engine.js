// How many people a study needs: the formulas of carta.synthesis.sample_size, for the page.

// Inverse of the normal distribution, Wichura's algorithm AS 241 (PPND16), relative error about 1e-16.
export function quantile(p) {
  const poly = (c, x) => c.reduceRight((sum, each) => sum * x + each, 0);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q *
        poly(
          [3.387132872796366608, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
            4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3],
          r,
        )) /
      poly(
        [1, 4.2313330701600911252e1, 6.871870074920579083e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
          3.930789580009271061e4, 2.8729085735721942674e4, 5.226495278852545925e3],
        r,
      )
    );
  }
  let r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  let value;
  if (r <= 5) {
    r -= 1.6;
    value =
      poly(
        [1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
          1.27045825245236838258, 2.4178072517745061177e-1, 2.27238449892691845833e-2, 7.7454501427834140764e-4],
        r,
      ) /
      poly(
        [1, 2.05319162663775882187, 1.6763848301838038494, 6.8976733498510000455e-1, 1.4810397642748007459e-1,
          1.51986665636164571966e-2, 5.475938084995344946e-4, 1.05075007164441684324e-9],
        r,
      );
  } else {
    r -= 5;
    value =
      poly(
        [6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 2.9656057182850489123e-1,
          2.6532189526576123093e-2, 1.2426609473880784386e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7],
        r,
      ) /
      poly(
        [1, 5.9983220655588793769e-1, 1.3692988092273580531e-1, 1.48753612908506148525e-2, 7.868691311456132591e-4,
          1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15],
        r,
      );
  }
  return q < 0 ? -value : value;
}

// People in each of two equal groups to tell two proportions apart; Infinity where they are equal.
export function twoProportions(first, second, { alpha = 0.05, power = 0.8 } = {}) {
  const mean = (first + second) / 2;
  const none = quantile(1 - alpha / 2) * Math.sqrt(2 * mean * (1 - mean));
  const real = quantile(power) * Math.sqrt(first * (1 - first) + second * (1 - second));
  return ((none + real) / (first - second)) ** 2;
}

// Events in all and people in each of two equal groups, for a log-rank test (Schoenfeld).
export function timeToEvent(first, second, { alpha = 0.05, power = 0.8 } = {}) {
  const logRatio = Math.log(Math.log1p(-second) / Math.log1p(-first));
  const events = 4 * ((quantile(1 - alpha / 2) + quantile(power)) / logRatio) ** 2;
  return { events, people: events / (first + second) };
}

// People to see an event of a given rate at least once.
export function atLeastOne(rate, { power = 0.95 } = {}) {
  return Math.log1p(-power) / Math.log1p(-rate);
}

// Whole people to enrol, so that `people` remain when a share leaves.
export function toEnrol(people, lost = 0) {
  return Math.ceil(people / (1 - lost) - 1e-9);
}
