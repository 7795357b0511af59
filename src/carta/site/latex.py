"""LaTeX, for those who have TeX: what ``jupyter-book build . --builder pdflatex`` needs beside the nodes' own visitors.

The book class that Jupyter Book uses asks for ``bbm.sty``, which Debian has only in a package of more than a gigabyte;
two lines of ours stand in for it. Drawings are SVG, which TeX cannot include, so they become PDF.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.transforms.post_transforms.images import ImageConverter
from sphinxcontrib.bibtex.nodes import raw_latex

from carta.files import write_text_atomically

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

_BBM = """\
\\ProvidesPackage{bbm}
\\providecommand{\\mathbbm}[1]{\\mathbb{#1}}
"""

#: Behind Sphinx's own preamble: long words and addresses break, tables are set small.
_PREAMBLE = r"""
\usepackage{etoolbox}
\emergencystretch=3em
\newcommand{\cartatablesize}{\small}
\AtBeginEnvironment{tabulary}{\cartatablesize\sloppy}
\AtBeginEnvironment{tabular}{\cartatablesize\sloppy}
\AtBeginEnvironment{longtable}{\cartatablesize\sloppy}
"""

#: Letters that a line of a table holds, without the white space between columns, and how many that space takes.
_LINE, _BETWEEN = 100, 2.8
#: Columns beyond which LaTeX's own sharing, all alike or by what they hold in sum, breaks short words.
_MANY = 5


class DrawingToPdf(ImageConverter):
    """Draws an SVG as a PDF, without a program from elsewhere."""

    conversion_rules = [("image/svg+xml", "application/pdf")]  # noqa: RUF012  the base class has it so

    def is_available(self) -> bool:
        """It is part of us."""
        return True

    def convert(self, _from: str, _to: str) -> bool:
        """Convert the file ``_from`` into the file ``_to``."""
        from carta.figures.pdf import svg_to_pdf

        Path(_to).write_bytes(svg_to_pdf(Path(_from).read_text(encoding="utf-8")))
        return True


class PlainCaptions(SphinxPostTransform):
    """Links in captions become their words: TeX repeats captions in lists, where it stumbles over links."""

    # Behind the resolving of references (10), and behind what makes LaTeX's own citations of them.
    default_priority = 900
    formats = ("latex",)

    def run(self, **kwargs: Any) -> None:
        """Replace every reference in a caption or in the title of a table by what it says."""
        for caption in self.document.findall(_is_caption):
            for reference in list(caption.findall(nodes.reference)):
                reference.replace_self(reference.children)
            # The marks around a citation's words, by which sphinxcontrib-bibtex makes it a link for TeX.
            for mark in list(caption.findall(raw_latex)):
                mark.parent.remove(mark)


class PlacesOfRecords(SphinxPostTransform):
    """A box or a row of a table with a name, such as a claim or a parameter, can be linked to: Sphinx writes no place."""

    default_priority = 900
    formats = ("latex",)

    def run(self, **kwargs: Any) -> None:
        """Put a place at the beginning of whatever has a name of its own."""
        for record in self.document.findall(nodes.Element):
            if not record.get("ids"):
                continue
            place = nodes.target("", "", ids=record["ids"])
            if isinstance(record, nodes.row):
                # Between cells TeX takes nothing.
                next(iter(record.findall(nodes.entry))).insert(0, place)
            # Code with a caption has its place with the caption.
            elif isinstance(record, nodes.compound | nodes.container) and not record.get("literal_block"):
                record.insert(0, place)


class WidthsOfColumns(SphinxPostTransform):
    """Shares a page between many columns: to each its longest word, the rest by what else it holds."""

    default_priority = 900
    formats = ("latex",)

    def run(self, **kwargs: Any) -> None:
        """Give every table of many columns widths, and smaller letters where their words need them."""
        for table in list(self.document.findall(nodes.table)):
            columns = list(table.findall(nodes.colspec))
            rows = list(table.findall(nodes.row))
            if len(columns) < _MANY or any(len(row) != len(columns) for row in rows):
                continue
            texts = [[row[number].astext() for row in rows] for number in range(len(columns))]
            least = [
                max(_letters(word) for text in column for word in text.split() or [""]) for column in texts
            ]
            most = [max(_letters(text) for text in column) for column in texts]
            # Less than in proportion: a column with one very long text does not starve the others.
            more = [(long - short) ** 0.7 for long, short in zip(most, least, strict=True)]
            spare = max(_LINE - _BETWEEN * len(columns) - sum(least), 0)
            for column, short, long in zip(columns, least, more, strict=True):
                column["colwidth"] = max(round(10 * (short + spare * long / (sum(more) or 1))), 1)
            table["classes"].append("colwidths-given")
            if not spare:
                small = nodes.raw(
                    "", "\\begingroup\\renewcommand{\\cartatablesize}{\\scriptsize}\n", format="latex"
                )
                table.replace_self([small, table, nodes.raw("", "\\endgroup\n", format="latex")])


def _letters(text: str) -> float:
    """Return how many small letters are as wide as a text: capitals and figures are wider."""
    return sum(1.35 if letter.isupper() or letter.isdigit() else 1.0 for letter in text)


def _is_caption(node: nodes.Node) -> bool:
    return isinstance(node, nodes.caption) or (
        isinstance(node, nodes.title) and isinstance(node.parent, nodes.table)
    )


def _prepare(app: Sphinx, config: Config) -> None:
    elements = dict(config.latex_elements)
    elements["preamble"] = f"{elements.get('preamble', '')}{_PREAMBLE}"
    # A screen and a desk printer need no empty left pages.
    elements.setdefault("extraclassoptions", "openany,oneside")
    config.latex_elements = elements
    # Every TeX has makeindex; xindy, which Sphinx takes for XeLaTeX, is a package of its own.
    config.latex_use_xindy = False


def _bring_style(app: Sphinx) -> None:
    if app.builder.name == "latex":
        write_text_atomically(Path(app.outdir) / "bbm.sty", _BBM)


def setup(app: Sphinx) -> None:
    """Register the converter and prepare the settings."""
    app.add_post_transform(DrawingToPdf)
    app.add_post_transform(PlainCaptions)
    app.add_post_transform(PlacesOfRecords)
    app.add_post_transform(WidthsOfColumns)
    app.connect("config-inited", _prepare, priority=900)
    app.connect("builder-inited", _bring_style)
