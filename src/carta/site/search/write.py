"""Writing the index at the end of a build, from the pages as they are: whoever makes the pages, they can be found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.util import logging

from carta.files import write_text_atomically
from carta.site.project import Project, project_of
from carta.site.search.index import Counted, count, index_script, text_scripts
from carta.site.search.pages import Record, read_page
from carta.site.search.synonyms import synonyms

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

#: Where the index lies on the site; ``carta-search.js`` names it too.
FOLDER = "_static/carta-search"

#: Pages that only list what other pages say.
_LISTS = frozenset({"index.html", "search.html", "genindex.html", "404.html", "evidence/index.html"})


class Search:
    """The index of one build."""

    def __init__(self, app: Sphinx) -> None:
        self.out = Path(app.outdir)
        self.project: Project = project_of(app)
        self.remembered = Path(app.doctreedir) / "carta-search.json"
        self.code = str(app.config.carta_code)
        self.left_out = _LISTS | {
            f"{name}.html" for name in app.env.all_docs if name.rpartition("/")[2] == "references"
        }

    def write(self) -> int:
        """Write the index and return how many pages were read for it; those that did not change were not."""
        known = self._known()
        pages: dict[str, Any] = {}
        read = 0
        for path in sorted(self.out.rglob("*.html")):
            address = path.relative_to(self.out).as_posix()
            if address.startswith("_") or address in self.left_out:
                continue
            status = path.stat()
            stamp = [status.st_mtime_ns, status.st_size]
            if known.get(address, {}).get("stamp") == stamp:
                pages[address] = known[address]
                continue
            read += 1
            records = read_page(address, path.read_text(encoding="utf-8"))
            counted = [count(self._named(record)) for record in records]
            pages[address] = {"stamp": stamp, "found": [one.as_json() for one in counted]}
        place = self.out / FOLDER
        if read or pages.keys() != known.keys() or not (place / "index.js").is_file():
            self._write(place, [Counted.from_json(one) for page in pages.values() for one in page["found"]])
            write_text_atomically(self.remembered, json.dumps({"code": self.code, "pages": pages}))
        return read

    def _known(self) -> dict[str, Any]:
        try:
            remembered = json.loads(self.remembered.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return dict(remembered["pages"]) if remembered.get("code") == self.code else {}

    def _named(self, record: Record) -> Record:
        """Add to a study or trial what it is and what else it is called, from its own record."""
        name = record.address.removeprefix("evidence/").removesuffix(".html")
        evidence = self.project.evidence
        if record.kind == "study" and name in evidence.keys():  # noqa: SIM118  (no mapping)
            study = evidence.studies()[name]
            diseases = [self.project.label("diseases", disease) for disease in study.diseases]
            product = study.product.name if study.product is not None else None
            record.context = _line(self.project.label("designs", study.design), diseases, product)
            title = (
                self.project.bibliography[name].fields.get("title")
                if name in self.project.bibliography
                else None
            )
            record.names = _some(name, title, product, *study.also_known_as, *study.registrations)
        if record.kind == "trial" and name in evidence.trials():
            trial = evidence.trials()[name]
            diseases = [self.project.label("diseases", disease) for disease in trial.diseases]
            record.context = _line(trial.phase, diseases or trial.conditions, trial.intervention)
            record.names = _some(name, trial.title, trial.acronym, trial.intervention, trial.sponsor)
        return record

    def _write(self, place: Path, counted: list[Counted]) -> None:
        groups = synonyms(self.project, [one.record for one in counted])
        scripts = {f"text/{page}.js": text for page, text in text_scripts(counted).items()}
        # The words first: an index must not name what is not there yet.
        for name, text in {**scripts, "index.js": index_script(counted, groups)}.items():
            target = place / name
            if not target.is_file() or target.read_text(encoding="utf-8") != text:
                target.parent.mkdir(parents=True, exist_ok=True)
                write_text_atomically(target, text)
        for target in (place / "text").rglob("*.js"):
            if target.relative_to(place).as_posix() not in scripts:
                target.unlink()


def _line(kind: str | None, diseases: list[str], product: str | None) -> str:
    return " · ".join(part for part in (kind, ", ".join(diseases), product) if part)


def _some(*names: str | None) -> list[str]:
    return [name for name in names if name]


def write_index(app: Sphinx, exception: Exception | None) -> None:
    """Write the index of a build that went well."""
    if exception is not None or app.builder.name != "html":
        return
    if read := Search(app).write():
        logger.info("carta: search index written, %d pages read for it", read)
