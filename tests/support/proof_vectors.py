"""The vectors of docs/tools.md 2 as data, and what the tests of proofs ask: whether a call is proven."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bridge.errors import NotProven
from bridge.model import Delivery
from bridge.proofs.vendors import NAMED
from bridge.proofs.verify import Proof, Signature, verify

BODY = '{"name":"Zoé","email":"zoe@example.org"}'.encode()
SECRET = "test-secret-do-not-use"
AT = "1762000000"
NOW = datetime.fromtimestamp(int(AT), UTC)
URL = "https://bridge.example.org/hook/hubspot/1"
WHSEC = "whsec_c3RhbmRhcmQtd2ViaG9va3MtdGVzdC1rZXktMjRiISE="
ID = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
HEX = "3c11e1323dd7bcd58ad29bffbc1268147455e51dbe4feb89c0e9f753d807b821"
BASE64 = "PBHhMj3XvNWK0pv/vBJoFHRV5R2+T+uJwOn3U9gHuCE="
TIMED = "3eb7b611c0241436966d5900a65b34e786b2f99a278a1aeba10f0e2e9ec13bd4"
JWT = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJuZXRsaWZ5Iiwic2hhMjU2IjoiYjJmOWZlM2U0ZDkyYzUyMTdjYWRjYjRkMDlkZWJkYTMwZmE5ZWNlNDk1OTM2M2FkNGY2ZTc1YWMyNjMyNjJhYSJ9"
    ".yS0rtHFdBm8ZRREqMypm8ew_NM94eVY_4IYCyxcWXgE"
)


@dataclass(frozen=True)
class Vector:
    """`shown` is where the mark stands in its header; `sent` are the headers beside it."""

    name: str
    scheme: str
    header: str
    mark: str
    shown: str = "{}"
    sent: Mapping[str, str] = field(default_factory=dict[str, str])
    secret: str = SECRET
    body: bytes = BODY
    own: Signature | None = None

    @property
    def proof(self) -> Proof:
        return Proof(self.scheme, (self.secret,), signature=self.own)

    @property
    def timed(self) -> bool:
        ways = (self.own,) if self.own else NAMED.get(self.scheme, ())
        return any("{ts}" in way.signed for way in ways)

    def headers(self, mark: str | None = None) -> dict[str, str]:
        return {**self.sent, self.header: self.shown.format(self.mark if mark is None else mark)}

    def call(self, headers: Mapping[str, str] | None = None, body: bytes | None = None, url: str = URL) -> Delivery:
        said = self.headers() if headers is None else headers
        lower = {name.lower(): value for name, value in said.items()}
        return Delivery("POST", lower, self.body if body is None else body, url=url)


def refusal(call: Delivery, proof: Proof, now: datetime = NOW) -> str | None:
    """The sentence of a refusal; None when the call is proven."""
    try:
        verify(call, proof, now)
    except NotProven as refused:
        return str(refused)
    return None


OWN = Signature(
    "X-Sign", signed="{ts}:{body}", prefix="s=", hash="sha512", encoding="base64", key="hex", timestamp="X-At"
)
VECTORS = (
    Vector("tally", "tally-v1", "Tally-Signature", BASE64),
    Vector("typeform", "typeform-sha256-b64", "Typeform-Signature", BASE64, "sha256={}"),
    Vector("mautic", "mautic-sha256-b64", "Webhook-Signature", BASE64),
    Vector("helloasso", "helloasso-sha256-hex", "x-ha-signature", HEX),
    Vector("meta", "meta-sha256-hex", "X-Hub-Signature-256", HEX, "sha256={}"),
    Vector("meta, old", "meta-sha256-hex", "X-Hub-Signature", "ac3e72cd02b405b7895cd19901f8fee35fe3d156", "sha1={}"),
    Vector("formstack", "formstack", "X-FS-Signature", HEX, "sha256={}"),
    Vector("calcom", "calcom", "X-Cal-Signature-256", HEX),
    *(
        Vector(
            family, "standard-webhooks-v1", f"{family}-signature", "pVmCeYHoYxpf40vOY6jbZWrJNEX7vuuMXEHqQexhTcg=",
            "v1,{}", {f"{family}-id": ID, f"{family}-timestamp": AT}, WHSEC,
        )
        for family in ("webhook", "svix")
    ),
    Vector(
        "stripe", "stripe-v1", "Stripe-Signature", "db5a381c396f73f4cb2d041d93490a2c0b0c0d986f6a03d6aa3b01878d2c880b",
        f"t={AT},v1={{}}", secret="whsec_invented0000000000000000000000",
    ),
    Vector("calendly", "calendly-v1", "Calendly-Webhook-Signature", TIMED, f"t={AT},v1={{}}"),
    Vector(
        "wpforms", "wpforms-t-v", "X-WPForms-Webhook-Signature", TIMED, f"t={AT},v={{}}",
        {"Content-Type": "application/json; charset=utf-8"},
    ),
    Vector(
        "wpforms, form", "wpforms-t-v", "X-WPForms-Webhook-Signature",
        "82ab2999f578f277d36d053b30710ec32552df11f2ebba0e8424ddb7fac27e0e", f"t={AT},v={{}}",
        {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
        body=b"nom=Zo%C3%A9&site=https%3A%2F%2Fexample.org%2F",
    ),
    Vector(
        "hubspot 3", "hubspot-v3", "X-HubSpot-Signature-v3", "GSoE6DWlqoeKuUfqH4knYTDDzZ/tRZuGJvSpBDS7iwk=",
        sent={"X-HubSpot-Request-Timestamp": f"{AT}000"},
    ),
    Vector(
        "hubspot 2", "hubspot-v2", "X-HubSpot-Signature",
        "5edb63b99bd1f7b4dbcae79fdf6751649edcb5eb2ad4c57755669024e77963f0", sent={"X-HubSpot-Signature-Version": "v2"},
    ),
    Vector(
        "hubspot 1", "hubspot-v1", "X-HubSpot-Signature",
        "1cf5e608c8e0bc03843f5523cf76a982ce961b0158478b1016cf2c2f99e082e6", sent={"X-HubSpot-Signature-Version": "v1"},
    ),
    Vector(
        "webflow", "webflow-ts-colon-hex", "x-webflow-signature",
        "1c6641a18bb620777fc17ffeac8d8e0d296f4106f0019dff7dad621c161754ad", sent={"x-webflow-timestamp": f"{AT}000"},
    ),
    Vector(
        "framer", "framer-body-then-id", "Framer-Signature",
        "566a98dfd129b6efcfd0b74e0b674de3eaad2324617df50a8319f5f83a75b2ab", "sha256={}",
        {"framer-webhook-submission-id": "0b5f4b7e-5d0b-4a53-9f0a-0f6f0c9e1a77"},
    ),
    Vector(
        "airtable", "airtable-mac", "X-Airtable-Content-MAC",
        "28944f4ffe1fef0a4895876a608cab0089bccba1a68d762c42af1ce541d9bb11", "hmac-sha256={}",
        secret="YWlydGFibGUtbWFjLXNlY3JldC0zMi1ieXRlcy14eCE=",
    ),
    Vector(
        "surveymonkey", "surveymonkey-sha1-b64", "Sm-Signature", "UNE51hLQC5H2B6c7Yt5EleQp+Q0=",
        secret="client_id_demo&client_secret_demo",
    ),
    Vector(
        "squarespace", "squarespace", "Squarespace-Signature",
        "30817ad426dbdb5ddbb98b4d14c8a59b6df89567c9fa12b45dc58a1a06b36771", secret="00112233445566778899aabbccddeeff",
    ),
    Vector("netlify", "netlify-jws", "X-Webhook-Signature", JWT),
    Vector(
        "a hook's own", "hmac", "X-Sign",
        "5eSR/DXgeWUx6OMHf9oaS3dy1m1/i9gQjClOtRciotXY3NEstHvjG6BAxHqQeTQUpU2xkrw76AnEs/vUQcFdcA==", "s={}",
        {"X-At": AT}, "00112233445566778899aabbccddeeff", own=OWN,
    ),
)  # fmt: skip
