"""How long the page takes from a move of a slider to the new curves, on a desktop and with a processor four times slower.

Builds a page with the explorer, opens it in Chromium, moves each slider through its positions as a key press would, and
measures in the page: from the input event until the next frame after the curves are drawn. Goal: 50 ms, and 150 ms at
a quarter of the speed (95th percentile).

Run: python benchmarks/explorer.py
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser import launch_chromium  # noqa: E402  the tests' way to start a browser
from carta.site.build import build_html  # noqa: E402
from static_server import serving  # noqa: E402

MEASURE = """async () => {
  const root = document.querySelector("[data-explorer=kinetics]");
  const taken = [];
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (const input of root.querySelectorAll("input[type=range]")) {
    if (input.closest("[hidden]")) continue;
    for (let place = 0; place <= 200; place += 25) {
      await frame();
      const drawn = root.dataset.drawn;
      const start = performance.now();
      input.value = String(place);
      input.dispatchEvent(new Event("input", { bubbles: true }));
      while (root.dataset.drawn === drawn) await frame();
      taken.push(performance.now() - start);
    }
  }
  return taken;
}"""


def page_folder(folder: Path) -> Path:
    """Build a book with one explorer; return the folder of its pages."""
    (folder / "book").mkdir()
    for name in ("_config.yml", "references.bib"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "evidence" / "parameters", folder / "evidence" / "parameters")
    shutil.copy(ROOT / "evidence" / "vocabulary.yaml", folder / "evidence")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: book/kinetics\n", encoding="utf-8")
    text = "# Kinetics\n\n```{kinetics-explorer}\n```\n"
    (folder / "book" / "kinetics.md").write_text(text, encoding="utf-8")
    build_html(folder, quiet=True)
    return folder / "_build" / "html"


def main() -> int:
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        site = page_folder(Path(folder))
        with serving(site) as address, sync_playwright() as playwright:
            browser = launch_chromium(playwright)
            for name, slower, goal in (("desktop", 1, 50.0), ("four times slower", 4, 150.0)):
                page = browser.new_page(viewport={"width": 1280 if slower == 1 else 390, "height": 844})
                page.goto(f"{address}/book/kinetics.html")
                page.wait_for_selector("[data-explorer=kinetics][data-drawn]")
                page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
                taken = np.array(page.evaluate(MEASURE))
                middle, high = np.percentile(taken, [50, 95])
                verdict = "within" if high <= goal else "MISSES"
                missed += high > goal
                print(
                    f"{name}: median {middle:.0f} ms, 95 % within {high:.0f} ms, worst {taken.max():.0f} ms, "
                    f"{len(taken)} moves: {verdict} the goal of {goal:.0f} ms"
                )
                page.close()
            browser.close()
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
