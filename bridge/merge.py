"""The read contact's body and the changes wanted of it -> the whole new body, and what became of each change. Pure.

It knows no schema and no HTTP: it starts from an echo of everything (qomon/contact.py) and touches named fields only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, cast

from bridge.qomon.contact import Body, Entry, postcode
from bridge.qomon.facets import blank, same_text
from bridge.words import Change, Note
from schemas import normal

Value: TypeAlias = str | bool | tuple[int, str]
Fate: TypeAlias = Literal["applied", "kept", "blocked"]


@dataclass(slots=True)
class Merged:
    """`body` is the whole new contact; `fates` says per change (in the order given) what became of it."""

    body: Body
    fates: list[Fate] = field(default_factory=list[Fate])
    notes: list[Note] = field(default_factory=list[Note])


def merge(body: Mapping[str, Any], wanted: Sequence[Change], *, policy: str | None, date: str, region: str) -> Merged:
    """`policy`: keep or replace, for an address that contradicts; `date`: of new entries (`normal.to_ms`).

    `body` stays as it was: lists are replaced, never changed in place."""
    merged = Merged({**body, "address": dict(body.get("address", {}))})
    address = _address(merged.body, wanted, policy, region)
    for change in wanted:
        left = _unopposed(change, wanted)
        if left != change.values:
            merged.notes.append(Note("consent_conflict", change.answer, change.rule))
        if change.values and not left:
            merged.fates.append("blocked")
        elif change.rule in address and change.target.field.startswith("address."):
            merged.fates.append(address[change.rule])
        else:
            merged.fates.append(_apply(merged.body, replace(change, values=left), date, region))
    merged.notes += _reset_flags(body, merged.body, region)
    if not merged.body.get("address"):
        merged.body.pop("address", None)
    return merged


def withdrawals(wanted: Iterable[Change]) -> tuple[Change, ...]:
    """What crosses even when the rest of the event is held (law 7): a consent taken back, or "do not contact"."""
    return tuple(change for change in wanted if _withdraws(change))


def grants(wanted: Sequence[Change]) -> tuple[Change, ...]:
    """Every yes to a consent that the same event does not take back."""
    return tuple(change for change in wanted if _grants(change) and _unopposed(change, wanted))


def _grants(change: Change) -> bool:
    return change.target.consent and change.op in ("set", "fill", "add")


def _withdraws(change: Change) -> bool:
    return (change.target.field == "black_list" and change.values == (True,)) or (
        change.target.consent and change.op == "remove"
    )


def _unopposed(change: Change, wanted: Sequence[Change]) -> tuple[Value, ...]:
    """A change's values without each yes that the same event takes back: the withdrawal wins, in any order (law 7)."""
    if not _grants(change):
        return change.values
    against = withdrawals(wanted)
    if any(other.target.field == "black_list" for other in against):
        return ()
    back = {_ref(value) for other in against if other.target == change.target for value in other.values}
    return tuple(value for value in change.values if _ref(value) not in back)


def _ref(value: Value) -> Value | int:
    """What a consent is given and taken back by: its refvalue, whatever the text beside it (law 4)."""
    return value[0] if isinstance(value, tuple) else value


def _apply(body: Body, change: Change, date: str, region: str) -> Fate:
    if change.target.form_id is not None:
        return _apply_form(body, change, date)
    if change.target.field == "tags":
        return _apply_tags(body, change)
    return _apply_scalar(body, change, region)


def _apply_scalar(body: Body, change: Change, region: str) -> Fate:
    name = change.target.field
    if name == "black_list" and change.values != (True,):
        return "kept"
    if change.op == "clear":
        holder = body["address"] if name.startswith("address.") else body
        holder.pop(name.removeprefix("address."), None)
    elif change.op == "fill" and not blank(name, body.get(name)):
        return "kept"
    elif not same_text(name, str(body.get(name, "")), str(change.values[0]), region):
        body[name] = change.values[0]
    return "applied"


def _apply_tags(body: Body, change: Change) -> Fate:
    tags: list[dict[str, str]] = body["tags"]
    asked = {str(value).casefold(): str(value) for value in change.values}
    if change.op == "fill" and tags:
        return "kept"
    if change.op == "remove":
        body["tags"] = [tag for tag in tags if tag["name"].casefold() not in asked]
        return "applied"
    if change.op in ("replace", "set", "clear"):
        tags = [tag for tag in tags if tag["name"].casefold() in asked]
    held = {tag["name"].casefold() for tag in tags}
    body["tags"] = tags + [{"name": name} for key, name in asked.items() if key not in held]
    return "applied"


