// Exercises that answer: choices, numbers and code, from what the page itself holds. A reader without script has the
// question, the options, the hint and the worked solution as well.

(() => {
  const progress = globalThis.cartaProgress;

  const make = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "text") made.textContent = value;
      else if (value === true) made.setAttribute(key, "");
      else if (value !== false) made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  };

  const button = (text, main = false) => make("button", { type: "button", class: `carta-exercise-button${main ? " carta-exercise-main" : ""}`, text });

  /** The place where answers appear; screen readers speak what is put there. */
  const feedbackPlace = () => make("div", { class: "carta-exercise-feedback", role: "status" });

  const VERDICTS = {
    right: { sign: "✓", words: "Right." },
    partly: { sign: "◐", words: "Not yet." },
    wrong: { sign: "✗", words: "Not yet." },
    none: { sign: "", words: "" },
  };

  /** Shows a verdict and what is said to it. Replies are moved, not copied: values in them have cards of their own. */
  const show = (place, verdict, ...said) => {
    const { sign, words } = VERDICTS[verdict];
    place.dataset.verdict = verdict;
    place.replaceChildren();
    if (words)
      place.append(
        make("p", { class: "carta-exercise-verdict" }, make("span", { "aria-hidden": "true", text: `${sign} ` }), words),
      );
    for (const one of said.flat()) place.append(typeof one === "string" ? make("p", { text: one }) : one);
  };

  /** Takes the replies out of the solution, each as a box of its own. */
  const takeReplies = (section) => {
    const found = [];
    for (const item of section.querySelectorAll(":scope > .carta-exercise-solution .carta-exercise-reply")) {
      const reply = make("div", { class: "carta-exercise-said" });
      for (const child of [...item.childNodes]) if (!child.matches?.(".carta-exercise-lead")) reply.append(child);
      found.push(reply);
    }
    section.querySelector(":scope > .carta-exercise-solution .carta-exercise-replies")?.remove();
    return found;
  };

  // ---- Choices -------------------------------------------------------------------------------------------------------

  const choice = (section, data) => {
    const list = section.querySelector(".carta-exercise-options");
    const replies = takeReplies(section);
    const form = make("form", { class: "carta-exercise-form", novalidate: true });
    const question = section.querySelector(".carta-exercise-question");
    question.id ||= `${section.id}-question`;
    const field = make("fieldset", { "aria-describedby": question.id });
    field.append(
      make("legend", { text: data.several ? "Choose all that are right" : "Choose one answer" }),
    );
    list.before(form);
    field.append(list);
    const place = feedbackPlace();
    const check = make("button", { type: "submit", class: "carta-exercise-button carta-exercise-main", text: "Check" });
    form.append(field, make("div", { class: "carta-exercise-buttons" }, check), place);

    const inputs = [...list.children].map((item, index) => {
      const text = item.querySelector(".carta-exercise-text");
      text.id = `${section.id}-option-${index}`;
      const input = make("input", {
        type: data.several ? "checkbox" : "radio",
        name: section.id,
        value: index,
        "aria-labelledby": text.id,
      });
      text.before(input);
      // The whole row chooses, but for values and links in it, which have an action of their own. A label could hold
      // no buttons.
      item.addEventListener("click", (event) => {
        if (event.target === input || event.target.closest("a, button, .carta-card")) return;
        input.click();
        input.focus();
      });
      return input;
    });
    const LETTERS = "ABCDEFGHIJ";
    const chosen = () => inputs.flatMap((input, index) => (input.checked ? [index] : []));
    for (const input of inputs)
      input.addEventListener("change", () => {
        // What was said belongs to another answer.
        show(place, "none");
      });

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const now = chosen();
      if (!now.length) {
        show(place, "none", "Choose an answer first.");
        return;
      }
      const right = now.length === data.correct.length && now.every((index) => data.correct.includes(index));
      const said = now.map((index) => {
        const reply = replies[index];
        if (data.several || now.length > 1) {
          reply.querySelector(".carta-exercise-letter")?.remove();
          (reply.querySelector("p") ?? reply).prepend(
            make("strong", { class: "carta-exercise-letter", text: `${LETTERS[index]}. ` }),
          );
        }
        return reply;
      });
      const hits = now.filter((index) => data.correct.includes(index)).length;
      if (!right && data.several && hits === now.length) said.push("So far right, and there is more to choose.");
      show(place, right ? "right" : hits ? "partly" : "wrong", said);
      progress.tried(data.id, now.map((index) => LETTERS[index]).join(""), right);
    });

    const before = progress.get(data.id).answer;
    if (before) for (const [index, input] of inputs.entries()) input.checked = before.includes(LETTERS[index]);
    return { clear: () => { form.reset(); show(place, "none"); } };
  };

  // ---- Numbers -------------------------------------------------------------------------------------------------------

  /** A number as readers write it: decimal point or comma, spaces between thousands, with or without the unit. */
  const readNumber = (text, unit) => {
    let plain = text.trim().replace(/[\u2212\u2013]/g, "-");
    if (unit && plain.endsWith(unit)) plain = plain.slice(0, -unit.length);
    plain = plain.replace(/%$/, "").replace(/[\s\u00a0\u202f'’]/g, "");
    const commas = plain.split(",").length - 1;
    const points = plain.split(".").length - 1;
    if (commas && points) {
      const decimal = plain.lastIndexOf(",") > plain.lastIndexOf(".") ? "," : ".";
      plain = plain.replaceAll(decimal === "," ? "." : ",", "").replace(decimal, ".");
    } else if (commas > 1) plain = plain.replaceAll(",", "");
    else if (points > 1) plain = plain.replaceAll(".", "");
    else plain = plain.replace(",", ".");
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  };

  const number = (section, data) => {
    const replies = takeReplies(section);
    const id = `${section.id}-number`;
    const input = make("input", {
      id,
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      class: "carta-exercise-number",
    });
    const place = feedbackPlace();
    const label = make("label", { for: id }, "Your answer");
    if (data.unit) label.append(make("span", { class: "carta-for-readers", text: ` in ${data.unit}` }));
    const form = make(
      "form",
      { class: "carta-exercise-form", novalidate: true },
      make(
        "div",
        { class: "carta-exercise-row" },
        label,
        input,
        ...(data.unit ? [make("span", { class: "carta-exercise-unit", "aria-hidden": "true", text: data.unit })] : []),
        make("button", { type: "submit", class: "carta-exercise-button carta-exercise-main", text: "Check" }),
      ),
      place,
    );
    section.querySelector(".carta-exercise-question").after(form);
    input.addEventListener("input", () => show(place, "none"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = readNumber(input.value, data.unit);
      if (Number.isNaN(given)) {
        show(place, "none", input.value.trim() ? "This is no number. Write one such as 2.5 or 2,5." : "Write a number first.");
        input.focus();
        return;
      }
      // Limits belong to the answer: 0.1 + 0.2 is to be within 0.3.
      const within = (value) => Math.abs(given - value) <= data.tolerance + 1e-9 * Math.max(1, Math.abs(value));
      const right = within(data.answer);
      if (right) {
        show(place, "right", data.exact ? `More exactly: ${data.exact}. The worked solution shows the way.` : []);
      } else {
        const known = data.wrong
          .map((value, index) => ({ away: Math.abs(given - value), index, value }))
          .filter(({ value }) => within(value))
          .sort((one, other) => one.away - other.away)[0];
        show(
          place,
          "wrong",
          known
            ? replies[known.index]
            : `Your number is too ${given < data.answer ? "low" : "high"}. The hint may help.`,
        );
      }
      progress.tried(data.id, input.value.trim().slice(0, 40), right);
    });
    input.value = progress.get(data.id).answer ?? "";
    return { clear: () => { input.value = ""; show(place, "none"); } };
  };

  // ---- Code ----------------------------------------------------------------------------------------------------------

  const code = (section, data) => {
    const python = globalThis.cartaPython;
    const starter = section.querySelector(".carta-exercise-starter");
    const place = feedbackPlace();
    const output = make("pre", { class: "carta-exercise-output", tabindex: "0", role: "region", "aria-label": "Output of the code", hidden: true });
    const why = python.whyNot(data.python);
    if (why) {
      starter.after(make("p", { class: "carta-exercise-note", text: why }));
      return { clear: () => {} };
    }
    let later = 0;
    const editor = globalThis.cartaEditor({
      id: `${section.id}-code`,
      label: "Your code",
      code: progress.get(data.id).answer ?? data.starter,
      onRun: () => go(false),
      onChange: (text) => {
        clearTimeout(later);
        later = setTimeout(() => progress.update(data.id, { answer: text }), 600);
      },
    });
    starter.hidden = true;
    const run = button("Run");
    const check = button("Check", true);
    const stop = button("Stop");
    const reset = button("Reset");
    stop.hidden = true;
    const buttons = make("div", { class: "carta-exercise-buttons" }, run, check, stop, reset);
    const live = make("div", { class: "carta-exercise-code" }, editor.root, buttons, place, output);
    starter.after(live);

    const busy = (is) => {
      for (const each of [run, check]) each.setAttribute("aria-disabled", String(is));
      // A button that vanishes must not take the focus with it.
      if (!is && document.activeElement === stop) run.focus();
      stop.hidden = !is;
      live.classList.toggle("carta-exercise-busy", is);
    };
    let going = false;

    const go = async (checking) => {
      if (going) return;
      going = true;
      editor.mark(0);
      output.textContent = "";
      output.hidden = true;
      busy(true);
      const first = performance.now();
      show(place, "none", "Starting Python. The first time its files, about 13 MB, come from this site.");
      let started = first;
      let answer;
      try {
        answer = await python.run(
          { code: editor.code, tests: checking ? data.tests : null, exercise: { id: data.id, function: data.function, facts: data.facts } },
          {
            onStart: () => {
              started = performance.now();
              show(place, "none", "Running …");
            },
            onOutput: (text) => {
              output.hidden = false;
              output.textContent += text;
            },
          },
        );
      } catch (error) {
        answer = { failed: error.message };
      }
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      live.dataset.taken = String(Math.round(performance.now() - first));
      going = false;
      busy(false);
      if (answer.failed) {
        show(place, "none", `Python could not be used: ${answer.failed}`);
      } else if (answer.stopped) {
        show(
          place,
          "none",
          answer.stopped === "limit"
            ? `Stopped after ${python.LIMIT} seconds. Is there a loop that never ends?`
            : "Stopped. Python starts again for the next run.",
        );
      } else if (answer.error) {
        editor.mark(answer.error.line ?? 0);
        if (answer.error.text) {
          output.hidden = false;
          output.append(make("span", { class: "carta-exercise-error", text: answer.error.text }));
        }
        show(place, checking ? "wrong" : "none", answer.error.short);
      } else if (checking) {
        show(place, answer.met ? "right" : "wrong", answer.message ?? (answer.met ? "All tests pass. Compare your way with the worked solution." : ""));
      } else {
        show(place, "none", output.hidden ? `Ran in ${seconds} s, and printed nothing.` : `Ran in ${seconds} s.`);
      }
      if (checking && !answer.failed && !answer.stopped) {
        clearTimeout(later);
        progress.tried(data.id, editor.code, Boolean(answer.met));
      }
      live.dataset.runs = String(Number(live.dataset.runs ?? 0) + 1);
    };
    run.addEventListener("click", () => go(false));
    check.addEventListener("click", () => go(true));
    stop.addEventListener("click", () => python.stop());
    const clear = () => {
      clearTimeout(later);
      editor.code = data.starter;
      output.textContent = "";
      output.hidden = true;
      show(place, "none");
    };
    reset.addEventListener("click", () => {
      if (going) python.stop();
      clear();
      progress.update(data.id, { answer: data.starter });
      show(place, "none", "The code is as it was given.");
      editor.field.focus();
    });
    return { clear };
  };

  // ---- The page ------------------------------------------------------------------------------------------------------

  const KINDS = { choice, number, code };
  const sections = [];

  for (const section of document.querySelectorAll(".carta-exercise")) {
    const data = JSON.parse(section.querySelector(":scope > .carta-exercise-data").textContent);
    const state = make("span", { class: "carta-exercise-state" });
    section.querySelector(".carta-exercise-about")?.append(" ", state);
    const parts = KINDS[data.form]?.(section, data);
    for (const [name, css] of [["hint", ".carta-exercise-hint"], ["shown", ".carta-exercise-solution"]]) {
      section.querySelector(`:scope > ${css}`)?.addEventListener("toggle", (event) => {
        if (event.target.open && !progress.get(data.id)[name]) progress.update(data.id, { [name]: true });
      });
    }
    sections.push({ id: data.id, section, state, clear: parts?.clear });
  }

  const bar = document.querySelector(".carta-exercise-progress");
  const drawPage = () => {
    for (const { id, section, state } of sections) {
      const now = progress.state(id);
      section.dataset.state = now;
      const { sign, words } = progress.STATES[now];
      state.replaceChildren(...(now === "new" ? [] : [make("span", { "aria-hidden": "true", text: `${sign} ` }), words]));
    }
    if (bar && sections.length) {
      const solved = sections.filter(({ id }) => progress.isSolved(id)).length;
      bar.replaceChildren(
        make("progress", { max: sections.length, value: solved, "aria-label": "Exercises of this chapter that you solved" }),
        make("span", { text: `${solved} of ${sections.length} solved` }),
        ...(progress.kept ? [] : [make("span", { text: "This browser keeps no progress: it is lost when the page is closed." })]),
      );
      bar.hidden = false;
    }
  };
  drawPage();
  progress.onChange(drawPage);

  // A link to an exercise leads to it also when the forms above it have changed the height of the page.
  if (location.hash.startsWith("#exercise-")) document.getElementById(location.hash.slice(1))?.scrollIntoView();
})();
