"""Numbers as people write them: what is certain, and that none ever becomes another one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mapping.compile import compile_hook
from bridge.model import Note, Value
from schemas.numbers import from_float, number
from tests.support.sample_hook import CATALOGUE, answer, hook, submission


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("12", "12"),
        ("12,5", "12.5"),
        ("12.50", "12.5"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        ("1 000", "1000"),
        ("1\u202f000", "1000"),
        ("1\u00a0000,500", "1000.5"),
        ("1'000", "1000"),
        ("1’000.50", "1000.5"),
        ("1.000,50", "1000.5"),
        ("1,000.50", "1000.5"),
        ("1.000.000", "1000000"),
        ("12,345,678", "12345678"),
        ("-3", "-3"),
        ("\u22123,5", "-3.5"),
        ("+7", "7"),
        ("-0,0", "0"),
        ("\u200b42\ufeff", "42"),
        ("999999999999999999", "999999999999999999"),
    ],
)
def test_a_number_is_read_by_its_form(said: str, digits: str) -> None:
    assert number(said) == digits


@pytest.mark.parametrize(
    "said",
    ["1,000", "1.000", "12,500", "-100.000", "1 00", "1,00,000", "01,000.5", "1 000 00", "1.000.50", "1,000,5", "1e3",
     "0x10", "1_000", "\u0663", "１２", "NaN", "Infinity", "-inf", "9" * 19, "1" * 400, "1.", ",5", "", "-", "12 €",
     "5%", "½", "2 à 3"],
)  # fmt: skip
def test_what_could_be_another_number_is_none(said: str) -> None:
    assert number(said) is None


@pytest.mark.parametrize(
    ("said", "digits"),
    [(1.0, "1"), (1000.0, "1000"), (12.125, "12.125"), (1e-7, "0.0000001"), (-2.5, "-2.5"), (1e15, "1000000000000000"),
     (float("nan"), None), (float("inf"), None), (1e22, None)],
)  # fmt: skip
def test_a_number_that_the_tool_sent_as_one_is_exact(said: float, digits: str | None) -> None:
    assert from_float(said) == digits


@given(
    st.integers(-(10**15), 10**15),
    st.text("0123456789", max_size=4),
    st.sampled_from([("", ","), ("", "."), (" ", ","), ("\u202f", "."), ("'", "."), (".", ","), (",", ".")]),
)
def test_a_number_is_read_back_or_not_at_all(whole: int, part: str, signs: tuple[str, str]) -> None:
    between, point = signs
    said = f"{whole:,}".replace(",", between) + (point + part if part else "")
    meant = f"{whole}.{part}".rstrip("0").rstrip(".")
    assert number(said) in (None, meant if meant != "-0" else "0")
    assert number(said) is not None or len(part) == 3 or between in ".,"


@given(st.text("0123456789.,' -+e\u202f٣", max_size=12))
def test_what_was_read_is_plain_and_stays(said: str) -> None:
    digits = number(said)
    if digits is not None:
        assert number(digits) in (digits, None)
        assert re.sub("[^0-9]", "", digits).strip("0") == re.sub("[^0-9]", "", said).strip("0")


@pytest.mark.parametrize(
    ("said", "sent"),
    [("1 000", "1000"), ("3,0", "3"), (3.0, "3"), (12, "12"), ("1,000", None),
     ("2,5", None), (2.5, None), ("1e3", None)],
)  # fmt: skip
def test_a_form_of_whole_numbers_gets_digits_or_a_note(said: Value, sent: str | None) -> None:
    mapper = compile_hook(hook("{from: Q, to: custom_fields.Enfants}"), CATALOGUE, "FR")
    made = mapper.changes(submission(answer("Q", said)))
    assert [change.values for change in made.wanted] == ([] if sent is None else [((8401, sent),)])
    assert made.notes == (() if sent else (Note("bad_value", "k_Q", 1),))
