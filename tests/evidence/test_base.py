"""The real base: it loads, holds what it should, answers questions, and remembers what it was asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from carta.evidence import EvidenceError, UnknownRecordError, load
from carta.evidence.formatting import StyleError, format_fact, format_number
from carta.evidence.loading import read_base, schemas
from carta.evidence.trace import tracing
from projects import replace, write_project

ROOT = Path(__file__).parents[2]


def test_the_base_holds_all_that_was_collected() -> None:
    base = load(ROOT)
    assert len(base.studies()) >= 450
    assert len(base.facts()) >= 2700
    assert len(base.trials()) == 97
    assert len(base.claims()) == 74
    assert len(base.patients()) >= 56
    assert sum(len(base.parameters(model).parameters) for model in base.models()) >= 180


def test_schemas_on_disk_are_those_of_the_records() -> None:
    for name, schema in schemas().items():
        held = json.loads((ROOT / "evidence" / "schema" / name).read_text(encoding="utf-8"))
        assert held == schema, f"{name} is out of date: run 'carta schema'"


def test_every_file_validates_against_its_json_schema() -> None:
    """Editors see what the loader sees: the schemas accept every record as it stands in its file."""
    from datetime import date

    from jsonschema import Draft202012Validator

    from carta.evidence.yaml_files import parse

    def plain(value: object) -> object:
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list) else value

    folders = {"study": "studies", "trial": "trials", "parameters": "parameters", "claims": "claims", "appraisal": "appraisals", "certainty": "certainty"}  # fmt: skip
    for kind, folder in folders.items():
        validator = Draft202012Validator(schemas()[f"{kind}.schema.json"])
        for path in sorted((ROOT / "evidence" / folder).glob("*.yaml")):
            record = plain(parse(path.read_text(encoding="utf-8")))
            # Years may be written as numbers; the loader takes them, and editors show them as text.
            errors = [
                error.message
                for error in validator.iter_errors(record)
                if "is not of type 'string'" not in error.message
            ]
            assert not errors, f"{path.name}: {errors[:2]}"


def test_a_warm_load_parses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, cache = write_project(tmp_path / "project"), tmp_path / "cache"
    first = read_base(root, cache=cache)
    monkeypatch.setattr(
        "carta.evidence.loading.parse", lambda text: pytest.fail("parsed although nothing changed")
    )
    assert read_base(root, cache=cache) == first


def test_a_changed_file_is_seen_though_its_time_is_not(tmp_path: Path) -> None:
    root, cache = write_project(tmp_path / "project"), tmp_path / "cache"
    name = "evidence/studies/alpha-2024-journal.yaml"
    read_base(root, cache=cache)
    before = (root / name).stat()
    replace(root, name, "mean: 112", "mean: 113")
    os.utime(root / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert read_base(root, cache=cache).records.studies["alpha-2024-journal"].facts["aplasia"].mean == 113


@pytest.mark.parametrize("damage", [b"", b"not a pickle", b"\x80\x05K\x01."])
def test_a_damaged_cache_costs_time_only(tmp_path: Path, damage: bytes) -> None:
    root, cache = write_project(tmp_path / "project"), tmp_path / "cache"
    first = read_base(root, cache=cache)
    for file in cache.iterdir():
        file.write_bytes(damage)
    assert read_base(root, cache=cache) == first


def test_an_unsound_base_does_not_load(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    replace(root, "evidence/studies/alpha-2024-journal.yaml", "mean: 112", "mean: many")
    with pytest.raises(EvidenceError, match=r"alpha-2024-journal\.yaml:\d+: error: .*mean"):
        load(root)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownRecordError, match="muller-2024-nejm:followup"):
        load(ROOT).fact("muller-2024-nejm:follow-up")
    with pytest.raises(UnknownRecordError, match="muller-2024-nejm"):
        load(ROOT).study("mueller-2024-nejm")


def test_an_answer_is_stale_only_when_it_changed(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    with tracing() as questions:
        base = load(root)
        base.fact("alpha-2024-journal:aplasia")
        base.facts(outcome="crs-any")
    assert len(questions) == 2

    def stale() -> list[str]:
        now = load(root)
        return [
            json.loads(question)[0] for question, answer in questions.items() if now.ask(question) != answer
        ]

    assert stale() == []
    replace(root, "evidence/studies/alpha-2024-journal.yaml", "range: [4, 29]", "range: [4, 30]")
    assert stale() == [], "a value that nobody asked for changed"
    replace(root, "evidence/studies/alpha-2024-journal.yaml", "mean: 112", "mean: 113")
    assert stale() == ["fact"]
    # A new study that matches a question makes its answer stale.
    text = (root / "evidence/studies/beta-2023-journal.yaml").read_text(encoding="utf-8")
    (root / "evidence/studies/delta-2026.yaml").write_text(text, encoding="utf-8")
    assert stale() == ["fact", "facts"]
    (root / "evidence/studies/alpha-2024-journal.yaml").unlink()
    assert "fact" in stale()


def test_a_process_writes_what_it_asked_when_it_ends(tmp_path: Path) -> None:
    root, trace = write_project(tmp_path / "p"), tmp_path / "trace.json"
    code = "from carta.evidence import load; load().fact('alpha-2024-journal:crs')"
    environment = {**os.environ, "CARTA_TRACE": str(trace), "CARTA_ROOT": str(root)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    written = json.loads(trace.read_text(encoding="utf-8"))
    assert [json.loads(question)[:2] for question in written["questions"]] == [
        ["fact", ["alpha-2024-journal:crs"]]
    ]
    assert "carta.evidence.records" in written["modules"]


@pytest.mark.parametrize(
    ("name", "style", "text"),
    [
        ("mackensen-2022-natmed:crs-g1", "events", "3 of 5"),
        ("mackensen-2022-natmed:crs-g1", "percent", "60 %"),
        ("muller-2024-nejm:followup", "full", "15 months (range 4–29)"),
        ("muller-2024-nejm:followup", "interval", "range 4–29"),
        ("muller-2024-nejm:aplasia", "full", "112 ± 47 days"),
        ("muller-2024-nejm:aplasia", "value", "112 days"),
        ("muller-2024-nejm:aplasia", "interval", "SD 47"),
    ],
)
def test_how_a_fact_is_written(name: str, style: str, text: str) -> None:
    base = load(ROOT)
    shown = format_fact(base.fact(name).fact, style, base.vocabulary())  # type: ignore[arg-type]
    assert shown.replace("\u00a0", " ").replace("\u202f", " ") == text


def test_a_style_that_does_not_fit_is_refused() -> None:
    base = load(ROOT)
    with pytest.raises(StyleError, match="no events"):
        format_fact(base.fact("muller-2024-nejm:followup").fact, "percent", base.vocabulary())


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (-3.5, "−3.5"), (1234, "1234"), (373000, "373 000"), (0.0079, "0.0079"), (5e10, "5 × 10¹⁰"), (1.0, "1"), (1e-5, "10⁻⁵")],
)  # fmt: skip
def test_how_a_number_is_written(number: float, text: str) -> None:
    assert format_number(number).replace("\u00a0", " ").replace("\u202f", " ") == text


def test_every_fact_of_the_base_can_be_written() -> None:
    base = load(ROOT)
    words = base.vocabulary()
    for bound in base.facts():
        assert format_fact(bound.fact, "full", words).strip(), bound.name
