"""Proofs: the vectors of docs/tools.md 2, what must not pass for them, and secrets that people choose."""

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import NotProven
from bridge.model import Delivery
from bridge.proofs.verify import SCHEMES, Proof, Signature, as_sent, sign, variable_of, verify
from tests.support.proof_vectors import BODY, SECRET
from tests.support.whole_bridge import NOW

VECTOR = "PBHhMj3XvNWK0pv/vBJoFHRV5R2+T+uJwOn3U9gHuCE="
TALLY = Proof("tally-v1", (SECRET,))
TYPEFORM = Proof("typeform-sha256-b64", (SECRET,))
HEADER = Proof("header", (SECRET,), header="X-Bridge-Secret")
BASIC = Proof("basic", (SECRET,), user="zapier")
BEARER = Proof("bearer", (SECRET,))
IN_HEADERS = (TALLY, TYPEFORM, HEADER, BASIC, BEARER)
URL = Proof("url", (SECRET,))


def call(headers: dict[str, str], body: bytes = BODY, path_secret: str | None = None) -> Delivery:
    lower = {name.lower(): value for name, value in headers.items()}
    return Delivery("POST", lower, body, path_secret=path_secret)


def proven(delivery: Delivery, proof: Proof) -> bool:
    try:
        verify(delivery, proof, NOW)
    except NotProven:
        return False
    return True


def test_the_vectors_of_both_signing_tools_are_proven() -> None:
    assert proven(call({"Tally-Signature": VECTOR}), TALLY)
    assert proven(call({"Typeform-Signature": f"sha256={VECTOR}"}), TYPEFORM)


def test_signing_gives_the_vectors() -> None:
    assert sign(BODY, TALLY, NOW) == {"Tally-Signature": VECTOR}
    assert sign(BODY, TYPEFORM, NOW) == {"Typeform-Signature": f"sha256={VECTOR}"}
    assert sign(BODY, URL, NOW) == {}
    assert sign(BODY, Proof("none"), NOW) == {}


@pytest.mark.parametrize(
    "signature",
    [
        f"sha256={VECTOR}",
        VECTOR.rstrip("="),
        VECTOR.upper(),
        VECTOR + "=",
        f"{VECTOR}, {VECTOR}",
        "3c11e1323dd7bcd58ad29bffbc1268147455e51dbe4feb89c0e9f753d807b821",
        "3C11E1323DD7BCD58AD29BFFBC1268147455E51DBE4FEB89C0E9F753D807B821",
        base64.urlsafe_b64encode(base64.b64decode(VECTOR)).decode(),
        base64.b64encode(hmac.new(b"", BODY, hashlib.sha256).digest()).decode(),
        "é" * 44,
        "\U0001f511",
        "\ud800",
        "",
    ],
)
def test_what_only_looks_like_tallys_signature_is_refused(signature: str) -> None:
    assert not proven(call({"Tally-Signature": signature}), TALLY)


@pytest.mark.parametrize(
    "signature",
    [VECTOR, f"sha1={VECTOR}", f"SHA256={VECTOR}", f"sha256={VECTOR.rstrip('=')}", f"sha256= {VECTOR}"],
)
def test_typeforms_prefix_and_padding_are_part_of_the_signature(signature: str) -> None:
    assert not proven(call({"Typeform-Signature": signature}), TYPEFORM)


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "Zo\xc3\xa9", "email": "zoe@example.org"}',
        b'{"name":"Zo\\u00e9","email":"zoe@example.org"}',
        b"\xef\xbb\xbf" + BODY,
        BODY + b"\n",
        BODY[:-1],
        b"",
    ],
)
def test_a_body_changed_on_the_way_is_refused(body: bytes) -> None:
    assert not proven(call({"Tally-Signature": VECTOR}, body), TALLY)


@pytest.mark.parametrize("proof", IN_HEADERS)
@pytest.mark.parametrize("spelling", [str.lower, str.upper])
def test_what_we_sign_is_proven_whatever_the_case_of_the_header(proof: Proof, spelling: object) -> None:
    assert callable(spelling)
    signed = {spelling(name): value for name, value in sign(BODY, proof, NOW).items()}
    assert proven(call(signed), proof)


@pytest.mark.parametrize("proof", IN_HEADERS)
def test_old_and_new_secret_both_work_during_rotation_and_a_third_does_not(proof: Proof) -> None:
    rotating = replace(proof, secrets=("newer-secret", SECRET))
    assert proven(call(sign(BODY, proof, NOW)), rotating)
    assert proven(call(sign(BODY, rotating, NOW)), rotating)
    assert not proven(call(sign(BODY, replace(proof, secrets=("other",)), NOW)), rotating)


@pytest.mark.parametrize("proof", [*IN_HEADERS, URL])
def test_without_a_secret_nobody_is_proven(proof: Proof) -> None:
    for secrets in ((), ("",), (" ",)):
        empty = replace(proof, secrets=secrets)
        digest = base64.b64encode(hmac.new(secrets[0].encode() if secrets else b"", BODY, hashlib.sha256).digest())
        given_headers = {
            "Tally-Signature": digest.decode(),
            "Typeform-Signature": f"sha256={digest.decode()}",
            "X-Bridge-Secret": "",
            "Authorization": "Basic " + base64.b64encode(b"zapier:").decode(),
        }
        assert not proven(call(given_headers, path_secret=""), empty)
        assert not proven(call({"Authorization": "Bearer "}, path_secret=None), empty)


