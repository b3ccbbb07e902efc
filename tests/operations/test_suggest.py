"""Suggestions against a labelled set. The numbers: `pytest -s tests/operations/test_suggest.py -k numbers`."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from time import process_time
from typing import cast
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app import create_app
from bridge.hooks.check import check
from bridge.hooks.registry import parse
from bridge.model import AnswerType, Delivery, Question, Value
from bridge.operations.authoring import drafts
from bridge.operations.authoring.proposal import Suggestion, plain, rule
from bridge.operations.authoring.questions import gather
from bridge.operations.authoring.suggest import suggest
from bridge.qomon.catalogue import read_catalogue
from bridge.qomon.sandbox.forms import FORMS
from bridge.sources import SOURCES
from schemas.words import SOMEBODY_ELSE
from tests.support.whole_bridge import NOW, PAYLOADS

CATALOGUE = read_catalogue(FORMS)
LINES = Path(__file__).with_name("labelled.txt").read_text(encoding="utf-8").splitlines()


def question(
    label: str, type_: AnswerType = "text", offered: tuple[str, ...] = (), said: tuple[Value, ...] = (), key: str = "q1"
) -> Question:
    return Question(key, label, type_, offered, said, 1, NOW, NOW)


def labelled() -> list[tuple[set[str], Question]]:
    found = []
    for line in LINES:
        if not line.startswith("#"):
            to, kind, label, *lists = (part.strip() for part in line.split(";"))
            offered, said = (tuple(one.strip() for one in text.split(" / ") if one.strip()) for text in lists)
            found.append(({*to.split("|")}, question(label, cast("AnswerType", kind), offered, said)))
    return found


SET = labelled()


@cache
def alone(one: Question) -> Suggestion:
    (found,) = suggest([one], CATALOGUE, "FR")
    return found


def target(found: Suggestion) -> str:
    return "+".join(found.to) if isinstance(found.to, tuple) else found.to or "-"


def test_the_set_is_large_and_in_both_languages() -> None:
    assert len(SET) >= 150


def test_the_numbers_of_the_labelled_set() -> None:
    """Sure ones at least 98 % right; of the questions that have a place, at least 80 % led there as sure or likely."""
    made = [(right, one, alone(one)) for right, one in SET]
    sure = [(right, found) for right, _, found in made if found.confidence == "sure"]
    wrong = [(found.question.label, target(found)) for right, found in sure if target(found) not in right]
    placed = [(right, found) for right, _, found in made if "-" not in right]
    led = [one for one in placed if target(one[1]) in one[0] and one[1].confidence in ("sure", "likely")]
    missed = [
        (found.question.label, target(found), found.confidence) for right, found in placed if (right, found) not in led
    ]
    told = (
        f"{len(made)} questions; sure {len(sure)}, right {1 - len(wrong) / len(sure):.1%}, wrong {wrong}",
        f"with a place {len(placed)}, led there {len(led) / len(placed):.1%}, missed {missed}",
    )
    print("", *told, sep="\n")  # noqa: T201  # for who asks with -s

    assert len(wrong) <= 0.02 * len(sure)
    assert len(led) >= 0.8 * len(placed)


@pytest.mark.parametrize("one", [one for right, one in SET if right == {"-"}], ids=lambda one: str(one.label))
def test_what_is_about_somebody_else_or_nothing_of_a_contact_is_never_sure(one: Question) -> None:
    assert alone(one).confidence != "sure" or alone(one).to == "nothing"


@pytest.mark.parametrize(
    "one", [one for right, one in SET if "Consentement" in str(right)], ids=lambda one: str(one.label)
)
def test_a_consent_is_recognised_asked_and_never_sure(one: Question) -> None:
    found = alone(one)

    assert (found.asks, found.confidence in ("likely", "guess"), bool(found.values)) == (True, True, True)


def test_no_suggestion_but_an_asked_one_leads_to_a_consent() -> None:
    consents = {form.label for form in CATALOGUE.forms.values() if form.consent}
    made = [alone(one) for _, one in SET]

    assert [found for found in made if not found.asks and str(found.to).partition(".")[2] in consents] == []


def test_a_yes_means_the_channel_that_is_named_and_a_no_means_nothing() -> None:
    by_sms = alone(question("J'accepte d'être contacté·e par SMS", "bool"))
    letter = alone(question("Souhaitez-vous recevoir notre lettre d'information ?", "choice", ("Oui", "Non")))

    assert by_sms.values == {"true": "consent_sms", "false": "nothing"}
    assert letter.values == {"Oui": "consent_email", "Non": "nothing"}


def test_names_gender_and_birth_date_only_fill() -> None:
    fills = {alone(question(label, "text")).change for label in ("Prénom", "Nom", "Civilité", "Date de naissance")}
    assert fills == {"fill"}
    assert alone(question("Adresse e-mail", "mail")).change is None


def test_a_choice_that_qomon_lacks_is_left_to_a_person() -> None:
    found = alone(question("Disponibilités", "choices", ("Tractage", "Garder les enfants")))
    assert (found.values, found.otherwise) == ({"Tractage": "leaflets"}, "hold")


def test_two_questions_for_one_field_are_not_both_sure() -> None:
    both = suggest([question("Ville", key="a"), question("Commune", key="b")], CATALOGUE, "FR")
    assert [one.confidence for one in both] == ["guess", "guess"]
    two = suggest(
        [question("Prénom", key="a"), question("Nom", key="b"), question("Your name", key="c")], CATALOGUE, "FR"
    )
    assert [target(one) for one in two] == ["firstname", "surname", "-"]


def test_a_label_that_two_questions_share_is_named_by_its_key() -> None:
    both = suggest([question("Lieu", key="a"), question("Lieu", key="b"), question("Nom", key="c")], CATALOGUE, "FR")
    assert [one.source for one in both] == ["a", "b", "Nom"]


def loads(found: Suggestion) -> None:
    """Its rule is one that a hook may hold, and fits Qomon's forms."""
    head = {
        "hook": "essai",
        "source": "json",
        "proof": "none",
        "mode": "live",
        "contact": {"address": "keep", "find": ["mail", "mobile", "phone"]},
    }
    text = yaml.safe_dump({**head, "fields": [rule(found)]}, allow_unicode=True)
    hook = parse(text, lambda _: "x" * 32, ["default"], ZoneInfo("Europe/Paris"))
    assert check(hook, CATALOGUE) == []


