"""Every payload of every source under the same promises, and every body that nobody should send."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import NotProven, Unreadable
from bridge.sources import SOURCES, shown
from bridge.verify import Proof, sign, verify
from bridge.words import Delivery, Record
from tests.reading import PARIS, post, read

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "payloads"


class Payload:
    """One recorded call: `.meta.json` has its headers, `.said.json` what `flask read` must say of it."""

    def __init__(self, meta: Path) -> None:
        self.name = meta.name.removesuffix(".meta.json")
        self.source = meta.parent.name
        self.meta: dict[str, Any] = json.loads(meta.read_text())
        whole = meta.with_name(f"{self.name}.json")
        self.body = (whole if whole.exists() else whole.with_suffix(".txt")).read_bytes()
        self.said = json.loads(meta.with_name(f"{self.name}.said.json").read_text())

    @property
    def delivery(self) -> Delivery:
        headers = {name.lower(): value for name, value in self.meta["headers"].items()}
        return Delivery("POST", headers, self.body)


def recorded() -> Iterator[Payload]:
    # Other tests may keep payloads of their own in this folder; ours are those with an expected reading.
    said = sorted(path for name in SOURCES for path in (PAYLOADS / name).glob("*.said.json"))
    for path in said:
        yield Payload(path.with_name(path.name.replace(".said.", ".meta.")))


ALL = list(recorded())
SIGNED = [payload for payload in ALL if "signature_scheme" in payload.meta]


def one_of_each(payloads: list[Payload]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("payload", payloads, ids=lambda payload: f"{payload.source}-{payload.name}")


@one_of_each(ALL)
def test_a_payload_is_the_one_that_was_recorded(payload: Payload) -> None:
    assert hashlib.sha256(payload.body).hexdigest() == payload.meta["body_sha256"]


@one_of_each(ALL)
def test_a_payload_reads_without_loss(payload: Payload) -> None:
    source = SOURCES[payload.source]
    records = source.split(payload.delivery)
    assert [shown(one, source.read(one, PARIS), "FR") for one in records] == payload.said


@one_of_each(ALL)
def test_a_record_reads_the_same_after_it_was_stored_as_json(payload: Payload) -> None:
    source = SOURCES[payload.source]
    for record in source.split(payload.delivery):
        stored = Record(json.loads(json.dumps(record.body)), record.key, record.volatile)
        assert source.read(record, PARIS) == source.read(stored, PARIS)


@one_of_each(SIGNED)
def test_the_recorded_signature_is_proven_and_no_other(payload: Payload) -> None:
    secret = payload.meta["test_secret"]
    verify(payload.delivery, Proof(payload.meta["signature_scheme"], (secret,)), NOW)
    with pytest.raises(NotProven):
        verify(payload.delivery, Proof(payload.meta["signature_scheme"], (secret + "x",)), NOW)


@one_of_each(SIGNED)
def test_signing_as_the_tool_gives_the_recorded_signature(payload: Payload) -> None:
    proof = Proof(SOURCES[payload.source].proof, (payload.meta["test_secret"],))
    assert sign(payload.body, proof, NOW).items() <= payload.meta["headers"].items()


@pytest.mark.parametrize("source", sorted(SOURCES))
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n",
        b'{"eventType":"FORM_RESPONSE",',
        b"[" * 100 + b"]" * 100,
        b"[" * 100_000,
        b'{"a":' * 100 + b"1" + b"}" * 100,
        b'{"a":"\x00"}',
        b'{"a":"\xff\xfe"}',
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":1,"a":2}',
        b"null",
        b'"text"',
        b"[1,2]",
        b"\xff\xfe{\x00",
        b"[" + b"0," * 60_000 + b"0]",
    ],
    ids=lambda body: repr(body[:18]),
)
def test_a_body_that_is_not_what_the_tool_sends_is_unreadable(source: str, body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(source, body)


@pytest.mark.parametrize("source", ["tally", "typeform"])
@pytest.mark.parametrize(
    "body",
    [
        b'{"mail":"zoe@example.org",',
        b"\xffzoe@example.org",
        b'{"eventType":"FORM_RESPONSE","event_type":"form_response","data":"zoe","form_response":"zoe"}',
    ],
)
def test_a_refusal_never_repeats_what_was_sent(source: str, body: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read(source, body)
    assert "zoe" not in str(refused.value)


@pytest.mark.parametrize("source", ["tally", "typeform", "json"])
def test_a_form_is_unreadable_where_json_is_expected(source: str) -> None:
    with pytest.raises(Unreadable, match="not JSON"):
        read(source, b"nom=Zo%C3%A9&email=zoe%40example.org", "application/x-www-form-urlencoded")


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/vnd.api+json; charset=utf-8", "nonsense"])
def test_json_is_read_whatever_its_content_type(content_type: str) -> None:
    for payload in ALL:
        if payload.source in ("tally", "typeform", "json"):
            expected = SOURCES[payload.source].split(payload.delivery)
            assert post(payload.source, payload.body, content_type) == expected
            assert post(payload.source, b"\xef\xbb\xbf" + payload.body, content_type) == expected


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def mutated(node: Any, draw: st.DataObject) -> Any:
    """The same JSON with one place, at any depth, replaced or taken away."""
    if isinstance(node, dict | list) and node and draw.draw(st.integers(0, 4)):
        places: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
        place = draw.draw(st.sampled_from(places))
        copy = node.copy()
        if draw.draw(st.integers(0, 5)):
            copy[place] = mutated(copy[place], draw)
        else:
            del copy[place]
        return copy
    return draw.draw(anything)


def only_unreadable(source: str, delivery: Delivery) -> None:
    """Whatever comes is read or Unreadable; what is read can be stored and shown as strict JSON."""
    try:
        for record in SOURCES[source].split(delivery):
            submission = SOURCES[source].read(record, PARIS)
            json.dumps([record.body, shown(record, submission, "FR")], ensure_ascii=False, allow_nan=False).encode()
            assert len({answer.key for answer in submission.answers}) == len(submission.answers)
    except Unreadable:
        pass


@given(draw=st.data())
def test_a_payload_with_any_one_place_changed_is_read_or_unreadable(draw: st.DataObject) -> None:
    payload = draw.draw(st.sampled_from([one for one in ALL if one.source != "form"]))
    body = json.dumps(mutated(json.loads(payload.body), draw)).encode()
    only_unreadable(payload.source, Delivery("POST", {"content-type": "application/json"}, body))


@given(draw=st.data())
def test_a_payload_with_any_bytes_changed_is_read_or_unreadable(draw: st.DataObject) -> None:
    payload = draw.draw(st.sampled_from(ALL))
    start = draw.draw(st.integers(0, len(payload.body)))
    end = draw.draw(st.integers(start, min(start + 20, len(payload.body))))
    piece = draw.draw(
        st.binary(max_size=6) | st.sampled_from([b"%00", b"[", b"]", b"=", b"&", b"\r\n", b"\\ud83d", b"+", b'"'])
    )
    body = payload.body[:start] + piece + payload.body[end:]
    only_unreadable(payload.source, Delivery("POST", payload.delivery.headers, body))


@given(name=st.text(alphabet="ab[]0. =&%é", max_size=12), values=st.lists(st.text(max_size=3), max_size=4))
def test_any_field_names_are_read_and_no_value_is_lost(name: str, values: list[str]) -> None:
    fields = [(name, value) for value in values] + [("a", "first"), ("a[b]", "second"), ("a[]", "third")]
    (record,) = post("form", urlencode(fields).encode(), "application/x-www-form-urlencoded")
    answers = SOURCES["form"].read(record, PARIS).answers
    said = [
        text for answer in answers for text in (answer.value if isinstance(answer.value, tuple) else (answer.value,))
    ]
    assert sorted(text for text in map(str, said) if text) == sorted(value for _, value in fields if value)
