"""Laws of the mapping over generated hooks and submissions, and what one event costs."""

import time
from contextlib import suppress
from itertools import count
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import Faults
from bridge.hooks.registry import Hook
from bridge.mapping.compile import compile_hook, passes, who_is_it
from bridge.model import Answer, AnswerType, Changes, Submission
from schemas.codes import Kind
from tests.support.sample_hook import CATALOGUE, hook

SOURCES = ("Nom", "Né·e le", "Aide ?", "Place.y", "a")
STATUSES = {"mapped", "unmapped", "not_sent", "empty", "invalid", "held"}
CHANGES = ["", "", "change: clear", "change: fill", "change: replace", "change: remove"]
TABLES = [
    "",
    "values: {oui: door, Non: nothing, Autre: host}",
    "values: {oui: zz, door: leaflets, true: consent_email}",
]
SKIP = ["", "otherwise: skip"]
WAYS: dict[str, tuple[list[str], ...]] = {
    "custom_fields.Disponibilités": (["door", "Tractage", "Autre", "oui", "non"], CHANGES, TABLES, SKIP),
    "formdatas.Consentement": (["E-mail", "consent_sms", "oui", "true"], CHANGES, TABLES, SKIP, ["", "as: bool"]),
    "formdatas.Soutien": (["supporter", "REFUS", "oui"], CHANGES, ["", "values: {oui: supporter, Autre: nothing}"]),
    "custom_fields.Métier": (["Soudeuse", "oui", "3"], CHANGES, ["", "as: bool", "as: number", "values: {oui: non}"]),
    "custom_fields.Enfants": (["3", "12,5"], CHANGES),
    "tags": (["oui", "door"], CHANGES, TABLES),
    "black_list": (["oui", "Non"], ["", "values: {oui: true, Non: nothing}"]),
    "birthdate": (["03/02/1990", "31/02/1990", "1990-01-02"], CHANGES, ["as: {date: DD/MM/YYYY}", ""]),
    "mail": (["zoe@example.org"], CHANGES),
    "mobile": (["06 39 98 01 42", "abc"], CHANGES),
    "address.postalcode": (["01000"], CHANGES),
    "address.country": (["FRA", "belgium", "Atlantide"], CHANGES, ["as: country", ""]),
    "gender": (["Madame", "M.", "oui"], CHANGES, ["as: gender", "values: {oui: F}"]),
    "[firstname, surname]": (["Zoé", "LE GOFF Anne", "M. et Mme Dupont"], CHANGES, ["as: split_name"]),
    **{to: (["x"],) for to in ("id", "nothing", "custom_fields.Double", "custom_fields.Carte", "custom_fields.Rien")},
}
"""For each target: what people say that may fit it, then what a rule may say of it, one of each list."""
TEXTS = st.one_of(st.sampled_from(["", " ", "\x00", "oui"]), st.text(max_size=8))
VALUES = st.one_of(
    TEXTS,
    st.lists(TEXTS, max_size=3).map(tuple),
    st.none() | st.booleans() | st.integers() | st.floats(),
    st.dictionaries(st.sampled_from(["city", "y"]), TEXTS, max_size=2),
)
Case = tuple[Hook, Submission]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A hook and an event of its form; a rule that the file's own checks refuse beside the others is left out."""
    kept, answers = ["{value: x, to: tags}"], []
    made = hook(*kept)
    for at in range(draw(st.integers(1, 5))):
        to = draw(st.sampled_from(list(WAYS)))
        source = draw(st.sampled_from([SOURCES[at]] * 9 + ["nom"]))
        with suppress(Faults):
            rule = draw(rules(source, to))
            made = hook(*kept, rule)
            kept.append(rule)
            answers += draw(asked(f"q{at}", source, WAYS[to][0]))
    kind = draw(st.sampled_from(["submitted"] * 8 + list(get_args(Kind))))
    typed = draw(st.dictionaries(st.sampled_from(["mail", "mobile", "id"]), TEXTS, max_size=2))
    return made, Submission("event", None, kind, tuple(answers), typed)


@st.composite
def rules(draw: st.DrawFn, source: str, to: str) -> str:
    said = [draw(st.sampled_from(row)) for row in WAYS[to][1:]]
    when = draw(st.sampled_from([""] * 9 + ["when: {kind: [unsubscribed, test]}"]))
    return (
        "{"
        + ", ".join(
            part for part in (f'from: "{source}"', f"to: {to}" if to[0] == "[" else f'to: "{to}"', *said, when) if part
        )
        + "}"
    )


