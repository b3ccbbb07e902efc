"""Qomon's own contact, read and echoed: both read shapes in, the request's spelling out (docs/qomon.md 9 and 10). Pure.

No schema here: marshmallow drops unknown keys on dump, and what a full replace does not send is cleared.
`Body` is what a PATCH sends under `contact`.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeAlias

from bridge.errors import Held
from bridge.qomon.entries import Forms, alive, content, entry, moment, optional_number, proved, sorted_out, text
from bridge.qomon.fields import ADDRESS, ARRAYS, LISTS, SCALARS, SPELLINGS, Field
from bridge.qomon.reply import number
from schemas import normal

Body: TypeAlias = dict[str, Any]

_WHO = tuple(field.name for field in SCALARS if field.who)
_AT_ONCE = 1000  # milliseconds
_PARTS = tuple(field.name.removeprefix("address.") for field in ADDRESS)

NOBODY: Mapping[str, Any] = {field.name: [] for field in LISTS}
"""The read of a contact that does not exist yet."""


def touched(contact: Mapping[str, Any]) -> int | None:
    """When Qomon says that anything of the contact changed last, in milliseconds; None when it does not say.

    Its own upsert moves `UpdatedAt` only (docs/qomon.md 4.6).
    """
    texts = [contact.get(name) for name in ("lastchange", "UpdatedAt")]
    found = [normal.moment(text) for text in texts if isinstance(text, str)]
    return max((normal.epoch_ms(at) for at in found if at is not None), default=None)


def untouched(contact: Mapping[str, Any]) -> bool:
    """Whether Qomon says that nothing of the contact changed since it was made (both times are written in one go)."""
    made, at = contact.get("CreatedAt"), touched(contact)
    began = normal.moment(made) if isinstance(made, str) else None
    return began is not None and at is not None and at - normal.epoch_ms(began) <= _AT_ONCE


def missing(contact: Mapping[str, Any]) -> frozenset[str]:
    """The lists of which the read shows none, in no spelling: nothing, null, or whatever else is no list."""
    return frozenset(
        name for name in NOBODY if all(_items(name, contact.get(spelling)) is None for spelling in SPELLINGS[name])
    )


def whole(contact: Mapping[str, Any], forms: Forms, region: str, omitted: frozenset[str] = frozenset()) -> Body:
    """The body that replaces this contact by itself. `forms`: as the catalogue knows them.

    `omitted`: lists that this space was proved to leave out when they are empty. Raises Held("shape_unproved") when
    another is missing, when nothing says who it is, or when a part cannot be read: echoing it would erase it
    (docs/laws.md 10).
    """
    somebody = contact is NOBODY or any(text(contact.get(name)).strip() for name in _WHO)
    if missing(contact) - omitted or not somebody:
        raise Held("shape_unproved")
    body: Body = {field.name: _scalar(contact, field) for field in SCALARS}
    body["address"] = _address(contact.get("address"), region)
    body = {name: value for name, value in body.items() if value not in (None, "", {})}
    body["black_list"] = bool(_flag(contact.get("black_list")))
    first, second = ([entry(read, forms) for read in _live(contact, array)] for array in ARRAYS)
    body |= sorted_out(first, second, forms)
    names = (tag.get("name") if isinstance(tag, dict) else tag for tag in _live(contact, "tags"))
    body["tags"] = [{"name": proved(name if isinstance(name, str) else None)} for name in names]
    body["notes"] = [_note(note) for note in _live(contact, "notes")]
    body["action_ids"] = [proved(number(action)) for action in _live(contact, "action_ids")]
    return body


def more(contact: Mapping[str, Any], sent: Body, forms: Forms) -> frozenset[str]:
    """The forms of which a read that is whole shows more entries than were sent; of what both lists show, one (A2)."""
    shown = [_live(contact, array) for array in ARRAYS]
    if sum(map(len, shown)) <= sum(len(sent[array]) for array in ARRAYS):
        return frozenset()
    first, second = (Counter(content(entry(read, forms)) for read in live) for live in shown)
    found, there = Counter[int](), Counter(item["form_id"] for array in ARRAYS for item in sent[array])
    for (form, _ref, _data), many in (first | second).items():
        found[form] += many
    fields = {item["form_id"]: f"{array}.{item['form_id']}" for array in ARRAYS for item in sent[array]}
    return frozenset(fields[form] for form, many in found.items() if form in fields and many > there[form])


def _scalar(contact: Mapping[str, Any], field: Field) -> Any:
    value = next((contact[name] for name in SPELLINGS[field.name] if contact.get(name) not in (None, "")), None)
    if field.kind == "date":
        return None if value is None else moment(value)
    if field.kind == "bool":
        return _flag(value)
    return optional_number(value) if field.kind == "number" else text(value)


def _flag(value: Any) -> bool | None:
    """Read too cautiously rather than lifted: what is neither a yes nor a no is not echoed as a no (docs/laws.md 7)."""
    known = {"true": True, "1": True, "false": False, "0": False}
    word = str(value).strip().casefold()
    return None if word in ("none", "") else proved(known.get(word))


def _address(read: Any, region: str) -> dict[str, str]:
    read = {} if read is None else read
    if not isinstance(read, dict):
        raise Held("shape_unproved")
    parts = {part: text(read.get(part)) for part in _PARTS}
    if isinstance(read.get("postalcode"), int | float):
        parts["postalcode"] = postcode(parts["postalcode"], parts["country"], region)
    return {part: value for part, value in parts.items() if value}


def postcode(text: str, country: str, region: str) -> str:
    """A number read back as text gets its French zeros again; of another country it stays as read (docs/laws.md 10)."""
    french = normal.folded(country) in ("france", "fr", "fra") or (not country.strip() and region == "FR")
    return text.zfill(5) if french and text.isdigit() else text


def _items(name: str, value: Any) -> list[Any] | None:
    """A list of a read; one note may stand by itself (docs/qomon.md A7)."""
    if isinstance(value, list):
        return value
    return [value] if name == "notes" and isinstance(value, dict) and value else None


def _live(contact: Mapping[str, Any], name: str) -> list[Any]:
    """The entries that are not soft-deleted, of whichever spelling the read has."""
    found: list[Any] = []
    for spelling in SPELLINGS[name]:
        value = contact.get(spelling)
        items = _items(name, value)
        if items is None and value not in (None, "", 0, {}):
            raise Held("shape_unproved")
        live = [item for item in items or [] if alive(item)]
        found += [item for item in live if item not in found] if found else live
    return found


def _note(read: Any) -> dict[str, Any]:
    """As read, its text also under `data`, the newer request's name (docs/qomon.md A7)."""
    if not isinstance(read, dict) or not {"data", "content"} & read.keys():
        raise Held("shape_unproved")
    written = read.get("data") or read.get("content")
    text(written)
    return {**read, "data": written}