def _apply_form(body: Body, change: Change, date: str) -> Fate:
    """One live entry where the field holds one value, a set keyed by refvalue for checkboxes (law 4)."""
    array = change.target.field.partition(".")[0]
    entries: list[Entry] = body[array]
    mine = [entry for entry in entries if entry["form_id"] == change.target.form_id]
    if change.op == "fill" and any(entry["data"].strip() for entry in mine):
        return "kept"
    left = _checkbox(mine, change, date) if change.target.kind == "checkbox" else _single(mine, change, date)
    if left != mine:
        body[array] = _in_place(entries, change.target.form_id, left)
    return "applied"


def _checkbox(mine: list[Entry], change: Change, date: str) -> list[Entry]:
    asked = [value for value in change.values if isinstance(value, tuple)]
    refs = {ref for ref, _ in asked}
    mine = list({entry["form_ref_id"]: entry for entry in reversed(mine)}.values())[::-1]
    if change.op == "remove":
        return [entry for entry in mine if entry["form_ref_id"] not in refs]
    if change.op in ("replace", "set", "clear"):
        mine = [entry for entry in mine if entry["form_ref_id"] in refs]
    held = {entry["form_ref_id"] for entry in mine}
    return mine + [_entry(change, value, date) for value in asked if value[0] not in held]


def _single(mine: list[Entry], change: Change, date: str) -> list[Entry]:
    if change.op == "clear":
        return []
    value = cast("tuple[int, str]", change.values[0])
    if change.op == "remove":
        return [entry for entry in mine if entry["form_ref_id"] != value[0]]
    said = [entry for entry in mine if entry["form_ref_id"] == value[0] and _same(entry["data"], value[1])]
    return said[:1] or [_entry(change, value, date)]


def _same(stored: str, wanted: str) -> bool:
    return same_text("data", stored, wanted, "")


def _entry(change: Change, value: tuple[int, str], date: str) -> Entry:
    return {"form_id": change.target.form_id, "form_ref_id": value[0], "data": value[1], "date": date}


def _in_place(entries: list[Entry], form_id: int | None, left: list[Entry]) -> list[Entry]:
    """The other forms' entries where they were, this form's together where its first one stood."""
    before = [entry for entry in entries if entry["form_id"] != form_id]
    at = next((index for index, entry in enumerate(entries) if entry["form_id"] == form_id), len(before))
    return before[:at] + left + before[at:]


def _address(body: Body, wanted: Sequence[Change], policy: str | None, region: str) -> dict[int, Fate]:
    """The form's address against Qomon's, as one thing: half an address is a wrong address (design 5).

    A contradiction is a part given by `set` that differs from a stored one. Returns the fate by rule number.
    """
    parts = [change for change in wanted if change.target.field.startswith("address.") and change.op != "clear"]
    stored: dict[str, str] = body["address"]
    moved = any(change.op == "set" and _differs(stored, change, region) for change in parts)
    fates: dict[int, Fate] = {}
    if moved and policy == "replace":
        stored.clear()
    for change in parts:
        part, said = _said(change)
        if (moved and policy != "replace") or _differs(stored, change, region):
            fates[change.rule] = "kept"
        else:
            stored[part] = said if blank(part, stored.get(part)) else stored[part]
            fates[change.rule] = "applied"
    return fates


def _said(change: Change) -> tuple[str, str]:
    return change.target.field.removeprefix("address."), str(change.values[0])


def _differs(stored: Mapping[str, str], change: Change, region: str) -> bool:
    part, said = _said(change)
    texts = [normal.squeezed(text) for text in (stored.get(part, ""), said)]
    if part == "postalcode":
        texts = [postcode(text, stored.get("country", ""), region) for text in texts]
    return not blank(part, stored.get(part)) and texts[0] != texts[1]


def _reset_flags(before: Mapping[str, Any], body: Body, region: str) -> list[Note]:
    """The old `_invalid` flag does not describe a new number: the only side effect of a change (law 10)."""
    notes: list[Note] = []
    for number in ("phone", "mobile"):
        flag = f"{number}_invalid"
        changed = not same_text(number, str(before.get(number, "")), str(body.get(number, "")), region)
        if changed and body.get(flag):
            body[flag] = False
            notes.append(Note("phone_flag_reset"))
    return notes
