"""``{open-data}``: the files of the open data, each with its size, and what stands in each table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from carta.evidence.export import ARCHIVE, SUMS
from carta.site.directives.table import Cell, table
from carta.site.domain import asking, carta_domain
from carta.site.published_data import FOLDER, KIND, data_folder
from carta.site.site_files import link_to

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Whole sets, and what explains them: file and what it is.
_WHOLE = (
    (ARCHIVE, "All files of this page in one archive"),
    ("carta.sqlite", "All tables in one SQLite database, with keys, a search index and the data dictionary"),
    ("metadata.json", "Words on tables and columns for Datasette"),
    ("datapackage.json", "Frictionless data package: columns, keys, sizes and checksums of the CSV files"),
    ("DATA-DICTIONARY.md", "What every column of every table means"),
    ("references.bib", "The whole bibliography as BibTeX"),
    ("references.ris", "The whole bibliography as RIS"),
    ("references.csl.json", "The whole bibliography as CSL-JSON"),
    (SUMS, "SHA-256 checksums of all files"),
    ("LICENSE.txt", "The licence, CC BY 4.0"),
)
_FORMS = ("csv", "json", "parquet")


class OpenData(SphinxDirective):
    """Two or three tables: whole sets, each table of the evidence in its forms, and the schemas of the records."""

    def run(self) -> list[nodes.Node]:
        """Return the tables; the data are made at once, so that sizes are those of the files."""
        with asking(self.env) as project:
            project.note_data()
        carta_domain(self.env).note_use(KIND, "all")
        folder = data_folder(self.env.app)
        whole: list[list[Cell]] = [
            [[link_to(name, f"{FOLDER}/{name}")], what, size(folder / name)]
            for name, what in _WHOLE
            if (folder / name).is_file()
        ]
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        tables: list[list[Cell]] = []
        for resource in package["resources"]:
            name = resource["name"]
            rows = json.loads((folder / "json" / f"{name}.json").read_text(encoding="utf-8"))
            named = [nodes.strong("", resource["title"]), nodes.Text(f" {resource['description']}")]
            row: list[Cell] = [named, f"{len(rows):,}"]
            for form in _FORMS:
                path = f"{form}/{name}.{form}"
                row.append(
                    [link_to(f"{name}.{form}", f"{FOLDER}/{path}"), nodes.Text(f" {size(folder / path)}")]
                )
            tables.append(row)
        schemas: list[list[Cell]] = [
            [[link_to(path.name, f"{FOLDER}/schema/{path.name}")], size(path)]
            for path in sorted((folder / "schema").iterdir())
        ]
        return [
            table("The whole, and what explains it", ["File", "What it is", "Size"], whole),
            table("The tables", ["Table", "Rows", "CSV", "JSON", "Parquet"], tables),
            table("JSON Schemas of the records behind them", ["Schema", "Size"], schemas),
        ]


def size(path: Path) -> str:
    """Return the size of a file as people read it: bytes, kB or MB, of a thousand each."""
    number = path.stat().st_size
    if number < 1000:
        return f"{number} bytes"
    if number < 999_500:
        return f"{number / 1000:.0f} kB"
    return f"{number / 1_000_000:.1f} MB"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("open-data", OpenData)
