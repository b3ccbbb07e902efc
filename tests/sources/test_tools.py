"""What the rules of Tally and Typeform make of their answers, and who a submission points at."""

import pytest

from bridge.model import Answer, Json
from bridge.sources import identities
from tests.support.recorded_calls import pairs, read


def tally(*questions: Json, **envelope: Json) -> Json:
    response: Json = {"responseId": "r1", "fields": list(questions)}
    return {
        "eventType": "FORM_RESPONSE",
        "createdAt": "2025-11-03T18:42:07.512Z",
        "data": response,
        **envelope,
    }


def test_tally_keeps_an_option_id_that_the_question_does_not_list() -> None:
    question: Json = {
        "key": "q",
        "label": "Aide",
        "type": "CHECKBOXES",
        "value": ["a", "gone"],
        "options": [{"id": "a", "text": "Oui"}],
    }
    assert pairs(read("tally", tally(question))) == [("q", "Aide", ("Oui", "gone"))]


def test_tally_drops_the_boolean_twins_but_not_a_lone_boolean() -> None:
    parent: Json = {
        "key": "q",
        "label": "RGPD",
        "type": "CHECKBOXES",
        "value": ["o"],
        "options": [{"id": "o", "text": "Oui (e-mail)"}],
    }
    twin: Json = {"key": "q_o", "label": "RGPD (Oui (e-mail))", "type": "CHECKBOXES", "value": True}
    lone: Json = {"key": "z", "label": "Seule (case)", "type": "CHECKBOXES", "value": False}
    submission = read("tally", tally(parent, twin, lone))
    assert pairs(submission) == [("q", "RGPD", ("Oui (e-mail)",)), ("z", "Seule (case)", False)]


def test_tally_keeps_a_text_whose_key_looks_like_a_twins() -> None:
    parent: Json = {"key": "q", "type": "DROPDOWN", "value": None, "options": [{"id": "o", "text": "Oui"}]}
    hidden: Json = {"key": "q_o", "type": "HIDDEN_FIELDS", "value": "lettre"}
    assert pairs(read("tally", tally(parent, hidden))) == [("q", "q", None), ("q_o", "q_o", "lettre")]


def test_tally_matrix_rows_with_the_same_text_are_told_apart() -> None:
    rows: Json = [{"id": "1", "text": "Jour"}, {"id": "2", "text": "Jour"}]
    columns: Json = [{"id": "m", "text": "Matin"}, {"id": "s", "text": "Soir"}]
    grid: Json = {
        "key": "q",
        "label": "Quand",
        "type": "MATRIX",
        "value": {"1": ["m", "s"], "2": ["s"]},
        "rows": rows,
        "columns": columns,
    }
    assert read("tally", tally(grid)).answers[0].value == {"Jour": "Matin, Soir", "Jour (2)": "Soir"}


def test_a_tally_event_that_is_no_response_is_a_ping() -> None:
    submission = read("tally", {"eventType": "TEST", "eventId": "e"})
    assert (submission.kind, submission.key, submission.answers) == ("ping", None, ())


def test_two_tally_questions_with_one_label_are_both_kept() -> None:
    first: Json = {"key": "a", "label": "Ville", "type": "INPUT_TEXT", "value": "Ain"}
    second: Json = {"key": "b", "label": "Ville", "type": "INPUT_TEXT", "value": "Oyonnax"}
    assert pairs(read("tally", tally(first, second))) == [("a", "Ville", "Ain"), ("b", "Ville", "Oyonnax")]


def test_a_key_that_a_tool_repeats_names_both_answers_and_neither_alone() -> None:
    again: Json = {"key": "a", "label": "Ville", "type": "INPUT_TEXT", "value": "Ain"}
    answers = read("tally", tally(again, again)).answers
    assert [(answer.key, answer.aliases) for answer in answers] == [("a#1", ("a",)), ("a#2", ("a",))]


def typeform(answers: Json, questions: Json, **rest: Json) -> Json:
    response: dict[str, Json] = {
        "token": "t",
        "submitted_at": "2025-10-12T09:18:03Z",
        "definition": {"fields": questions},
        "answers": answers,
    }
    return {"event_type": "form_response", "form_response": {**response, **rest}}


def test_typeform_joins_by_id_and_lists_what_nobody_answered() -> None:
    questions: Json = [
        {"id": "1", "title": "Prénom", "type": "short_text", "ref": "first"},
        {"id": "2", "title": "Nom", "type": "email"},
    ]
    answers: Json = [
        {"type": "text", "text": "x", "field": {"id": "9", "ref": "new"}},
        {"type": "email", "email": "a@example.org", "field": {"id": "2"}},
    ]
    assert read("typeform", typeform(answers, questions)).answers == (
        Answer("1", "Prénom", "text", None, ("first",)),
        Answer("2", "Nom", "mail", "a@example.org"),
        Answer("9", "9", "text", "x", ("new",)),
    )


def test_typeform_groups_are_read_through_and_payments_give_their_parts() -> None:
    questions: Json = [
        {
            "id": "g",
            "type": "group",
            "title": "Vous",
            "properties": {"fields": [{"id": "p", "title": "Don", "type": "payment"}]},
        }
    ]
    answers: Json = [{"type": "payment", "payment": {"amount": "12.00", "success": True}, "field": {"id": "p"}}]
    assert pairs(read("typeform", typeform(answers, questions))) == [
        ("p.amount", "Don (amount)", "12.00"),
        ("p.success", "Don (success)", True),
    ]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"type": "choice", "choice": {"other": "Autre"}}, "Autre"),
        ({"type": "choice", "choice": {"label": "Oui", "id": "1"}}, "Oui"),
        ({"type": "choice", "choice": {"id": "1"}}, "1"),
        ({"type": "choices", "choices": {"labels": ["A", "B"], "other": "C"}}, ("A", "B", "C")),
        ({"type": "choices", "choices": {"ids": ["1"]}}, ("1",)),
    ],
)
def test_typeform_choices_are_their_labels_and_the_other(choice: dict[str, Json], expected: object) -> None:
    asked: Json = {"id": "q"}
    assert read("typeform", typeform([{**choice, "field": asked}], [])).answers[0].value == expected


def test_a_partial_typeform_response_is_not_a_submission() -> None:
    partial = typeform([], [])
    assert isinstance(partial, dict)
    assert read("typeform", {**partial, "event_type": "form_response_partial"}).kind == "ping"


def test_identities_are_the_first_mail_the_first_mobile_and_the_first_fixed_number() -> None:
    answers = [
        Answer("1", "", "mail", "none"),
        Answer("2", "", "mail", " Zoe@Example.org"),
        Answer("3", "", "mail", "other@example.org"),
        Answer("4", "", "phone", "02 61 91 00 42"),
        Answer("5", "", "phone", "06 39 98 01 42"),
        Answer("6", "", "phone", "06 39 98 01 43"),
        Answer("7", "", "text", "06 39 98 01 44"),
    ]
    assert identities(answers, "FR") == {
        "mail": "zoe@example.org",
        "phone": "+33261910042",
        "mobile": "+33639980142",
    }


def test_a_submission_carries_its_identities_as_they_were_written() -> None:
    mail: Json = {"key": "m", "label": "E-mail", "type": "INPUT_EMAIL", "value": "Zoe@Example.org"}
    phone: Json = {"key": "t", "label": "Tél.", "type": "INPUT_PHONE_NUMBER", "value": "+33 6 39 98 01 42"}
    expected = {"mail": "Zoe@Example.org", "mobile": "+33 6 39 98 01 42"}
    assert read("tally", tally(mail, phone)).identities == expected
