// The sample-size boxes of a page. The formulas are those of carta-sample-size-engine.js.

import { element } from "./carta-dom.js";
import { atLeastOne, timeToEvent, toEnrol, twoProportions } from "./carta-sample-size-engine.js";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 }).format;
const percent = (share) => `${new Intl.NumberFormat("en", { maximumFractionDigits: 1 }).format(100 * share)} %`;

const TELL = {
  "two-proportions": ({ first, second, power, lost }) => {
    if (first === second) return "The two groups are alike: no number of people can tell them apart.";
    const each = toEnrol(twoProportions(first, second, { power }), lost);
    return `${whole(each)} people in each group, ${whole(2 * each)} in all.`;
  },
  "time-to-event": ({ first, second, power, lost }) => {
    if (first === second) return "The two groups are alike: no number of people can tell them apart.";
    const { events, people } = timeToEvent(first, second, { power });
    const each = toEnrol(people, lost);
    return `${whole(each)} people in each group, ${whole(2 * each)} in all, until ${whole(Math.ceil(events - 1e-9))} events have been seen.`;
  },
  "at-least-one": ({ first, power, lost }) =>
    `${whole(toEnrol(atLeastOne(first, { power }), lost))} people, to see the event at least once.`,
};

for (const root of document.querySelectorAll(".carta-samplesize")) {
  const { kind, controls } = JSON.parse(root.querySelector(".carta-samplesize-data").textContent);
  const values = Object.fromEntries(controls.map(({ key, value }) => [key, value]));
  const said = element("p", { class: "carta-samplesize-said", role: "status" });
  const update = () => {
    said.textContent = TELL[kind](values);
    root.dataset.drawn = String(Number(root.dataset.drawn ?? 0) + 1);
  };
  const fields = element("div", { class: "carta-samplesize-controls" });
  const inputs = [];
  for (const { key, label, value, min, max, step } of controls) {
    const id = `${root.id}-${key}`;
    const input = element("input", { id, type: "range", min, max, step, value });
    const output = element("output", { for: id });
    const show = () => {
      values[key] = Number(input.value);
      output.textContent = percent(values[key]);
      input.setAttribute("aria-valuetext", output.textContent);
    };
    input.addEventListener("input", () => {
      show();
      update();
    });
    inputs.push([input, value, show]);
    show();
    fields.append(element("div", {}, [element("label", { for: id }, [element("span", { text: label }), output]), input]));
  }
  const reset = element("button", { type: "button", text: "Reset" });
  reset.addEventListener("click", () => {
    for (const [input, value, show] of inputs) {
      input.value = String(value);
      show();
    }
    update();
  });
  root.append(fields, said, reset);
  update();
}
