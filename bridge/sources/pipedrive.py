"""Pipedrive: a person after a change (docs/tools.md 5). Its own fields have a hash for a name."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import Source, at, load, picked, records, submission, table, text_of, withdrawal
from bridge.sources.kit.answers import answers, members, theirs
from bridge.sources.kit.people import primary_first
from schemas.codes import Kind
from schemas.sources.pipedrive import PipedriveSchema

_CALL = PipedriveSchema()
_KINDS: Mapping[str, Kind] = {"create": "submitted", "change": "submitted", "delete": "deleted"}
_CONTACTS: Mapping[str, AnswerType] = {"emails": "mail", "phones": "phone"}
_BOOKED = (
    *("id", "company_id", "owner_id", "org_id", "picture_id", "visible_to", "label_ids", "add_time", "update_time"),
    *("is_deleted", "custom_fields", "name", "first_name", "last_name", *_CONTACTS),
)
_TYPED: Mapping[str, AnswerType] = {
    "address": "address",
    "date": "date",
    "enum": "choice",
    "phone": "phone",
    "set": "choices",
}


def read(record: Record, _zone: ZoneInfo) -> Submission:
    call = load(_CALL, record.body, "Pipedrive")
    meta = call["meta"]
    kind: Kind = _KINDS.get(meta["action"], "ping") if meta["entity"] == "person" else "ping"
    if kind != "submitted":
        return submission(record, meta["timestamp"], (), kind)
    left = at(record.body, "data.marketing_status") == "unsubscribed"
    back = withdrawal(record.body, lambda _body: ("email",) if left else ())
    return submission(record, meta["timestamp"], _answers(call["data"] or {}), back=back)


def _answers(person: Mapping[str, Json]) -> Iterator[Answer]:
    yield from members(picked({**person}, "name", "first_name", "last_name"))
    for name, kind in _CONTACTS.items():
        yield from _several(name, person[name], kind) if name in person else ()
    yield from theirs(members({**person}, hidden=_BOOKED), ())
    for name, held in table(person.get("custom_fields")).items():
        yield from theirs(_custom(name, held), ())


def _several(name: str, held: Json, kind: AnswerType) -> Iterator[Answer]:
    """The main one under the plain name, the others by what the team calls them."""
    ordered = primary_first(held) or [{"value": None}]
    plain = name.removesuffix("s")
    yield from answers(plain, plain, ordered[0].get("value"), kind)
    for one in ordered[1:]:
        key = f"{name}.{text_of(one.get('label'))}"
        yield from answers(key, key, one.get("value"), kind)


def _custom(name: str, held: Json) -> Iterator[Answer]:
    """`{type, value}`; a choice is `{type: enum, id}`, and several are `{type: set, values: [{id}]}`.

    What else stands there (a currency, an end) is an answer beside it.
    """
    key = f"custom_fields.{name}"
    if not isinstance(held, dict):
        yield from answers(key, name, held, aliases=(name,))
        return
    kind, inner = _TYPED.get(text_of(held.get("type"))), {at: one for at, one in held.items() if at != "type"}
    if kind == "address":
        yield from answers(key, name, inner, kind, aliases=(name,))
        return
    main = next((at for at in ("value", "values", "id") if at in inner), "")
    if main:
        yield from answers(key, name, inner.pop(main), kind, aliases=(name,))
    yield from members(inner, prefix=f"{key}.")


SOURCE = Source(
    title="Pipedrive",
    proof="basic",
    keys="event",
    split=records("Pipedrive", _CALL, key="meta.id"),
    read=read,
    retries="3 times",
    never_sends="the names of its own fields and choices: only hashes and numbers",
    hides=("previous", "meta.attempt"),
)
