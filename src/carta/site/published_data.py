"""The open data beside the pages, where a page of the book offers them; made anew when the evidence has changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from carta.files import write_changed, write_text_atomically
from carta.site.domain import carta_domain
from carta.site.project import project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: The kind under which the domain holds the pages that offer the data, and their folder in the site.
KIND = "data"
FOLDER = "data"


def data_folder(app: Sphinx) -> Path:
    """Return the folder of this build's data, which stays as it is until evidence, bibliography or code change."""
    project = project_of(app)
    folder = Path(app.doctreedir) / "carta-data"
    mark = Path(app.doctreedir) / "carta-data.digest"
    today = project.data_digest
    if not mark.is_file() or mark.read_text(encoding="utf-8") != today:
        # Imported late: it brings in pandas and pyarrow.
        from carta.site.open_data import open_data

        write_changed(folder, open_data(project.root, project.evidence, project.bibliography))
        write_text_atomically(mark, today)
    return folder


def _publish(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    if not any(use.kind == KIND for uses in carta_domain(app.env).uses.values() for use in uses):
        return
    source = data_folder(app)
    files = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.is_file()
    }
    write_changed(Path(app.outdir) / FOLDER, files)


def setup(app: Sphinx) -> None:
    """Publish at the end."""
    app.connect("build-finished", _publish, priority=900)
