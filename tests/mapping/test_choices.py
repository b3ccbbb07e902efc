"""Which of a form's choices an answer means: never two, never one without a value, and what is none is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.hooks.check import check
from bridge.mapping.compile import compile_hook
from bridge.model import Answer, Changes, Question
from bridge.operations.authoring.drift import unknown_choices
from bridge.operations.authoring.questions import gather
from bridge.operations.authoring.suggest import suggest
from bridge.qomon.catalogue import Catalogue, read_catalogue
from tests.support.sample_hook import CATALOGUE, answer, hook, submission
from tests.support.whole_bridge import NOW


def form(*refs: tuple[Any, Any], kind: str = "radio") -> Catalogue:
    listed = [{"id": 10 + at, "label": label, "value": value} for at, (label, value) in enumerate(refs)]
    return read_catalogue({"custom_fields": [{"id": 1, "label": "F", "type": kind, "refvalues": listed}]})


def mapped(catalogue: Catalogue, said: Any, rule: str = "{from: Q, to: custom_fields.F}") -> Changes:
    return compile_hook(hook(rule), catalogue, "FR").changes(submission(answer("Q", said)))


def sent(made: Changes) -> list[Any]:
    return [value for change in made.wanted for value in change.values]


@pytest.mark.parametrize("value", [None, "", " ", "\u200b"])
@pytest.mark.parametrize("rule", ["", ", otherwise: skip", ", values: {Peut-être: Peut-être}"])
def test_a_choice_without_value_is_held_never_emptied(value: object, rule: str) -> None:
    catalogue = form(("Oui", "yes"), ("Peut-être", value))
    rule = f"{{from: Q, to: custom_fields.F{rule}}}"
    made = mapped(catalogue, "peut-etre", rule)

    assert (sent(made), made.hold, made.answers[0].status) == ([], "unknown_choice", "held")
    assert made.answers[0].outside == ("peut-etre",)
    assert ("values" in rule) == any("has no value in Qomon" in fault for fault in check(hook(rule), catalogue))


def test_a_choice_whose_catalogue_lacks_the_key_is_the_same() -> None:
    listed = [{"id": 10, "label": "Oui"}]
    made = mapped(read_catalogue({"survey": [{"id": 1, "label": "F", "type": "checkbox", "refvalues": listed}]}), "Oui",
                  "{from: Q, to: formdatas.F}")  # fmt: skip
    assert (sent(made), made.hold) == ([], "unknown_choice")


@pytest.mark.parametrize(
    ("said", "found"),
    [("1", None), ("2", None), ("yes", (12, "yes")),
     ("YES\u200b", (12, "yes")),
     ("Ou\u00adi", (12, "yes")), ("oui", (12, "yes")),
     ("—", None)],
)  # fmt: skip
def test_a_label_that_is_anothers_value_is_no_guess(said: str, found: object) -> None:
    catalogue = form(("1", "2"), ("2", "1"), ("Oui", "yes"), ("-", None))
    made = mapped(catalogue, said)
    assert (sent(made), made.hold) == (([found], None) if found else ([], "unknown_choice"))


def test_what_the_hook_says_is_a_value_first() -> None:
    catalogue = form(("1", "2"), ("2", "1"))
    rule = "{from: Q, to: custom_fields.F, values: {Un: 1}}"
    assert check(hook(rule), catalogue) == []
    assert sent(mapped(catalogue, "un", rule)) == [(11, "1")]


TEXTS = st.sampled_from(["", "1", "2", "oui", "Oui", "OUI\u200b", "Été", "ete", " ", "-", None])


@given(
    st.lists(st.tuples(TEXTS, TEXTS), max_size=5), st.lists(TEXTS, max_size=3), st.sampled_from(["radio", "checkbox"])
)
def test_what_is_sent_is_a_value_of_one_choice_that_was_said(refs: list[Any], said: list[Any], kind: str) -> None:
    catalogue = form(*refs, kind=kind)
    made = mapped(catalogue, tuple(text or "" for text in said))
    choices = {choice.id: choice for choice in catalogue.forms[1].choices}
    assert all(value == (value[0], choices[value[0]].value) and value[1].strip() for value in sent(made))
    assert bool(made.answers[0].outside) == (made.hold is not None) or made.answers[0].status == "invalid"


def test_every_text_that_is_no_choice_is_named() -> None:
    made = compile_hook(hook('{from: "Aide ?", to: custom_fields.Disponibilités}'), CATALOGUE, "FR").changes(
        submission(answer("Aide ?", ("door", "Danser", "Autre", "Chanter")))
    )
    assert made.answers[0].outside == ("Danser", "Autre", "Chanter")


def asked(*offered: str) -> tuple[Question, ...]:
    said = Answer("k", "Disponibilités", "choices", (), offered=offered)
    return gather([(NOW, submission(said))])


def test_a_check_names_what_is_offered_and_no_choice() -> None:
    made = hook("{from: Disponibilités, to: custom_fields.Disponibilités}")
    told = unknown_choices(made, asked("Tractage", "Danser"), CATALOGUE)
    assert [(one.code, one.subject, one.detail, one.rules) for one in told] == [
        ("choice_unknown", "Disponibilités", "Danser", (1,))
    ]
    tabled = hook("{from: Disponibilités, to: custom_fields.Disponibilités, values: {Danser: door}}")
    assert unknown_choices(tabled, asked("Danser"), CATALOGUE) == []


def test_a_suggestion_names_what_is_no_choice() -> None:
    (found,) = suggest(asked("Tractage", "Porte-à-porte", "Danser"), CATALOGUE, "FR")
    assert (found.values, found.outside) == ({"Tractage": "leaflets", "Porte-à-porte": "door"}, ("Danser",))
