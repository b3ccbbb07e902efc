"""What a tool means by what it sends: days in the form of a site, tests, moved bookings, withdrawals in disguise."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.normal import certain_day


@given(day=st.dates(min_value=date(1900, 1, 1)), between=st.sampled_from("/.- "), order=st.sampled_from(["DM", "MD"]))
def test_a_day_in_numbers_is_read_only_if_it_is_the_same_both_ways_round(day: date, between: str, order: str) -> None:
    first, second = (day.day, day.month) if order == "DM" else (day.month, day.day)
    sure = day.day > 12 or day.day == day.month
    assert certain_day(f"{first:02}{between}{second}{between}{day.year}") == (day if sure else None)
    assert certain_day(f"{day.year}{between}{day.month}{between}{day.day:02}") == day


@given(said=st.text(alphabet="0123456789/.- ,abcdefjuilletmarsé", max_size=20))
def test_any_text_is_a_day_or_none(said: str) -> None:
    found = certain_day(said)
    assert found is None or str(found.year) in said


@pytest.mark.parametrize("said", ["5 juillet", "5 juillet 86", "5 6 juillet 1986", "5 julliet 1986", "le 5", ""])
def test_words_without_one_day_month_and_year_are_no_day(said: str) -> None:
    assert certain_day(said) is None
