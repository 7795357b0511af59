"""One chart in, everything a reader needs out: screen, paper, alt text, data."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, Final

import altair as alt
import pandas as pd
from altair.utils.schemapi import SchemaValidationError

from carta.figures.converter import svg_to_png
from carta.figures.page import figure_html
from carta.figures.pdf import svg_to_pdf
from carta.figures.svg import Drawing, described, draw, on_white
from carta.figures.table import as_csv
from carta.figures.theme import SMALLEST_TEXT

#: A shorter alt text can't say what the figure shows.
ALT_LETTERS: Final = 40

#: Openings that name the kind of picture, which a screen reader says by itself.
_EMPTY_OPENING = re.compile(
    r"^\s*(an?|the|this)?\s*((bar|line|dot|forest|scatter|area|pie|interval|slope)[ -]?)?"
    r"(chart|plot|graph|figure|image|picture|diagram|timeline)\s+(of|showing|that shows|shows|with)\b",
    re.IGNORECASE,
)

_FILENAME = re.compile(r"^[a-z0-9][a-z0-9._-]*$")

#: Pixels of the PNG for one px of the drawing: sharp on dense screens and on slides.
_PNG_SCALE = 2.0


class Figure:
    """A drawn chart with its alt text, its data and its sources; made by :func:`show`.

    A notebook that ends a cell with it stores every form at once, and each builder takes the one
    it needs: ``text/html`` for the site, ``application/pdf`` or ``image/svg+xml`` for paper.
    """

    def __init__(
        self,
        spec: dict[str, Any],
        alt: str,
        name: str,
        table: pd.DataFrame,
        sources: tuple[str, ...],
        filename: str | None,
    ) -> None:
        self.spec = spec
        self.alt = alt
        #: A short name: the chart's title, or its file name, or "Figure".
        self.name = name
        self.table = table
        self.sources = sources
        #: What the figure depends on, as a short hash: equal figures have equal digests.
        self.digest = hashlib.sha256(
            json.dumps([spec, alt, as_csv(table), sources, filename], sort_keys=True).encode("utf-8")
        ).hexdigest()[:10]
        #: Name of the CSV to download, without its ending.
        self.filename = filename or f"figure-{self.digest}"

    @cached_property
    def drawing(self) -> Drawing:
        """The chart as drawn, with printed inks."""
        return draw(self.spec, f"carta-{self.digest}")

    @property
    def svg(self) -> str:
        """The vector image for paper: printed inks, no background, with the alt text."""
        return described(self.drawing.svg, self.alt)

    @property
    def pdf(self) -> bytes:
        """The vector image as a one-page PDF."""
        return svg_to_pdf(self.drawing.svg)

    @property
    def png(self) -> bytes:
        """The image on white, two pixels for each px."""
        return svg_to_png(on_white(self.drawing.svg), _PNG_SCALE)

    @property
    def html(self) -> str:
        """The fragment for the page; :func:`show` says what is in it."""
        return figure_html(
            drawing=self.drawing,
            spec=self.spec,
            alt=self.alt,
            name=self.name,
            table=self.table,
            sources=self.sources,
            filename=self.filename,
        )

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """Return the figure in every form that notebooks know; binary ones in base64."""
        bundle = {
            "text/html": lambda: self.html,
            "image/svg+xml": lambda: self.svg,
            "application/pdf": lambda: base64.b64encode(self.pdf).decode("ascii"),
            "image/png": lambda: base64.b64encode(self.png).decode("ascii"),
            "text/plain": lambda: self.alt,
        }
        wanted = (mime for mime in bundle if (not include or mime in include) and mime not in (exclude or ()))
        return {mime: bundle[mime]() for mime in wanted}

    def __repr__(self) -> str:
        return f"<Figure {self.name!r}: {self.alt}>"


def show(
    chart: alt.TopLevelMixin,
    *,
    alt: str,
    table: pd.DataFrame | None = None,
    sources: Sequence[str] = (),
    filename: str | None = None,
) -> Figure:
    """Turn an Altair chart into a figure for screen, paper and everyone.

    The HTML of the figure is one ``<div class="carta-figure">`` with

    * the chart as inline SVG, an image named by the alt text. Its inks are CSS variables
      (``--carta-ink`` and so on), so the page decides between light, dark and print. Where the
      page is too narrow for readable text, the chart scrolls in a box of its own;
    * the data table, folded, and the same data as a CSV download;
    * a button "Explore", which appears once ``carta-figures.js`` has run (load it with
      ``defer``) and swaps in the live chart, drawn from the specification embedded
      in the figure by ``carta-vega.js``, which must lie beside that script
      (:func:`carta.figures.vega.vega_bundle` returns its text);
    * the sources, as ``<p class="carta-figure-sources">Sources: <span class="carta-source"
      data-key="KEY">KEY</span>, ...</p>``. Whoever builds the page replaces the content of each
      ``span.carta-source`` by a citation of the source ``data-key``; left alone, it reads as the key.

    It has no style attribute, no event handler and no address outside the page. Equal input gives
    equal bytes. Ids begin with a hash of the content: a page that shows the very same figure twice
    must give the two different file names.

    Args:
        chart: any Altair chart, single or composed, with its data in it.
        alt: what the figure shows, for those who can't see it: the finding, not the kind of chart.
            At least 40 letters.
        table: the data to show and to download; by default the frame of the chart.
        sources: keys of the sources in the bibliography, each once.
        filename: name of the download, lower-case letters, digits, ``.``, ``_`` and ``-``, without ending.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: an alt text that says too little, no data or data at an address, a repeated or
            empty source, a bad file name, text below 11 px, or a chart that Vega-Lite can't draw.
    """
    _check_types(chart, alt, table, sources, filename)
    _check_alt(alt)
    if any(not key.strip() for key in sources) or len(set(sources)) < len(sources):
        raise ValueError(f"sources must be keys of the bibliography, each once: {list(sources)}")
    if filename is not None and not _FILENAME.match(filename):
        raise ValueError(
            f"filename={filename!r} must be lower-case letters, digits, '.', '_' and '-', without an ending"
        )
    shown = _own_table(chart) if table is None else table
    if shown.empty:
        raise ValueError("the figure has no data: its table is empty")
    spec = _specification(chart, alt)
    title = spec.get("title")
    name = title.get("text") if isinstance(title, dict) else title
    if not isinstance(name, str) or not name.strip():
        name = (filename or "figure").replace("-", " ").replace("_", " ").capitalize()
    figure = Figure(spec, " ".join(alt.split()), name, shown.reset_index(drop=True), tuple(sources), filename)
    smallest = figure.drawing.smallest_text
    if smallest is not None and smallest < SMALLEST_TEXT:
        raise ValueError(
            f"the chart has text of {smallest:g} px; nothing below {SMALLEST_TEXT} px can be read: "
            "set a larger fontSize"
        )
    return figure


def _check_types(chart: object, alt_text: object, table: object, sources: object, filename: object) -> None:
    if not isinstance(chart, alt.TopLevelMixin):
        raise TypeError(f"chart must be an Altair chart, not {type(chart).__name__}")
    if not isinstance(alt_text, str):
        raise TypeError(f"alt must be text, not {type(alt_text).__name__}")
    if table is not None and not isinstance(table, pd.DataFrame):
        raise TypeError(f"table must be a pandas DataFrame, not {type(table).__name__}")
    if (
        isinstance(sources, str)
        or not isinstance(sources, Sequence)
        or not all(isinstance(k, str) for k in sources)
    ):
        raise TypeError("sources must be a sequence of keys, such as ['muller-2024-nejm']")
    if filename is not None and not isinstance(filename, str):
        raise TypeError(f"filename must be text, not {type(filename).__name__}")


def _check_alt(alt_text: str) -> None:
    length = len(" ".join(alt_text.split()))
    if length < ALT_LETTERS:
        raise ValueError(
            f"the alt text has {length} letters, at least {ALT_LETTERS} are needed: say what the figure shows"
        )
    if _EMPTY_OPENING.match(alt_text):
        raise ValueError(
            f"the alt text begins {alt_text[:30]!r}: a reader is told that it is an image anyway; "
            "begin with what it shows"
        )


def _specification(chart: alt.TopLevelMixin, alt_text: str) -> dict[str, Any]:
    """Return the chart as Vega-Lite with the theme, its data inside and the alt text as description."""
    try:
        with alt.theme.enable("carta"), alt.data_transformers.enable("default"):
            spec: dict[str, Any] = chart.to_dict()
    except alt.MaxRowsError as error:
        raise ValueError(
            "the chart holds more than 5000 rows: aggregate them first, so that the page stays light"
        ) from error
    except SchemaValidationError as error:
        raise ValueError(f"the chart is not valid Vega-Lite: {error}") from error
    address = next(_addresses(spec), None)
    if address is not None:
        raise ValueError(
            f"the chart takes data from {address!r}: a figure carries its data, so read them first"
        )
    spec["description"] = " ".join(alt_text.split())
    return spec


def _addresses(node: object) -> Iterator[str]:
    """Yield the addresses from which a specification would fetch data."""
    if isinstance(node, dict):
        data = node.get("data")
        if isinstance(data, dict) and isinstance(data.get("url"), str):
            yield data["url"]
        for key, child in node.items():
            if key != "datasets":
                yield from _addresses(child)
    elif isinstance(node, list):
        for child in node:
            yield from _addresses(child)


def _own_table(chart: alt.TopLevelMixin) -> pd.DataFrame:
    """Return the one frame that the chart and its parts are drawn from.

    Raises:
        ValueError: there is none, or several.
    """
    frames: list[pd.DataFrame] = []
    for frame in _frames(chart):
        if not any(frame is known or frame.equals(known) for known in frames):
            frames.append(frame)
    if len(frames) != 1:
        found = "no data of its own" if not frames else f"{len(frames)} different sets of data"
        raise ValueError(f"the chart has {found}: give the data to show as table=")
    return frames[0]


def _frames(chart: object) -> Iterator[pd.DataFrame]:
    data = getattr(chart, "data", alt.Undefined)
    if isinstance(data, pd.DataFrame):
        yield data
    elif isinstance(data, alt.InlineData) and isinstance(data.values, list):
        yield pd.DataFrame(data.values)
    for parts in ("layer", "hconcat", "vconcat", "concat"):
        children = getattr(chart, parts, alt.Undefined)
        if isinstance(children, list):
            for child in children:
                yield from _frames(child)
    # Small multiples hold the chart that they repeat.
    repeated = getattr(chart, "spec", alt.Undefined)
    if repeated is not alt.Undefined:
        yield from _frames(repeated)
