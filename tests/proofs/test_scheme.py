"""The `proof` of a hook file: what each scheme needs and takes, and a signature that the hook describes itself."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bridge.errors import Faults
from bridge.hooks.registry import parse
from bridge.proofs.verify import SCHEMES, Proof, Signature
from tests.support.sample_hook import HEAD, SECRETS, written

VARIABLES = {
    **SECRETS,
    "PUBLIC_URL": "https://bridge.example.org",
    "HEX": "00112233445566778899aabbccddeeff",
    "B64": "YWlydGFibGUtbWFjLXNlY3JldC0zMi1ieXRlcy14eCE=",
    "BROKEN": "\udce9",
}
LINE = "proof: {scheme: tally-v1, secret: $TALLY_SECRET}"
OWN = "scheme: hmac, secret: $TALLY_SECRET, header: X-Sign"
KEYS = {"standard-webhooks-v1": "$WHSEC", "airtable-mac": "$B64", "squarespace": "$HEX"}
BESIDE = {
    "header": ", header: X-Token",
    "basic": ", user: moi",
    "body": ", field: data.token",
    "hmac": ", header: X-Sign",
}


def proof(said: str, **variables: str) -> Proof:
    text = written("{from: M, to: mail}", head=HEAD.replace(LINE, f"proof: {{{said}}}"))
    return parse(text, {**VARIABLES, **variables}.get, ["default"], ZoneInfo("Europe/Paris")).proof


def faults(said: str, **variables: str) -> list[str]:
    with pytest.raises(Faults) as refused:
        proof(said, **variables)
    return [fault.removeprefix("line 3: ") for fault in refused.value.faults]


@pytest.mark.parametrize("scheme", sorted(SCHEMES - {"none"}))
def test_every_scheme_is_written_in_one_line_and_needs_its_secret(scheme: str) -> None:
    secret, beside = KEYS.get(scheme, "$TALLY_SECRET"), BESIDE.get(scheme, "")

    assert proof(f"scheme: {scheme}, secret: {secret}{beside}").scheme == scheme
    assert f"secret: is missing: the scheme `{scheme}` needs it." in faults(f"scheme: {scheme}{beside}")
    assert faults(f"scheme: {scheme}, secret: $NOT_SET{beside}")[0].startswith("secret: $NOT_SET is not set.")
    for key in ("header", "user", "field"):
        if f"{key}:" not in beside:
            told = f"{key}: has no effect with the scheme `{scheme}`. Remove it."
            assert faults(f"scheme: {scheme}, secret: {secret}{beside}, {key}: X") == [told]


TWO = "scheme: tally-v1, secret: [$TALLY_SECRET, $HEX]"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"{TWO}, until: {{$OTHER: 2026-12-31}}", "until: names what is none of its secrets."),
        (f"{TWO}, until: {{$HEX: 2026-12-31, $TALLY_SECRET: 2026-12-31}}", "until: ends every secret: one must go on"),
        ("scheme: none, until: {$HEX: 2026-12-31}", "until: has no effect with the scheme `none`."),
        *(
            (f"{TWO}, until: {days}", "until: must be a table of variables and days such as {$OLD: 2026-12-31}.")
            for days in ("2026-12-31", "{}", "{$HEX: 20261231}", "{$HEX: 2026-02-30}", "{$HEX: [2026-12-31]}")
        ),
    ],
)
def test_the_end_of_a_secret_is_a_day_and_one_secret_has_none(said: str, told: str) -> None:
    assert [fault.startswith(told) for fault in faults(said) if fault.startswith("until")] == [True]
    assert not any("OTHER" in fault for fault in faults(said))


def test_a_secret_that_two_variables_hold_goes_on_as_long_as_either() -> None:
    found = proof(f"{TWO}, until: {{$HEX: 2026-12-31}}")
    assert [f"{end:%Y-%m-%d %H:%M %z}" for end in found.until.values()] == ["2027-01-01 00:00 +0100"]
    assert proof(f"{TWO}, until: {{$HEX: 2026-12-31}}", HEX="same", TALLY_SECRET="same").until == {}


@pytest.mark.parametrize(
    ("said", "own"),
    [
        (OWN, Signature("X-Sign")),
        (f"{OWN}, prefix: sha256=", Signature("X-Sign", prefix="sha256=")),
        (f"{OWN}, hash: sha1, encoding: base64", Signature("X-Sign", hash="sha1", encoding="base64")),
        (
            f"{OWN}, signed: '{{ts}}:{{body}}', timestamp: X-At",
            Signature("X-Sign", signed="{ts}:{body}", timestamp="X-At"),
        ),
        (
            f"{OWN}, signed: '{{id}}.{{ts}}.{{body}}', timestamp: X-At, id: X-Id",
            Signature("X-Sign", signed="{id}.{ts}.{body}", timestamp="X-At", id="X-Id"),
        ),
        (f"{OWN}, signed: '{{body}}{{id}}', id: X-Id", Signature("X-Sign", signed="{body}{id}", id="X-Id")),
        (
            f"{OWN}, signed: '{{method}}{{url}}{{body}}{{ts}}', timestamp: X-At",
            Signature("X-Sign", signed="{method}{url}{body}{ts}", timestamp="X-At"),
        ),
        (OWN.replace("$TALLY_SECRET", "$HEX") + ", key: hex", Signature("X-Sign", key="hex")),
        (OWN.replace("$TALLY_SECRET", "$B64") + ", key: base64", Signature("X-Sign", key="base64")),
    ],
)
def test_a_hook_describes_its_own_signature(said: str, own: Signature) -> None:
    assert proof(said).signature == own


def test_its_own_signature_may_have_its_own_tolerance() -> None:
    said = f"{OWN}, signed: '{{ts}}.{{body}}', timestamp: X-At"
    assert (proof(said).tolerance, proof(f"{said}, tolerance: 90s").tolerance) == (None, timedelta(seconds=90))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"{OWN}, signed: '{{ts}}', timestamp: X-At", "signed: must hold {body}, and of other parts only {ts}, {id}"),
        (f"{OWN}, signed: '{{body}}{{secret}}'", "signed: must hold {body}"),
        (f"{OWN}, signed: '{{body}}{{}}'", "signed: must hold {body}"),
        (f"{OWN}, signed: '{{ts}}.{{body}}'", "timestamp: is missing: `signed` covers {ts}."),
        (f"{OWN}, signed: '{{body}}{{id}}'", "id: is missing: `signed` covers {id}."),
        (f"{OWN}, timestamp: X-At", "timestamp: has no effect: `signed` does not cover {ts}."),
        (f"{OWN}, id: X-Id", "id: has no effect: `signed` does not cover {id}."),
        (f"{OWN}, tolerance: 5m", "tolerance: has no effect: `signed` does not cover {ts}."),
        (f"{OWN}, hash: md5", "hash: `md5` is not known."),
        (f"{OWN}, encoding: base32", "encoding: `base32` is not known."),
        (f"{OWN}, key: whsec", "key: `whsec` is not known."),
        (f"{OWN}, key: hex", "secret: holds no key: it is hexadecimal."),
        (f"{OWN}, key: base64", "secret: holds no key: it is base64."),
        (f"{OWN}, timestamp: 'X At'", "timestamp: must be the name of a header"),
        ("scheme: hmac, secret: $TALLY_SECRET", "header: is missing: the scheme `hmac` needs it."),
        ("scheme: tally-v1, secret: $TALLY_SECRET, hash: sha1", "hash: has no effect with the scheme `tally-v1`."),
        ("scheme: tally-v1, secret: $BROKEN", "secret: holds no key: it is text in UTF-8."),
        ("scheme: squarespace, secret: $TALLY_SECRET", "secret: holds no key: it is hexadecimal."),
        ("scheme: airtable-mac, secret: $TALLY_SECRET", "secret: holds no key: it is base64."),
        ("scheme: body, secret: $TALLY_SECRET", "field: is missing: the scheme `body` needs it."),
        ("scheme: body, secret: $TALLY_SECRET, field: a..b", "field: must be the name of the field"),
        ("scheme: stripe-v1, secret: $TALLY_SECRET, tolerance: 2h", "tolerance: must be seconds or minutes"),
    ],
)
def test_a_proof_that_could_not_hold_is_told_with_what_to_write(said: str, told: str) -> None:
    assert [fault for fault in faults(said) if fault.startswith(told)]
    assert SECRETS["TALLY_SECRET"] not in " ".join(faults(said))


@pytest.mark.parametrize(
    "said",
    [
        "scheme: hubspot-v3, secret: $TALLY_SECRET",
        "scheme: hubspot-v2, secret: $TALLY_SECRET",
        f"{OWN}, signed: '{{url}}{{body}}'",
    ],
)
def test_a_signature_over_the_address_asks_for_the_public_one(said: str) -> None:
    (told,) = faults(said, PUBLIC_URL=" ")
    assert "signs the address that the tool calls: set PUBLIC_URL" in told
    assert proof(said)
    assert proof("scheme: hubspot-v1, secret: $TALLY_SECRET", PUBLIC_URL="")


def test_a_secret_in_the_body_opens_no_report() -> None:
    """Whoever the body is forwarded to has it (docs/door.md: a signature or a header)."""
    head = HEAD.replace(LINE, "proof: {scheme: body, field: token, secret: $TALLY_SECRET}\nanswer: full")
    with pytest.raises(Faults, match="`full` needs a proof in a signature or header"):
        parse(written("{from: M, to: mail}", head=head), VARIABLES.get, ["default"])
