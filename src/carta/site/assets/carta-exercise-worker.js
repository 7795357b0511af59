// Python, apart from the page, so that an endless loop does not freeze it. All files come from this site.

const here = import.meta.url;
/** Letters of output after which the rest is left out: a loop that prints must not fill the page. */
const MOST = 20_000;
/** Milliseconds between two messages with output. */
const PAUSE = 50;

let run;

const start = async () => {
  const { loadPyodide } = await import(new URL("pyodide/pyodide.mjs", here).href);
  const sources = fetch(new URL("carta-exercises.json", here)).then((answer) => {
    if (!answer.ok) throw new Error(`${answer.status} for ${answer.url}`);
    return answer.json();
  });
  sources.catch(() => {});
  const python = await loadPyodide({ indexURL: new URL("pyodide/", here).href });
  const files = await sources;
  const site = python.runPython("import site; site.getsitepackages()[0]");
  for (const [name, text] of Object.entries(files)) {
    const path = `${site}/${name}`;
    python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    python.FS.writeFile(path, text);
  }
  python.setStdin({ error: true });
  // The page's functions are out of reach of what a reader writes.
  const module = python.pyimport("carta.exercises.page");
  run = (job) => {
    let waiting = "";
    let said = 0;
    let last = 0;
    const send = () => {
      if (waiting) postMessage({ type: "output", text: waiting });
      waiting = "";
      last = performance.now();
    };
    const take = (text) => {
      if (said > MOST) return;
      said += text.length;
      const over = said - MOST;
      waiting += over > 0 ? `${text.slice(0, Math.max(0, text.length - over))}\n… (the rest is left out)\n` : text;
      if (over > 0 || performance.now() - last > PAUSE) send();
    };
    const decoder = new TextDecoder();
    const write = (bytes) => {
      take(decoder.decode(bytes, { stream: true }));
      return bytes.length;
    };
    python.setStdout({ write });
    python.setStderr({ write });
    let answer;
    try {
      answer = JSON.parse(module.run(job.code, job.tests, JSON.stringify(job.exercise)));
    } finally {
      send();
    }
    return answer;
  };
};

start().then(
  () => postMessage({ type: "ready" }),
  (error) => postMessage({ type: "failed", message: String(error?.message ?? error) }),
);

addEventListener("message", ({ data }) => {
  if (data.type !== "run") return;
  try {
    postMessage({ type: "done", answer: run(data) });
  } catch (error) {
    // Python itself gave up, by lack of memory for example.
    postMessage({ type: "done", answer: { error: { short: String(error?.message ?? error), text: "", line: 0 }, broken: true } });
  }
});
