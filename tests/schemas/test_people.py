"""Countries, genders and whole names: what is understood, and what is left alone because it would be a guess."""

from collections import Counter

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas.countries import country_code, country_name
from schemas.fields import reader, spoken
from schemas.names import split_name


def read(convert: str, value: object, field: str = "") -> object:
    return reader(convert, "FR", field=field).deserialize(value)


@pytest.mark.parametrize(
    ("said", "code", "name"),
    [
        ("France", "FR", "France"),
        ("  FRANCE ", "FR", "France"),
        ("fr", "FR", "France"),
        ("FRA", "FR", "France"),
        ("Belgium", "BE", "Belgique"),
        ("belgique", "BE", "Belgique"),
        ("DEU", "DE", "Allemagne"),
        ("Etats-Unis", "US", "États-Unis"),
        ("U.S.A.", "US", "États-Unis"),
        ("United States of America", "US", "États-Unis"),
        ("UK", "GB", "Royaume-Uni"),
        ("cote d'ivoire", "CI", "Côte d’Ivoire"),
        ("Burma", "MM", "Myanmar (Birmanie)"),
        ("République Tchèque", "CZ", "Tchéquie"),
        ("Guadeloupe", "GP", "Guadeloupe"),
        ("HKG", "HK", "Hong Kong"),
        ("XKX", "XK", "Kosovo"),
    ],
)
def test_a_country_is_known_by_name_and_code(said: str, code: str, name: str) -> None:
    assert read("country", said, "nationality") == code
    assert read("country", said, "address.country") == read("country", said, "birth_country") == name


@pytest.mark.parametrize(
    "said",
    ["Congo", "Bretagne", "française", "Europe", "EU", "ZZ", "Unknown Region", "001", "F", "?", "ANT", "SU",
     ("France", "Belgique"), {"country": "France"}, 250, True],
)  # fmt: skip
@pytest.mark.parametrize("field", ["nationality", "address.country"])
def test_what_is_no_one_country_is_refused(field: str, said: object) -> None:
    with pytest.raises(ValidationError) as refused:
        read("country", said, field)
    assert len(spoken(said)) < 4 or spoken(said) not in str(refused.value.messages)


NO_COUNTRIES = ("CQ", "EA", "EU", "EZ", "IC", "QO", "UN", "XA", "XB", "ZZ")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_country_is_read_back_by_each_of_its_names(language: str) -> None:
    names = Locale(language).territories
    known = {code: name for code, name in names.items() if len(code) == 2 and code not in NO_COUNTRIES}
    assert len(known) > 249
    assert {code: country_code(name) for code, name in known.items()} == {code: code for code in known}
    assert {code: country_code(country_name(code)) for code in known} == {code: code for code in known}


@pytest.mark.parametrize(
    ("said", "letter"),
    [
        ("F", "F"), ("Femme", "F"), ("féminin", "F"), ("MME.", "F"), ("Mademoiselle", "F"), ("female", "F"),
        ("M", "M"), ("M.", "M"), ("H", "M"), ("Un homme", "M"), ("Monsieur", "M"), ("Mr.", "M"), ("Male", "M"),
        ("O", "O"), ("Autre", "O"), ("Non-binaire", "O"), ("other", "O"),
    ],
)  # fmt: skip
def test_a_gender_is_the_letter_of_qomon(said: str, letter: str) -> None:
    assert read("gender", said, "gender") == letter


@pytest.mark.parametrize(
    "said", ["Ne souhaite pas répondre", "Mme / M.", "M. et Mme", "X", "Mx", "Dr", "1", True, ("F", "M"), "Zoé", "."]
)
def test_an_unsure_gender_is_refused(said: object) -> None:
    with pytest.raises(ValidationError):
        read("gender", said, "gender")


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("Zoé", "Zoé", ""),
        ("DUPONT", "DUPONT", ""),
        ("Zoé Lefèvre", "Zoé", "Lefèvre"),
        ("  zoé\u00a0 lefèvre ", "zoé", "lefèvre"),
        ("ZOÉ LEFÈVRE", "ZOÉ", "LEFÈVRE"),
        ("Jean-Pierre Martin", "Jean-Pierre", "Martin"),
        ("Maria Garcia Lopez", "Maria", "Garcia Lopez"),
        ("Jean Pierre Martin", "Jean", "Pierre Martin"),
        ("Charles de Gaulle", "Charles", "de Gaulle"),
        ("Anne Marie de la Tour", "Anne Marie", "de la Tour"),
        ("Jeanne d’Arc", "Jeanne", "d’Arc"),
        ("Marie Anne d'Orgeval", "Marie Anne", "d'Orgeval"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("Karl Maria von Weber", "Karl Maria", "von Weber"),
        ("Yann Le Goff", "Yann", "Le Goff"),
        ("Jean Pierre MARTIN", "Jean Pierre", "MARTIN"),
        ("MARTIN Jean Pierre", "Jean Pierre", "MARTIN"),
        ("LE GOFF Anne-Marie", "Anne-Marie", "LE GOFF"),
        ("Anne Marie de LA TOUR", "Anne Marie", "de LA TOUR"),
        ("de LA TOUR Anne Marie", "Anne Marie", "de LA TOUR"),
        ("d'ARTAGNAN Charles", "Charles", "d'ARTAGNAN"),
        ("Wei LI", "Wei", "LI"),
        ("Marie J. DUPONT", "Marie J.", "DUPONT"),
        ("Dupont, Marie", "Marie", "Dupont"),
        ("DUPONT MARTIN , Marie Anne", "Marie Anne", "DUPONT MARTIN"),
        ("Gaulle, Charles de", "Charles", "de Gaulle"),
        ("Mme Zoé Lefèvre", "Zoé", "Lefèvre"),
        ("M. Jean Pierre MARTIN", "Jean Pierre", "MARTIN"),
    ],
)
def test_a_whole_name_is_split(said: str, first: str, last: str) -> None:
    assert (read("split_name", said, "firstname"), read("split_name", said, "surname")) == (first, last)


@pytest.mark.parametrize(
    "said",
    ["Mme Dupont", "Madame", "M.", "Le Goff Anne", "de Gaulle", "JP Dupont", "Jean DUPONT Marie", "DUPONT Marie LEROY",
     "Marie et Jean Dupont", "Marie Dupont née Martin", "Dupont, Marie, Anne", "Dupont,", ", Marie", "zoe@example.org",
     "Zoé (Lefèvre)", "06 39 98 01 42", ("Zoé", "Lefèvre"), {"first": "Zoé", "last": "Lefèvre"}],
)  # fmt: skip
def test_a_name_that_would_be_a_guess_is_refused(said: object) -> None:
    for field in ("firstname", "surname"):
        with pytest.raises(ValidationError) as refused:
            read("split_name", said, field)
        assert "Dupont" not in str(refused.value.messages)


WORDS = st.sampled_from(
    ["Zoé", "anne", "DUPONT", "de", "LE", "d’Arc", "J.", "von", "Li", "LI", "Mme", "Dupont,", ",", "née"]
)


@given(st.lists(WORDS, max_size=6).map(" ".join))
def test_a_split_name_loses_adds_and_changes_no_word(said: str) -> None:
    try:
        first, last = split_name(said)
    except ValueError:
        return
    words = Counter(said.replace(",", " ").split())
    words.subtract(f"{first} {last}".split())
    assert +words in (Counter(), Counter(["Mme"]))
    assert -words == Counter()
    assert first or not said.split()
