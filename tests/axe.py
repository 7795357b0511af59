"""axe-core in a page of a real browser: every rule of WCAG 2.0 to 2.2, A and AA, and of good practice."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

from needs import lacking
from quiet import lay_out

_AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"

#: The rules; nothing is left out.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

#: Rules whose answer depends on colours, and so on the theme; all others see the same page in both.
_COLOURS = ("color-contrast", "link-in-text-block")

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
WIDTHS = (1280, 390)

# The theme's own script sets the same attribute. Colours may take a moment to change, and the theme measures its tables
# a moment after the window has changed.
_SETTLE = """async ([theme, width]) => {
  document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.mode = theme;
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  await frame();
  await frame();
  document.getAnimations().forEach((animation) => animation.finish());
  if (window.cartaSettledWidth !== width) {
    window.cartaSettledWidth = width;
    window.dispatchEvent(new Event("resize"));
    await new Promise((done) => setTimeout(done, 350));
  }
}"""

# Drawings hold thousands of shapes that are hidden from everybody but eyes; axe looks at each all the same. They are
# taken out when nothing in them can be reached by key, which is what axe would look for. So are cards that are shut:
# what is not displayed is asked nothing.
_WITHOUT_SHAPES = """() => {
  for (const hidden of document.querySelectorAll("svg [aria-hidden=true], [popover]:not(:popover-open)")) {
    const shut = hidden.hasAttribute("popover");
    if (shut || !hidden.querySelector("a, [tabindex], button, input, [focusable=true]")) hidden.remove();
  }
}"""

# Takes out the lines, items and rows that are built as others that were seen before: the same elements with the same
# classes, roles and attributes, in the same place, filled or empty alike. What a rule says of one it says of the other.
# Returns what is new.
_WITHOUT_REPEATED = """(known) => {
  const seen = new Set(known);
  const fresh = [];
  const VALUES = new Set(["class", "role", "type", "scope", "tabindex", "aria-hidden", "aria-expanded", "style"]);
  const own = (node) => {
    const said = [...node.attributes]
      .filter(({ name }) => name !== "id")
      .map(({ name, value }) => (VALUES.has(name) ? `${name}=${value}` : `${name}${value.trim() ? "" : "=empty"}`));
    const text = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    return `${node.localName}[${said.sort()}]${text ? "t" : ""}`;
  };
  const whole = (node) => `${own(node)}{${[...new Set([...node.children].map(whole))].sort()}}`;
  const BLOCK = "p, li, tbody tr, blockquote, .citation, .carta-claim";
  // What names something else, or is a part that its whole must have, stays.
  const STAYS = "thead *, a *, button *, summary *, label *, caption *, legend *";
  const named = new Set(
    [...document.querySelectorAll("[aria-labelledby], [aria-describedby], [aria-controls]")]
      .flatMap((node) => ["aria-labelledby", "aria-describedby", "aria-controls"].flatMap((name) => (node.getAttribute(name) ?? "").split(/\\s+/)))
      .filter((id) => id),
  );
  const names = (node) => named.has(node.id) || [...node.querySelectorAll("[id]")].some(({ id }) => named.has(id));
  const walk = (node, above) => {
    for (const child of [...node.children]) {
      if (child.matches(BLOCK) && !child.matches(STAYS) && !names(child)) {
        const signature = `${above}>${whole(child)}`;
        if (seen.has(signature)) {
          child.remove();
          continue;
        }
        seen.add(signature);
        fresh.push(signature);
      }
      if (child.localName !== "svg" && child.localName !== "math") walk(child, `${above}>${own(child)}`);
    }
  };
  walk(document.body, "");
  return fresh;
}"""

# What a theme may not change, for then rules that are not about colour would have to be asked again.
_SHAPE = """() => [...document.body.querySelectorAll("*")].map((node) => {
  const box = node.getBoundingClientRect();
  return `${Math.round(box.width)},${Math.round(box.height)}`;
}).join(" ")"""

_RUN = """async (only) => {
  const result = await axe.run(document, {
    runOnly: only, resultTypes: ["violations"], iframes: false, preload: false,
  });
  return result.violations.flatMap((rule) => rule.nodes.map((node) => ({
    rule: rule.id, impact: rule.impact, where: node.target.join(" "), html: node.html.slice(0, 200),
    why: node.failureSummary.replace(/\\s+/g, " ").slice(0, 300),
  })));
}"""


def axe_source() -> str:
    """Return axe-core's script; without it the test is skipped, or fails in CI."""
    if not _AXE.is_file():
        lacking("axe-core is missing: `make environment` installs the packages of package-lock.json")
    return _AXE.read_text(encoding="utf-8")


def violations_as_it_is(page: Page) -> list[str]:
    """Return what axe finds in the page as it stands."""
    lay_out(page)
    return [_say(found) for found in page.evaluate(_RUN, {"type": "tag", "values": list(TAGS)})]


class Reader:
    """Asks axe about pages, one after the other, in one window.

    Args:
        page: the window; let it have ``reduced_motion``.
        whole: whether to ask about all of each page, or only once about what is built alike.
    """

    def __init__(self, page: Page, *, whole: bool = False) -> None:
        self.page = page
        self.whole = whole
        self._axe = axe_source()
        self._seen: list[str] = []

    def violations(self) -> dict[tuple[Theme, int], list[str]]:
        """Return what axe finds in the opened page, in both themes and at both widths.

        All rules are asked in the light at each width. In the dark those on colour are, and all of them again where the
        dark changes the size of anything.
        """
        lay_out(self.page)
        self.page.evaluate(_WITHOUT_SHAPES)
        if not self.whole:
            self._seen += self.page.evaluate(_WITHOUT_REPEATED, self._seen)
        # Not as a tag: the page's own policy may forbid foreign scripts.
        self.page.evaluate(self._axe)
        found: dict[tuple[Theme, int], list[str]] = {}
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.evaluate(_SETTLE, ["light", width])
            found["light", width] = violations_as_it_is(self.page)
            light = self.page.evaluate(_SHAPE)
            self.page.evaluate(_SETTLE, ["dark", width])
            if self.page.evaluate(_SHAPE) == light:
                rules = {"type": "rule", "values": list(_COLOURS)}
                found["dark", width] = [_say(one) for one in self.page.evaluate(_RUN, rules)]
            else:
                found["dark", width] = violations_as_it_is(self.page)
        return found


def _say(found: dict[str, Any]) -> str:
    return f"{found['rule']} ({found['impact']}): {found['where']}: {found['html']}: {found['why']}"
