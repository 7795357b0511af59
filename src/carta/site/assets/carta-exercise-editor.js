// A small editor for a few lines of Python: line numbers, Tab and Enter as in an editor. Escape, then Tab, leaves it,
// so that the keyboard is never trapped. The text field is a real one: it works with every screen reader and on phones.

(() => {
  const INDENT = "    ";

  /** Puts text in place of the selection, so that Undo knows it. */
  const insert = (field, text) => {
    field.focus();
    // The only way that keeps the browser's own history of changes.
    if (!document.execCommand?.("insertText", false, text)) {
      field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  const lineStart = (field, at) => field.value.lastIndexOf("\n", at - 1) + 1;

  const shiftLines = (field, outwards) => {
    const first = lineStart(field, field.selectionStart);
    const end = field.selectionEnd;
    const before = field.value.slice(first, end);
    const after = before
      .split("\n")
      .map((line) => (outwards ? line.replace(/^( {1,4}|\t)/, "") : line && INDENT + line))
      .join("\n");
    if (after === before) return;
    field.setSelectionRange(first, end);
    insert(field, after);
    field.setSelectionRange(first, first + after.length);
  };

  const press = (field, event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Tab") {
      event.preventDefault();
      const several = field.value.slice(field.selectionStart, field.selectionEnd).includes("\n");
      if (several || event.shiftKey) {
        if (!several) {
          const first = lineStart(field, field.selectionStart);
          const spaces = Math.min(4, /^ */.exec(field.value.slice(first))[0].length);
          if (!spaces) return;
          const at = field.selectionStart;
          field.setSelectionRange(first, first + spaces);
          insert(field, "");
          field.setSelectionRange(Math.max(first, at - spaces), Math.max(first, at - spaces));
        } else shiftLines(field, event.shiftKey);
      } else {
        const column = field.selectionStart - lineStart(field, field.selectionStart);
        insert(field, " ".repeat(4 - (column % 4)));
      }
    } else if (event.key === "Enter" && !event.shiftKey) {
      const line = field.value.slice(lineStart(field, field.selectionStart), field.selectionStart);
      const indent = /^[ \t]*/.exec(line)[0] + (/:\s*(#.*)?$/.test(line) ? INDENT : "");
      if (indent) {
        event.preventDefault();
        insert(field, `\n${indent}`);
      }
    } else if (event.key === "Backspace" && field.selectionStart === field.selectionEnd) {
      const line = field.value.slice(lineStart(field, field.selectionStart), field.selectionStart);
      if (line && !line.trim()) {
        event.preventDefault();
        field.setSelectionRange(field.selectionStart - (line.length % 4 || 4), field.selectionStart);
        insert(field, "");
      }
    }
  };

  /**
   * Makes an editor.
   * @param {{id: string, label: string, code: string, onRun: () => void, onChange: (code: string) => void}} options
   */
  globalThis.cartaEditor = ({ id, label, code, onRun, onChange }) => {
    const root = document.createElement("div");
    root.className = "carta-editor";
    const name = document.createElement("label");
    name.htmlFor = id;
    name.className = "carta-editor-label";
    name.textContent = label;
    const box = document.createElement("div");
    box.className = "carta-editor-box";
    const numbers = document.createElement("div");
    numbers.className = "carta-editor-numbers";
    numbers.setAttribute("aria-hidden", "true");
    const field = document.createElement("textarea");
    Object.assign(field, { id, value: code, spellcheck: false, autocomplete: "off", wrap: "off" });
    field.setAttribute("autocapitalize", "off");
    field.setAttribute("autocorrect", "off");
    const help = document.createElement("p");
    help.className = "carta-editor-help";
    help.id = `${id}-help`;
    help.textContent = "Tab indents. Escape, then Tab, leaves the field. Ctrl and Enter run the code.";
    field.setAttribute("aria-describedby", help.id);
    box.append(numbers, field);
    root.append(name, box, help);

    let marked = 0;
    const draw = () => {
      const lines = field.value.split("\n").length;
      field.rows = Math.min(Math.max(lines + 1, 5), 28);
      numbers.replaceChildren(
        ...Array.from({ length: lines }, (_, index) => {
          const number = document.createElement("div");
          number.textContent = String(index + 1);
          if (index + 1 === marked) number.className = "carta-editor-marked";
          return number;
        }),
      );
      numbers.scrollTop = field.scrollTop;
    };

    // After Escape the next Tab belongs to the page.
    let leaving = false;
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        leaving = true;
        return;
      }
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        onRun();
        return;
      }
      if (event.key === "Tab" && leaving) return;
      if (event.key !== "Shift") leaving = false;
      press(field, event);
    });
    field.addEventListener("blur", () => {
      leaving = false;
    });
    field.addEventListener("input", () => {
      marked = 0;
      draw();
      onChange(field.value);
    });
    field.addEventListener("scroll", () => {
      numbers.scrollTop = field.scrollTop;
    });
    draw();
    return {
      root,
      field,
      get code() {
        return field.value;
      },
      set code(text) {
        field.value = text;
        marked = 0;
        draw();
      },
      /** Marks the line on which an error arose; 0 for none. */
      mark(line) {
        marked = line;
        draw();
      },
    };
  };
})();
