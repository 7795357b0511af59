"""A name that does not exist fails the build, at its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from carta.site.build import BuildError, build_html
from small_book import copy_small_book

#: Each mistake, and a word of what is said about it.
MISTAKES = {
    "{fact}`alpha-2024:remision`": "remission",
    "{fact-value}`alpha-2042:remission`": "alpha-2024",
    "{fact-interval}`alpha-2024:remission`": "no interval",
    "{fact-percent}`alpha-2024:aplasia`": "no events",
    "{fact-events}`alpha-2024`": "alpha-2024",
    "{study}`beta-2052`": "beta-2025",
    "{trial}`NCT00000002`": "NCT00000001",
    "{claim}`all-wel`": "all-well",
    "{parameter}`minimal:q`": "minimal",
    "{count}`studys`": "studies",
    "{cite}`nobody-1999`": "nobody-1999",
    "{doc}`/book/nowhere`": "nowhere",
    "{ref}`nowhere`": "nowhere",
    "{term}`nowhere`": "nowhere",
    "{no-such-role}`x`": "no-such-role",
    "$\\notacommand{x}$": "does not convert",
    "```{claims}\n:kind: effcacy\n```": "effcacy",
    "```{study-table}\n:disease: sla\n```": "sla",
    "```{study-table}\n:columns: study,age\n```": "age",
    "```{trial-table}\n:status: Gone\n```": "Gone",
    "```{parameter-table} maximal\n```": "maximal",
    "{glue:text}`nowhere`": "nowhere",
    "{certainty}`no-outcome`": "no-outcome",
    "```{reading-path} lost\nbook/not-there | Why.\n```": "book/not-there",
    "{exercise}`nowhere`": "nowhere",
    "{answer}`value`": "inside an exercise",
    ":::{solution}\nWords.\n:::": "inside an {exercise}",
    "::::{exercise} no-kind\nWords.\n::::": "`:kind:`",
}


#: Sound in itself, but it stands twice and names an objective that the page has not.
TWIN = """
::::{exercise} twin
:kind: concept
:objective: 3
:difficulty: easy

Which?

:::{option} This
:correct:
Yes.
:::
:::{option} That
No.
:::
:::{option} None
No.
:::
:::{hint}
Look.
:::
:::{solution}
This.
:::
::::
"""


def test_every_wrong_name_is_reported_at_its_line(tmp_path: Path) -> None:
    root = copy_small_book(tmp_path / "a book")
    lines: list[str] = ["# Unrelated", ""]
    at: dict[str, int] = {}
    for mistake in MISTAKES:
        at[mistake] = len(lines) + 1
        lines += [*mistake.splitlines(), ""]
    (root / "book/unrelated.md").write_text("\n".join(lines), encoding="utf-8")
    value = root / "book/value.md"
    value.write_text(value.read_text(encoding="utf-8") + 2 * TWIN, encoding="utf-8")
    with pytest.raises(BuildError) as failure:
        build_html(root, quiet=True)
    said = str(failure.value).splitlines()
    assert any("The exercise 'twin' is also in book/value" in line for line in said)
    assert any("value.md:" in line and "names objective 3" in line for line in said)
    for mistake, word in MISTAKES.items():
        place = f"unrelated.md:{at[mistake]}: "
        assert any(place in line and word in line for line in said), f"{place}{mistake}\n" + "\n".join(said)
    assert not (root / "_build/html").exists()


def test_what_only_the_whole_book_can_tell_is_reported(tmp_path: Path) -> None:
    root = copy_small_book(tmp_path / "a book")
    (root / "book/unrelated.md").write_text(
        "# Unrelated\n\n## In {fact}`alpha-2024:remission`\n\n{path-time}`nobody`\n", encoding="utf-8"
    )
    figure = root / "book/figure.md"
    content = figure.read_text(encoding="utf-8").replace('"beta-2025"]', '"beta-2052"]')
    figure.write_text(content, encoding="utf-8")
    with pytest.raises(BuildError) as failure:
        build_html(root, quiet=True)
    assert "unrelated.md:3: " in str(failure.value) and "stands in a heading" in str(failure.value)
    assert "unrelated.md:5: " in str(failure.value) and "no reading path 'nobody'" in str(failure.value)
    assert "figure.md" in str(failure.value) and "beta-2052" in str(failure.value)


def test_an_unsound_record_is_one_clear_message(tmp_path: Path) -> None:
    root = copy_small_book(tmp_path / "a book")
    record = root / "evidence/studies/alpha-2024.yaml"
    record.write_text(
        record.read_text(encoding="utf-8").replace("events: 8", "events: many"), encoding="utf-8"
    )
    with pytest.raises(BuildError, match=r"alpha-2024\.yaml:\d+"):
        build_html(root, quiet=True)


def test_a_folder_without_settings_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"_config\.yml: the file is missing"):
        build_html(tmp_path, quiet=True)
