"""Phone numbers as people and tools write them: one number is one text, whoever wrote it and however."""

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from schemas import normal

REGIONS = (*normal.FRANCE, "BE", "CH", "LU", "MC", "CA", "US", "GB", "DE", "IT", "ES", "MA", "DZ", "SN")
WRITTEN = (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164)
BLANKS = (" ", "\u00a0", "\u202f", "\u2009", ".", "-", "")


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, phonenumbers.PhoneNumber]:
    """A region and a number that is valid there: the plan's own example with other digits at its end."""
    region = draw(st.sampled_from(REGIONS))
    kind = draw(st.sampled_from((PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)))
    example = phonenumbers.example_number_for_type(region, kind)
    assert example is not None
    assert example.country_code is not None
    assert example.national_number is not None
    tail = draw(st.integers(0, 999))
    number = phonenumbers.PhoneNumber(example.country_code, example.national_number // 1000 * 1000 + tail)
    number.italian_leading_zero = example.italian_leading_zero
    assume(phonenumbers.is_valid_number_for_region(number, region))
    return region, number


@given(numbers(), st.sampled_from(WRITTEN), st.sampled_from(BLANKS), st.sampled_from(("FR", "BE", "US")))
def test_a_number_is_the_same_in_every_spelling_of_its_country(
    found: tuple[str, phonenumbers.PhoneNumber], form: int, blank: str, hooks: str
) -> None:
    country, number = found
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    said = phonenumbers.format_number(number, form).replace(" ", blank)
    assert normal.phone(said, hooks, country) == e164
    assert normal.phone(e164, hooks) == e164
    assert normal.phone(e164.replace("+", "00"), hooks) == e164
    assert normal.unsigned_phone(e164.removeprefix("+")) == e164


@st.composite
def in_france(draw: st.DrawFn) -> str:
    """A number from somewhere in France, or nearly one, as it is dialled, or behind a code without its plus."""
    region, kind = draw(st.sampled_from(normal.FRANCE)), draw(st.sampled_from((0, 1, 3, 4)))
    example = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(region)
    assert example is not None
    kept = str(example.national_number)[: draw(st.integers(2, 9))]
    tail = draw(st.text("0123456789", min_size=len(str(example.national_number)) - len(kept), max_size=9))
    digits = kept + tail[: len(str(example.national_number)) - len(kept)]
    return draw(st.sampled_from(("0", "", str(example.country_code), f"{example.country_code}0"))) + digits


@given(in_france(), st.sampled_from(normal.FRANCE))
def test_of_the_plans_of_france_the_first_for_which_a_number_is_valid_has_it(said: str, region: str) -> None:
    found = (_by(said, plan) for plan in (region, *normal.FRANCE))
    first = next((number for number in found if number and phonenumbers.is_valid_number(number)), None)
    assume(first is not None)
    assert first is not None
    assume(len(set(str(first.national_number))) > 1)  # of one digit it is nobody's
    assert normal.phone(said, region) == phonenumbers.format_number(first, PhoneNumberFormat.E164)


def _by(said: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(said, region)
    except phonenumbers.NumberParseException:
        return None


@given(st.text("0123456789+() .-\u00a0\u202f\u2009/", max_size=24), st.sampled_from(REGIONS), st.sampled_from(REGIONS))
def test_whatever_is_read_is_read_the_same_again(text: str, region: str, other: str) -> None:
    read = normal.phone(text, region)
    if read is not None:
        assert normal.phone(read, region) == normal.phone(read, other) == read


@pytest.mark.parametrize(
    ("said", "region", "country", "read"),
    [
        ("06 39 98 01 42", "FR", "", "+33639980142"),
        ("06 39 98 01 42", "RE", "", "+33639980142"),
        ("06 39 98 01 42", "FR", "GP", "+33639980142"),
        ("06\u202f39\u202f98\u202f01\u202f42", "FR", "", "+33639980142"),
        ("06\u200939\u200998\u200901\u200942", "FR", "", "+33639980142"),
        ("0033 6 39 98 01 42", "FR", "", "+33639980142"),
        ("0033 6 39 98 01 42", "US", "", "+33639980142"),
        ("+33 (0)6 39 98 01 42", "FR", "", "+33639980142"),
        ("33639980142", "FR", "", "+33639980142"),
        ("tel:+33639980142", "FR", "", "+33639980142"),
        ("tel:06-39-98-01-42", "FR", "", "+33639980142"),
        ("0692 00 59 21", "FR", "", "+262692005921"),
        ("+262 (0)692 00 59 21", "FR", "", "+262692005921"),
        ("0262 00 59 21", "FR", "", "+262262005921"),
        ("0690 00 11 22", "FR", "", "+590690001122"),
        ("0696 11 22 33", "FR", "", "+596696112233"),
        ("0694 11 22 33", "FR", "", "+594694112233"),
        ("87 12 34 56", "FR", "", "+68987123456"),
        ("75 12 34", "FR", "NC", "+687751234"),
        ("0800 12 34 56", "FR", "RE", "+262800123456"),
        ("0470 00 59 21", "FR", "", "+33470005921"),
        ("0470 00 59 21", "FR", "BE", "+32470005921"),
        ("079 123 45 67", "FR", "CH", "+41791234567"),
        ("01 99 00 12 34", "FR", "US", "+33199001234"),
        ("0606060606", "FR", "", "+33606060606"),
        ("0123456789", "FR", "", "+33123456789"),
        ("0000000000", "FR", "", None),
        ("06 66 66 66 66", "FR", "", None),
        ("+33 6 66 66 66 66", "FR", "", None),
        ("9999999999", "US", "", None),
        ("06 39 98 01", "FR", "", None),
        ("06 39 98 01 42 (bureau)", "FR", "", None),
        ("06 39 98 01 42 / 06 39 98 01 43", "FR", "", None),
        ("", "FR", "", None),
    ],
)
def test_a_number_is_read_by_the_country_of_whoever_says_it(
    said: str, region: str, country: str, read: str | None
) -> None:
    assert normal.phone(said, region, country) == read


@pytest.mark.parametrize(
    ("digits", "read"),
    [("32470000015", "+32470000015"), ("0639980142", None), ("639980142", None), ("+32470000015", None), ("", None)],
)
def test_an_international_number_without_its_plus_is_one_only_where_it_is_valid(digits: str, read: str | None) -> None:
    assert normal.unsigned_phone(digits) == read


@given(numbers(), st.sampled_from(WRITTEN), st.text("+0 .-(", max_size=2), st.sampled_from(REGIONS))
def test_who_reads_a_number_counts_only_where_it_does_not_say_its_country(
    found: tuple[str, phonenumbers.PhoneNumber], form: int, before: str, region: str
) -> None:
    country, number = found
    text = before + phonenumbers.format_number(number, form)
    assert normal.phone(text, region, country) == normal.phone(f" {text}", region, country)
    assert normal.phone(text, region, region) == normal.phone(text, "", region) == normal.phone(text, region)


def test_a_number_is_read_once_where_the_country_is_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, valid = list[phonenumbers.PhoneNumber](), phonenumbers.is_valid_number

    def noted(number: phonenumbers.PhoneNumber) -> bool:
        asked.append(number)
        return valid(number)

    monkeypatch.setattr(phonenumbers, "is_valid_number", noted)
    one = normal.phone("04 74 00 31 42", "FR", "FR")
    times = len(asked)

    assert one == normal.phone("04 74 00 31 42", "FR") == "+33474003142"
    assert times == len(asked) > 0
