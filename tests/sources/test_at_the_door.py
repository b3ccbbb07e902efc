"""What every source promises at the door: who is let in, what counts as the same call, what is kept of it."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import pytest

from bridge.errors import Unreadable
from bridge.proofs.vendors import NAMED
from bridge.proofs.verify import asks
from bridge.sources import SOURCES, Source
from tests.support.raw_bodies import all_texts, secrets
from tests.support.recorded_calls import ALL, Payload, each_payload, each_source, reading
from tests.support.source_hooks import NEW, OLD, OTHER, Doorway
from tests.support.whole_bridge import House

DAY = timedelta(days=1)
Opened = Callable[[str], Doorway]


@pytest.fixture(scope="module")
def opened(house: House) -> Opened:
    """The one hook of a source that all tests of its proof share."""
    return cache(lambda name: Doorway(house, SOURCES[name]))


@pytest.fixture(scope="module")
def fresh(house: House) -> Opened:
    """A hook that nothing came to yet."""
    return lambda name: Doorway(house, SOURCES[name])


def first(source: Source) -> Payload:
    return next(payload for payload in ALL if payload.source == source.name)


def covers_the_body(door: Doorway, payload: Payload) -> bool:
    return door.proven(payload, payload.body, NEW) != door.proven(payload, payload.body + b" ", NEW)


@each_source
def test_a_call_with_the_new_or_the_old_secret_is_let_in(source: Source, opened: Opened) -> None:
    for secret in (NEW, OLD):
        assert opened(source.name).call(first(source), secret=secret).status_code == 200


@each_source
def test_a_call_without_proof_is_refused(source: Source, opened: Opened) -> None:
    payload, door = first(source), opened(source.name)
    assert door.send(payload, door.with_secret(payload, payload.body, ""), {}).status_code == 401


@each_source
@pytest.mark.parametrize("secret", [OTHER, NEW[:-1], f"{NEW}0", NEW.upper(), "wrong"])
def test_a_call_with_another_secret_is_refused(source: Source, secret: str, opened: Opened) -> None:
    payload, door = first(source), opened(source.name)
    hexadecimal = any(way.key == "hex" for way in NAMED.get(source.proof, ()))
    same_key = hexadecimal and secret == NEW.upper()
    if secret in (OTHER, NEW.upper()) or source.proof in ("url", "header", "basic", "bearer", "body"):
        assert door.call(payload, secret=secret).status_code == (200 if same_key else 401)


@each_source
@pytest.mark.parametrize("spoilt", [lambda mark: mark[:-1], lambda mark: f"{mark}0", lambda _: "wrong"])
def test_a_spoilt_signature_is_refused(source: Source, spoilt: Callable[[str], str], opened: Opened) -> None:
    payload, door = first(source), opened(source.name)
    proof = {name: spoilt(value) for name, value in door.proven(payload, payload.body, NEW).items()}
    if proof:
        assert door.send(payload, payload.body, proof).status_code == 401
    else:
        assert source.proof in ("url", "body")


@each_source
def test_a_signature_is_good_for_the_bytes_that_it_was_made_for(source: Source, opened: Opened) -> None:
    payload, door = first(source), opened(source.name)
    others = [payload.body + b"\n", b"\xef\xbb\xbf" + payload.body]
    if payload.is_json:
        others += [json.dumps(json.loads(payload.body, strict=False), indent=3).encode()]
    proof = door.proven(payload, payload.body, NEW)
    for body in others if covers_the_body(door, payload) else ():
        assert door.send(payload, body, proof).status_code == 401


@each_source
@pytest.mark.parametrize("ago", [DAY, -DAY])
def test_a_signature_of_another_time_is_refused_where_the_scheme_knows_the_time(
    source: Source, ago: timedelta, opened: Opened
) -> None:
    expected = 401 if "tolerance" in asks(source.proof).takes else 200
    assert opened(source.name).call(first(source), ago=ago).status_code == expected


@each_payload
def test_the_same_call_twice_makes_no_second_event(payload: Payload, fresh: Opened) -> None:
    door = fresh(payload.source)
    once = door.events(door.call(payload))
    twice = door.events(door.call(payload))
    assert len(once) == len(payload.said)
    assert [(one["event"], one["outcome"]) for one in twice] == [(one["event"], "duplicate") for one in once]


@each_payload
def test_a_call_again_with_another_answer_is_another_event(payload: Payload, fresh: Opened) -> None:
    """Where the tool's key stays the same, the event says so."""
    door, body = fresh(payload.source), edited(payload)
    if body is None:
        words = {one for one in all_texts(payload.said) if re.search("[A-Za-z]{3}", one)}
        assert words <= {"email", "sms"}, "what was taken back is not said in so many words"
        return
    once = door.events(door.call(payload))
    twice = door.events(door.call(payload, body))
    source = SOURCES[payload.source]
    keys = [
        (old.key, new.key)
        for old, new in zip(*map(source.split, (payload.delivery, payload.with_body(body))), strict=True)
    ]
    new = [at for at, event in enumerate(twice) if event["outcome"] != "duplicate"]
    assert new
    assert not {twice[at]["event"] for at in new} & {event["event"] for event in once}
    for at in new:
        notes = [note["code"] for note in door.report(twice[at]["event"])["notes"]]
        assert ("key_reused" in notes) == (keys[at][0] is not None and keys[at][0] == keys[at][1])


def edited(payload: Payload) -> bytes | None:
    """The body with one word of an answer changed and its ids left alone; None where nothing was typed."""
    source = SOURCES[payload.source]
    for word in dict.fromkeys(re.findall(r"[A-Za-z]{3,}", " ".join(all_texts(payload.said)))):
        body = payload.body.replace(word.encode(), f"{word}x".encode())
        if _is_edit(source, payload, body):
            return body
    return None


def _is_edit(source: Source, payload: Payload, body: bytes) -> bool:
    """Another answer under the same ids. `false` is no word that somebody typed: without it the body is no JSON."""
    try:
        keys = [record.key for record in source.split(payload.with_body(body))]
        said = all_texts(reading(source, payload.with_body(body)))
    except Unreadable:
        return False
    return said != all_texts(payload.said) and keys == [one["key"] for one in payload.said]


@each_payload
def test_no_secret_is_in_what_is_stored(payload: Payload, fresh: Opened) -> None:
    door = fresh(payload.source)
    door.events(door.call(payload))
    kept = door.stored()
    assert [one for one in {*secrets(payload), NEW, OLD} if one in kept] == []
    assert all(one in kept for one in all_texts(payload.said)[:1] if one.isalnum())
