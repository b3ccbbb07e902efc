"""What moved around a hook in service is told before a submission fails because of it."""

import copy
import json
import string
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Answer, Submission
from bridge.operations.authoring.drift import as_plain, flow, from_plain
from bridge.operations.authoring.questions import gather
from bridge.operations.authoring.samples import Came
from tests.support.commands import done, hooks
from tests.support.json_hook import plain_house, sent, written
from tests.support.whole_bridge import BENEVOLES, NOW, House, sample

TEXT = BENEVOLES.replace("wait: 5s", "wait: 4s")
NEXT = iter(range(1000, 9999))


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A hook in service whose version knows its form and Qomon's fields."""
    made = House(tmp_path)
    made.sandbox.forms = copy.deepcopy(dict(made.sandbox.forms))
    post(made)
    done(hooks(made, "import", "-", stdin=TEXT))
    return made


def post(house: House, *changes: tuple[str, str]) -> None:
    """One more submission, with these texts of the payload in the place of others."""
    body = sample().decode().replace("+33639980142", f"+3363998{next(NEXT)}")
    payload = json.loads(body)
    payload["n"] = next(NEXT)
    body = json.dumps(payload, ensure_ascii=False)
    for old, new in changes:
        assert old in body
        body = body.replace(old, new)
    house.post(body.encode())


def moved(house: House) -> list[Any]:
    result = hooks(house, "check", "benevoles", "--json")
    told = json.loads(result.output)["moved"]
    assert result.exit_code == (1 if told else 0)
    return [(one["code"], one["subject"], one["detail"], one["rules"]) for one in told]


def test_nothing_moved_is_said_so(house: House) -> None:
    assert done(hooks(house, "check", "benevoles")) == "benevoles: right. Nothing moved since version 2.\n"


def test_a_renamed_question_is_named_and_followed(house: House) -> None:
    post(house, ('"label": "Téléphone"', '"label": "Portable"'))

    assert moved(house) == [("question_renamed", "Téléphone", "Portable", [4])]
    told = hooks(house, "check", "benevoles").output
    assert "‘Téléphone’ is now called ‘Portable’ (same id): followed by rule 4." in told


def test_a_renamed_question_that_no_version_saw_under_its_old_name_is_a_rule_that_matches_nothing(
    tmp_path: Path,
) -> None:
    house = House(tmp_path)
    post(house, ('"label": "Téléphone"', '"label": "Portable"'))

    assert moved(house) == [("question_open", "Portable", "", []), ("question_gone", "Téléphone", "", [4])]


def test_a_new_question_is_named_with_its_answers(house: House) -> None:
    more = '{"key": "question_new", "label": "Taille de t-shirt", "type": "INPUT_TEXT", "value": "M"}, '
    for _ in range(3):
        post(house, ('"fields": [', f'"fields": [{more}'))

    assert moved(house) == [("question_new", "Taille de t-shirt", "", [])]
    assert (
        "New question ‘Taille de t-shirt’: 3 answers since 2026-11-22, not sent."
        in hooks(house, "check", "benevoles").output
    )


def test_a_choice_that_the_form_offers_since_is_named(house: House) -> None:
    post(house, ('"text": "Tractage"', '"text": "Distribution"'))

    question = "Comment souhaitez-vous aider ?"
    assert moved(house) == [
        ("choice_new", question, "Distribution", [7]),
        ("choice_left", question, "Tractage", [7]),
    ]


def test_a_choice_dropped_in_qomon_is_named_before_a_submission_is_held(house: House) -> None:
    form = next(one for one in house.sandbox.forms["custom_fields"] if one["id"] == 810)
    form["refvalues"] = [ref for ref in form["refvalues"] if ref["value"] != "leaflets"]

    assert moved(house) == [("choice_gone", "custom_fields.Disponibilités", "Tractage", [7])]
    result = hooks(house, "check", "benevoles")
    assert "the choice ‘Tractage’ of custom_fields.Disponibilités is gone (rule 7)" in result.output
    assert "`leaflets` is no choice" in result.output


