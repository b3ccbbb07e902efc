"""Which names may be one person's (docs/ledger.md 14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.names import SHORT_FORMS, agree, same
from schemas.normal import folded

WORDS = st.sampled_from((*SHORT_FORMS, *sorted(set().union(*SHORT_FORMS.values())), "Jean", "Jeanne", "J.", "Ève", "–"))
NAMES = st.lists(WORDS, max_size=3).map(" ".join) | st.text(max_size=8)
WHOLE = st.tuples(NAMES, NAMES)


@given(WHOLE, WHOLE)
def test_whether_names_agree_does_not_depend_on_who_is_asked(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert agree(one, other) == agree(other, one)
    assert same(one, other) == same(other, one)
    assert agree(one, other) or not same(one, other)


@given(WHOLE)
def test_everybody_agrees_with_themselves_however_their_name_is_written(one: tuple[str, str]) -> None:
    first, last = one
    assert agree(one, one)
    assert agree(one, (folded(first), folded(last)))
    assert agree(one, (last, first))
    assert agree(one, ("", last))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Jean", "Morel"), ("Jean-Marc", "Morel")),
        (("M. Paul", "Morel"), ("Paul", "Morel")),
        (("Mme la Dr Claire", "Morel"), ("Claire", "Morel")),
        (("Monsieur Jean-Marc", "Morel"), ("M. Jean", "Morel")),
        (("M.-C.", "Morel"), ("Marie-Claude", "Morel")),
        (("M.-C.", "Morel"), ("Marie", "Morel")),
        (("M'hamed", "Morel"), ("Mohamed", "Morel")),
        (("M.", "Morel"), ("Marthe", "Morel")),
        (("Anne Marie", ""), ("Marie-Anne", "")),
        (("J.", "Morel"), ("Jeanne", "Morel")),
        (("ÉLÉONORE", ""), ("éléonore", "")),
        (("Fred", "Brun"), ("Frédérique", "Brun")),
        (("Frédéric", "Brun"), ("fred", "")),
        (("Chris", ""), ("Christelle", "")),
        (("Alex", ""), ("Alexia", "")),
        (("Nico", ""), ("Nicolas", "")),
        (("Max", ""), ("Maxence", "")),
        (("Manu", ""), ("Emmanuelle", "")),
        (("Jo", ""), ("Joëlle", "")),
        (("Cath", ""), ("Catherine", "")),
        (("Steph", ""), ("Stéphanie", "")),
        (("Ben", ""), ("Benoît", "")),
        (("Dom", ""), ("Dominique", "")),
        (("Sam", ""), ("Samira", "")),
        (("Morel", "Jean"), ("Jean", "Morel")),
        (("Dupont", "Jean"), ("Jean", "")),
        (("", "Morel"), ("Jeanne", "Morel")),
        (("Jeanne", "Morel"), ("", "")),
    ],
)
def test_these_may_be_one_person(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert agree(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Jean", "Morel"), ("Jeanne", "Morel")),
        (("M. Paul", "Morel"), ("Marc", "Morel")),
        (("Marc", "Morel"), ("M Paul", "Morel")),
        (("Mr. Paul", "Morel"), ("M. Karim", "Morel")),
        (("Mme Claire", "Morel"), ("Mme Anne", "Morel")),
        (("Louis", "Morel"), ("Louise", "Morel")),
        (("Michel", ""), ("Michelle", "")),
        (("Mar", ""), ("Marthe", "")),
        (("Fred", ""), ("Alex", "")),
        (("Frédéric", ""), ("Frédérique", "")),
        (("Marie", ""), ("Marion", "")),
        (("Boris", "Autre"), ("Anne", "Lien")),
        (("Boris", ""), ("Anne", "")),
        (("Boris", "Anne"), ("Anne", "Lien")),
        (("Jean Jean", ""), ("Jean-Marc", "")),
    ],
)
def test_these_are_two_people(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert not agree(one, other)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("Marthe", "Duval"), ("MARTHE", "duval"), True),
        (("Jean-Marc", "L’Haÿ"), ("jean marc", "l'hay"), True),
        (("Marthe", ""), ("Marthe", ""), False),
        (("M.", "Duval"), ("Marthe", "Duval"), False),
        (("Fred", "Brun"), ("Frédéric", "Brun"), False),
        (("Jean", "Morel"), ("Jean-Marc", "Morel"), False),
        (("Duval", "Marthe"), ("Marthe", "Duval"), False),
    ],
)
def test_of_several_only_the_very_name_counts(one: tuple[str, str], other: tuple[str, str], *, alike: bool) -> None:
    assert same(one, other) == alike


def test_a_short_form_is_folded_and_stands_for_names_that_are_not_short_forms_themselves() -> None:
    full = set().union(*SHORT_FORMS.values())
    assert all(name == folded(name) and " " not in name for name in (*SHORT_FORMS, *full))
    assert not full & SHORT_FORMS.keys()
    assert all(len(names) >= 1 for names in SHORT_FORMS.values())