@st.composite
def asked(draw: st.DrawFn, key: str, source: str, fitting: list[str]) -> list[Answer]:
    """The question that a rule names, mostly once, mostly with an answer that may fit."""
    fits = st.sampled_from(fitting)
    value = st.one_of(fits, fits, fits, st.lists(fits, min_size=1, max_size=2, unique=True).map(tuple), VALUES)
    types = st.sampled_from(get_args(AnswerType))
    times = draw(st.sampled_from([1] * 8 + [0, 2]))
    return [Answer(f"{key}{n}", source, draw(types), draw(value), (source,)) for n in range(times)]


def mapped(said: Hook, event: Submission) -> Changes:
    return compile_hook(said, CATALOGUE, "FR").changes(event)


@given(cases())
def test_every_answer_and_every_rule_is_told_with_a_known_status(case: Case) -> None:
    said, event = case
    made = mapped(said, event)
    told = [(line.key, line.label) for line in made.answers]
    assert list(dict.fromkeys(told)) == list(dict.fromkeys((answer.key, answer.label) for answer in event.answers))
    assert {line.status for line in made.answers} <= STATUSES
    assert set(made.rules) == {rule.number for rule in said.rules}
    assert {note.code for note in made.notes} <= {"bad_value", "not_a_choice"}
    assert made.hold in (None, "unknown_field", "unknown_choice")


@given(cases())
def test_only_what_a_rule_names_and_the_catalogue_places_is_wanted(case: Case) -> None:
    said, event = case
    by_number = {(rule.number, rule.to): rule for rule in said.rules}
    for change in mapped(said, event).wanted:
        places = ((change.rule, name) for name in (change.target.field, change.target.name))
        rule, form = (
            next(by_number[place] for place in places if place in by_number),
            CATALOGUE.forms.get(change.target.form_id or 0),
        )
        assert event.kind in rule.runs
        assert change.values or (change.op, rule.change) == ("clear", "clear")
        assert rule.to != "black_list" or change.values == (True,)
        assert not change.target.consent or change.op in ("add", "remove")
        if form is not None:
            refs = {value[0] for value in change.values if isinstance(value, tuple)}
            assert refs <= {choice.id for choice in form.choices}


@given(cases())
def test_what_is_held_says_why_and_nothing_is_dropped_in_silence(case: Case) -> None:
    said, event = case
    made = mapped(said, event)
    held = any(line.status == "held" for line in made.answers)
    assert not held or made.hold is not None
    noted = {note.answer for note in made.notes}
    assert all(line.key in noted for line in made.answers if line.status == "invalid")
    wanted = {(change.answer, change.target.name) for change in made.wanted}
    assert all((line.key, line.to) in wanted for line in made.answers if line.status == "mapped")


@given(cases())
def test_the_same_event_maps_the_same_and_who_never_raises(case: Case) -> None:
    said, event = case
    mapper = compile_hook(said, CATALOGUE, "FR")
    assert mapper.changes(event) == mapper.changes(event)
    assert set(who_is_it(said, event).identities) <= {"id", "mail", "mobile", "phone"}
    assert passes(said, event)


def test_twelve_answers_are_mapped_in_less_than_a_millisecond() -> None:
    numbers = count(1)
    targets = ["firstname", "surname", "mobile", "phone", "birthdate", "address.city", "tags", "nothing"]
    targets += [f"custom_fields.{label}" for label in ("Disponibilités", "Métier", "Enfants")]
    lines = [f"{{from: Q{next(numbers)}, to: {to}}}" for to in ("mail", *targets)]
    texts = ["zoe@example.org", "Zoé", "Lefèvre", "06 39 98 01 42", "01 99 00 01 42", "1990-01-02", "Quimper", "a"]
    texts += ["rien", "Porte-à-porte", "Soudeuse", "3"]
    answers = tuple(Answer(f"q{at}", f"Q{at}", "text", text) for at, text in enumerate(texts, 1))
    mapper = compile_hook(hook(*lines), CATALOGUE, "FR")
    event = Submission("event", None, "submitted", answers)
    assert len(mapper.changes(event).wanted) == 11
    spent = []
    for _ in range(20):
        before = time.process_time()
        for _ in range(10):
            mapper.changes(event)
        spent.append((time.process_time() - before) / 10)
    assert min(spent) < 0.001
