"""A whole living cycle: build, the records change, build again; and the review of the day before stays as it was."""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from carta.cli import main
from carta.evidence import NotYetKnownError, UnknownRecordError, load
from carta.site.notices import stale_words
from index_server import indexes
from projects import replace
from small_book import ROOT
from watched_project import eventful_world, run, watched_project

# The watch dates its work in universal time.
_NOW = datetime.now(UTC).date()
TODAY, YESTERDAY = _NOW.isoformat(), (_NOW - timedelta(days=1)).isoformat()
ATOM = "{http://www.w3.org/2005/Atom}"

TOC = """\
format: jb-book
root: book/intro
chapters:
  - file: book/trials
  - file: book/what-changed
  - file: book/references
"""
INTRO = "# Start\n\n```{admonition} No advice\n:class: important\nFor learning.\n```\n\nThe series had {fact}`alpha-2024-journal:crs` with CRS, the first {fact}`beta-2023-journal:crs`.\n"
TRIALS = "# Trials\n\n```{trial-table} Trials\n:columns: trial, enrollment, status\n```\n"
CHANGED = "# What changed\n\n```{source-notices}\n```\n\n```{what-changed}\n```\n"
REFERENCES = "# References\n\n```{bibliography}\n```\n"


class Living:
    """A small project and its builds."""

    def __init__(self, root: Path) -> None:
        self.root = watched_project(
            root,
            **{
                "_config.yml": (ROOT / "_config.yml").read_text(encoding="utf-8"),
                "_toc.yml": TOC,
                "book/intro.md": INTRO,
                "book/trials.md": TRIALS,
                "book/what-changed.md": CHANGED,
                "book/references.md": REFERENCES,
            },
        )

    def build(self, *options: str) -> None:
        # In this process: the tests are of what is built, and a fresh interpreter takes most of a small build.
        command = ["build", "html", "--quiet", "--root", str(self.root), *options]
        built = CliRunner().invoke(main, command, catch_exceptions=False)
        assert built.exit_code == 0, built.output

    def site(self, day: str | None = None) -> Path:
        return self.root / "_build" / (f"html-as-of-{day}" if day else "html")

    def text(self, page: str, day: str | None = None) -> str:
        """Return the words of a page, with plain spaces."""
        html = (self.site(day) / page).read_text(encoding="utf-8")
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())

    def digests(self, day: str | None = None) -> dict[str, str]:
        """Return the digest of every file of a site."""
        site = self.site(day)
        return {
            path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(site.rglob("*"))
            if path.is_file()
        }

    def feed(self, day: str | None = None) -> ET.Element:
        return ET.parse(self.site(day) / "feed.xml").getroot()


def _titles(feed: ET.Element) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in feed.findall(f"{ATOM}entry")]


def _change_the_records(root: Path) -> None:
    """What a day of work does: the watch finds a new trial, a changed one and a retraction; a fact is corrected."""
    with indexes(eventful_world()) as environment:
        applied = run(root, environment, "--apply")
    assert applied.exit_code == 1, applied.output
    replace(
        root,
        "evidence/studies/alpha-2024-journal.yaml",
        "    events: 11\n    n: 15\n",
        f"    events: 12\n    n: 15\n    corrections:\n      - day: {TODAY}\n        was: {{events: 11}}\n"
        "        reason: The table was misread.\n",
    )


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Living, dict[str, str], dict[str, str]]:
    """Return the project after the cycle, and the site of yesterday as built before and after it."""
    living = Living(tmp_path_factory.mktemp("living") / "a book")
    living.build("--as-of", YESTERDAY)
    before = living.digests(YESTERDAY)
    _change_the_records(living.root)
    living.build()
    living.build("--as-of", YESTERDAY)
    return living, before, living.digests(YESTERDAY)


def test_a_change_appears_on_the_right_pages(cycle: tuple[Living, dict[str, str], dict[str, str]]) -> None:
    living = cycle[0]
    assert "NCT00000002" in living.text("book/trials.html")
    assert "NCT00000001 6 (estimated) Completed" in living.text("book/trials.html")
    entry = living.text("evidence/NCT00000001.html")
    assert f"Participants 12 2026-01-02 6 taken over on {TODAY}" in entry
    # What the watch filled in was never said by the registry, so it is no history of it.
    assert "Start 2024-02 " not in entry
    assert "CD19 CAR-T in lupus" in living.text("evidence/NCT00000002.html")
    # The page that cites the retracted source warns under its title; a page that does not cite it is silent.
    assert "was retracted" in living.text("book/intro.html")
    assert "DOI 10.1000/retraction" in living.text("book/intro.html")
    assert re.search(r"No advice .* Retracted source .* The series had", living.text("book/intro.html"))
    assert "was retracted" not in living.text("book/trials.html")
    # A field of the registry has a name for people.
    assert "Read in the registry title, status, participants" in entry
    assert "Retracted" in living.text("evidence/alpha-2024-journal.html")
    assert "12 of 15 patients" in living.text("book/intro.html")
    page = living.text("book/what-changed.html")
    for words in ("participants, 12 → 6", "was retracted", "from 11 of 15 patients to 12 of 15 patients"):
        assert words in page, words


