"""Every body that nobody should send, to every source, and what hand-made senders may do."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import Unreadable
from bridge.sources import SOURCES
from schemas.normal import visible
from tests.support.recorded_calls import ALL, PARIS, post, read


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


@given(name=st.text(alphabet="ab[]0. =&%é", max_size=12), values=st.lists(st.text(max_size=3), max_size=4))
def test_any_field_names_are_read_and_no_value_is_lost(name: str, values: list[str]) -> None:
    fields = [(name, value) for value in values] + [("a", "first"), ("a[b]", "second"), ("a[]", "third")]
    (record,) = post("form", urlencode(fields).encode(), "application/x-www-form-urlencoded")
    answers = SOURCES["form"].read(record, PARIS).answers
    said = [
        text for answer in answers for text in (answer.value if isinstance(answer.value, tuple) else (answer.value,))
    ]
    sent = [visible(value) for _, value in fields]
    assert sorted(text for text in map(str, said) if text) == sorted(text for text in sent if text)
