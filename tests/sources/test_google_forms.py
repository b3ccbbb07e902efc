"""docs/google-forms.gs and docs/google-forms.md belong together: what the script signs, the documented hook proves."""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bridge.errors import NotProven
from bridge.hooks.registry import Hook, parse
from bridge.model import Delivery
from bridge.proofs.verify import verify
from tests.support.recorded_calls import PAYLOADS, Payload, pairs, read
from tests.support.whole_bridge import House

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = (DOCS / "google-forms.gs").read_text(encoding="utf-8")
PAGE = (DOCS / "google-forms.md").read_text(encoding="utf-8")
(YAML,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
RECORDED = Payload(PAYLOADS / "google_forms" / "composed_script_with_grids.meta.json")
"""What the script posted when it was run, with the headers that it made."""

SECRET: str = RECORDED.meta["test_secret"]
SIGNED_AT = datetime.fromtimestamp(RECORDED.meta["verify_at_unix"], UTC)


@pytest.fixture(scope="module")
def hook() -> Hook:
    """The one that the page shows."""
    return parse(YAML, lambda name: SECRET if name == "GOOGLE_FORMS_SECRET" else None, ["default"], ZoneInfo("UTC"))


def signed(body: bytes, at: datetime, secret: str = SECRET) -> Delivery:
    """A call as the script makes it, without any code of the bridge."""
    stamp = str(int(at.timestamp()))
    mark = hmac.new(secret.encode(), f"{stamp}.{body.decode('ascii')}".encode("ascii"), hashlib.sha256).hexdigest()
    return Delivery("POST", {"x-bridge-timestamp": stamp, "x-bridge-signature": f"sha256={mark}"}, body)


def test_the_documented_hook_proves_what_the_script_signed(hook: Hook) -> None:
    verify(RECORDED.delivery, hook.proof, SIGNED_AT)
    assert signed(RECORDED.body, SIGNED_AT).headers.items() <= RECORDED.delivery.headers.items()


@pytest.mark.parametrize(
    "call",
    [
        signed(RECORDED.body, SIGNED_AT, "another-secret"),
        signed(RECORDED.body, SIGNED_AT - timedelta(hours=1)),
        Delivery("POST", signed(RECORDED.body, SIGNED_AT).headers, RECORDED.body + b" "),
        Delivery("POST", {**signed(RECORDED.body, SIGNED_AT).headers, "x-bridge-timestamp": "1795337114"}, b"{}"),
        Delivery("POST", {}, RECORDED.body),
    ],
    ids=["secret", "old", "body", "time", "unsigned"],
)
def test_and_nothing_else(hook: Hook, call: Delivery) -> None:
    with pytest.raises(NotProven):
        verify(call, hook.proof, SIGNED_AT)


def test_the_page_and_the_script_name_the_same_things(hook: Hook) -> None:
    """Headers, in the order timestamp, signature; and ASCII, so that no encoding comes between signing and sending."""
    assert hook.proof.signature is not None
    headers = (hook.proof.signature.timestamp, hook.proof.signature.header)
    assert re.findall(r"'(X-Bridge-\w+)': ", SCRIPT) == [*headers]
    assert "stamp + '.' + body" in SCRIPT
    assert RECORDED.body.isascii()


def test_an_answer_of_the_script_crosses_by_the_documented_hook(tmp_path: Path) -> None:
    house = House(tmp_path, (YAML.replace("source:", "address: formes23\nsource:", 1),), GOOGLE_FORMS_SECRET=SECRET)
    call = signed(RECORDED.body, house.clock())

    answers = [house.door.post("/hooks/formes23", data=RECORDED.body, headers=[*call.headers.items()]) for _ in (1, 2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    outcomes = [event["outcome"] for answer in answers for event in answer.get_json()["events"]]
    assert outcomes == ["accepted", "duplicate"]


@pytest.mark.parametrize(
    ("heading", "written", "expected"),
    [
        ("Horodateur", "07/10/2025 19:45:12", "2025-10-07 17:45:12+00:00"),
        ("Horodateur", "2025", "None"),
        ("Timestamp", "10/7/2025 19:45:12", "None"),
    ],
)
def test_a_sheets_time_is_only_believed_where_it_is_certain(heading: str, written: str, expected: str) -> None:
    said = read("google_forms", {"namedValues": {heading: [written], "Nom": ["Hébert"]}})

    assert (str(said.submitted_at), pairs(said)) == (expected, [("Nom", "Nom", "Hébert")])
