"""The proof `standard-webhooks-v1`: the vector of docs/tools.md 2, rotation, both families of headers, and what
fails.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import NotProven
from bridge.model import Delivery
from bridge.proofs.verify import Proof, sign, verify
from bridge.store import tables
from tests.support.commands import printed, run, served
from tests.support.json_hook import ESSAI, HEADER, count, plain_house, written
from tests.support.proof_vectors import BODY
from tests.support.sample_hook import SECRETS

ID, AT = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", "1762000000"
MARK = "v1,pVmCeYHoYxpf40vOY6jbZWrJNEX7vuuMXEHqQexhTcg="
NOW = datetime.fromtimestamp(1762000000, UTC)
PROOF = Proof("standard-webhooks-v1", (SECRETS["WHSEC"],))
LOOKED = (
    "Signature missing or not ours. "
    "Looked for the headers webhook-id, webhook-timestamp, webhook-signature (or svix-signature)."
)


def headers(family: str = "webhook", **other: str) -> dict[str, str]:
    said = {"id": ID, "timestamp": AT, "signature": MARK} | other
    return {f"{family}-{part}": value for part, value in said.items()}


def refusal(
    shown: Mapping[str, str], body: bytes = BODY, proof: Proof = PROOF, now: datetime = NOW, method: str = "POST"
) -> str | None:
    try:
        verify(Delivery(method, shown, body), proof, now)
    except NotProven as refused:
        return str(refused)
    return None


@pytest.mark.parametrize("family", ["webhook", "svix"])
def test_the_vector_is_proven_under_both_names_of_the_headers(family: str) -> None:
    assert refusal(headers(family)) is None


def test_signing_gives_the_vector() -> None:
    assert sign(BODY, PROOF, NOW, {"webhook-id": ID}) == headers()
    assert refusal(sign(BODY, PROOF, NOW)) is None
    assert sign(BODY, PROOF, NOW) == sign(BODY, PROOF, NOW)
    assert sign(BODY, PROOF, NOW)["webhook-id"] != sign(BODY + b" ", PROOF, NOW)["webhook-id"]


@pytest.mark.parametrize(
    "signature",
    [
        f"v1,AAAA {MARK}", f"{MARK} v1,AAAA", f"v1a,AAAA {MARK}", f"v2,new {MARK} v1a,AAAA", f"{MARK} {MARK}",
    ],
)  # fmt: skip
def test_one_good_signature_of_a_list_is_enough(signature: str) -> None:
    assert refusal(headers(signature=signature)) is None


@pytest.mark.parametrize(
    "other",
    [
        {"id": "msg_another"}, {"id": ID + " "}, {"id": ""}, {"timestamp": "1762000001"}, {"timestamp": ""},
        {"timestamp": "1762000000.0"}, {"timestamp": "+1762000000"}, {"timestamp": " 1762000000"},
        {"signature": ""}, {"signature": MARK.removeprefix("v1,")}, {"signature": MARK.rstrip("=")},
        {"signature": MARK.replace("v1", "v2")}, {"signature": MARK.replace("v1", "V1")},
        {"signature": MARK.replace("v1", "v1a") + " v1,AAAA"}, {"signature": MARK.replace(",", "=")},
        {"signature": MARK + ",x"}, {"signature": MARK.upper()}, {"signature": "v1,"}, {"signature": "v1,é\U0001f511"},
        {"id": "\ud800"},
    ],
)  # fmt: skip
def test_what_only_looks_like_the_signature_is_refused(other: dict[str, str]) -> None:
    assert refusal(headers(**other)) == LOOKED


@pytest.mark.parametrize("missing", ["id", "timestamp", "signature"])
def test_a_family_counts_only_as_a_whole(missing: str) -> None:
    broken = {name: value for name, value in headers().items() if not name.endswith(missing)}
    assert refusal(broken) == LOOKED
    assert refusal({**broken, f"svix-{missing}": headers()[f"webhook-{missing}"]}) == LOOKED
    assert refusal({**broken, **headers("svix")}) is None
    assert refusal({}) == LOOKED


@pytest.mark.parametrize(
    "body", [b'{"name": "Zo\xc3\xa9"}', b"\xef\xbb\xbf" + BODY, BODY + b"\n", BODY[:-1], b"", b"1762000000." + BODY]
)
def test_a_body_changed_on_the_way_is_refused(body: bytes) -> None:
    assert refusal(headers(), body) == LOOKED


@pytest.mark.parametrize("seconds", [-300, -1, 0, 299.9, 300])
def test_five_minutes_either_way_are_let_through(seconds: float) -> None:
    assert refusal(headers(), now=NOW + timedelta(seconds=seconds)) is None


@pytest.mark.parametrize("seconds", [-301, 301, 86_400, -86_400])
def test_a_stale_or_future_call_is_told_as_such_only_when_it_is_ours(seconds: float) -> None:
    now = NOW + timedelta(seconds=seconds)
    assert refusal(headers(), now=now) == "Signed by ours, but at a time more than 300 s from our clock."
    assert refusal(headers(signature="v1,AAAA"), now=now) == LOOKED
    longer = replace(PROOF, tolerance=timedelta(seconds=abs(seconds)))
    assert refusal(headers(), now=now, proof=longer) is None


@pytest.mark.parametrize("stamp", ["-1762000000", "1762000000x", "soon", "9" * 13, "１７６２００００００"])
def test_a_time_that_is_none_is_refused_even_when_it_is_signed(stamp: str) -> None:
    shown = sign(BODY, PROOF, NOW, {"webhook-id": f"{ID}.{AT}"})
    moved = {**shown, "webhook-id": ID, "webhook-timestamp": f"{AT}.{AT}"}
    assert refusal(moved) == "Signed by ours, but at a time more than 300 s from our clock."
    assert refusal(headers(timestamp=stamp)) == LOOKED


@pytest.mark.parametrize("signature", ["v1a,AAAA", "v1a,AAAA v1a,BBBB"])
def test_asymmetric_signatures_alone_are_told_as_not_supported(signature: str) -> None:
    said = refusal(headers(signature=signature))
    assert said is not None
    assert "not supported" in said


def test_old_and_new_secret_both_work_during_rotation_and_a_third_does_not() -> None:
    old, new = SECRETS["WHSEC_OLD"], SECRETS["WHSEC"]
    rotating = replace(PROOF, secrets=(new, old))
    for secret in (old, new):
        assert refusal(sign(BODY, replace(PROOF, secrets=(secret,)), NOW), proof=rotating) is None
    assert sign(BODY, rotating, NOW, {"webhook-id": ID}) == headers()
    third = replace(PROOF, secrets=("whsec_" + base64.b64encode(b"another").decode(),))
    assert refusal(sign(BODY, third, NOW), proof=rotating) == LOOKED


@pytest.mark.parametrize("secret", ["", " ", "whsec_", "whpk_AAAA", "whsec_pas-du-base64", "whsec_é", "whsec_AAAAA"])
def test_without_a_key_nobody_is_proven_and_nothing_is_signed(secret: str) -> None:
    keyless = replace(PROOF, secrets=(secret,))
    assert refusal(headers(), proof=keyless) == LOOKED
    assert refusal(sign(BODY, replace(PROOF, secrets=("whsec_AA==",)), NOW), proof=keyless) == LOOKED
    with pytest.raises(NotProven, match="no secret to sign with"):
        sign(BODY, keyless, NOW)
    assert refusal(headers(), proof=replace(PROOF, secrets=())) == LOOKED


def test_the_word_before_the_key_may_be_missing() -> None:
    assert refusal(headers(), proof=replace(PROOF, secrets=(PROOF.secrets[0].removeprefix("whsec_"),))) is None


@given(body=st.binary(max_size=200), flip=st.integers(min_value=0), family=st.sampled_from(["webhook", "svix"]))
def test_one_changed_byte_breaks_the_signature(body: bytes, flip: int, family: str) -> None:
    signed = {name.replace("webhook", family): value for name, value in sign(body, PROOF, NOW).items()}
    spot = flip % (len(body) + 1)
    assert refusal(signed, body) is None
    assert refusal(signed, body[:spot] + b"\x00" + body[spot:]) == LOOKED


HOOK = ESSAI.replace(HEADER, "{scheme: standard-webhooks-v1, secret: $WHSEC}")


def test_the_door_asks_the_bridges_clock_and_a_retry_is_a_duplicate(tmp_path: Path) -> None:
    house = plain_house(tmp_path, HOOK, WHSEC=SECRETS["WHSEC"])
    body = written(mail="zoe.lefevre@example.org")
    signed = sign(body, PROOF, house.clock())

    first = house.door.post("/hooks/essai234", data=body, headers=signed)
    house.clock.move(seconds=301)
    stale = house.door.post("/hooks/essai234", data=body, headers=signed)
    again = house.door.post("/hooks/essai234", data=body, headers=sign(body, PROOF, house.clock()))

    assert (first.status_code, stale.status_code, again.status_code) == (200, 401, 200)
    assert "from our clock" in stale.get_json()["detail"]
    assert again.get_json()["events"][0]["outcome"] == "duplicate"
    assert count(house, tables.event) == 1


@pytest.mark.parametrize("family", ["webhook", "svix"])
def test_the_id_of_the_call_is_the_events_for_ever(tmp_path: Path, family: str) -> None:
    """Senders on Svix repeat it for days (a hash counts for ten minutes)."""
    house = plain_house(tmp_path, HOOK, WHSEC=SECRETS["WHSEC"])
    body = written(mail="zoe.lefevre@example.org")

    def told() -> str:
        made = sign(body, PROOF, house.clock(), {"webhook-id": ID})
        signed = {name.replace("webhook", family): value for name, value in made.items()}
        answer = house.door.post("/hooks/essai234", data=body, headers=signed)
        return str(answer.get_json()["events"][0]["outcome"])

    first = told()
    house.clock.move(days=2)

    assert (first, told(), count(house, tables.event)) == ("accepted", "duplicate", 1)


def test_send_signs_as_the_tool_would(tmp_path: Path) -> None:
    house = plain_house(tmp_path, HOOK, WHSEC=SECRETS["WHSEC"])
    body = written(mail="zoe.lefevre@example.org")
    with served(house) as url:
        sent = [
            run(house, "send", "essai", "-", "--to", url, *more, stdin=body) for more in ([], ["-H", "Webhook-Id: m2"])
        ]

    assert [printed(result)["events"][0]["outcome"] for result in sent] == ["accepted", "accepted"]
    assert count(house, tables.event) == 2


def test_a_file_is_previewed_without_its_key(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    (tmp_path / "hook.yaml").write_text(HOOK, encoding="utf-8")
    body = written(mail="zoe.lefevre@example.org", metier="Soudeuse")
    assert printed(run(house, "preview", tmp_path / "hook.yaml", "-", stdin=body))["outcome"] == "previewed"
