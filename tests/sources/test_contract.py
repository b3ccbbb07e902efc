"""What every source promises of every recorded call, by being in SOURCES and having payloads: nothing typed is lost,
nothing is invented, nothing hidden is kept. The door's half is in test_at_the_door.py.
"""

import hashlib
import json
import re
from collections import Counter
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, cast

import pytest

from bridge.door.split import again, split
from bridge.errors import NotProven, Unreadable
from bridge.hooks.registry import Hook
from bridge.model import Record
from bridge.proofs.verify import SCHEMES, Proof, sign, verify
from bridge.sources import SOURCES, Source
from bridge.sources.kit.values import without
from schemas.fields import FALSE, TRUE
from schemas.normal import folded, to_ms, visible
from tests.support.raw_bodies import (
    EXTRA,
    all_texts,
    enriched,
    hidden,
    lacking,
    leaves,
    named_beside,
    said_texts,
    secrets,
    stands,
)
from tests.support.recorded_calls import ALL, PARIS, PAYLOADS, Payload, each_payload, each_source, reading
from tests.support.sample_hook import hook
from tests.support.whole_bridge import NOW

SIGNED = [payload for payload in ALL if payload.meta.get("signature_scheme") in SCHEMES]
SEPARATORS = ("||", "|", ";", "\n", ", ", ",", " ", "-", "/")


def joined(said: Any) -> set[str]:
    """What was chosen, put together again as tools do; a choice may hold the separator."""
    lists = [one["value"] for event in said for one in event["answers"] if isinstance(one["value"], list)]
    return {by.join(one) for one in lists for by in SEPARATORS}


def plumbing(payload: Payload) -> list[str]:
    """The places that the tool fills in, one pattern a line, ` = ` before the one text that is meant; `#` begins a
    remark."""
    listed = payload.folder / "plumbing.txt"
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def meant(line: str, place: str, leaf: str) -> bool:
    pattern, one, word = line.partition(" = ")
    return fnmatchcase(place, pattern) and (not one or leaf == word)


def heard(leaf: str, place: str, said: set[str]) -> bool:
    """Whether a text of the body is in the answers: whole, in pieces, as lines of `name = part`, as a day, or as the
    box that it ticks."""
    leaf = visible(leaf)
    if (
        leaf in said
        or not leaf.strip()
        or any(all(piece.strip() in said for piece in leaf.split(by)) for by in SEPARATORS)
    ):
        return True
    inside = any(leaf in one.split(by) for one in said for by in SEPARATORS)
    day = (leaf[:10] in said and leaf[10:11] in ("T", " ")) or any(same_day(leaf, one) for one in said)
    box = leaf.casefold() in ("1", "true", "on") and any(place.endswith(one) for one in said)
    lines = [line.partition("=") for line in leaf.splitlines()]
    parts = all(sign and part.strip() in {*said, ""} for _, sign, part in lines)
    return inside or day or box or parts or f"+{leaf}" in said


def same_day(leaf: str, one: str) -> bool:
    """Whether an ISO day is said where the body writes it in another order, or its month in words."""
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(T\d\d:\d\d)?", one)
    numbers = {int(number) for number in re.findall(r"\d+", leaf)}
    return found is not None and {int(found[1]), int(found[3])} <= numbers


@each_payload
def test_a_payload_is_the_one_that_was_recorded(payload: Payload) -> None:
    assert hashlib.sha256(payload.body).hexdigest() == payload.meta["body_sha256"]


@each_payload
def test_a_payload_reads_as_it_is_said_to(payload: Payload) -> None:
    assert reading(SOURCES[payload.source], payload.delivery) == payload.said


