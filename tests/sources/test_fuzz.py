"""Recorded calls, spoilt in every way: each source reads them or says Unreadable; the door answers 200 and holds."""

import json
import random
from dataclasses import replace
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bridge.errors import NotProven, Unreadable
from bridge.model import Delivery
from bridge.proofs.verify import verify
from bridge.sources import Source, shown
from tests.support.raw_bodies import cut, paths
from tests.support.recorded_calls import ALL, PARIS, Payload, each_source
from tests.support.source_hooks import NEW, Doorway
from tests.support.whole_bridge import House

EXAMPLES = 200
AT_THE_DOOR = 8
"""Spoilt calls per source that go the whole way into the store."""

VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**30,
        "",
        " ",
        "\0",
        "\ud83d",
        "0",
        "1",
        "{",
        "[",
        '{"a": [1]}',
        "[[1]]",
        "a" * 20_000,
    ),
    *(
        "2025-99-99T99:99",
        "99999999999999999",
        999999999999999,
        "||",
        ";",
        "\u2028",
        [],
        {},
        [[]],
        [None],
        [{}],
        {"": ""},
        [{"id": [1]}],
    ),
    *(
        {"id": {"a": 1}, "label": [2], "value": {"b": [3]}},
        [1, "a", None, {"url": 5}],
        {"full": {}},
        {"year": [], "month": 1, "day": 2},
    ),
)
PIECES = (
    b"",
    b"\0",
    b"\xff",
    b"%00",
    b"[",
    b"]",
    b"[]",
    b"=",
    b"&",
    b"\r\n",
    b"\\ud83d",
    b"+",
    b'"',
    b"{",
    b"<",
    b"<!DOCTYPE a>",
    b"--",
)


def spoilt(payload: Payload, dice: random.Random) -> bytes:
    """A few places dropped or replaced, or bytes cut out, put in, cut off."""
    if payload.is_json and dice.random() < 0.7:
        whole = json.loads(payload.body, strict=False)
        for _ in range(dice.randint(1, 3)):
            whole = _spoilt(whole, dice)
        return json.dumps(whole, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
    body = payload.body
    for _ in range(dice.randint(1, 3)):
        start = dice.randint(0, len(body))
        end = min(len(body), start + dice.choice((0, 1, 5, 40)))
        body = body[:start] + dice.choice(PIECES) + body[end:] if dice.random() < 0.9 else body[:start]
    return body


def _spoilt(whole: Any, dice: random.Random) -> Any:
    """Any one place, each as likely as the others, taken out or replaced."""
    path = dice.choice([*paths(whole), ()])
    if path and dice.random() < 0.2:
        return cut(whole, path)
    return _replaced(whole, path, dice)


def _replaced(node: Any, path: tuple[Any, ...], dice: random.Random) -> Any:
    if not path:
        return dice.choice((dice.choice(VALUES), dice.choice(VALUES), [node], {"x": node}))
    copy = node.copy()
    copy[path[0]] = _replaced(copy[path[0]], path[1:], dice)
    return copy


def only_unreadable(source: Source, delivery: Delivery) -> None:
    """Whatever comes is read or Unreadable; what is read can be stored and shown as strict JSON."""
    try:
        for record in source.split(delivery):
            submission = source.read(record, PARIS)
            json.dumps([record.body, shown(record, submission, "FR")], ensure_ascii=False, allow_nan=False).encode()
            assert len({answer.key for answer in submission.answers}) == len(submission.answers)
            assert record.key is None or 0 < len(record.key) <= 255
    except Unreadable:
        pass


@each_source
@settings(max_examples=EXAMPLES, derandomize=True, database=None, phases=[Phase.generate, Phase.shrink])
@given(seed=st.integers(0, 2**32))
def test_a_spoilt_call_is_read_or_unreadable(source: Source, seed: int) -> None:
    dice = random.Random(seed)
    payload = dice.choice([one for one in ALL if one.source == source.name])
    only_unreadable(source, payload.with_body(spoilt(payload, dice)))


@each_source
def test_a_spoilt_call_is_stored_and_held_where_it_cannot_be_read(source: Source, house: House) -> None:
    door, payloads = Doorway(house, source), [one for one in ALL if one.source == source.name]
    for seed in range(AT_THE_DOOR):
        payload = payloads[seed % len(payloads)]
        body = spoilt(payload, random.Random(seed))
        if not provable(door, payload, body):
            assert door.send(payload, door.with_secret(payload, body, NEW), {}).status_code == 401
            continue
        events = door.events(door.call(payload, body))
        if _unreadable(source, payload.with_body(door.with_secret(payload, body, NEW))):
            assert [door.report(one["event"])["reason"] for one in events if one["outcome"] != "duplicate"] == [
                "unreadable"
            ]


def provable(door: Doorway, payload: Payload, body: bytes) -> bool:
    """Whether what proves a call outlived the spoiling: its secret in the body, or the form that a signature covers."""
    sent = door.with_secret(payload, body, NEW)
    try:
        door.proven(payload, sent, NEW)
        if door.source.proof == "body":
            proof = replace(door.proof(NEW), path=door.source.proof_field)
            verify(payload.with_body(sent), proof, door.house.clock())
    except NotProven:
        return False
    return True


def _unreadable(source: Source, delivery: Delivery) -> bool:
    """As a whole; one bad record of a batch is held alone."""
    try:
        source.split(delivery)
    except Unreadable:
        return True
    return False
