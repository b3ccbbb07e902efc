"""Every signature of docs/tools.md 2: its vector is proven and made, and whatever is near to it is refused."""

import base64
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.proofs.proof import wire
from bridge.proofs.vendors import NAMED
from bridge.proofs.verify import SCHEMES, Proof, Signature, sign
from tests.support.proof_vectors import AT, BODY, NOW, URL, VECTORS, Vector, refusal

LATE = "from our clock"
OTHERS = {"whsec": "whsec_dGhlLXRlc3Qta2V5LW9mLWxhc3QteWVhci0hISE=", "base64": "b3RoZXI=", "hex": "ffeeddccbbaa"}

NETLIFY = next(vector for vector in VECTORS if vector.name == "netlify")
NOT_MADE = ("svix", "meta, old", "wpforms, form")
"""Older or other ways of a tool: we sign in the first one."""


def few(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "vector", [vector for vector in VECTORS if {vector.name, vector.scheme} & set(names)], ids=lambda one: one.name
    )


timed = pytest.mark.parametrize("vector", [one for one in VECTORS if one.timed], ids=lambda one: one.name)
each = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)


def other_secret(vector: Vector) -> str:
    ways = (vector.own,) if vector.own else NAMED.get(vector.scheme, ())
    return OTHERS.get(ways[0].key if ways else "text", "another-secret")


def signed_by(vector: Vector, secret: str) -> dict[str, str]:
    """What the same tool sends under another secret."""
    proof = replace(vector.proof, secrets=(secret,))
    said = {name.lower(): value for name, value in vector.sent.items()}
    return {**vector.sent, **sign(vector.body, proof, NOW, said, URL)}


def wrong_marks(vector: Vector) -> Iterator[str]:
    mark = vector.mark
    swapped = ("A" if mark[0] != "A" else "B") + mark[1:]
    yield from (
        swapped,
        mark[:-1],
        mark[1:],
        mark + "=",
        mark + "0",
        f" {mark}x",
        f"x {mark}x",
        "",
        "é" * 44,
        "\U0001f511",
    )
    yield from (mark.swapcase(), mark.upper() if mark != mark.upper() else mark.lower(), "\ud800", "v1,", "t=,v1=")
    if mark.endswith("="):
        yield mark.rstrip("=")
    if "." not in mark:
        raw = bytes.fromhex(mark) if len(mark) in (40, 64) and mark.isalnum() else base64.b64decode(mark)
        yield base64.b64encode(raw).decode() if mark == raw.hex() else raw.hex()


@each
def test_the_vector_is_proven(vector: Vector) -> None:
    assert refusal(vector.call(), vector.proof) is None


@each
def test_headers_count_whatever_their_case(vector: Vector) -> None:
    assert refusal(vector.call({name.upper(): value for name, value in vector.headers().items()}), vector.proof) is None


@few(*({vector.name for vector in VECTORS} - set(NOT_MADE)))
def test_signing_gives_the_vector(vector: Vector) -> None:
    said = {name.lower(): value for name, value in vector.sent.items()}
    made = sign(vector.body, vector.proof, NOW, said, URL)
    assert made.items() <= vector.headers().items()
    assert made[vector.header] == vector.headers()[vector.header]


@each
def test_a_mark_that_only_looks_like_it_is_refused(vector: Vector) -> None:
    passed = [mark for mark in wrong_marks(vector) if refusal(vector.call(vector.headers(mark)), vector.proof) is None]
    assert passed == []


@each
def test_a_mark_with_another_prefix_is_refused(vector: Vector) -> None:
    header = vector.header
    for text in (
        f"sha512={vector.mark}",
        f"sha256 ={vector.mark}",
        f"SHA256={vector.mark}",
        f"x{vector.headers()[header]}",
    ):
        assert refusal(vector.call({**vector.sent, header: text}), vector.proof)
    if vector.shown != "{}":
        assert refusal(vector.call({**vector.sent, header: vector.mark}), vector.proof)


@each
def test_a_call_without_any_one_of_its_headers_is_refused(vector: Vector) -> None:
    needed = [name for name in vector.headers() if name not in ("Content-Type", "X-HubSpot-Signature-Version")]
    for missing in needed:
        rest = {name: value for name, value in vector.headers().items() if name != missing}
        assert refusal(vector.call(rest), vector.proof)
        assert refusal(vector.call({**rest, missing: ""}), vector.proof)
    assert refusal(vector.call({}), vector.proof)


