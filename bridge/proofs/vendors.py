"""The tools' signatures by name (docs/tools.md 2). A tool that signs is a line here.

Where a tool has two ways, the first whose headers are all there is the one that counts.
"""

from collections.abc import Mapping
from datetime import timedelta

from bridge.proofs.proof import Signature


def _standard(family: str) -> Signature:
    """Standard Webhooks, which Svix and Formbricks speak too."""
    return Signature(
        f"{family}-signature",
        signed="{id}.{ts}.{body}",
        prefix="v1,",
        encoding="base64",
        key="whsec",
        timestamp=f"{family}-timestamp",
        id=f"{family}-id",
        several=True,
        foreign="v1a,",
    )


def _hubspot(version: str, signed: str) -> Signature:
    return Signature("X-HubSpot-Signature", signed=signed, sends={"X-HubSpot-Signature-Version": version})


NAMED: Mapping[str, tuple[Signature, ...]] = {
    "tally-v1": (Signature("Tally-Signature", encoding="base64"),),
    "typeform-sha256-b64": (Signature("Typeform-Signature", prefix="sha256=", encoding="base64"),),
    "mautic-sha256-b64": (Signature("Webhook-Signature", encoding="base64"),),
    "helloasso-sha256-hex": (Signature("x-ha-signature"),),
    "meta-sha256-hex": (
        Signature("X-Hub-Signature-256", prefix="sha256="),
        Signature("X-Hub-Signature", prefix="sha1=", hash="sha1"),
    ),
    "formstack": (Signature("X-FS-Signature", prefix="sha256="),),
    "calcom": (Signature("X-Cal-Signature-256"),),
    "standard-webhooks-v1": (_standard("webhook"), _standard("svix")),
    "stripe-v1": (Signature("Stripe-Signature", signed="{ts}.{body}", pair="v1"),),
    "calendly-v1": (
        Signature("Calendly-Webhook-Signature", signed="{ts}.{body}", pair="v1", tolerance=timedelta(minutes=3)),
    ),
    "wpforms-t-v": (Signature("X-WPForms-Webhook-Signature", signed="{ts}.{php_body}", pair="v"),),
    "hubspot-v3": (
        Signature(
            "X-HubSpot-Signature-v3",
            signed="{method}{hubspot_url}{body}{ts}",
            encoding="base64",
            timestamp="X-HubSpot-Request-Timestamp",
            millis=True,
        ),
    ),
    "hubspot-v2": (_hubspot("v2", "{secret}{method}{url}{body}"),),
    "hubspot-v1": (_hubspot("v1", "{secret}{body}"),),
    "webflow-ts-colon-hex": (
        Signature("x-webflow-signature", signed="{ts}:{body}", timestamp="x-webflow-timestamp", millis=True),
    ),
    "framer-body-then-id": (
        Signature("Framer-Signature", signed="{body}{id}", prefix="sha256=", id="framer-webhook-submission-id"),
    ),
    "airtable-mac": (Signature("X-Airtable-Content-MAC", prefix="hmac-sha256=", key="base64"),),
    "surveymonkey-sha1-b64": (Signature("Sm-Signature", hash="sha1", encoding="base64"),),
    "squarespace": (Signature("Squarespace-Signature", key="hex"),),
}
