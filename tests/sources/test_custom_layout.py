"""A tool that is not in the list, by its hook's `reads` alone: docs/any-tool.md is true, and so is each key."""

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.door.split import again, split
from bridge.errors import Faults, Unreadable
from bridge.hooks.registry import Hook
from bridge.model import Delivery, Submission
from bridge.sources.kit.values import changed, found, unpacked
from bridge.store import tables
from schemas.hook import ReadsSchema
from tests.support.json_hook import count, plain_house, rows
from tests.support.sample_hook import HEAD, hook
from tests.support.whole_bridge import House

PAGE = (Path(__file__).parents[2] / "docs" / "any-tool.md").read_text(encoding="utf-8")
CALL, HOOK = (re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0] for kind in ("json", "yaml"))
SECRET = "an-invented-secret-of-cabane"


def reads(said: str, source: str = "json") -> Hook:
    head = HEAD.replace("source: tally", f"source: {source}").replace("mode: live", f"mode: live\nreads: {said}")
    return hook("{from: M, to: mail}", head=head)


def faults(said: str, source: str = "json") -> list[str]:
    with pytest.raises(Faults) as refused:
        reads(said, source)
    return refused.value.faults


def read(said: str, body: Any, source: str = "json", **headers: str) -> list[Submission]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "application/x-www-form-urlencoded" if source == "form" else "application/json"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    this = reads(said, source)
    delivery = Delivery("POST", {"content-type": kind, **named}, raw)
    return [this.tool.read(record, this.timezone) for record in this.tool.split(delivery)]


def answers(submission: Submission) -> dict[str, Any]:
    return {answer.label: answer.value for answer in submission.answers}


def cabane(tmp_path: Path) -> House:
    return plain_house(tmp_path, HOOK, CABANE_SECRET=SECRET)


def post(house: House, body: str, secret: str = SECRET) -> Any:
    stamp = str(int(house.clock().timestamp()))
    mark = hmac.new(secret.encode(), f"{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"X-Cabane-Time": stamp, "X-Cabane-Signature": mark, "Content-Type": "application/json"}
    return house.door.post("/hooks/cabane2345", data=body.encode(), headers=headers)


def test_who_follows_the_page_connects_a_tool_without_code(tmp_path: Path) -> None:
    """A batch under a path, JSON text inside a value, a signature of its own: two people are in Qomon."""
    house = cabane(tmp_path)
    assert post(house, CALL).status_code == 200
    house.drain()
    people = {one["mail"]: one for one in house.sandbox.contacts.all.values() if "cabane" in (one.get("mail") or "")}
    assert {mail: one["firstname"] for mail, one in people.items()} == {
        "zoe.cabane@example.org": "Zoé",
        "leo.cabane@example.org": "Léo",
    }
    times = sorted(row.submitted_at for row in rows(house, tables.event))
    assert times == [1762000000000, 1762000060000]


def test_the_same_call_again_is_the_same_two_events_and_a_try_is_nobody(tmp_path: Path) -> None:
    house = cabane(tmp_path)
    for _ in range(2):
        told = post(house, CALL).get_json()["events"]
    assert [one["outcome"] for one in told] == ["duplicate", "duplicate"]
    assert post(house, '{"type": "test"}').get_json()["events"][0]["outcome"] == "ignored"
    assert count(house, tables.event) == 3
    assert post(house, CALL, "another").status_code == 401


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{}", "reads: is empty."),
        ("{record: a}", "record: is no key here. Did you mean `records`?"),
        ("{records: a..b}", "records: must be the names on the way to it"),
        ("{id: 'header:X Id'}", "id: must be the names on the way to it, with dots between, such as data.entries, or"),
        ("{records: 'header:X'}", "records: must be the names"),
        ("{label: titre}", "label: goes with `value`"),
        ("{value: titre}", "value: goes with `label`"),
        ("{label: a, value: b, key: [c]}", "key: must be one text"),
        ("{key: titre}", "key: goes with `label`"),
        ("{unpack: []}", "unpack: needs at least one"),
        ("{ping: {at: type}}", "is: is missing."),
        ("{ping: {is: [x]}}", "at: is missing."),
        ("{ping: test}", "ping: must be a table"),
        ("a.b", "reads: must be a table"),
    ],
)
def test_what_makes_no_sense_names_its_line(said: str, told: str) -> None:
    assert [fault for fault in faults(said) if fault.startswith(f"line 5: {told}")]


def test_a_tool_that_the_bridge_knows_is_not_told_where_its_things_lie() -> None:
    assert faults("{records: a}", "tally")[0].startswith("line 5: reads: goes with source: json or form.")


def test_each_record_keeps_what_stands_around_the_list() -> None:
    body = {"form": "Bénévoles", "data": {"list": [{"Prénom": "Zoé"}, {"Prénom": "Léo"}]}}
    said = read("{records: data.list}", body)
    assert [answers(one) for one in said] == [
        {"form": "Bénévoles", "Prénom": "Zoé"},
        {"form": "Bénévoles", "Prénom": "Léo"},
    ]
    assert [one.key for one in said] == [None, None]


def test_a_call_without_the_list_is_not_read_for_one_person() -> None:
    for body in ({"liste": [{"a": 1}, {"a": 2}]}, {"list": {"other": 1}}):
        with pytest.raises(Unreadable, match=r"Nothing lies at list\.in"):
            read("{records: list.in}", body)
    assert read("{records: list}", {"list": []}) == []
    assert read("{records: list.in}", {"list": []}) == []


def test_an_odd_element_costs_the_others_nothing() -> None:
    said = read("{records: list.in}", {"list": [{"in": [{"Nom": "A"}, {"Nom": "B"}]}, {"odd": 1}]})
    assert [answers(one) for one in said] == [{"Nom": "A"}, {"Nom": "B"}, {"odd": 1}]