@each
def test_a_body_changed_on_the_way_is_refused(vector: Vector) -> None:
    changed = [b"\xef\xbb\xbf" + vector.body, vector.body + b"\n", vector.body[:-1], b"", vector.body + vector.body]
    if vector.body == BODY:
        said = json.loads(BODY)
        changed += [json.dumps(said).encode(), json.dumps(said, separators=(",", ":")).encode()]
    assert [body for body in changed if refusal(vector.call(body=body), vector.proof) is None] == []


@each
def test_another_secret_is_refused_and_both_count_during_rotation(vector: Vector) -> None:
    other = other_secret(vector)
    new = replace(vector.proof, secrets=(other,))
    both = replace(vector.proof, secrets=(other, vector.secret))
    under_other = vector.call(signed_by(vector, other))

    assert refusal(vector.call(), new)
    assert refusal(under_other, vector.proof)
    assert refusal(under_other, new) is None
    assert [refusal(call, both) for call in (vector.call(), under_other)] == [None, None]


@each
def test_without_a_secret_nobody_is_proven(vector: Vector) -> None:
    for secrets in ((), ("",), (" ",)):
        assert refusal(vector.call(), replace(vector.proof, secrets=secrets))


@timed
@pytest.mark.parametrize("ahead", [1, -1])
def test_a_stale_or_a_future_call_is_refused_and_told_as_such(vector: Vector, ahead: int) -> None:
    minutes = 3 if vector.scheme == "calendly-v1" else 5
    edge = NOW + ahead * timedelta(minutes=minutes)
    past = edge + ahead * timedelta(seconds=1)

    assert refusal(vector.call(), vector.proof, edge) is None
    assert LATE in (refusal(vector.call(), vector.proof, past) or "")
    assert LATE not in (refusal(vector.call(vector.headers("A" * 44)), vector.proof, past) or "")
    longer = replace(vector.proof, tolerance=timedelta(minutes=minutes, seconds=1))
    assert refusal(vector.call(), longer, past) is None


@timed
@pytest.mark.parametrize(
    "stamp", ["", "soon", "-1762000000", "1762000000.0", " 1762000000", "９" * 10, "1" * 17, "1762000001"]
)
def test_a_time_that_was_not_signed_is_refused(vector: Vector, stamp: str) -> None:
    moved = {name: value.replace(f"{AT}000", AT).replace(AT, stamp) for name, value in vector.headers().items()}
    assert refusal(vector.call(moved), vector.proof)


@pytest.mark.parametrize(
    "stamp", ["soon", "-1762000000", "1762000000.0", " 1762000000", "+1762000000", "９" * 10, "1_762_000_000"]
)
def test_a_time_that_is_none_is_refused_even_when_it_is_signed(stamp: str) -> None:
    proof = Proof("hmac", ("s",), signature=Signature("X-Sign", signed="{ts}.{body}", timestamp="X-At"))
    mark = hmac.digest(b"s", wire(stamp) + b"." + BODY, "sha256").hex()
    call = VECTORS[0].call({"X-Sign": mark, "X-At": stamp})
    assert LATE in (refusal(call, replace(proof, tolerance=timedelta(hours=1))) or "")


@few("stripe-v1", "calendly-v1", "wpforms-t-v")
def test_one_good_mark_of_a_list_is_enough_under_its_name_only(vector: Vector) -> None:
    text = vector.headers()[vector.header]
    pair = text.partition(",")[2]
    name = pair.partition("=")[0]

    for listed in (f"t={AT},{name}=0000,{pair}", f"{text},{name}=0000", f"{pair},t={AT}", f"t={AT}, {pair},v0=1"):
        assert refusal(vector.call({**vector.sent, vector.header: listed}), vector.proof) is None
    for listed in (f"t={AT},v0={vector.mark}", pair, f"t={AT}", f"t={AT};{pair}", f"t={int(AT) + 1},{pair}"):
        assert refusal(vector.call({**vector.sent, vector.header: listed}), vector.proof)


def test_metas_old_header_counts_only_where_the_new_one_is_missing() -> None:
    new, old = (one for one in VECTORS if one.scheme == "meta-sha256-hex")
    assert refusal(new.call({**new.headers(), **old.headers("0" * 40)}), new.proof) is None
    assert refusal(new.call({**new.headers("0" * 64), **old.headers()}), new.proof)


@pytest.mark.parametrize("version", ["hubspot 2", "hubspot 3"])
@pytest.mark.parametrize(
    "url", [URL + "/", URL.replace("https", "http"), URL + "?a=1", "https://other.example.org/hook/hubspot/1", ""]
)
def test_hubspot_signs_the_address_and_the_method(version: str, url: str) -> None:
    (vector,) = (one for one in VECTORS if one.name == version)
    assert refusal(vector.call(url=url), vector.proof)
    assert refusal(replace(vector.call(), method="PUT"), vector.proof)


