"""Days: the form that the hook says, ISO, what is certain; and what is nobody's."""

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mapping.compile import compile_hook
from bridge.model import Answer, Note
from schemas.dates import Days, date_pattern, is_written, iso_day
from tests.support.sample_hook import CATALOGUE, answer, hook, submission
from tests.support.whole_bridge import NOW

PARIS = ZoneInfo("Europe/Paris")
ZONES = st.sampled_from(["Europe/Paris", "Indian/Reunion", "America/Martinique", "Pacific/Noumea", "Asia/Beirut",
                         "America/Sao_Paulo", "Asia/Kolkata", "UTC"]).map(ZoneInfo)  # fmt: skip
BORN = st.dates(date(1900, 1, 1), NOW.date())


def day(
    text: str, form: str = "DD/MM/YYYY", *, typed: bool = False, birth: bool = True, at: datetime = NOW
) -> str | None:
    try:
        return Days(date_pattern(form), PARIS, birth).read(text, at, typed=typed).isoformat()
    except ValueError:
        return None


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("05/07/1986", "1986-07-05"),
        ("1986-07-05", "1986-07-05"),
        ("1986-07-05T00:00:00", "1986-07-05"),
        ("1986-07-05 00:00:00 +0200", "1986-07-05"),
        ("25/07/1986", "1986-07-25"),
        ("1986/07/25", "1986-07-25"),
        ("14 mars 1990", "1990-03-14"),
        ("March 14, 1990", "1990-03-14"),
        ("1er août 1990", "1990-08-01"),
        ("\u200e05/07/1986\u200b", "1986-07-05"),
        ("07/25/1986", "1986-07-25"),
        ("31/02/1986", None),
        ("1986-02-31", None),
        ("29/02/1900", None),
        ("1986-07-05T25:00:00Z", None),
        ("05/11/0017", None),
        ("0001-01-01T00:00:00Z", None),
        ("31/12/1899", None),
        ("23/11/2026", None),
        ("22/11/2026", "2026-11-22"),
        ("05/07/2031", None),
        ("05/07/86", None),
        ("vers 1986", None),
        ("1986", None),
        ("520905600000", None),
        ("", None),
    ],
)
def test_a_birth_date_is_read_for_certain_or_not_at_all(said: str, read: str | None, typed: bool) -> None:  # noqa: FBT001
    assert day(said, typed=typed) == read


def test_the_form_of_the_hook_wins_over_the_type_of_the_tool_but_not_over_iso() -> None:
    assert day("05/07/1986", "MM/DD/YYYY", typed=True) == "1986-05-07"
    assert day("1986-12-03", "YYYY-DD-MM", typed=True) == "1986-12-03"
    assert day("1986-12-03", "YYYY-DD-MM") == "1986-03-12"


@pytest.mark.parametrize(
    ("said", "birth", "other"),
    [
        ("05/07/28", "1928-07-05", "2028-07-05"),
        ("05/07/26", "2026-07-05", "2026-07-05"),
        ("05/12/26", "1926-12-05", "2026-12-05"),
        ("05/07/27", "1927-07-05", "2027-07-05"),
        ("05/07/46", "1946-07-05", "2046-07-05"),
        ("05/07/47", "1947-07-05", "1947-07-05"),
        ("05/07/00", "2000-07-05", "2000-07-05"),
        ("29/02/00", "2000-02-29", "2000-02-29"),
        ("29/02/28", "1928-02-29", "2028-02-29"),
        ("29/02/26", None, None),
        ("05/07/1928", "1928-07-05", "1928-07-05"),
    ],
)
def test_a_year_of_two_digits_is_read_by_the_submission(said: str, birth: str | None, other: str | None) -> None:
    assert (day(said, "DD/MM/YY"), day(said, "DD/MM/YY", birth=False)) == (birth, other)


