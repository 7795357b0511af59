"""TeX to MathML when the page is written: no script, and never raw TeX for a reader."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

RENDERER = "carta-mathml"

#: Environments that number their own lines; numbers are Sphinx's business here.
_NUMBERED = re.compile(r"\\(begin|end)\{(align|alignat|equation|flalign|gather|multline)\}")
#: MyST takes the label of an amsmath block from its options, so one inside the formula has no use.
_LABEL = re.compile(r"\\label\{[^{}]*\}")
#: Environments that the converter knows by another name.
_SAME_AS = {"split": "aligned", "eqnarray": "align*", "eqnarray*": "align*"}
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(" + "|".join(re.escape(name) for name in _SAME_AS) + r")\}")


@cache
def _converter() -> LatexToMathML:
    return LatexToMathML(fancy_error=False)


def to_mathml(tex: str, *, display: bool) -> str:
    """Return one ``<math>`` element.

    Raises:
        LatexError: when the formula does not convert.
    """
    prepared = _ENVIRONMENT.sub(lambda m: f"\\{m[1]}{{{_SAME_AS[m[2]]}}}", _LABEL.sub("", tex))
    prepared = _NUMBERED.sub(r"\\\1{\2*}", prepared)
    return _converter().convert_with_local_state(prepared, displaystyle=display)


def laid_out(tex: str) -> str:
    """Return the formula with its lines and paragraphs made into rows, as LaTeX builders do."""
    parts = [part.strip() for part in tex.split("\n\n") if part.strip()]
    rows = [rf"\begin{{aligned}}{part}\end{{aligned}}" if r"\\" in _outside(part) else part for part in parts]
    if len(rows) < 2:
        return "".join(rows)
    return r"\begin{aligned}" + r"\\".join(rows) + r"\end{aligned}"


def _outside(tex: str) -> str:
    """Return what of a formula stands outside its environments."""
    pattern = re.compile(r"\\begin\{(\w+\*?)\}(?:(?!\\begin\{).)*?\\end\{\1\}", re.DOTALL)
    while (shorter := pattern.sub("", tex)) != tex:
        tex = shorter
    return tex


def _written(tex: str, node: nodes.Element, *, display: bool) -> str:
    try:
        return to_mathml(tex, display=display)
    except LatexError as error:
        first = str(error).splitlines()[0] if str(error) else "unknown reason"
        logger.warning(
            f"The formula does not convert to MathML ({first}): {' '.join(tex.split())[:80]}",
            location=node,
            type="carta",
            subtype="math",
        )
        return f"<em>{escape('[formula that could not be converted]')}</em>"


def _visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(_written(node.astext(), node, display=False) + "</span>")
    raise nodes.SkipNode


def _visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    number = get_node_equation_number(self, node) if node["number"] else ""
    if number and "amsmath" in node["classes"]:
        # MyST gives such a block a random identifier, so that equal pages would differ.
        node["ids"] = [f"equation-{number}"]
    # tabindex: a formula wider than the page scrolls in its box, by keyboard too.
    self.body.append(
        self.starttag(
            node,
            "div",
            CLASS="math notranslate nohighlight",
            tabindex="0",
            role="group",
            ARIA_LABEL="Formula",
        ).replace("aria_label", "aria-label")
    )
    if number:
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    tex = node.astext()
    self.body.append(_written(tex if node["nowrap"] else laid_out(tex), node, display=True))
    self.body.append("</div>\n")
    raise nodes.SkipNode


def _choose(app: Sphinx, config: Config) -> None:
    # Sphinx's own default would fetch MathJax from elsewhere.
    if app.config.html_math_renderer in (None, "mathjax"):
        config.html_math_renderer = RENDERER


def setup(app: Sphinx) -> None:
    """Register the renderer and make it the one in use."""
    app.add_html_math_renderer(RENDERER, (_visit_inline, None), (_visit_block, None))
    app.connect("config-inited", _choose)