def test_signing_without_a_secret_is_refused() -> None:
    with pytest.raises(NotProven, match="no secret to sign with"):
        sign(BODY, replace(TALLY, secrets=("",)), NOW)


@pytest.mark.parametrize(
    ("proof", "sentence"),
    [
        (TALLY, "Signature missing or not ours. Looked for the header Tally-Signature."),
        (TYPEFORM, "Signature missing or not ours. Looked for the header Typeform-Signature."),
        (HEADER, "Secret missing or not ours. Looked for the header X-Bridge-Secret."),
        (BASIC, "User or password missing or not ours. Looked for the header Authorization."),
        (BEARER, "Token missing or not ours. Looked for the header Authorization."),
        (URL, "Secret missing or not ours. Looked for it at the end of the address."),
    ],
)
def test_a_refusal_says_where_it_looked_and_nothing_of_the_secret(proof: Proof, sentence: str) -> None:
    with pytest.raises(NotProven) as refused:
        verify(call({}), proof, NOW)
    assert str(refused.value) == sentence
    assert SECRET not in repr(proof)


def test_the_secret_in_the_path_must_be_the_whole_of_it() -> None:
    assert proven(call({}, path_secret=SECRET), URL)
    assert proven(call({}, path_secret="clé"), replace(URL, secrets=("clé",)))
    for wrong in (None, "", SECRET[:-1], SECRET + "/", SECRET.upper(), "\ud800"):
        assert not proven(call({}, path_secret=wrong), URL)


def test_basic_needs_both_the_user_and_the_password() -> None:
    for credentials in (f"zapier:{SECRET}x", f"other:{SECRET}", f":{SECRET}", "zapier:", SECRET):
        encoded = base64.b64encode(credentials.encode()).decode()
        assert not proven(call({"Authorization": f"Basic {encoded}"}), BASIC)


def test_the_word_before_basic_and_bearer_credentials_may_have_any_case() -> None:
    basic = base64.b64encode(f"zapier:{SECRET}".encode()).decode()
    assert proven(call({"Authorization": f"basic {basic}"}), BASIC)
    assert proven(call({"Authorization": f"BEARER {SECRET}"}), BEARER)
    assert not proven(call({"Authorization": f"Bearer {SECRET.upper()}"}), BEARER)
    assert not proven(call({"Authorization": SECRET}), BEARER)


def test_a_secret_with_accents_is_compared_by_the_bytes_on_the_wire() -> None:
    accented = replace(HEADER, secrets=("clé-à-molette",))
    on_the_wire = "clé-à-molette".encode().decode("latin-1")
    assert sign(BODY, accented, NOW) == {"X-Bridge-Secret": on_the_wire}
    assert proven(call({"X-Bridge-Secret": on_the_wire}), accented)
    assert not proven(call({"X-Bridge-Secret": "cle-a-molette"}), accented)


@pytest.mark.parametrize("proof", [Proof("nothing-known", (SECRET,)), Proof("header", (SECRET,))])
def test_an_unknown_or_half_written_proof_lets_nobody_in(proof: Proof) -> None:
    assert not proven(call({"": SECRET}, path_secret=SECRET), proof)


def test_no_proof_asks_for_nothing() -> None:
    assert proven(call({}), Proof("none"))


@given(body=st.binary(max_size=200), secret=st.text(min_size=1).filter(str.strip), flip=st.integers(min_value=0))
def test_one_changed_byte_breaks_any_signature(body: bytes, secret: str, flip: int) -> None:
    for proof in (replace(TALLY, secrets=(secret,)), replace(TYPEFORM, secrets=(secret,))):
        signed = sign(body, proof, NOW)
        assert proven(call(signed, body), proof)
        spot = flip % (len(body) + 1)
        assert not proven(call(signed, body[:spot] + b"\x00" + body[spot:]), proof)


SECRETS = dict.fromkeys(SCHEMES - {"none"}, (SECRET, "another-secret-of-ours"))
SECRETS |= {"standard-webhooks-v1": ("whsec_b3Vycw==", "whsec_dGhlaXJz"), "airtable-mac": ("b3Vycw==", "dGhlaXJz")}
SECRETS |= {"squarespace": ("0a0b", "0c0d")}


@pytest.mark.parametrize("scheme", sorted(SECRETS))
def test_every_scheme_says_under_which_secret_and_until_when(scheme: str) -> None:
    new, old = SECRETS[scheme]
    signature = Signature("X-Sign") if scheme == "hmac" else None
    proof = Proof(scheme, (new, old), "X-Token", "zapier", path="token", signature=signature)
    proof = replace(proof, variables={new: "NEW", old: "OLD"})
    body = Delivery("POST", {"content-type": "application/json"}, BODY, url="https://bridge.example.org/hooks/x")
    said = [verify(as_sent(body, replace(proof, secrets=(one,)), NOW), proof, NOW) for one in (new, old)]

    assert said == [f"{scheme} $NEW", f"{scheme} $OLD"]
    assert [variable_of(one) for one in (*said, scheme)] == ["NEW", "OLD", ""]
    over = replace(proof, until={new: NOW})
    assert verify(as_sent(body, over, NOW), over, NOW) == f"{scheme} $OLD"
    with pytest.raises(NotProven, match="whose time is over"):
        verify(as_sent(body, proof, NOW), over, NOW)
