"""``carta serve``: it builds, serves, and shows a change without being asked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carta.site.build import BuildError, build_html
from small_book import copy_small_book


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    root = copy_small_book(tmp_path / "a book")
    process = subprocess.Popen(
        [sys.executable, "-m", "carta", "serve", "--port", "0"],
        cwd=root,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+/", first)
    assert found, first
    yield root, found[0]
    process.terminate()
    process.wait(20)
    process.stdout.close()


def _until(address: str, holds: Callable[[str], bool]) -> str:
    """Ask for a page until it is as expected; a build of the small book takes seconds."""
    end = time.monotonic() + 120
    text = ""
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address) as answer:
                text = str(answer.read(), "utf-8")
            if holds(text):
                return text
        except urllib.error.HTTPError as error:
            text = str(error)
        time.sleep(0.5)
    raise AssertionError(f"{address} was never as expected: {text[-500:]}")


def test_a_change_is_shown_and_a_mistake_leaves_the_page(served: tuple[Path, str]) -> None:
    root, address = served
    page = f"{address}book/unrelated.html"
    text = _until(page, lambda html: "Words only." in html)
    # The page asks for news of the next build, only when served.
    assert "carta-reload" in text
    assert "carta-reload" not in (root / "_build/html/book/unrelated.html").read_text(encoding="utf-8")
    source = root / "book/unrelated.md"
    source.write_text("# Unrelated\n\nOther words {fact}`alpha-2024:nothing`.\n", encoding="utf-8")
    time.sleep(1)
    source.write_text("# Unrelated\n\nOther words {fact}`alpha-2024:remission`.\n", encoding="utf-8")
    text = _until(page, lambda html: "Other words" in html)
    assert "8" in text and "nothing" not in text


def test_a_build_that_waited_makes_the_same_site_as_one_that_did_not(tmp_path: Path) -> None:
    root = copy_small_book(tmp_path / "a book")
    source = root / "book/unrelated.md"
    build_html(root, quiet=True)
    words = source.read_text(encoding="utf-8")

    def change() -> None:
        source.write_text(f"{words}\nMore words.\n", encoding="utf-8")

    page = root / "_build/html/book/unrelated.html"
    seen: list[bool] = []
    waited = build_html(
        root, quiet=True, ready=change, shown=lambda: seen.append("More words." in page.read_text("utf-8"))
    )
    # The page is there before the build is done; nothing else is to be looked at.
    assert seen == [True] and not waited.more
    # Of all pages only the one that changed, and what search finds.
    assert [name for name in waited.changed if "search" not in name] == ["book/unrelated.html"]
    assert build_html(root, quiet=True).changed == []


def test_what_was_shown_is_put_back_when_the_build_fails_in_the_end(tmp_path: Path) -> None:
    root = copy_small_book(tmp_path / "a book")
    build_html(root, quiet=True)
    page = root / "_build/html/book/unrelated.html"
    before = page.read_bytes()

    def change() -> None:
        source = root / "book/unrelated.md"
        source.write_text(source.read_text(encoding="utf-8") + "\nMore words.\n", encoding="utf-8")

    def fail() -> None:
        assert page.read_bytes() != before
        raise OSError("no space left")

    with pytest.raises(BuildError, match="no space left"):
        build_html(root, quiet=True, ready=change, shown=fail)
    assert page.read_bytes() == before
