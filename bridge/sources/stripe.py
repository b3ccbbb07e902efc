"""Stripe: gifts and dues paid at a checkout, with its own questions (docs/tools.md 3.16). Amounts are in cents."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Record, Submission
from bridge.sources.kit import Source, at, load, picked, records, submission, text_of
from bridge.sources.kit.answers import answers, apart, beside, members
from bridge.sources.kit.choices import resolved, texts_by_id
from schemas.sources.stripe import CheckoutSchema, StripeSchema

_EVENT, _CHECKOUT = StripeSchema(), CheckoutSchema()
_TYPES: Mapping[str, AnswerType] = {"name": "name", "email": "mail", "phone": "phone", "address": "address"}
_PAID = ("checkout.session.completed", "checkout.session.async_payment_succeeded")


def read(record: Record, _zone: ZoneInfo) -> Submission:
    """Any event but a paid checkout is a `ping`: nobody answered anything."""
    event = load(_EVENT, record.body, "Stripe")
    if event["type"] not in _PAID:
        return submission(record, event["created"], (), "ping")
    return submission(record, event["created"], _answers(load(_CHECKOUT, event["data"]["object"], "Stripe")))


def _answers(checkout: Mapping[str, Any]) -> Iterator[Answer]:
    customer = checkout["customer"] or {}
    given = {"email": customer.get("email") or checkout["customer_email"]} if checkout["customer_email"] else {}
    yield from members({**customer, **given}, types=_TYPES)
    for field in checkout["custom_fields"] or []:
        yield from answers(field["key"], text_of(field["label"].get("custom")) or field["key"], *_said(field))
    shipping = checkout["shipping"] or at(checkout["collected"], "shipping_details")
    yield from apart(picked(shipping, "name", "address"), prefix="shipping.")
    for group in ("consent", "metadata"):
        yield from beside(checkout[group], prefix=f"{group}.")
    yield from members({name: checkout[name] for name in ("amount_total", "currency", "payment_status")})


def _said(field: Mapping[str, Any]) -> tuple[Any, AnswerType | None]:
    """The value and its type; of a dropdown what the person read, not its code."""
    held = field[field["type"]] if field["type"] in ("text", "numeric", "dropdown") else {}
    value = held.get("value")
    if field["type"] != "dropdown":
        return value, "number" if field["type"] == "numeric" else None
    chosen = resolved(value, texts_by_id(held.get("options"), "value", "label"))
    return [*chosen] or None, "choice"


SOURCE = Source(
    title="Stripe",
    proof="stripe-v1",
    keys="event",
    split=records("Stripe", _EVENT, key="id", volatile="pending_webhooks"),
    read=read,
    retries="up to 3 days",
    never_sends="a first and a last name apart",
)
