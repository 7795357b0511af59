// Python in the page: one worker for all exercises of a page, started on the first press of Run or Check.
//
// An endless loop can only be stopped from outside: the worker is ended and a new one started.

(() => {
  const here = document.currentScript.src;
  /** Seconds after which a run is stopped. */
  const LIMIT = 20;

  let worker = null;
  let ready = null;
  let running = null;

  const start = () => {
    worker = new Worker(new URL("carta-exercise-worker.js", here), { type: "module" });
    ready = new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }) => {
        if (data.type === "ready") resolve();
        else if (data.type === "failed") reject(new Error(data.message));
      });
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        reject(new Error(event.message || "the worker could not be started"));
      });
    });
    // Whoever waits for it hears of the failure; a worker started ahead has nobody waiting yet.
    ready.catch(() => {});
  };

  const end = () => {
    worker?.terminate();
    worker = ready = null;
  };

  const stop = (reason) => {
    if (!running) return;
    const { finish } = running;
    running = null;
    end();
    finish({ stopped: reason });
    // The next run need not wait for Python to start.
    start();
  };

  globalThis.cartaPython = {
    LIMIT,

    /** Why Python cannot run here, in words for the reader; null where it can. */
    whyNot(available) {
      if (location.protocol === "file:")
        return (
          "This page was opened as a file, and browsers run no workers from files. Running code needs the site " +
          "served: use “carta serve” in the project's folder, or open the published site."
        );
      if (!available)
        return (
          "This copy of the site was built without Python for the browser. You can do the exercise in the notebook; " +
          "all other exercises answer here."
        );
      if (typeof Worker === "undefined" || typeof WebAssembly === "undefined")
        return "This browser has no workers or no WebAssembly, so it cannot run Python.";
      return null;
    },

    /**
     * Runs code.
     * @param {{code: string, tests: string | null, exercise: object}} job
     * @param {{onStart: () => void, onOutput: (text: string) => void}} hear
     * @returns what the worker answers, or {stopped: "reader" | "limit"}; an Error where Python did not start
     */
    async run(job, { onStart, onOutput }) {
      if (running) throw new Error("Another exercise of this page is running. Stop it first.");
      return new Promise((resolve, reject) => {
        let timer = 0;
        const finish = (answer) => {
          clearTimeout(timer);
          resolve(answer);
        };
        const mine = { finish };
        running = mine;
        if (!worker) start();
        const used = worker;
        ready.then(
          () => {
            if (running !== mine) return;
            onStart();
            timer = setTimeout(() => stop("limit"), 1000 * LIMIT);
            used.onmessage = ({ data }) => {
              if (running !== mine) return;
              if (data.type === "output") onOutput(data.text);
              else if (data.type === "done") {
                running = null;
                finish(data.answer);
              }
            };
            used.onerror = (event) => {
              event.preventDefault();
              if (running !== mine) return;
              running = null;
              clearTimeout(timer);
              end();
              reject(new Error(event.message || "Python ended unexpectedly"));
            };
            used.postMessage({ type: "run", ...job });
          },
          (error) => {
            if (running !== mine) return;
            running = null;
            end();
            reject(error);
          },
        );
      });
    },

    stop: () => stop("reader"),
  };
})();