@each_payload
def test_everything_that_somebody_typed_is_in_the_answers(payload: Payload) -> None:
    """Each text of the raw body is answered, hidden, or at a place that plumbing.txt says the tool fills in."""
    source, tool_s = SOURCES[payload.source], plumbing(payload)
    said = set(all_texts(payload.said))
    said |= named_beside(payload, said) | joined(payload.said)
    typed = [(place, leaf) for place, leaf in leaves(payload, said) if not hidden(source, place)]
    typed = [(place, leaf) for place, leaf in typed if not any(meant(one, place, leaf) for one in tool_s)]
    assert [(place, leaf) for place, leaf in typed if not heard(leaf, place, said)] == []


@each_source
def test_every_line_of_plumbing_is_about_a_place_that_is_there(source: Source) -> None:
    payloads = [payload for payload in ALL if payload.source == source.name]
    found = {leaf for payload in payloads for leaf in leaves(payload, all_texts(payload.said))}
    lines = {line for payload in payloads for line in plumbing(payload)}
    assert [line for line in sorted(lines) if not any(meant(line, *leaf) for leaf in found)] == []


@each_payload
def test_a_record_reads_the_same_after_it_was_stored_as_json(payload: Payload) -> None:
    source = SOURCES[payload.source]
    for record in source.split(payload.delivery):
        stored = Record(json.loads(json.dumps(record.body)), record.key, record.volatile)
        assert source.read(record, PARIS) == source.read(stored, PARIS)


@each_payload
def test_a_key_that_the_tool_does_not_know_yet_costs_no_answer(payload: Payload) -> None:
    """It is listed as an answer or left out; what was read before is still there."""
    before, after = payload.said, reading(SOURCES[payload.source], payload.with_body(enriched(payload)))
    assert [(one["key"], one["submitted_at"]) for one in after] == [(one["key"], one["submitted_at"]) for one in before]
    for old, new in zip(before, after, strict=True):
        assert new["kind"] == old["kind"] or said_texts(new["answers"]) == [EXTRA], "all was blank, and now it is not"
        missing = Counter(said_texts(old["answers"])) - Counter(said_texts(new["answers"]))
        assert not missing
        assert set(said_texts(new["answers"])) <= {*said_texts(old["answers"]), EXTRA}


@each_payload
def test_nothing_is_said_that_was_not_sent(payload: Payload) -> None:
    """Whatever one takes out of the body, no answer says more: a missing box is neither a yes nor a no. What was taken
    back (`channel`) is not said in so many words."""
    source, before = SOURCES[payload.source], set(all_texts(payload.said))
    sent = {leaf for _, leaf in leaves(payload)}
    for body in lacking(payload):
        try:
            after = reading(source, payload.with_body(body))
        except Unreadable:
            continue
        said = [one for event in after for one in said_texts(a for a in event["answers"] if a["key"] != "channel")]
        assert {one for one in said if one not in before and not heard(one.removeprefix("+"), "", sent)} == set()
        assert [one for event in after for one in event["answers"] if not backed(payload, one)] == []


def backed(payload: Payload, answer: Any) -> bool:
    """Whether a yes or a no was said, in the recorded reading or in the body beside the name of the answer."""
    words = [one for one in said_texts([answer]) if folded(one) in TRUE | FALSE]
    known = {one["key"]: said_texts([one]) for event in payload.said for one in event["answers"]}
    same = known.get(answer["key"], [])
    names = (answer["key"], answer["key"].rpartition(".")[2], answer["label"])
    return all(one in same or stands(payload, one, *names) for one in words)


@each_payload
def test_what_the_source_hides_is_nowhere_in_the_record_nor_in_the_answers(payload: Payload) -> None:
    source = SOURCES[payload.source]
    for record in source.split(payload.delivery):
        assert without(record.body, (*source.hides, source.proof_field)) == record.body
        kept = json.dumps([record.body, record.key], ensure_ascii=False)
        assert [one for one in secrets(payload) if one in kept] == []