def test_the_feed_is_atom_and_tells_of_the_changes(
    cycle: tuple[Living, dict[str, str], dict[str, str]],
) -> None:
    living = cycle[0]
    feed = living.feed()
    assert feed.tag == f"{ATOM}feed"
    assert feed.findtext(f"{ATOM}updated") == f"{TODAY}T00:00:00Z"
    titles = _titles(feed)
    assert any("NCT00000002 entered the base" in title for title in titles)
    assert any("NCT00000001 changed in the registry: participants, 12 → 6" in title for title in titles)
    assert any("was retracted" in title for title in titles)
    # RFC 4287: these are required of the feed and of each entry, and identifiers are unique.
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for tag in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{tag}")) == 1, tag
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    names = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert len(set(names)) == len(names)
    # Each link leads to a file of the site.
    for link in feed.iter(f"{ATOM}link"):
        assert (living.site() / link.attrib["href"]).is_file(), link.attrib
    head = (living.site() / "book/intro.html").read_text(encoding="utf-8")
    assert (
        '<link rel="alternate" type="application/atom+xml" title="What changed" href="../feed.xml">' in head
    )


def test_the_day_before_is_unchanged_byte_for_byte(
    cycle: tuple[Living, dict[str, str], dict[str, str]],
) -> None:
    living, before, after = cycle
    assert after == before
    assert "NCT00000001 12 Recruiting" in living.text("book/trials.html", YESTERDAY)
    assert "NCT00000002" not in living.text("book/trials.html", YESTERDAY)
    assert "11 of 15 patients" in living.text("book/intro.html", YESTERDAY)
    assert f"The evidence as it stood on {YESTERDAY}" in living.text("book/intro.html", YESTERDAY)
    # The present site is another folder, and has none of it.
    assert "as it stood on" not in living.text("book/intro.html")


def test_prose_that_names_what_was_not_yet_published_says_so(
    cycle: tuple[Living, dict[str, str], dict[str, str]],
) -> None:
    living = cycle[0]
    living.build("--as-of", "2023-12-31")
    words = living.text("book/intro.html", "2023-12-31")
    assert "The series had [not yet known on 2023-12-31] with CRS" in words
    assert "3 of 5 patients" in words


def test_as_of_views_follow_two_clocks(tmp_path: Path) -> None:
    root = watched_project(tmp_path / "project")
    _change_the_records(root)
    base = load(root)
    then = base.as_of(date.fromisoformat(YESTERDAY))
    assert (then.trial("NCT00000001").enrollment, base.trial("NCT00000001").enrollment) == (12, 6)
    assert then.fact("alpha-2024-journal:crs").fact.events == 11
    assert then.notices("alpha-2024-journal") == []
    with pytest.raises(NotYetKnownError):
        then.trial("NCT00000002")
    with pytest.raises(UnknownRecordError) as unknown:
        then.trial("NCT99999999")
    assert not isinstance(unknown.value, NotYetKnownError)
    # Before the base began, dates of publication count; a year counts from its last day.
    early = base.as_of(date(2024, 6, 30), {"alpha-2024-journal": "2024", "beta-2023-journal": "2023"})
    assert early.keys() == ["beta-2023-journal"]
    assert early.study("beta-2023-journal").overlaps == {}
    # The trial started in February 2024; its size, read in a later version, was not known.
    assert early.trial("NCT00000001").enrollment is None
    assert base.as_of(_NOW).facts() == base.facts()


def test_pages_say_when_nothing_was_checked_for_ninety_days() -> None:
    assert stale_words("2026-01-01", date(2026, 4, 1)) is None
    assert "Nothing was checked for 91 days (last on 2026-01-01)" in (
        stale_words("2026-01-01", date(2026, 4, 2)) or ""
    )


def test_a_stale_review_says_so_on_every_page(
    cycle: tuple[Living, dict[str, str], dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    living = cycle[0]
    monkeypatch.setenv(
        "SOURCE_DATE_EPOCH", str(int(datetime(2026, 1, 2, tzinfo=UTC).timestamp()) + 91 * 86400)
    )
    living.build()
    for page in ("book/intro.html", "book/trials.html", "evidence/NCT00000001.html"):
        assert "Not checked for 90 days. Nothing was checked for 91 days (last on 2026-01-02)" in living.text(
            page
        )
