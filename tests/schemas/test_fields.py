"""What each `as` makes of an answer, and what it refuses."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas.dates import date_pattern
from schemas.fields import CONVERSIONS, Each, SaidAt, Text, Typed, reader, spoken
from schemas.normal import midnight
from tests.support.whole_bridge import NOW


def read(convert: str, value: object, form: str | None = None, *, whole: bool = False, field: str = "") -> object:
    return reader(convert, "FR", form, whole=whole, field=field).deserialize(value)


@pytest.mark.parametrize(
    ("convert", "value", "expected"),
    [
        ("name", "  Zoe\u0301 ", "Zoé"),
        ("name", "LE GOFF-d'Arc", "LE GOFF-d'Arc"),
        ("text", "un\x00 deux\n", "un deux"),
        ("text", ("Coller", "", "Tracter"), "Coller, Tracter"),
        ("text", {"street": "2, rue Basse", "extra": "", "city": "Quimper"}, "2, rue Basse, Quimper"),
        ("text", 1000, "1000"),
        ("mail", " Zoe.Lefevre@Example.org ", "Zoe.Lefevre@Example.org"),
        ("mail", "mailto:zoe@example.org", "zoe@example.org"),
        ("phone", "06 39 98 01 42", "+33639980142"),
        ("phone", 33639980142, "+33639980142"),
        ("number", "12", "12"),
        ("number", "1 234 567,50", "1234567.5"),
        ("number", "1\u202f234", "1234"),
        ("number", 12.0, "12"),
        ("number", "-3", "-3"),
        ("number", "007", "7"),
        ("number", "1.234,5", "1234.5"),
        ("bool", "Oui", True),
        ("bool", "on", True),
        ("bool", 1, True),
        ("bool", False, False),
        ("bool", "FAUX", False),
        ("date", "1988-02-29", "1988-02-29T00:00:00.000Z"),
        ("date", "1988-02-29T23:30:00+02:00", "1988-02-29T00:00:00.000Z"),
        ("date", "2025-11-03T18:42:07.512Z", "2025-11-03T00:00:00.000Z"),
    ],
)
def test_an_answer_is_sent_as(convert: str, value: object, expected: object) -> None:
    assert read(convert, value) == expected


@pytest.mark.parametrize(
    ("convert", "value"),
    [
        ("mail", "zoe at example.org"),
        ("mail", ("zoe@example.org", "ada@example.org")),
        ("phone", "06 39 AB 01 42"),
        ("phone", "12"),
        ("number", "douze"),
        ("number", "06 39"),
        ("number", float("nan")),
        ("bool", "peut-être"),
        ("date", "31/02/1990"),
        ("date", "1990-02-31"),
        ("date", "03/04/1990"),
    ],
)
def test_an_answer_of_another_kind_is_refused_and_not_repeated(convert: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        read(convert, value)
    assert spoken(value) not in str(refused.value.messages)


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("DD/MM/YYYY", "29/02/1988", "1988-02-29"),
        ("DD/MM/YYYY", "3.4.1990", "1990-04-03"),
        ("DD MM YY", "03-04-60", "1960-04-03"),
        ("DD MM YY", "03-04-1945", "1945-04-03"),
        ("DD MM YY", "03-04-07", "2007-04-03"),
        ("MM-DD-YYYY", "04/03/1990", "1990-04-03"),
        ("DDMMYYYY", "03041990", "1990-04-03"),
        ("YYYY.MM.DD", "1990-4-3", "1990-04-03"),
        ("DD/MM/YYYY", "1990-02-03", "1990-02-03"),
        ("DD/MM/YYYY", "14 mars 1990", "1990-03-14"),
        ("MM/DD/YYYY", "31/01/1990", "1990-01-31"),
    ],
)
def test_a_date_is_read_in_the_form_that_the_hook_says_else_if_it_is_certain(
    form: str, text: str, expected: str
) -> None:
    with SaidAt(NOW):
        assert read("date", text, form) == midnight(date.fromisoformat(expected))


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("DD/MM/YYYY", "31/02/1990"),
        ("MM/DD/YYYY", "31/02/1990"),
        ("DD/MM/YYYY", "05/11/0017"),
        ("DD/MM/YYYY", "03/04/60"),
        ("DD/MM/YYYY", "1990-02-30"),
        ("DDMMYYYY", "3041990"),
    ],
)
def test_a_date_that_is_not_in_the_form_or_does_not_exist_is_refused(form: str, text: str) -> None:
    with pytest.raises(ValidationError):
        read("date", text, form)


def test_a_day_that_the_tool_wrote_is_iso_whatever_the_form() -> None:
    assert read("date", Typed("1990-12-03"), "YYYY-DD-MM") == "1990-12-03T00:00:00.000Z"
    assert read("date", "1990-12-03", "YYYY-DD-MM") == "1990-03-12T00:00:00.000Z"


@pytest.mark.parametrize("form", ["DD/MM", "DD/MM/YYYY YY", "jj/mm/aaaa", "DD/MM/YYYY à", "", "DD/DD/YYYY"])
def test_a_form_without_one_day_month_and_year_is_none(form: str) -> None:
    assert date_pattern(form) is None


def test_whole_numbers_refuse_decimals() -> None:
    assert read("number", "12,0", whole=True) == "12"
    with pytest.raises(ValidationError):
        read("number", "12,5", whole=True)


def test_each_text_of_an_answer_is_read_and_empty_ones_go() -> None:
    assert Each(Text()).deserialize((" a ", "", "b")) == ("a", "b")


def test_every_conversion_has_a_reader() -> None:
    for convert in CONVERSIONS:
        assert reader(convert, "FR")


@given(st.dates(date(1000, 1, 1)))
def test_every_day_of_the_calendar_is_read_back(day: date) -> None:
    written = f"{day.day:02}/{day.month:02}/{day.year:04}"
    assert read("date", written, "DD/MM/YYYY") == midnight(day)
    assert read("date", day.isoformat()) == midnight(day)


@given(
    st.sampled_from(sorted(CONVERSIONS)),
    st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.tuples(st.text(), st.text())),
)
def test_no_answer_breaks_a_reader(convert: str, value: object) -> None:
    """Read again, what is sent is the same. Dates are sent in another form, and half a name is no whole one."""
    with suppress(ValidationError):
        sent = read(convert, value, "DD/MM/YYYY" if convert == "date" else None)
        assert convert in ("date", "split_name") or read(convert, sent) == sent