@pytest.mark.parametrize("one", [one for _, one in SET], ids=lambda one: str(one.label))
def test_every_proposed_rule_loads_and_fits_qomon(one: Question) -> None:
    found = alone(one)
    if found.to is not None:
        loads(found)


CAPTURED = sorted(
    path for tool in ("tally", "typeform") for path in (PAYLOADS / tool).glob("*.json") if ".said" not in path.name
)


@pytest.mark.parametrize(
    "path", [path for path in CAPTURED if ".meta" not in path.name], ids=lambda path: str(path.stem)
)
def test_captured_forms_get_a_suggestion_for_each_question(path: Path) -> None:
    tool = SOURCES[path.parent.name]
    records = tool.split(Delivery("POST", {}, path.read_bytes()))
    questions = gather((NOW, tool.read(record, ZoneInfo("Europe/Paris"))) for record in records)
    found = suggest(questions, CATALOGUE, "FR")

    assert [one.question for one in found] == list(questions)
    for one in found:
        assert {"from", "to", "confidence", "reason", "values"} <= plain(one).keys()
        if one.to is not None:
            loads(one)


ODD = st.text(max_size=20) | st.sampled_from(
    ["Prénom", "E-mail", "Téléphone", "RGPD", "Secteur", "Date", "nom", "Disponibilités"]
)
TYPES: tuple[AnswerType, ...] = (
    "text",
    "number",
    "bool",
    "choice",
    "choices",
    "mail",
    "phone",
    "date",
    "name",
    "address",
    "file",
)
SAID = st.text(max_size=9) | st.booleans() | st.integers() | st.tuples(ODD) | st.dictionaries(ODD, ODD, max_size=2)