def test_a_batch_of_one_has_the_name_of_its_call() -> None:
    (said,) = read("{records: list}", {"list": [{"Nom": "A"}]}, idempotency_key="k")
    assert said.key == "k"


@pytest.mark.parametrize(
    ("id_", "headers", "keys"),
    [
        ("", {}, [None, None]),
        ("", {"idempotency_key": "k"}, ["k#1", "k#2"]),
        (", id: 'header:X-Id'", {"x_id": "h"}, ["h#1", "h#2"]),
        (", id: 'header:X-Id'", {"idempotency_key": "k"}, [None, None]),
        (", id: list.ref", {"idempotency_key": "k"}, ["r1", None]),
    ],
)
def test_a_record_is_named_by_a_place_or_by_a_header(id_: str, headers: dict[str, str], keys: list[str | None]) -> None:
    said = read(f"{{records: list{id_}}}", {"list": [{"ref": "r1"}, {"ref": None}]}, **headers)
    assert [one.key for one in said] == keys


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2025-11-01T13:26:40+01:00", 1762000000),
        ("2025-11-01 13:26:40", 1762000000),
        (1762000000, 1762000000),
        ("1762000000000", 1762000000),
        ("hier", None),
        (True, None),
        (10**14, 10**11),
        (10**15, None),
    ],
)
def test_a_time_is_read_or_there_is_none(told: Any, at: int | None) -> None:
    (said,) = read("{time: when.at}", {"when": {"at": told}, "created_at": "2001-01-01T00:00:00Z"})
    assert said.submitted_at == (None if at is None else datetime.fromtimestamp(at, UTC))
    (sent,) = read("{time: 'header:X-At'}", {"Prénom": "Zoé"}, x_at=str(told))
    assert (sent.submitted_at, answers(sent)) == (said.submitted_at, {"Prénom": "Zoé"})


def test_a_time_from_a_header_is_kept_and_does_not_make_another_event() -> None:
    this, now = reads("{time: 'header:X-At'}"), datetime(2026, 11, 22, tzinfo=UTC)
    calls = [Delivery("POST", {"x-at": at}, b'{"Nom": "Le Goff"}') for at in ("1762000000", "1762000999", "")]
    (first,), (second,), (none,) = (split(call, this, now, None) for call in calls)
    assert (first.digest, none.digest) == (second.digest, first.digest)
    (stored,) = again(json.loads(json.dumps(first.record)), this, now, None)
    assert (stored.submitted_at, none.submitted_at) == (datetime.fromtimestamp(1762000000, UTC), None)


def test_questions_have_the_names_that_the_tool_gives_them() -> None:
    pairs = [{"titre": "Prénom", "reponse": "Zoé", "code": "p", "id": 1}, {"titre": "Âge", "reponse": None, "code": 2}]
    for body in (pairs, {"liste": pairs}):
        (said,) = read("{label: titre, value: reponse, key: code}", body)
        assert answers(said) == {"Prénom": "Zoé", "Âge": None}
        assert [answer.key.rpartition(".")[2] for answer in said.answers] == ["p", "2"]
    (usual,) = read("{label: titre, value: reponse}", {"a": pairs, "b": [{"label": "Nom", "value": "Le Goff"}]})
    assert [answer.key for answer in usual.answers] == ["a.1", "a.Âge", "b.Nom"]


def test_json_text_is_unpacked_where_the_hook_says_and_nowhere_else() -> None:
    body = {"a": '{"b": "{\\"Prénom\\": \\"Zoé\\"}"}', "c": '{"d": 1}', "e": "{non"}
    (said,) = read("{unpack: [a, a.b, gone.there]}", body)
    assert answers(said) == {"Prénom": "Zoé", "c": '{"d": 1}', "e": "{non"}
    with pytest.raises(Unreadable):
        read("{unpack: e}", body)


def test_a_form_may_hold_a_list_as_json_text() -> None:
    body = b"site=demo&lot=%5B%7B%22Nom%22%3A%22A%22%7D%2C%7B%22Nom%22%3A%22B%22%7D%5D"
    said = read("{unpack: lot, records: lot}", body, "form")
    assert [answers(one) for one in said] == [{"site": "demo", "Nom": "A"}, {"site": "demo", "Nom": "B"}]


def test_only_what_the_hook_calls_a_try_is_one() -> None:
    kinds = [
        read("{ping: {at: event.type, is: [test, '1']}}", {"event": {"type": it}})[0].kind for it in ("test", 1, "x")
    ]
    assert kinds == ["ping", "ping", "submitted"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["x", "", '{"a": "y"}', "[1, {}]", "{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=12,
)
ALL = "{records: a.b, unpack: [c, a.b.c], label: a, value: b, key: c, id: a.b.c, time: c, ping: {at: c, is: [x]}}"


@given(JSON)
def test_whatever_comes_is_read_or_unreadable(body: Any) -> None:
    try:
        said = read(ALL, body)
    except Unreadable:
        return
    assert all(one.kind in ("ping", "submitted") for one in said)


@given(JSON, JSON)
def test_a_place_is_changed_and_nothing_else(body: Any, other: Any) -> None:
    around = {"a": [{"b": body, "c": other}], "c": other}
    lists = isinstance(body, list)
    assert changed(around, "a.b", lambda value: value) == around
    once = changed(around, "a.b", lambda _value: 1)
    assert (found(once, "a.c"), found(once, "c")) == (other, other)
    assert lists or found(once, "a.b") == 1
    assert unpacked(json.dumps(around)) == around


def test_the_page_names_every_key() -> None:
    named = {key for line in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE) for key in re.findall(r"`(\w+)`", line)}
    assert named == {field.data_key or name for name, field in ReadsSchema().fields.items()}