def test_a_field_renamed_changed_or_gone_in_qomon_is_named(house: House) -> None:
    forms = {one["id"]: one for listed in house.sandbox.forms.values() for one in listed}
    forms[810]["label"] = "Quand"
    forms[710]["refvalues"][0]["label"] = "Courriel"
    assert moved(house) == [
        ("form_renamed", "custom_fields.Disponibilités", "Quand", [7]),
        ("choice_renamed", "formdatas.Consentement", "E-mail → Courriel", [8]),
    ]
    house.sandbox.forms["custom_fields"] = [  # type: ignore[index]
        one for one in house.sandbox.forms["custom_fields"] if one["id"] != 810
    ]
    assert moved(house)[0] == ("form_gone", "custom_fields.Disponibilités", "", [7])


def test_a_consent_that_does_not_say_what_an_offered_choice_does_is_a_fault(house: House) -> None:
    text = TEXT.replace("J’accepte de recevoir des informations par e-mail: consent_email", "Oui: consent_email")
    house.import_hook(text)
    told = hooks(house, "check", "benevoles")

    assert (told.exit_code, "values: does not say what ‘J’accepte de recevoir" in told.output) == (1, True)


def test_a_consent_need_not_say_what_an_answer_does_that_somebody_wrote(tmp_path: Path) -> None:
    """A tool that does not list its choices shows only what was given, which nobody may have offered."""
    house = plain_house(tmp_path)
    sent(house, written(mail="zoe.lefevre@example.org", lettre=["Peut-être"]))

    told = hooks(house, "check", "essai", "--json")

    assert ("Peut-être" in told.output, json.loads(told.output)["faults"]) == (True, [])


def test_an_answer_is_never_repeated(house: House) -> None:
    post(house, ('"label": "Commentaire"', '"label": "Remarque"'))
    result = hooks(house, "check", "benevoles").output

    assert ("Remarque" in result, "zoe.lefevre" in result, "Lefèvre" in result) == (True, False, False)


def every(hours: float, many: int, outcome: str = "delivered", since: datetime = NOW) -> list[Came]:
    return [Came(since + timedelta(hours=hours * at), outcome) for at in range(many)]


def test_silence_is_told_after_three_times_the_longest_gap_and_only_where_much_came() -> None:
    busy, rare = every(2, 60), every(2, 15)

    assert [one.code for one in flow(busy, busy[-1].at + timedelta(hours=7))] == ["silence"]
    assert flow(busy, busy[-1].at + timedelta(hours=5)) == []
    assert flow(rare, rare[-1].at + timedelta(days=9)) == []
    assert flow([], NOW) == []


def test_more_held_or_created_than_usual_is_told() -> None:
    usual = every(1, 60)
    for outcome, code in (("held", "held_share"), ("created", "created_share")):
        newest = every(1, 25, since=usual[-1].at) + every(1, 25, outcome, since=usual[-1].at + timedelta(days=2))
        (told,) = flow(usual + newest, newest[-1].at)
        assert (told.code, told.subject, told.detail, told.count) == (code, "50%", "0%", 50)
    steady = usual + every(1, 50, since=usual[-1].at)
    assert flow(steady, steady[-1].at) == []


NAMES = st.text(string.ascii_letters + "éœ ‘?", min_size=1, max_size=8)
SECRET = "0639980001"
"""No name holds a digit: hypothesis draws words of the code, too."""
ANSWERS = st.builds(
    Answer, NAMES, NAMES, st.sampled_from(["text", "choices"]), st.just(SECRET), offered=st.tuples(NAMES)
)


@given(st.lists(ANSWERS, max_size=5))
def test_what_a_revision_keeps_of_its_form_comes_back_and_holds_no_answer(answers: list[Answer]) -> None:
    questions = gather([(NOW, Submission("k", None, "submitted", tuple(answers)))])
    plain = json.dumps(as_plain(questions))
    found = from_plain(json.loads(plain))

    assert [(one.key, one.label, one.type, one.offered) for one in found] == [
        (one.key, one.label, one.type, one.offered) for one in questions
    ]
    assert SECRET not in plain


def test_what_people_wrote_into_a_choice_is_not_kept_beside_a_revision() -> None:
    (question,) = gather(
        [(NOW, Submission("k", None, "submitted", (Answer("q", "Aide", "choices", ("Autre : chez moi",)),)))]
    )

    assert (question.offered, json.dumps(as_plain([question]))) == (
        ("Autre : chez moi",),
        '[{"key": "q", "label": "Aide", "type": "choices", "offered": []}]',
    )
