"""A hook file to vary, and a small catalogue of Qomon's forms: what the tests of hooks and of mapping share."""

from zoneinfo import ZoneInfo

from bridge.hooks.registry import Hook, parse
from bridge.model import Answer, AnswerType, Submission, Value
from bridge.qomon.catalogue import Catalogue, read_catalogue
from schemas.codes import Kind

SECRETS = {
    "TALLY_SECRET": "test-secret-do-not-use",
    "OLD_SECRET": "test-secret-of-last-year",
    "WHSEC": "whsec_c3RhbmRhcmQtd2ViaG9va3MtdGVzdC1rZXktMjRiISE=",
    "WHSEC_OLD": "whsec_dGhlLXRlc3Qta2V5LW9mLWxhc3QteWVhci0hISE=",
}
HEAD = """\
hook: benevoles
source: tally
proof: {scheme: tally-v1, secret: $TALLY_SECRET}
mode: live
contact: {address: keep}
fields:
"""
CATALOGUE: Catalogue = read_catalogue(
    {
        "consent": [
            {
                "id": 710,
                "label": "Consentement",
                "type": "checkbox",
                "refvalues": [
                    {"id": 7101, "label": "E-mail", "value": "consent_email"},
                    {"id": 7102, "label": "SMS", "value": "consent_sms"},
                ],
            }
        ],
        "level_of_support": [
            {
                "id": 720,
                "label": "Soutien",
                "type": "radio",
                "refvalues": [
                    {"id": 7201, "label": "Sympathisant", "value": "supporter"},
                    {"id": 7202, "label": "Refus", "value": "refusal"},
                ],
            }
        ],
        "custom_fields": [
            {
                "id": 820,
                "label": "Disponibilités",
                "type": "checkbox",
                "refvalues": [
                    {"id": 8201, "label": "Porte-à-porte", "value": "door"},
                    {"id": 8202, "label": "Tractage", "value": "leaflets"},
                    {"id": 8203, "label": "Héberger une réunion", "value": "host"},
                    {"id": 8204, "label": "Autre", "value": "other_1"},
                    {"id": 8205, "label": "Autre", "value": "other_2"},
                ],
            },
            {"id": 830, "label": "Métier", "type": "text", "refvalues": [{"id": 8301}]},
            {"id": 840, "label": "Enfants", "type": "numeric", "refvalues": [{"id": 8401}]},
            {"id": 850, "label": "Adhésion", "type": "date", "refvalues": [{"id": 8501}]},
            {"id": 860, "label": "Notes libres", "type": "text", "refvalues": []},
            {"id": 870, "label": "Carte", "type": "signature", "refvalues": [{"id": 8701}]},
            {"id": 880, "label": "Double", "type": "text", "refvalues": [{"id": 8801}]},
            {"id": 881, "label": "Double", "type": "text", "refvalues": [{"id": 8811}]},
        ],
    }
)


def hook(*rules: str, head: str = HEAD) -> Hook:
    """A hook of these rules, each a line of YAML; raises Faults."""
    return parse(written(*rules, head=head), SECRETS.get, ["default"], ZoneInfo("Europe/Paris"))


def written(*rules: str, head: str = HEAD) -> str:
    return head + "".join(f"  - {rule}\n" for rule in rules)


def answer(label: str, value: Value, type_: AnswerType = "text", key: str | None = None, *aliases: str) -> Answer:
    return Answer(key or f"k_{label}", label, type_, value, aliases)


def submission(*answers: Answer, kind: Kind = "submitted") -> Submission:
    return Submission("event-1", None, kind, answers)
