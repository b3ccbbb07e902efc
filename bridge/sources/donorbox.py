"""Donorbox: gifts in a list, each with its donor and the form's own questions (docs/tools.md 3.29)."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission
from bridge.sources.kit import Source, at, key_of, load, objects, parse_json, submission
from bridge.sources.kit.answers import answers, beside, labelled, members, theirs
from schemas.sources.donorbox import DonorboxSchema

_GIFT = DonorboxSchema()
_TYPES: Mapping[str, AnswerType] = {"email": "mail", "phone": "phone"}
_BOOKED = (
    *("id", "action", "donor", "questions", "campaign", "donation_date", "plan_id", "formatted_amount"),
    *("converted_amount", "formatted_converted_amount", "converted_net_amount", "formatted_converted_net_amount"),
    *("amount_refunded", "formatted_amount_refunded", "processing_fee", "formatted_processing_fee"),
)
_UNDONE = ("failed", "refunded", "canceled", "cancelled")


def split(delivery: Delivery) -> list[Record]:
    """One record per gift. A later state of it (`action`, `status`) is an event of its own."""
    gifts = objects("Donorbox", parse_json(delivery.body))
    return [Record(gift, key_of(at(gift, "id"), at(gift, "action"), at(gift, "status"))) for gift in gifts]


def read(record: Record, _zone: ZoneInfo) -> Submission:
    """A gift that failed or went back is a `ping`: nobody answered anything then."""
    gift = load(_GIFT, record.body, "Donorbox")
    undone = gift["status"] in _UNDONE
    said = () if undone else _answers(gift, record.body)
    return submission(record, gift["donation_date"], said, "ping" if undone else "submitted")


def _answers(gift: Mapping[str, Any], body: Json) -> Iterator[Answer]:
    """What stands beside the donor is of the gift: `join_mailing_list` too, as it came."""
    yield from theirs(members(gift["donor"], types=_TYPES, hidden=("id",)), _TYPES)
    yield from labelled(gift["questions"], key="id", label="question", value="answer")
    yield from beside(body, prefix="donation.", hidden=_BOOKED)
    if "name" in (gift["campaign"] or {}):
        yield from answers("campaign", "campaign", gift["campaign"]["name"])


SOURCE = Source(
    title="Donorbox",
    split=split,
    read=read,
    never_sends="a signature that the bridge knows",
    hides=("stripe_charge_id", "paypal_transaction_id"),
)