@settings(max_examples=100)
@given(
    st.lists(
        st.builds(
            question, ODD, st.sampled_from(TYPES), st.lists(ODD, max_size=4).map(tuple), st.lists(SAID).map(tuple)
        ),
        max_size=5,
    )
)
def test_anything_gets_one_suggestion_each_and_none_raises(questions: list[Question]) -> None:
    numbered = [replace(one, key=f"q{at}") for at, one in enumerate(questions)]
    assert [one.question for one in suggest(numbered, CATALOGUE, "FR")] == numbered


@pytest.mark.parametrize(
    ("key", "label", "type_"),
    [
        ("item.name", "name", "text"),
        ("item.state", "state", "text"),
        ("payer.city", "payer.city", "text"),
        ("payer.firstName", "firstName", "text"),
        ("order.city", "Ville", "text"),
        ("line_items.0.name", "Name", "text"),
        ("billing_email", "E-mail", "mail"),
        ("q7", "Téléphone du demandeur", "phone"),
        ("q8", "E-mail de l’acheteur", "mail"),
        ("q9", "Nom du produit", "text"),
    ],
)
def test_what_was_bought_who_paid_and_who_asked_are_proposed_for_no_field_of_the_person(
    key: str, label: str, type_: AnswerType
) -> None:
    found = alone(question(label, type_, key=key))

    assert (found.to, found.confidence) == (None, "none")


def test_the_forms_own_name_is_nobodys() -> None:
    assert alone(question("name", "text", (), ("Adhésion 2026",), "form.name")).to == "nothing"


@pytest.mark.parametrize(
    ("type_", "said", "to"),
    [
        ("date", ("1986-07-25",), "birthdate"),
        ("text", ("25/07/1986",), "birthdate"),
        ("date", ("vers 1986",), None),
        ("date", ("1986-07-25", "je ne sais plus"), None),
        ("text", ("25/07/1986", "été 86"), None),
    ],
)
def test_a_date_is_proposed_only_where_every_sample_can_be_read(
    type_: AnswerType, said: tuple[str, ...], to: str | None
) -> None:
    found = alone(question("Date de naissance", type_, (), said))

    assert found.to == to


def test_a_reason_speaks_the_readers_language() -> None:
    found = alone(question("Prénom", "text", (), ("Zoé",)))
    with create_app({"QOMON_TOKEN": "x", "LANG": "fr"}).app_context():
        assert plain(found)["reason"] == "ses mots demandent firstname, et 1 sur 1 réponses conviennent"

    assert plain(found)["reason"] == "its words ask for firstname, and 1 of 1 answers fit"


def test_a_reason_repeats_no_answer() -> None:
    found = alone(question("Téléphone", "phone", (), ("06 39 98 00 77",)))
    assert "98" not in str(found.reason)


@pytest.mark.parametrize("word", sorted(SOMEBODY_ELSE))
def test_an_address_that_a_read_takes_for_somebody_elses_is_a_guess_at_most(word: str) -> None:
    assert alone(question(f"Email {word}", "mail")).confidence in ("guess", "none")


def test_a_call_of_two_thousand_questions_does_not_make_a_page_wait() -> None:
    """Whoever has the secret can ask as many: the work grows with them, and not with their square (it was a minute)."""
    many = [question(f"a[{number}][b]", key=f"q{number}") for number in range(2000)]
    text = "hook: wide\naddress: wide2345\nsource: form\nproof: none\nmode: capture\n"
    hook = parse(text, lambda _: "x" * 32, ["default"], ZoneInfo("Europe/Paris"))
    began = process_time()
    rows, found = drafts.rows(hook, many), suggest(many, read_catalogue({}), "FR")

    assert [row.source for row in rows] == [one.source for one in found] == [one.label for one in many]
    assert process_time() - began < 5
