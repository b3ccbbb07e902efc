"""What a form asks, gathered from what it sent."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bridge.model import Answer, Delivery, Submission
from bridge.operations.authoring.questions import gather
from bridge.sources import SOURCES
from schemas.codes import Kind
from tests.support.house import NOW, PAYLOADS


def said(*answers: Answer, kind: Kind = "submitted") -> Submission:
    return Submission("event-1", None, kind, answers)


def test_the_newest_submission_says_order_and_label_and_the_last_answers_come_first() -> None:
    old = said(Answer("q1", "Téléphone", "phone", "01"), Answer("q2", "Nom", "text", "Roy"))
    new = said(Answer("q2", "Nom", "text", ""), Answer("q1", "Portable", "phone", "02"))
    first, second = gather([(NOW, old), (NOW + timedelta(hours=1), new)])

    assert (first.key, first.said, first.seen) == ("q2", ("Roy",), 2)
    assert (second.label, second.said, second.first, second.last) == (
        "Portable",
        ("02", "01"),
        NOW,
        NOW + timedelta(hours=1),
    )


def test_choices_are_those_that_the_tool_lists_else_those_that_were_said() -> None:
    listed = said(Answer("q", "Aide", "choices", ("B",), offered=("A", "B")))
    bare = said(Answer("q", "Aide", "choices", ("B", "C")))

    assert gather([(NOW, listed), (NOW + timedelta(1), bare)])[0].offered == ("A", "B")
    assert gather([(NOW, bare)])[0].offered == ("B", "C")
    assert gather([(NOW, said(Answer("q", "Nom", "text", "B")))])[0].offered == ()


def test_pings_and_tests_of_the_tool_ask_nothing() -> None:
    assert (
        gather([(NOW, said(Answer("q", "Nom", "text", "B"), kind=kind)) for kind in ("ping", "test", "deleted")]) == ()
    )


def test_tally_and_typeform_tell_their_choices() -> None:
    offered = {}
    for tool, name in (("tally", "composed_french_volunteer_nulls"), ("typeform", "official_example")):
        delivery = Delivery("POST", {}, (PAYLOADS / tool / f"{name}.json").read_bytes())
        (record,) = SOURCES[tool].split(delivery)
        answers = SOURCES[tool].read(record, ZoneInfo("Europe/Paris")).answers
        offered[tool] = {one.label: one.offered for one in answers if one.offered}

    assert offered["tally"]["Comment souhaitez-vous aider ?"][:2] == ("Porte-à-porte", "Tractage")
    assert offered["typeform"] != {}