def test_hubspot_decodes_some_escapes_of_the_query_before_it_signs() -> None:
    proof = Proof("hubspot-v3", ("s",))
    plain = sign(BODY, proof, NOW, url=f"{URL}?a=b:c/d,e%20f")
    lower = {name.lower(): value for name, value in plain.items()}
    call = VECTORS[0].call(lower, url=f"{URL}?a=b%3ac%2Fd%2Ce%20f")
    assert refusal(call, proof) is None
    assert refusal(replace(call, url=f"{URL}%3Aa"), proof)


def test_wpforms_signs_nested_fields_as_php_writes_them() -> None:
    """Lists and tables of the form, slashes and accents; the form's own bytes are not what is signed."""
    form = replace(
        next(one for one in VECTORS if one.name == "wpforms, form"),
        body=b"a%5B0%5D=x%2Fy&a%5B1%5D=%E2%82%AC&b%5Bc%5D=%22",
    )
    said = {**form.sent, form.header: ""}
    lower = {name.lower(): value for name, value in said.items()}
    same = rb"""{"a":["x\/y","\u20ac"],"b":{"c":"\""}}"""
    made = sign(same, form.proof, NOW)
    assert refusal(form.call({**lower, **{name.lower(): value for name, value in made.items()}}), form.proof) is None
    unreadable = form.call(body=b"nom=%FF")
    assert "cannot be read" in (refusal(unreadable, form.proof) or "")


@pytest.mark.parametrize(
    "token",
    [
        "..", "a.b.c", "e30.e30.AAAA", "eyJhbGciOiJub25lIn0.e30.", "é.é.é",
        NETLIFY.mark.replace(".", ".." , 1), NETLIFY.mark.rpartition(".")[0] + ".",
    ],
)  # fmt: skip
def test_a_token_that_is_none_is_refused(token: str) -> None:
    assert refusal(NETLIFY.call(NETLIFY.headers(token)), NETLIFY.proof)


@pytest.mark.parametrize(
    ("head", "claims"),
    [
        ({"alg": "none"}, {}), ({"alg": "HS512"}, {}), ({}, {}), ([], {}), ({"alg": "HS256"}, {"iss": "another"}),
        ({"alg": "HS256"}, {"sha256": "00"}), ({"alg": "HS256"}, {"sha256": None}), ({"alg": "HS256"}, []),
    ],
)  # fmt: skip
def test_a_token_signed_by_ours_must_still_say_the_right_things(head: object, claims: object) -> None:
    body_hash = json.loads(base64.b64decode(NETLIFY.mark.split(".")[1] + "=="))["sha256"]
    told = {"iss": "netlify", "sha256": body_hash, **claims} if isinstance(claims, dict) else claims
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, told)]
    signed = b".".join(parts)
    mark = base64.urlsafe_b64encode(hmac.digest(NETLIFY.secret.encode(), signed, "sha256")).rstrip(b"=")
    token = (signed + b"." + mark).decode()
    right = head == {"alg": "HS256"} and claims == {}
    assert (refusal(NETLIFY.call(NETLIFY.headers(token)), NETLIFY.proof) is None) == right


def test_the_schemes_are_those_of_this_version() -> None:
    others = {"url", "header", "basic", "bearer", "body", "none", "netlify-jws", "hmac"}
    assert others | set(NAMED) == SCHEMES
    assert {vector.scheme for vector in VECTORS} == SCHEMES - others | {"netlify-jws", "hmac"}


@given(body=st.binary(max_size=200), secret=st.text(min_size=1).filter(str.strip), flip=st.integers(min_value=0))
def test_one_changed_byte_breaks_any_signature(body: bytes, secret: str, flip: int) -> None:
    for vector in VECTORS:
        if vector.proof.secrets != VECTORS[0].proof.secrets or vector.name in NOT_MADE:
            continue
        proof = replace(vector.proof, secrets=(secret,))
        made = {**vector.sent, **sign(body, proof, NOW, {name.lower(): v for name, v in vector.sent.items()}, URL)}
        spot = flip % (len(body) + 1)
        assert refusal(vector.call(made, body), proof) is None
        assert refusal(vector.call(made, body[:spot] + b"\x00" + body[spot:]), proof)


@given(text=st.text(max_size=60), body=st.binary(max_size=60), at=st.integers(min_value=0))
def test_no_header_and_no_body_are_an_error(text: str, body: bytes, at: int) -> None:
    vector = VECTORS[at % len(VECTORS)]
    for headers in (dict.fromkeys(vector.headers(), text), vector.headers(text), {**vector.sent, vector.header: text}):
        assert refusal(vector.call(headers, body), vector.proof)