@each_payload
def test_what_changes_when_the_tool_sends_again_does_not_change_the_digest(payload: Payload) -> None:
    for record in SOURCES[payload.source].split(payload.delivery):
        if isinstance(record.body, dict):
            changed = {**record.body, **dict.fromkeys(record.volatile, "changed")}
            assert digest(payload.source, record, record.body) == digest(payload.source, record, changed)
            assert digest(payload.source, record, {**record.body, EXTRA: 1}) != digest(
                payload.source, record, record.body
            )


def digest(source: str, record: Record, body: Any) -> str:
    sealed = {"body": body, "key": record.key, "volatile": [*record.volatile]}
    return again(sealed, any_hook(source), NOW, None)[0].digest


@each_payload
def test_the_door_takes_what_flask_read_prints(payload: Payload) -> None:
    """The same records, each with its key, kind, time and identities, and the same again from what is stored."""
    chosen = any_hook(payload.source)
    taken = split(payload.delivery, chosen, NOW, None)
    stored = [again(cast("dict[str, Any]", one.record), chosen, NOW, None)[0] for one in taken]
    for events in (taken, stored):
        for event, said in zip(events, payload.said, strict=True):
            at = event.submitted_at and to_ms(event.submitted_at)
            assert (event.key, event.kind, at) == (said["key"], said["kind"], said["submitted_at"])
            more = dict(event.who.identities.items() - found_by(said).items())
            assert found_by(said).items() <= event.who.identities.items()
            assert not more or (more.keys() <= {"mobile", "phone"} and in_a_country(said)), (
                "a number of another country"
            )


def in_a_country(said: Any) -> bool:
    """The door reads a national number by the country of the address, `flask read` by the region alone."""
    return any(one["type"] == "address" and (one["value"] or {}).get("country") for one in said["answers"])


def found_by(said: Any) -> dict[str, str]:
    """Of an unsubscription those of its channel; a number is looked for under either name."""
    channels = [one["value"] for one in said["answers"] if one["key"] == "channel"]
    mails = {name: text for name, text in said["identities"].items() if name == "mail"}
    numbers = {name: text for name, text in said["identities"].items() if name in ("mobile", "phone")}
    either = dict.fromkeys(("mobile", "phone"), *numbers.values()) if len(numbers) == 1 else numbers
    return {"email": mails, "sms": either}[channels[0]] if channels else said["identities"]


def any_hook(source: str) -> Hook:
    head = f"hook: x\nsource: {source}\nproof: {{scheme: url, secret: $TALLY_SECRET}}\nmode: capture\n"
    return hook(head=head)


@pytest.mark.parametrize("payload", SIGNED, ids=lambda payload: f"{payload.source}-{payload.name}")
def test_the_recorded_signature_is_proven_and_no_other(payload: Payload) -> None:
    secret, at = payload.meta["test_secret"], datetime.fromtimestamp(payload.meta.get("verify_at_unix", 0), UTC)
    verify(payload.delivery, Proof(payload.meta["signature_scheme"], (secret,)), at)
    with pytest.raises(NotProven):
        verify(payload.delivery, Proof(payload.meta["signature_scheme"], (f"{secret}x",)), at)
    proof = Proof(payload.meta["signature_scheme"], (secret,))
    signed = sign(payload.body, proof, at, payload.headers, payload.delivery.url)
    assert {name.lower(): value for name, value in signed.items()}.items() <= payload.headers.items()


def test_every_proof_of_a_source_and_of_a_payload_is_known() -> None:
    recorded = {payload.meta.get("signature_scheme") for payload in ALL} - {None}
    assert ({source.proof for source in SOURCES.values()} | recorded) - SCHEMES == set()


@each_source
def test_a_source_has_payloads_and_a_sentence_for_each_column(source: Source) -> None:
    assert any(payload.source == source.name for payload in ALL)
    assert source.title
    assert source.retries
    assert source.never_sends
    assert source.proof != "none"


def test_every_folder_of_payloads_belongs_to_a_source() -> None:
    assert {path.parent.name for path in PAYLOADS.glob("*/*.said.json")} <= set(SOURCES)
