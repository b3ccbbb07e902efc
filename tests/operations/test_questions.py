"""What a form asks, gathered from what it sent."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bridge.model import Answer, Delivery
from bridge.operations.authoring.questions import gather
from bridge.sources import SOURCES
from tests.support.sample_hook import submission
from tests.support.whole_bridge import NOW, PAYLOADS


def test_the_newest_submission_says_order_and_label_and_the_last_answers_come_first() -> None:
    old = submission(Answer("q1", "Téléphone", "phone", "01"), Answer("q2", "Nom", "text", "Roy"))
    new = submission(Answer("q2", "Nom", "text", ""), Answer("q1", "Portable", "phone", "02"))
    first, second = gather([(NOW, old), (NOW + timedelta(hours=1), new)])

    assert (first.key, first.said, first.seen) == ("q2", ("Roy",), 2)
    assert (second.label, second.said, second.first, second.last) == (
        "Portable",
        ("02", "01"),
        NOW,
        NOW + timedelta(hours=1),
    )


def test_choices_are_those_that_the_tool_lists_else_those_that_were_said() -> None:
    listed = submission(Answer("q", "Aide", "choices", ("B",), offered=("A", "B")))
    bare = submission(Answer("q", "Aide", "choices", ("B", "C")))

    assert gather([(NOW, listed), (NOW + timedelta(1), bare)])[0].offered == ("A", "B")
    assert gather([(NOW, bare)])[0].offered == ("B", "C")
    assert gather([(NOW, submission(Answer("q", "Nom", "text", "B")))])[0].offered == ()


def test_pings_and_tests_of_the_tool_ask_nothing() -> None:
    quiet = [submission(Answer("q", "Nom", "text", "B"), kind=kind) for kind in ("ping", "test", "deleted")]
    assert gather([(NOW, one) for one in quiet]) == ()


def test_tally_and_typeform_tell_their_choices() -> None:
    offered = {}
    for tool, name in (("tally", "composed_french_volunteer_nulls"), ("typeform", "official_example")):
        delivery = Delivery("POST", {}, (PAYLOADS / tool / f"{name}.json").read_bytes())
        (record,) = SOURCES[tool].split(delivery)
        answers = SOURCES[tool].read(record, ZoneInfo("Europe/Paris")).answers
        offered[tool] = {one.label: one.offered for one in answers if one.offered}

    assert offered["tally"]["Comment souhaitez-vous aider ?"][:2] == ("Porte-à-porte", "Tractage")
    assert offered["typeform"] != {}