def test_a_year_of_two_digits_is_not_read_where_nobody_knows_when_it_was_said() -> None:
    with pytest.raises(ValueError, match="certain"):
        Days(date_pattern("DD/MM/YY")).read("05/07/28", None)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("1986-07-04T22:00:00.000Z", "1986-07-05"),
        ("1986-07-04T22:00:00Z", "1986-07-05"),
        ("1986-07-04 22:00:00 UTC", "1986-07-05"),
        ("1986-01-04T23:00:00.000+0000", "1986-01-05"),
        ("1986-07-04T18:00:00-04:00", "1986-07-05"),
        ("1970-07-04T23:00:00Z", "1970-07-05"),
        ("1943-07-04T22:00:00Z", "1943-07-05"),
        ("1905-03-02T23:50:39Z", "1905-03-03"),
        ("1986-07-05T00:00:00Z", "1986-07-05"),
        ("1986-07-05T00:00:00+02:00", "1986-07-05"),
        ("1986-07-05T00:00:00-10:00", "1986-07-05"),
        ("1986-07-04T22:00:00", "1986-07-04"),
        ("1986-07-04T22:00:01Z", "1986-07-04"),
        ("1986-07-04T22:00:00.001Z", "1986-07-04"),
        ("1986-07-04T23:59:59+02:00", "1986-07-04"),
    ],
)
def test_an_instant_that_is_midnight_in_paris_is_that_day(said: str, read: str) -> None:
    assert day(said, typed=True) == day(said) == read


@given(BORN, ZONES, st.sampled_from([timedelta(), timedelta(hours=-4), timedelta(hours=5, minutes=30)]))
def test_no_day_becomes_another_whatever_the_zone(born: date, zone: ZoneInfo, offset: timedelta) -> None:
    written = datetime.combine(born, time(), zone).astimezone(timezone(offset)).isoformat()
    assert iso_day(born.isoformat(), zone) == born
    assert iso_day(f"{born.isoformat()}T00:00:00Z", zone) == born
    assert iso_day(written, zone) in (born, date.fromisoformat(written[:10]))
    assert iso_day(written, zone) == born or "T00:00:00" in written


@given(
    BORN, st.sampled_from(["DD/MM/YYYY", "MM/DD/YYYY", "YYYY-MM-DD", "YYYY-DD-MM", "DDMMYYYY", "DD.MM.YY", "YYMMDD"])
)
def test_a_day_written_in_a_form_is_read_back_by_it(born: date, form: str) -> None:
    said = form
    for token, part in (("YYYY", f"{born:%Y}"), ("YY", f"{born:%y}"), ("MM", f"{born:%m}"), ("DD", f"{born:%d}")):
        said = said.replace(token, part)
    read = day(said, form)
    assert read is not None
    assert read[5:] == born.isoformat()[5:]
    assert read == born.isoformat() or "YYYY" not in form
    assert is_written(said, form) or "YYYY" not in form


@given(st.text("0123456789/-.: TZmars", max_size=24), st.booleans())
def test_whatever_is_said_a_birth_date_is_somebodys(said: str, typed: bool) -> None:  # noqa: FBT001
    read = day(said, typed=typed)
    assert read is None or "1900-01-01" <= read <= "2026-11-22"


def test_a_date_form_of_qomon_takes_days_to_come_and_a_birth_date_none() -> None:
    said = submission(Answer("k", "Q", "date", "05/07/2031"), answer("R", "05/07/28"))
    form = "as: {date: DD/MM/YYYY}"
    made = compile_hook(
        hook(f"{{from: Q, to: custom_fields.850, {form}}}", f"{{from: Q, to: birthdate, {form}}}",
             "{from: R, to: birthdate, as: {date: DD/MM/YY}, when: {kind: test}}"),
        CATALOGUE, "FR",
    ).changes(said, NOW)  # fmt: skip
    assert [change.values for change in made.wanted] == [((8501, "2031-07-05T00:00:00.000Z"),)]
    assert made.notes == (Note("bad_value", "k", 2),)
