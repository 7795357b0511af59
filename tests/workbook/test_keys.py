"""Keys judge every answer and tell none."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carta.exercises import Facts, Key, choice_key, judge, number_key
from carta.exercises.sealing import ROUNDS, pbkdf2_sha256, seal, unseal

NO_FACTS = Facts({})


def test_the_hash_is_pbkdf2_with_and_without_openssl(monkeypatch: pytest.MonkeyPatch) -> None:
    for password, salt in ((b"A", b"exercise"), ("ß".encode() * 99, b"")):
        assert pbkdf2_sha256(password, salt, 77) == hashlib.pbkdf2_hmac("sha256", password, salt, 77)
    name, hidden = seal("A", "an-exercise", [1, "Yes — ja."])
    monkeypatch.delattr(hashlib, "pbkdf2_hmac")  # as where Python runs in a browser
    assert unseal("A", "an-exercise", {name: hidden}) == [1, "Yes — ja."]
    assert unseal("B", "an-exercise", {name: hidden}) is None
    assert unseal("A", "another", {name: hidden}) is None
    assert ROUNDS >= 5000


@settings(max_examples=30, deadline=None)
@given(
    st.floats(-1e6, 1e6, allow_subnormal=False),
    st.sampled_from([1e-3, 0.5, 1.0, 20.0]),
    st.floats(-3, 3),
)
def test_the_tolerance_is_exact(answer: float, tolerance: float, steps: float) -> None:
    # So near to the limit, rounding decides.
    key = number_key("n", answer, tolerance, [])
    given_answer = answer + steps * tolerance
    off = abs(given_answer - answer) / tolerance
    if abs(off - 1) > 1e-6:
        assert judge(key, given_answer, NO_FACTS).correct == (off < 1)


def test_wrong_numbers_have_their_own_feedback_and_the_right_one_wins() -> None:
    key = number_key("n", 10, 1, [(12.5, "near"), (11.5, "within reach of both"), (0, "none")], unit="%")
    told = {value: judge(key, value, NO_FACTS).messages for value in (12.6, 0, 0.9, -1.1)}
    assert told[12.6] == ("near",) and told[0] == ("none",) and told[0.9] == ("none",)
    assert "within the tolerance" in told[-1.1][0]
    assert judge(key, 10.9, NO_FACTS).correct
    assert judge(key, "11.8 %", NO_FACTS).messages == ("within reach of both",)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("a", "right"), (" A ", "right"), (["A"], "right"), ("A)", "right"), ("B", "wrong"), ("D", "unread"),
        ("A, B", "unread"), (1, "unread"), (..., "untouched"), (None, "untouched"), ("", "untouched"),
    ],
)  # fmt: skip
def test_letters_are_read_as_people_write_them(answer: object, verdict: str) -> None:
    key = choice_key("c", "ABC", [(True, "yes"), (False, "no"), (False, "never")])
    assert judge(key, answer, NO_FACTS).verdict == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("A,C", "right"),
        ("ca", "right"),
        ({"C", "A"}, "right"),
        ("A", "partly"),
        ("AB", "wrong"),
        ("ABC", "wrong"),
    ],
)
def test_several_letters(answer: object, verdict: str) -> None:
    key = choice_key("c", "ABC", [(True, "yes"), (False, "no"), (True, "too")], several=True)
    assert judge(key, answer, NO_FACTS).verdict == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("3.5", "right"), ("3,5 %", "right"), ("+3.5e0", "right"), ("3.5 %", "right"), ("12,500", "unread"),
        ("0,125", "wrong"), ("nan", "unread"), (float("inf"), "unread"), (True, "unread"), ("3.5 mg", "unread"),
        (1e308, "wrong"), ([3.5], "unread"), ("−3.5", "wrong"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(answer: object, verdict: str) -> None:
    key = number_key("n", 3.5, 0.1, [], unit="%")
    assert judge(key, answer, NO_FACTS).verdict == verdict


def test_keys_survive_json_and_look_alike_for_every_answer() -> None:
    key = choice_key(
        "c", "ABC", [(True, "Yes, this one."), (False, "No."), (False, "Never, since " + "x" * 150)]
    )
    text = json.dumps(key.to_json())
    assert Key.from_json(json.loads(text)) == key
    for secret in ("Yes", "No.", "Never", "true", '"A"'):
        assert secret not in text
    assert len({len(hidden) for hidden in key.sealed.values()}) == 1
