"""From a resolved page to Typst's markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging

from carta.files import digest
from carta.pdf.markup import address, call, string, text
from carta.pdf.maths import formula
from carta.pdf.widths import Layout, lay_out
from carta.site.printed.figures import printed_figure, size
from carta.site.printed.maths import FormulaError, spoken, tree
from carta.site.project import project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

#: px of a drawing at 96 to the inch, in points, and the scale at which a chart's 13 px become 8.5 pt.
POINTS = 0.75 * 0.87

#: A part of a page that a script brings to life, and whose still form follows.
_LIVE = re.compile(r'class="carta-(econ|trials)"')
#: The fonts that a drawing asks for; on paper it has those of the book.
_FONT = re.compile(r"(font-family\s*[:=]\s*)(\"[^\"]*\"|'[^']*'|[^;}<>\"]+)")
_SHORT_FONT = re.compile(r"(\bfont\s*:[^;}<>]*?[\d.]+px\s+)[^;}<>]+")

#: Nodes that leave nothing on paper.
_SILENT = (
    "comment",
    "substitution_definition",
    "pending",
    "toctree",
    "index",
    "tabular_col_spec",
    "system_message",
    # Files to take away, on the web alone.
    "exercise_take_away",
    "meta",
    "label",
    "title_reference_target",
)
#: Nodes that leave their children alone.
_CLEAR = (
    "document",
    "compound",
    "start_of_file",
    "carta_only_print",
    # The words of a link to files of the web.
    "exercise_archive",
    "drawing",
    "inline",
    "generated",
    "abbreviation",
    "acronym",
    "desc_content",
    "only",
    "decoration",
    "tbody",
    "legend",
    "CellNode",
    "CellInputNode",
    "CellOutputNode",
)


@dataclass(frozen=True)
class Paper:
    """A size of paper, with the width of its type area upright and on its side, in points."""

    name: str
    upright: float
    sideways: float
    height: float


@dataclass
class Book:
    """What all pages of a volume share."""

    app: Sphinx
    paper: Paper
    #: Where images are put, and read by Typst.
    folder: Path
    #: Places that the volume holds.
    known: frozenset[str]
    #: Places that anything points to.
    wanted: frozenset[str]
    #: Words for the index, by the target that a mention of them points to.
    terms: dict[str, str] = field(default_factory=dict)
    #: Places that stand in the volume already.
    placed: set[str] = field(default_factory=set)


class Writer:
    """Writes one page of the book."""

    def __init__(self, book: Book, docname: str) -> None:
        self.book = book
        self.app = book.app
        self.env = book.app.builder.env
        self.docname = docname
        self.level = 1
        #: In a title, caption or table nothing may point to pages, in a title nothing may be placed.
        self.terse = 0
        self.footnotes: dict[str, nodes.Element] = {}
        self.noted: set[str] = set()

    # -- what the builder calls ------------------------------------------------------------------------------

    def page(self, tree: nodes.document, level: int) -> str:
        """Return the page, its title a heading of a level."""
        self.level = level - 1
        self.footnotes = {
            identifier: note for note in tree.findall(nodes.footnote) for identifier in note["ids"]
        }
        start = self.place(self.docname)
        return start + self.blocks(tree.children)

    def blocks(self, children: Iterable[nodes.Node]) -> str:
        """Return blocks, parted by empty lines."""
        return "\n\n".join(filter(None, (self.write(child).strip("\n") for child in children)))

    def inline(self, children: Iterable[nodes.Node]) -> str:
        """Return what stands in a line."""
        return "".join(self.write(child) for child in children)

    def write(self, node: nodes.Node) -> str:
        """Return any node."""
        if isinstance(node, nodes.Text):
            return text(node.astext())
        name = type(node).__name__
        if name in _SILENT:
            return ""
        method: Callable[[Any], str] | None = getattr(self, f"_{name}", None)
        if method is not None:
            return method(node)
        assert isinstance(node, nodes.Element)
        if name in _CLEAR:
            return self.places(node) + self._children(node)
        logger.warning(f"{name} has no form on paper.", location=node, type="carta", subtype="print")
        return self._children(node)

    def _children(self, node: nodes.Element) -> str:
        if node.children and all(isinstance(child, nodes.Text | nodes.Inline) for child in node.children):
            return self.inline(node.children)
        return self.blocks(node.children)

    # -- places and references -------------------------------------------------------------------------------

    def place(self, target: str) -> str:
        """Return the mark of a place, where anything points to it."""
        if target not in self.book.wanted or target in self.book.placed:
            return ""
        self.book.placed.add(target)
        return f"#place-here({string(target)})"

    def places(self, node: nodes.Element) -> str:
        """Return the marks of all places that a node is."""
        return "".join(self.place(f"{self.docname}#{identifier}") for identifier in node["ids"])

    def _reference(self, node: nodes.reference) -> str:
        # An image may be a reference of its own.
        body = self.places(node) + self.inline(node.children)
        place = node.get("refuri", "")
        if node.get("refid"):
            place = f"%{self.docname}#{node['refid']}"
        if not place.startswith("%"):
            if not re.match(r"(https?|mailto):", place):
                return body
            if re.match(r"(https?://)?\S{30,}$", node.astext()):
                body = self.places(node) + address(node.astext())
            return f"#link({string(place)})[{body}]"
        target = place[1:]
        if target.startswith("evidence/"):
            target = target.partition("#")[0]
        target = target.removesuffix("#")
        if target not in self.book.known:
            return body
        mention = self.mention(target)
        label = f"label({string(target)})"
        if "#cite-" in target or target.startswith("evidence/"):
            return f"#link({label})[{body}]{mention}"
        classes = {name for child in node.findall(nodes.inline) for name in child["classes"]}
        quiet = self.terse or "std-term" in classes or "#equation-" in target
        return f"#{'link' if quiet else 'see'}({label})[{body}]{mention}"

    def mention(self, target: str) -> str:
        """Return the mark by which the index finds a mention; none in titles."""
        word = self.book.terms.get(target)
        return f"#mention({string(word)})" if word and not self.terse else ""

    def _target(self, node: nodes.target) -> str:
        marks = self.places(node)
        if "refid" in node:
            marks += self.place(f"{self.docname}#{node['refid']}")
        return marks + self.inline(node.children)

    def _pending_xref(self, node: nodes.Element) -> str:
        return self.inline(node.children)

    def _number_reference(self, node: nodes.Element) -> str:
        return self._reference(node)  # type: ignore[arg-type]

    def _footnote_reference(self, node: nodes.footnote_reference) -> str:
        identifier = node.get("refid", "")
        note = self.footnotes.get(identifier)
        if note is None:
            return ""
        label = string(f"{self.docname}#note-{identifier}")
        if identifier in self.noted:
            return f"#footnote(label({label}))"
        self.noted.add(identifier)
        body = self.blocks(child for child in note.children if not isinstance(child, nodes.label))
        return f"#footnote[{body}]#label({label})"

    def _footnote(self, node: nodes.footnote) -> str:
        return ""

    # -- sections --------------------------------------------------------------------------------------------

    def _section(self, node: nodes.section) -> str:
        self.level += 1
        parts = []
        for child in node.children:
            if isinstance(child, nodes.title):
                self.terse += 1
                title = self.inline(child.children)
                self.terse -= 1
                inner = (
                    "" if isinstance(node.parent, nodes.document) else ", outlined: false, bookmarked: true"
                )
                parts.append(f"#heading(level: {self.level}{inner})[{title}]" + self.places(node))
            elif written := self.write(child).strip("\n"):
                parts.append(written)
        self.level -= 1
        return "\n\n".join(parts)

    def _rubric(self, node: nodes.rubric) -> str:
        return self.places(node) + call("rubric", self.inline(node.children))

    def _transition(self, node: nodes.transition) -> str:
        return "#transition()"

    # -- text ------------------------------------------------------------------------------------------------

    def _paragraph(self, node: nodes.paragraph) -> str:
        if "carta-claim-place" in node["classes"]:
            # On the web a claim's name is its address.
            for part in list(node.findall(nodes.Text)):
                part.parent.replace(
                    part, nodes.Text(part.replace("Link to this claim:", "Name of this claim:"))
                )
        return self.places(node) + self.inline(node.children).strip()

    def _emphasis(self, node: nodes.Element) -> str:
        return call("emph", self.inline(node.children))

    _title_reference = _emphasis
    _literal_emphasis = _emphasis

    def _strong(self, node: nodes.Element) -> str:
        return call("strong", self.inline(node.children))

    _literal_strong = _strong

    def _subscript(self, node: nodes.Element) -> str:
        return call("sub", self.inline(node.children))

    def _superscript(self, node: nodes.Element) -> str:
        return call("super", self.inline(node.children))

    def _literal(self, node: nodes.literal) -> str:
        return f"#raw({string(node.astext())})"

    def _download_reference(self, node: nodes.Element) -> str:
        return self.inline(node.children)

    def _raw(self, node: nodes.raw) -> str:
        formats = node.get("format", "").split()
        if "typst" in formats:
            return node.astext()
        return self._live() if _LIVE.search(node.astext()) else ""

    def _carta_explorer(self, node: nodes.Element) -> str:
        return self._live()

    def _live(self) -> str:
        """Return a line that says where on the web site the live form of what follows is."""
        page = f"{self.docname}.html"
        base = self.app.config.html_baseurl
        if base:
            home = f"{base.rstrip('/')}/{page}"
            return call(
                "live-line", text("Live on the web site: ") + f"#link({string(home)})[{address(home)}]"
            )
        return call("live-line", text("Live on the web site, on the page ") + f"#raw({string(page)})")

    def _problematic(self, node: nodes.Element) -> str:
        return self.inline(node.children)

    def _block_quote(self, node: nodes.block_quote) -> str:
        return call("quote", self.blocks(node.children), block=True)

    def _attribution(self, node: nodes.Element) -> str:
        return call("align", "— " + self.inline(node.children)).replace("#align()", "#align(right)")

    def _line_block(self, node: nodes.line_block) -> str:
        lines = [
            call("pad", self._line_block(child), left="1em")
            if isinstance(child, nodes.line_block)
            else self.inline(child.children)
            for child in node.children
        ]
        return " #linebreak() ".join(lines)

    def _literal_block(self, node: nodes.literal_block) -> str:
        language = str(node.get("language", "text"))
        known = {
            "python3": "python",
            "ipython3": "python",
            "ipython": "python",
            "default": "python",
            "none": "text",
        }
        language = known.get(language, language)
        marks = self.places(node)
        return marks + f"#code-block(lang: {string(language)}, {string(node.astext())})"

    _doctest_block = _literal_block

    # -- maths -----------------------------------------------------------------------------------------------

    def _set(self, node: nodes.Element, *, display: bool) -> tuple[str, str]:
        try:
            found = tree(node.astext(), display=display, nowrap=bool(node.get("nowrap", True)))
            return formula(found), spoken(found)
        except FormulaError as error:
            logger.warning(
                f"The formula cannot be set ({error}): {' '.join(node.astext().split())[:80]}",
                location=node,
                type="carta",
                subtype="math",
            )
            return '"[formula that could not be set]"', "formula that could not be set"

    def _math(self, node: nodes.math) -> str:
        inside, said = self._set(node, display=False)
        return f"#math.equation(alt: {string(said)}, block: false, $ {inside} $.body)"

    def _math_block(self, node: nodes.math_block) -> str:
        inside, said = self._set(node, display=True)
        number = "none"
        if node.get("number"):
            numbers = self.env.toc_fignumbers.get(self.docname, {}).get("displaymath", {})
            found = numbers.get(node["ids"][0]) if node.get("ids") else None
            shown = ".".join(map(str, found)) if found else str(node["number"])
            number = string(f"({shown})")
        return self.places(node) + (f"#formula(number: {number}, alt: {string(said)}, $ {inside} $)")

    # -- lists -----------------------------------------------------------------------------------------------

    def _items(self, node: nodes.Element) -> tuple[str, bool]:
        items = [
            self.places(item) + self.blocks(item.children)
            for item in node.children
            if isinstance(item, nodes.list_item)
        ]
        tight = all(
            len(item.children) <= 1
            or all(
                isinstance(c, nodes.paragraph | nodes.bullet_list | nodes.enumerated_list)
                for c in item.children
            )
            for item in node.children
            if isinstance(item, nodes.Element)
        )
        return ", ".join(f"[{item}]" for item in items), tight

    def _bullet_list(self, node: nodes.bullet_list) -> str:
        items, tight = self._items(node)
        return f"#list(tight: {str(tight).lower()}, {items})"

    def _enumerated_list(self, node: nodes.enumerated_list) -> str:
        items, tight = self._items(node)
        style = {"loweralpha": "a", "upperalpha": "A", "lowerroman": "i", "upperroman": "I"}.get(
            node.get("enumtype", ""), "1"
        )
        return f'#enum(tight: {str(tight).lower()}, start: {int(node.get("start", 1))}, numbering: "{style}.", {items})'

    def _list_item(self, node: nodes.list_item) -> str:
        return self.blocks(node.children)

    def _definition_list(self, node: nodes.definition_list) -> str:
        items = []
        for item in node.children:
            if not isinstance(item, nodes.definition_list_item):
                continue
            terms = [child for child in item.children if isinstance(child, nodes.term)]
            said = " #linebreak() ".join(self._term(term) for term in terms)
            body = self.blocks(child for child in item.children if isinstance(child, nodes.definition))
            items.append(f"terms.item([{said}], [{body}])")
        return f"#terms({', '.join(items)})"

    def _glossary(self, node: nodes.Element) -> str:
        return self.blocks(node.children)

    def _term(self, node: nodes.term) -> str:
        marks = "".join(self.mention(f"{self.docname}#{identifier}") for identifier in node["ids"])
        return self.places(node) + self.inline(node.children) + marks

    def _definition(self, node: nodes.definition) -> str:
        return self.blocks(node.children)

    def _field_list(self, node: nodes.field_list) -> str:
        items = []
        for item in node.findall(nodes.field):
            name, body = item.children[0], item.children[1]
            items.append(f"terms.item([{self.inline(name.children)}], [{self.blocks(body.children)}])")
        return f"#terms({', '.join(items)})"

    def _docinfo(self, node: nodes.Element) -> str:
        return ""

    # -- boxes -----------------------------------------------------------------------------------------------

    def _box(self, node: nodes.Element, title: str, kind: str) -> str:
        body = list(node.children)
        if body and isinstance(body[0], nodes.title):
            self.terse += 1
            title = self.inline(body[0].children)
            self.terse -= 1
            body = body[1:]
        marks = self.places(node)
        return marks + f"#admonition(kind: {string(kind)}, [{title}])[{self.blocks(body)}]"

    def _admonition(self, node: nodes.admonition) -> str:
        return self._box(node, "", "note")

    _topic = _sidebar = _admonition

    def _container(self, node: nodes.container) -> str:
        component = node.get("design_component")
        if component == "dropdown":
            body = list(node.children)
            title = ""
            if body and isinstance(body[0], nodes.rubric):
                title = self.inline(body[0].children)
                body = body[1:]
            return self.places(node) + call("rubric", title) + "\n\n" + self.blocks(body)
        if node.get("nb_element") == "cell_code_source" and "hide-input" in str(
            node.parent.get("classes", "")
        ):
            return ""
        classes = node["classes"]
        if "literal-block-wrapper" in classes:
            return self._captioned_code(node)
        if "carta-exercise" in classes:
            return self.places(node) + call("exercise", self._children(node))
        return self.places(node) + self._children(node)

    def _captioned_code(self, node: nodes.container) -> str:
        caption = next(iter(node.findall(nodes.caption)), None)
        body = self.blocks(child for child in node.children if child is not caption)
        said = self._caption_of(node, caption, "code-block")
        return self.places(node) + call("listing", body, caption=f"[{said}]")

    # -- figures and tables ----------------------------------------------------------------------------------

    def number(self, node: nodes.Element, kind: str) -> str:
        """Return the label that references use, such as "Fig. 3"; empty where it has no number."""
        numbers = self.env.toc_fignumbers.get(self.docname, {}).get(kind, {})
        for identifier in node["ids"]:
            if identifier in numbers:
                shown = ".".join(map(str, numbers[identifier]))
                return str(self.app.config.numfig_format[kind]) % shown
        return ""

    def _caption_of(self, node: nodes.Element, caption: nodes.Element | None, kind: str) -> str:
        label = self.number(node, kind)
        self.terse += 1
        said = self.inline(caption.children) if caption is not None else ""
        self.terse -= 1
        lead = call("strong", text(f"{label}.")) + text(" ") if label else ""
        return lead + said

    def _figure(self, node: nodes.figure) -> str:
        caption = next((child for child in node.children if isinstance(child, nodes.caption)), None)
        legend = [child for child in node.children if isinstance(child, nodes.legend)]
        body = [child for child in node.children if child is not caption and child not in legend]
        tables = [
            table
            for child in body
            if isinstance(child, nodes.Element)
            for table in child.findall(nodes.table)
        ]
        said = self._caption_of(node, caption, "figure")
        shown = self.blocks(body)
        below = self.blocks(legend)
        marks = self.places(node)
        if tables:
            return f"{marks}#caption-line[{said}]\n\n{shown}\n\n{below}"
        around = node.parent
        while isinstance(around, nodes.container):
            around = around.parent
        floating = isinstance(around, nodes.section)
        pictures: list[nodes.Element] = [*node.findall(printed_figure), *node.findall(nodes.image)]
        alt = next(
            (found["alt"] for found in pictures if found.get("alt")),
            caption.astext() if caption else "",
        )
        return f"{marks}#pictured(alt: {string(alt)}, floating: {str(floating).lower()}, caption: [{said}], below: [{below}])[{shown}]"

    def _printed_figure(self, node: printed_figure) -> str:
        svg = in_our_type(node["svg"])
        wide, high = size(svg)
        name = f"chart-{digest(svg)}.svg"
        path = self.book.folder / "images" / name
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(svg, encoding="utf-8")
        picture = self._picture(f"images/{name}", node["alt"], wide * POINTS, high * POINTS)
        return picture + self._sources(node["sources"])

    def _picture(self, path: str, alt: str, wide: float, high: float) -> str:
        scale = min(1.0, self.book.paper.upright / wide, 0.8 * self.book.paper.height / high)
        return f"#align(center)[#image({string(path)}, width: {wide * scale:.1f}pt, alt: {string(alt)})]"

    def _sources(self, keys: list[str]) -> str:
        if not keys:
            return ""
        project = project_of(self.app)
        shown = []
        for key in keys:
            label = project.source(key).label
            target = f"evidence/{key}"
            body = text(label)
            shown.append(f"#link(label({string(target)}))[{body}]" if target in self.book.known else body)
        return "\n\n" + call("sources-line", text("Sources: ") + text("; ").join(shown) + text("."))

    def _image(self, node: nodes.image) -> str:
        found = self.app.builder.images.get(node["uri"])
        if found is None and not Path(self.env.srcdir, node["uri"]).is_file():
            logger.warning(
                f"The image {node['uri']} is not there.", location=node, type="carta", subtype="print"
            )
            return ""
        source = Path(self.env.srcdir, node["uri"])
        name = found or source.name
        target = self.book.folder / "images" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        data = source.read_bytes()
        if source.suffix == ".svg":
            data = in_our_type(data.decode("utf-8")).encode("utf-8")
        if not target.is_file() or target.read_bytes() != data:
            target.write_bytes(data)
        alt = node.get("alt") or ""
        if source.suffix == ".svg":
            wide, high = size(data.decode("utf-8"))
            return self._picture(f"images/{name}", alt, wide * POINTS, high * POINTS)
        return f"#align(center)[#image({string(f'images/{name}')}, width: 80%, alt: {string(alt)})]"

    def _table(self, node: nodes.table) -> str:
        title = next((child for child in node.children if isinstance(child, nodes.title)), None)
        group = next(child for child in node.children if isinstance(child, nodes.tgroup))
        heads = [row for head in group.findall(nodes.thead) for row in head.children]
        rows = [row for body in group.findall(nodes.tbody) for row in body.children]
        layout = lay_out(
            [_texts(row) for row in heads],
            [_texts(row) for row in rows],
            self.book.paper.upright,
            self.book.paper.sideways,
        )
        said = (
            self._caption_of(node, title, "table") if title is not None or self.number(node, "table") else ""
        )
        marks = self.places(node)
        self.terse += 1
        body = self._cells(heads, rows, layout)
        self.terse -= 1
        widths = ", ".join(f"{each:.2f}pt" for each in layout.widths)
        head = f"table.header({self._rows(heads, bold=True)}), " if heads else ""
        table = f"#data-table(columns: ({widths},), size: {layout.size}pt, {head}{body})"
        caption = f"#caption-line[{said}]\n\n" if said else ""
        whole = f"{marks}{caption}{table}"
        return f"#sideways[{whole}]" if layout.landscape else whole

    def _cells(self, heads: list[nodes.Node], rows: list[nodes.Node], layout: Layout) -> str:
        written = []
        for row, lines in zip(rows, layout.lines, strict=True):
            written.append(self._rows([row], breakable=lines > 24))
        return ", ".join(written)

    def _rows(self, rows: Iterable[nodes.Node], *, bold: bool = False, breakable: bool = False) -> str:
        cells = []
        self.terse += 1
        for row in rows:
            assert isinstance(row, nodes.Element)
            marks = self.places(row)
            for entry in row.children:
                assert isinstance(entry, nodes.Element)
                body = marks + self.places(entry) + self.blocks(entry.children)
                marks = ""
                options = []
                if entry.get("morecols"):
                    options.append(f"colspan: {entry['morecols'] + 1}")
                if entry.get("morerows"):
                    options.append(f"rowspan: {entry['morerows'] + 1}")
                if breakable:
                    options.append("breakable: true")
                aligned = next(
                    (c.removeprefix("text-") for c in entry["classes"] if c.startswith("text-")), None
                )
                if aligned in ("left", "right", "center"):
                    options.append(f"align: {aligned}")
                cells.append(f"table.cell({', '.join(options)})[{body}]" if options else f"[{body}]")
        self.terse -= 1
        return ", ".join(cells)

    # -- references to sources -------------------------------------------------------------------------------

    def _citation(self, node: nodes.citation) -> str:
        label = next((child.astext() for child in node.children if isinstance(child, nodes.label)), "")
        marks = self.places(node)
        body = "".join(self._cited(child) for child in node.children if not isinstance(child, nodes.label))
        return f"#reference-entry([{text(label)}])[{marks}{body}]"

    def _cited(self, node: nodes.Node) -> str:
        """Return an entry of the bibliography: its address itself is the link, since paper has no other."""
        link = next(iter(node.findall(nodes.reference)), None)
        if link is None or link.astext() != "Link":
            return self.inline(node.children)
        target = link["refuri"]
        said = "".join(
            child.astext() for child in node.children if link not in (child, *child.findall())
        ).strip()
        shown = re.sub(r"^https?://(www\.)?", "", target)
        identifier = re.search(r"10\.\d{4,}/\S+$", target)
        if identifier and f"doi:{identifier[0]}" in said:
            said = said.replace(f"doi:{identifier[0]}", "").strip()
            shown = f"doi.org/{identifier[0]}"
        elif target in said:
            said = said.replace(target, "").strip()
        return text(said + " ") + f"#link({string(target)})[{address(shown)}]"

    # -- descriptions and what Sphinx adds -------------------------------------------------------------------

    def _desc(self, node: nodes.Element) -> str:
        return self.blocks(node.children)

    def _versionmodified(self, node: nodes.Element) -> str:
        return self.blocks(node.children)

    def _hlist(self, node: nodes.Element) -> str:
        return self.blocks(node.children)

    def _centered(self, node: nodes.Element) -> str:
        return f"#align(center)[{self.inline(node.children)}]"


def in_our_type(svg: str) -> str:
    """Return a drawing with all its text in the sans type of the book."""

    def ours(match: re.Match[str]) -> str:
        return f'{match[1]}"IBM Plex Sans"' if "=" in match[1] else f"{match[1]}IBM Plex Sans"

    return _SHORT_FONT.sub(r"\1IBM Plex Sans", _FONT.sub(ours, svg))


#: Commands and signs of TeX that are not themselves set.
_TEX = re.compile(r"\\[a-zA-Z]+|[{}_^\\ ]")


def _measured(node: nodes.Node) -> str:
    """Return the text of a cell as it is measured: of a formula, about its signs."""
    if isinstance(node, nodes.math):
        return _TEX.sub("", node.astext())
    if isinstance(node, nodes.Text) or not node.children:
        return node.astext()
    inline = isinstance(node, nodes.TextElement)
    return ("" if inline else "\n").join(_measured(child) for child in node.children)


def _texts(row: nodes.Node) -> list[str]:
    assert isinstance(row, nodes.Element)
    found: list[str] = []
    for entry in row.children:
        assert isinstance(entry, nodes.Element)
        spans = entry.get("morecols", 0)
        content = "\n".join(_measured(child) for child in entry.children)
        found += ["" if spans else content] + [""] * spans
    return found


for _name, _title in {
    "note": "Note",
    "tip": "Tip",
    "hint": "Hint",
    "important": "Important",
    "warning": "Warning",
    "caution": "Caution",
    "danger": "Danger",
    "attention": "Attention",
    "error": "Error",
    "seealso": "See also",
}.items():

    def _boxed(self: Writer, node: nodes.Element, name: str = _name, title: str = _title) -> str:
        return self._box(node, text(title), name)

    setattr(Writer, f"_{_name}", _boxed)
