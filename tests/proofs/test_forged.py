"""Every scheme of the table against every forgery that we know: how many were tried, and that none was let in.

`pytest -s tests/proofs/test_forged.py` prints the count of each scheme.
"""

import base64
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.errors import NotProven
from bridge.model import Delivery
from bridge.proofs.verify import SCHEMES, Proof, as_sent, looked_for, verify, ways
from tests.support.proof_vectors import NOW, OWN, VECTORS

BODY = b'{"token":"","name":"Zo\xc3\xa9","mail":"zoe@example.org"}'
HOOK, OTHER_HOOK = "https://bridge.example.org/hooks/a", "https://bridge.example.org/hooks/b"
TEXTS = {
    "whsec": ("whsec_b3Vycw==", "whsec_dGhlaXJz"),
    "base64": ("b3Vycw==", "dGhlaXJz"),
    "hex": ("0a0b", "0c0d"),
    "text": ("A-Secret-Of-Ours", "another-secret"),
}
ID = {"webhook-id": "msg_1", "framer-webhook-submission-id": "sub_1"}
FORGED = sorted(SCHEMES - {"none"})
ODD = ("", " ", "\0", "é" * 44, "\U0001f511", "\ud800", "null", "sha256=", "v1,", "t=,v1=", "Basic", "Bearer ")


def proof_of(scheme: str, newest: int = 0) -> Proof:
    """With a secret of the hook's own, or another's."""
    own = OWN if scheme == "hmac" else None
    made = Proof(scheme, (), "X-Token", "zapier", path="token", signature=own)
    kind = ways(made)[0].key if ways(made) else "text"
    return replace(made, secrets=(TEXTS[kind][newest],))


def true(scheme: str, secret: int = 0, body: bytes = BODY, url: str = HOOK, ago: int = 0) -> Delivery:
    """The call as the tool sends it."""
    call = Delivery("POST", {"content-type": "application/json", **ID}, body, url=url)
    return as_sent(call, proof_of(scheme, secret), NOW - timedelta(minutes=ago))


def let_in(call: Delivery, proof: Proof) -> bool:
    with suppress(NotProven):
        verify(call, proof, NOW)
        return True
    return False


def marks(scheme: str) -> list[str]:
    """The headers that hold proof, or parts of what is signed, of a true call."""
    return [name for name in looked_for(proof_of(scheme)) if name in true(scheme).headers]


def changed(text: str) -> Iterator[str]:
    """What is near to a mark. Flipped bit by bit: each sign of it becomes another; cut, doubled, padded, recased."""
    for at, sign in enumerate(text):
        for bit in range(7):
            yield text[:at] + chr(ord(sign) ^ 1 << bit) + text[at + 1 :]
        yield text[:at] + text[at + 1 :]
    yield from (text[:cut] for cut in range(len(text)))
    yield from (text[cut:] for cut in range(1, len(text)))
    yield from (f"{text},{text}", f"{text} {text}", f"{text}={text}", text + "=", text + "0", text + "\0", "x" + text)
    yield from (text.swapcase(), text.upper(), text.lower(), text[::-1], *ODD)
    yield base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def near(scheme: str) -> Iterator[tuple[str, Delivery]]:
    """The mark changed, taken out, or under another name."""
    call = true(scheme)
    for name in marks(scheme):
        for other in changed(call.headers[name]):
            yield "mark", replace(call, headers={**call.headers, name: other})
        without = {key: value for key, value in call.headers.items() if key != name}
        yield "no mark", replace(call, headers=without)
        yield "another header", replace(call, headers={**without, f"x-{name}": call.headers[name]})
    for other in changed(call.path_secret or "") if call.path_secret else ():
        yield "mark", replace(call, path_secret=other)


def elsewhere(scheme: str) -> Iterator[tuple[str, Delivery]]:
    """A true mark of another secret, time, body or place; all marks of all other schemes at once."""
    yield "other secret", true(scheme, 1)
    yield "nothing", Delivery("POST", {"content-type": "application/json"}, BODY, url=HOOK)
    if any("{ts}" in way.signed for way in ways(proof_of(scheme))):
        for minutes in (6, 60, 60 * 24 * 365, -6, -60 * 24):
            yield "stale", true(scheme, ago=minutes)
    call = true(scheme)
    if ways(proof_of(scheme)) or scheme == "netlify-jws":
        for at in range(len(BODY)):
            for bit in (1, 32, 128):
                body = BODY[:at] + bytes([BODY[at] ^ bit]) + BODY[at + 1 :]
                yield "other body", replace(call, body=body)
            yield "cut body", replace(call, body=BODY[:at])
        yield "other body", replace(call, body=BODY + b"\n")
        yield "other body", replace(call, body=b"\xef\xbb\xbf" + BODY)
        yield "by GET", replace(call, method="GET", body=b"", query=BODY.decode())
    if any("url}" in way.signed for way in ways(proof_of(scheme))):
        yield "another hook", replace(call, url=OTHER_HOOK)
    if scheme == "body":
        for other in changed(TEXTS["text"][0]):
            with suppress(NotProven, UnicodeEncodeError):  # what no tool could send
                yield "mark", as_sent(replace(call, body=BODY), replace(proof_of("body"), secrets=(other or " ",)), NOW)
    theirs = {name: value for one in VECTORS if one.scheme != scheme for name, value in one.headers().items()}
    yield "marks of others", Delivery("POST", {name.lower(): value for name, value in theirs.items()}, BODY, url=HOOK)


def of_another_hook(scheme: str) -> Iterator[tuple[str, Delivery]]:
    """A true call of each other scheme, under its own and under our secret."""
    for other in FORGED:
        if other != scheme:
            yield "of another hook", true(other, 1)


def is_the_same(scheme: str, call: Delivery) -> bool:
    """What HTTP, or the scheme, calls the same as the true call: no forgery."""
    first = true(scheme)
    if call == first:
        return True
    (own,) = ways(proof_of(scheme))[:1] or (None,)
    if own is not None and (own.pair or own.several):  # a list of marks, of which one is enough
        name = own.header.lower()
        alike = replace(call, headers={**call.headers, name: first.headers[name]}) == first
        return alike and first.headers[name] in call.headers.get(name, "")
    if scheme in ("basic", "bearer"):  # RFC 9110, 11.1: the word has no case
        word, _, rest = call.headers.get("authorization", "").partition(" ")
        return (word.lower(), rest) == (scheme, first.headers["authorization"].partition(" ")[2])
    return False


def forged(scheme: str) -> Iterator[tuple[str, Delivery]]:
    every = (*near(scheme), *elsewhere(scheme), *of_another_hook(scheme))
    return ((kind, call) for kind, call in every if not is_the_same(scheme, call))


@pytest.mark.parametrize("scheme", FORGED)
def test_the_true_call_of_a_scheme_is_proven(scheme: str) -> None:
    """A test that lets nothing in must be able to let something in."""
    assert let_in(true(scheme), proof_of(scheme))


def test_no_forgery_of_any_scheme_is_let_in() -> None:
    total, passed = 0, []
    for scheme in FORGED:
        kinds: Counter[str] = Counter()
        for kind, call in forged(scheme):
            kinds[kind] += 1
            if let_in(call, proof_of(scheme)):
                passed.append((scheme, kind, call))
        total += kinds.total()
        told = ", ".join(f"{kind} {many}" for kind, many in kinds.items())
        sys.stdout.write(f"{scheme:22}{kinds.total():6}  {told}\n")
    sys.stdout.write(f"{len(FORGED)} schemes, {total} forged calls tried, {len(passed)} let in\n")

    assert passed == []
    assert total > 20_000
