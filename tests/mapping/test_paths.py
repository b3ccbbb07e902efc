"""Rules with a `path`: JMESPath into what the tool sent, mapped like any answer."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mapping.compile import compile_hook, who_is_it
from bridge.model import Changes, Json, Note, Submission
from schemas.codes import Kind
from schemas.paths import path_fault, reach
from tests.support.json_hook import ESSAI, crossed, plain_house, said, send, written
from tests.support.sample_hook import CATALOGUE, answer, hook, submission

RECORD: Json = {
    "person": {"mail": "zoe@example.org", "name": "Zoé", "age": 3, "ok": True, "gone": None, "blank": ""},
    "topics": [{"name": "Tractage", "on": True}, {"name": "Porte-à-porte", "on": True}, {"name": "Autre", "on": False}],
    "none": [],
    "addr": {"zip": "01000"},
}


def made(rule: str, record: Json = RECORD, kind: Kind = "submitted") -> Changes:
    event = replace(submission(answer("Q", "x"), kind=kind), record=record)
    return compile_hook(hook(rule), CATALOGUE, "FR").changes(event)


def reached(changes: Changes) -> list[tuple[str, str, str, object]]:
    """The lines of the report that are not the question's."""
    return [(line.key, line.label, line.status, line.sent) for line in changes.answers if line.key != "k_Q"]


@pytest.mark.parametrize(
    ("path", "to", "sent"),
    [
        ("person.mail", "mail", "zoe@example.org"),
        ("person.age", "custom_fields.Enfants", "3"),
        ("person.ok", "black_list", True),
        ("addr.zip", "address.postalcode", "01000"),
        ("topics[?on].name", "custom_fields.Disponibilités", ["leaflets", "door"]),
        ("topics[?on].name | [0]", "firstname", "Tractage"),
        ("join(' ', [person.name, addr.zip])", "surname", "Zoé 01000"),
        ("[person.gone, person.name]", "tags", ["Zoé"]),
    ],
)
def test_what_lies_at_the_path_is_mapped_like_an_answer(path: str, to: str, sent: object) -> None:
    changes = made(f'{{path: "{path}", to: {to}}}')
    assert reached(changes) == [(f"path:{path}", path, "mapped", sent)]
    assert ([change.answer for change in changes.wanted], changes.rules) == ([f"path:{path}"], {1: "used"})


@pytest.mark.parametrize("path", ["nobody.at.home", "person.gone", "topics[9]", "nothing[].name"])
@pytest.mark.parametrize("record", [RECORD, [], None])
def test_nothing_there_is_absent_and_even_clear_leaves_it_alone(path: str, record: Json) -> None:
    changes = made(f"{{path: '{path}', to: tags, change: clear}}", record)
    assert (changes.wanted, reached(changes), changes.rules) == ((), [], {1: "not_seen"})


@pytest.mark.parametrize("path", ["person.blank", "none", "none[].name"])
def test_something_empty_there_is_an_empty_answer(path: str) -> None:
    assert reached(made(f"{{path: '{path}', to: tags}}"))[0][2] == "empty"
    assert [change.op for change in made(f"{{path: '{path}', to: tags, change: clear}}").wanted] == ["clear"]


@pytest.mark.parametrize("path", ["person", "topics", "@", "sum(topics)", "[[person.name]]"])
def test_what_nobody_could_have_answered_is_invalid(path: str) -> None:
    changes = made(f'{{path: "{path}", to: tags}}')
    assert (changes.wanted, changes.hold, reached(changes)[0][2]) == ((), None, "invalid")
    assert changes.notes == (Note("bad_value", f"path:{path}", 1),)


def test_a_search_that_fails_does_not_repeat_what_somebody_said() -> None:
    with pytest.raises(ValueError, match="does not suit what the tool sent"):
        reach("sum(topics)", {"topics": ["Porte-à-porte"]})


def test_a_path_is_found_once_and_never_by_a_question_of_its_name() -> None:
    rules: tuple[str, ...] = ("{path: person.name, to: firstname}", "{path: person.name, to: tags}")
    rules += ("{from: Person.name, to: surname}", "{path: person.name, to: married_name, when: {kind: test}}")
    changes = compile_hook(hook(*rules), CATALOGUE, "FR").changes(replace(submission(), record=RECORD))
    assert [(line.key, line.to) for line in changes.answers] == [
        ("path:person.name", "firstname"),
        ("path:person.name", "tags"),
    ]
    assert changes.rules[3] == "not_seen"


def test_a_path_of_another_kind_of_event_is_told_and_not_sent() -> None:
    changes = made("{path: person.name, to: tags, when: {kind: test}}")
    assert (changes.rules, [line[2] for line in reached(changes)]) == ({1: "not_applicable"}, ["not_sent"])


def test_who_the_event_is_about_may_be_at_a_path() -> None:
    event = Submission("e", None, "unsubscribed", (), {"mail": "tool@example.org"}, RECORD)
    rules = ("{path: person.mail, to: mail}", "{path: person.name, to: firstname}", "{path: person, to: mobile}")
    found = who_is_it(hook(*rules), event)
    assert (found.identities, found.firstname) == ({"mail": "zoe@example.org"}, "Zoé")
    assert "example.org" not in repr(event).partition("identities")[0]
    assert "01000" not in repr(event)


def test_a_path_reads_what_the_tool_sent_through_the_whole_bridge(tmp_path: Path) -> None:
    text = ESSAI.replace("{from: mail, to: mail}", "{path: qui.courriel, to: mail}")
    house = plain_house(tmp_path, text.replace("{from: metier, to:", "{path: 'qui.metiers[-1]', to:"))
    told = crossed(house, qui={"courriel": "zoe.lefevre@example.org", "metiers": ["Serveuse", "Soudeuse"]})
    assert (said(told), told["contact"]["found_by"]) == (("delivered", None), "mail")
    assert {line["key"]: line.get("sent") for line in told["answers"] if line["status"] == "mapped"} == {
        "path:qui.courriel": "zoe.lefevre@example.org",
        "path:qui.metiers[-1]": "Soudeuse",
    }
    again = send(house, written(qui={"courriel": "zoe.lefevre@example.org", "metiers": ["Serveuse", "Soudeuse"]}))
    assert again["events"][0]["outcome"] == "duplicate"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.filterwarnings("ignore:deprecated string literal")
@given(st.text(alphabet="abc.[]*@|&!?()'\"`,:{}0123- \n", max_size=30), JSON)
def test_no_path_breaks_the_reader_or_the_search(path: str, record: Json) -> None:
    if path_fault(path) is None:
        try:
            found = reach(path, record)
        except ValueError:
            return
        assert found is None or isinstance(found, str | int | float | tuple)
