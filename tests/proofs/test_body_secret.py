"""A secret that travels in the body: proven in its place only, and cut out of what everybody else sees."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import NotProven
from bridge.model import Delivery
from bridge.proofs.verify import Proof, as_sent, sign, stripped
from tests.support.proof_vectors import NOW, SECRET, refusal

TOKEN = Proof("body", (SECRET,), path="token")
INNER = Proof("body", (SECRET,), path="data.auth.token")


def call(body: bytes, query: str = "", method: str = "POST") -> Delivery:
    return Delivery(method, {"content-type": "whatever"}, body, query)


def bare(body: bytes, proof: Proof = TOKEN) -> bytes:
    """A proven body as the rest of the bridge sees it."""
    assert refusal(call(body), proof) is None
    return stripped(call(body), proof).body


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b'{"token":"test-secret-do-not-use"}', b"{}"),
        (b'{"a":1,"token":"test-secret-do-not-use","b":[2.50]}', b'{"a":1,"b":[2.50]}'),
        (b'{"token":"test-secret-do-not-use","a":"\\u00e9\\/"}', b'{"a":"\\u00e9\\/"}'),
        (b'\xef\xbb\xbf {\n "a" : 1 ,\n "token" : "test-secret-do-not-use"\n}\n', b'\xef\xbb\xbf {"a" : 1}'),
        (b'{"a":"\xff","token":"test-secret-do-not-use"}', b'{"a":"\xff"}'),
        (b'{"a":1,"a":2,"token":"test-secret-do-not-use"}', b'{"a":1,"a":2}'),
        (b'{"\\u0074oken":"test\\u002dsecret-do-not-use","a":{"token":"kept"}}', b'{"a":{"token":"kept"}}'),
        (b'{"token":"test-secret-do-not-use","token":"test-secret-do-not-use","n":1e400}', b'{"n":1e400}'),
        (b"token=test-secret-do-not-use", b""),
        (b"a=1&token=test%2Dsecret-do-not-use&b=%E9&a=2", b"a=1&b=%E9&a=2"),
        (b"tok%65n=test-secret-do-not-use&&x", b"&x"),
    ],
)  # fmt: skip
def test_the_secret_is_cut_out_and_the_rest_stays_as_it_came(body: bytes, left: bytes) -> None:
    assert bare(body) == left


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b'{"data":{"auth":{"token":"test-secret-do-not-use","x":1}},"a":2}', b'{"data":{"auth":{"x":1}},"a":2}'),
        (b"data%5Bauth%5D%5Btoken%5D=test-secret-do-not-use&a=1", b"a=1"),
        (b"data.auth.token=test-secret-do-not-use&a=1", b"a=1"),
    ],
)  # fmt: skip
def test_a_path_leads_into_tables_and_brackets(body: bytes, left: bytes) -> None:
    assert bare(body, INNER) == left


def test_the_query_of_a_get_holds_it_too() -> None:
    asked = call(b"", f"a=1&token={SECRET}&b=2", "GET")
    assert refusal(asked, TOKEN) is None
    assert stripped(asked, TOKEN).query == "a=1&b=2"
    assert refusal(call(b"", f"token={SECRET}"), TOKEN)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"{", b"null", b'"token"', b'{"token":null}', b'{"token":""}', b'{"token":" "}',
        b'{"Token":"test-secret-do-not-use"}', b'{"token":["test-secret-do-not-use"]}',
        b'{"token":{"token":"test-secret-do-not-use"}}', b'{"a":{"token":"test-secret-do-not-use"}}',
        b'[{"token":"test-secret-do-not-use"}]', b'[{"token":"test-secret-do-not-use"}',
        b'{"token":"test-secret-do-not-us"}',
        b'{"token":"test-secret-do-not-use "}', b'{"token":"TEST-SECRET-DO-NOT-USE"}',
        b'{"token":"test-secret-do-not-use","token":"other"}', b'{"token":"test-secret-do-not-use"',
        b'{"token":"test-secret-do-not-use"} x', b'{"token":"test-secret-do-not-use",}',
        b'{"token" "test-secret-do-not-use"}', b'{"token":"test-secret-do-not-use" "a":1}', b'{"token":"\\ud800"}',
        b"token=", b"token", b"Token=test-secret-do-not-use", b"token=test-secret-do-not-use&token=other",
        b"a=token=test-secret-do-not-use", b"token=\xff", b'x{"token":"test-secret-do-not-use"}',
        b'{"token":' + b"[" * 100_000, b'{"token":"test-secret-do-not-use","n":' + b"9" * 5_000 + b"}",
    ],
)  # fmt: skip
def test_what_does_not_show_the_secret_in_its_place_is_refused(body: bytes) -> None:
    assert refusal(call(body), TOKEN) == "Secret missing or not ours. Looked for the field token of the body."


def test_old_and_new_secret_both_work_and_an_empty_one_never() -> None:
    body = b'{"token":"test-secret-do-not-use"}'
    assert refusal(call(body), Proof("body", ("new", SECRET), path="token")) is None
    assert refusal(call(body), Proof("body", ("new",), path="token"))
    for secrets in ((), ("",), (" ",)):
        assert refusal(call(b'{"token":""}'), Proof("body", secrets, path="token"))
    assert refusal(call(body), Proof("body", (SECRET,)))
    assert refusal(call(b'{"token":12345}'), Proof("body", ("12345",), path="token"))


@pytest.mark.parametrize("body", [b'{"a":1}', b"a=1", b"", b'{"token":"another"}', b'{"data":{}}', b"token=x&a=%C3%A9"])
@pytest.mark.parametrize("proof", [TOKEN, INNER])
def test_a_payload_is_sent_with_the_secret_in_its_place(body: bytes, proof: Proof) -> None:
    sent = as_sent(call(body), proof, NOW)
    assert refusal(sent, proof) is None
    assert SECRET.encode() not in stripped(sent, proof).body
    assert sign(body, proof, NOW) == {}


@pytest.mark.parametrize("body", [b"[]", b'{"data":1}'])
def test_a_payload_without_a_place_for_it_is_not_sent(body: bytes) -> None:
    with pytest.raises(NotProven, match=r"no place for data\.auth\.token"):
        as_sent(call(body), INNER, NOW)


def test_without_a_secret_nothing_is_sent() -> None:
    for scheme in ("body", "url", "tally-v1", "header"):
        with pytest.raises(NotProven, match="no secret to sign with"):
            as_sent(call(b"{}"), Proof(scheme, ("",), header="X", path="token"), NOW)


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(
    body=st.dictionaries(st.text(), nested, max_size=5), at=st.integers(min_value=0, max_value=5), blank=st.booleans()
)
def test_every_other_value_is_what_it_was(body: dict[str, object], at: int, *, blank: bool) -> None:
    body.pop("token", None)
    items = list(body.items())
    whole = dict([*items[:at], ("token", SECRET), *items[at:]])
    written = json.dumps(whole, indent=1 if blank else None).encode()
    assert json.loads(bare(written)) == body


@given(raw=st.binary(max_size=60), proof=st.sampled_from([TOKEN, INNER]))
def test_no_bytes_are_an_error(raw: bytes, proof: Proof) -> None:
    for body in (raw, b'{"token":' + raw, b'{"data":{"auth":' + raw, b"[" + raw):
        assert refusal(call(body), proof)
        assert stripped(call(body), proof).body is not None
