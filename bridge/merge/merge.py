"""The read contact's body and the changes wanted of it -> the whole new body, and what became of each change. Pure.

It knows no schema and no HTTP: it starts from an echo of everything (qomon/contact.py) and touches named fields only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, cast

from bridge.merge import address
from bridge.merge.address import Log
from bridge.merge.addressed import number
from bridge.merge.precedence import Fate, Order, Stamp
from bridge.model import Change, Note
from bridge.qomon.compare import blank, same_text
from bridge.qomon.contact import Body
from bridge.qomon.entries import Entry
from bridge.qomon.fields import ADDRESS, NUMBERS, plain
from schemas import normal
from schemas.contact import EntrySchema, TagSchema

Value: TypeAlias = str | bool | tuple[int, str]

AGREED = "agreed"
"""The policy of an address that a person looked at and sent: it replaces, unless somebody changed it since."""

_ENTRY, _TAGS = EntrySchema(), TagSchema(many=True)


@dataclass(slots=True)
class Merged:
    """`body` is the whole new contact; `fates` says per change (in the order given) what became of it."""

    body: Body
    log: Log
    fates: list[Fate] = field(default_factory=list[Fate])
    notes: list[Note] = field(default_factory=list[Note])


def merge(
    body: Mapping[str, Any], wanted: Sequence[Change], *, policy: str | None, date: str, order: Order, log: Log
) -> Merged:
    """`policy`: keep, replace, hold or AGREED, for an address that contradicts; `date`: of new entries
    (`normal.to_ms`); `log`: of the address. `body` stays as it was: lists are replaced, never changed in place.
    """
    merged = Merged({**body, "address": dict(body.get("address", {}))}, log)
    moved = _move(merged, wanted, policy, order)
    for change in wanted:
        if change.target.field in moved:
            merged.fates.append(moved[change.target.field])
        else:
            merged.fates.append(_merge_one(merged, change, wanted, date, order))
    merged.notes += _reset_flags(body, merged.body, order.region)
    if not merged.body.get("address"):
        merged.body.pop("address", None)
    return merged


def _merge_one(merged: Merged, change: Change, wanted: Sequence[Change], date: str, order: Order) -> Fate:
    unopposed = _unopposed(change, wanted)
    if unopposed != change.values:
        merged.notes.append(Note("consent_conflict", change.answer, change.rule))
    if change.values and not unopposed:
        return "blocked"
    change = change if unopposed == change.values else replace(change, values=unopposed)
    left, fate = order.narrowed(change, merged.body)
    if fate == "blocked":
        merged.notes.append(Note("consent_conflict", change.answer, change.rule))
    if left is None:
        return fate
    if left.target.form_id is not None:
        return _apply_form(merged.body, left, date)
    return _apply_tags(merged.body, left) if left.target.field == "tags" else _apply_scalar(merged.body, left, order)


def _move(merged: Merged, wanted: Sequence[Change], policy: str | None, order: Order) -> dict[str, Fate]:
    """The address as one thing; the fate of each part's rule. An older event only fills what is blank."""
    changes = [change for change in wanted if change.target.field.startswith("address.")]
    if not changes:
        return {}
    step = address.step_of(changes, order.stamp)
    edited = order.late(field.name for field in ADDRESS)
    older = edited and not address.explained(merged.body["address"], merged.log, order.region)
    policy = "keep" if older else "replace" if policy == AGREED else policy
    if older:
        step = address.Step(order.stamp, {}, {**step.sets, **step.fills})
    moved = address.settle(merged.body["address"], changes, policy, merged.log, step, order.region)
    merged.body["address"] = moved.address
    merged.log = merged.log if older else moved.log
    order.edited |= older and "kept" in moved.fates.values()
    late = {"kept": "older"} if older else {}
    fates = ((change.target.field, moved.fates[change.rule]) for change in changes)
    return {field: cast("Fate", late.get(fate, fate)) for field, fate in fates}


def moves(body: Mapping[str, Any], wanted: Sequence[Change], region: str) -> bool:
    """Whether the form's address contradicts the one in `body`: what `address: hold` asks a person about."""
    parts = [change for change in wanted if change.target.field.startswith("address.")]
    return address.contradicts(body.get("address", {}), address.step_of(parts, Stamp(0, 0)).sets, region)


def withdrawals(wanted: Iterable[Change]) -> tuple[Change, ...]:
    """What crosses even when the rest of the event is held (docs/laws.md 7): a consent taken back, or "do not
    contact".
    """
    return tuple(change for change in wanted if change.withdraws)


def grants(wanted: Sequence[Change]) -> tuple[Change, ...]:
    """Every yes to a consent that the same event does not take back."""
    return tuple(change for change in wanted if change.grants and _unopposed(change, wanted))


def _unopposed(change: Change, wanted: Sequence[Change]) -> tuple[Value, ...]:
    """A change's values without each yes that the same event takes back: the withdrawal wins, in any order
    (docs/laws.md 7).
    """
    if not change.grants:
        return change.values
    against = withdrawals(wanted)
    if any(
        other.target.field == "black_list"
        or (other.refuses_all and other.target == change.target and change.op != "remove")
        for other in against
    ):
        return ()  # one of them is about all that the change could say yes to
    back = {_ref(value) for other in against if other.target == change.target for value in other.values}
    return tuple(value for value in change.values if _ref(value) not in back)


def _ref(value: Value) -> Value | int:
    """What a consent is given and taken back by: its refvalue, whatever the text beside it (docs/laws.md 4)."""
    return value[0] if isinstance(value, tuple) else value


def _apply_scalar(body: Body, change: Change, order: Order) -> Fate:
    name = change.target.field
    if name == "black_list" and change.values != (True,):
        return "kept"
    if change.op == "clear":
        body.pop(name, None)
    elif change.op == "fill" and not blank(name, body.get(name)):
        return "kept"
    else:
        held, wanted = str(body.get(name, "")), str(change.values[0])
        same = same_text(name, held, wanted, order.region)
        # A contact's own number is read by where it lives, as when it was looked for.
        if not same and not (name in NUMBERS and held and number(body, held, order.region) == wanted):
            body[name] = change.values[0]
    return "applied"


def _apply_tags(body: Body, change: Change) -> Fate:
    tags: list[dict[str, str]] = body["tags"]
    wanted = {normal.tag(str(value)): str(value) for value in change.values}
    if change.op == "fill" and tags:
        return "kept"
    if change.op == "remove":
        body["tags"] = [tag for tag in tags if normal.tag(tag["name"]) not in wanted]
        return "applied"
    if change.op in ("replace", "set", "clear"):
        tags = [tag for tag in tags if normal.tag(tag["name"]) in wanted]
    held = {normal.tag(tag["name"]) for tag in tags}
    body["tags"] = tags + _TAGS.dump([{"name": name} for key, name in wanted.items() if key not in held])
    return "applied"


def _apply_form(body: Body, change: Change, date: str) -> Fate:
    """One live entry where the field holds one value, a set keyed by refvalue for checkboxes (docs/laws.md 4)."""
    array = change.target.field.partition(".")[0]
    entries: list[Entry] = body[array]
    current = [entry for entry in entries if entry["form_id"] == change.target.form_id]
    if change.op == "fill" and any(entry["data"].strip() for entry in current):
        return "kept"
    left = _checkbox(current, change, date) if change.target.kind == "checkbox" else _single(current, change, date)
    if left != current:
        body[array] = _in_place(entries, change.target.form_id, left)
    return "applied"


def _checkbox(current: list[Entry], change: Change, date: str) -> list[Entry]:
    wanted = [value for value in change.values if isinstance(value, tuple)]
    refs = {ref for ref, _ in wanted}
    current = list({entry["form_ref_id"]: entry for entry in reversed(current)}.values())[::-1]
    if change.op == "remove":
        return [entry for entry in current if entry["form_ref_id"] not in refs]
    if change.op in ("replace", "set", "clear"):
        current = [entry for entry in current if entry["form_ref_id"] in refs]
    held = {entry["form_ref_id"] for entry in current}
    return current + [_entry(change, value, date) for value in wanted if value[0] not in held]


def _single(current: list[Entry], change: Change, date: str) -> list[Entry]:
    if change.op == "clear":
        return []
    value = cast("tuple[int, str]", change.values[0])
    if change.op == "remove":
        return [entry for entry in current if entry["form_ref_id"] != value[0]]
    same = [entry for entry in current if entry["form_ref_id"] == value[0] and plain(entry["data"]) == plain(value[1])]
    return same[:1] or [_entry(change, value, date)]


def _entry(change: Change, value: tuple[int, str], date: str) -> Entry:
    said = {"form_id": change.target.form_id, "form_ref_id": value[0], "data": value[1], "date": date}
    return cast("Entry", _ENTRY.dump(said))


def _in_place(entries: list[Entry], form_id: int | None, left: list[Entry]) -> list[Entry]:
    """The other forms' entries where they were, this form's together where its first one stood."""
    before = [entry for entry in entries if entry["form_id"] != form_id]
    at = next((index for index, entry in enumerate(entries) if entry["form_id"] == form_id), len(before))
    return before[:at] + left + before[at:]


def _reset_flags(before: Mapping[str, Any], body: Body, region: str) -> list[Note]:
    """The old `_invalid` flag does not describe a new number: the only side effect of a change (docs/laws.md 10)."""
    notes: list[Note] = []
    for name in NUMBERS:
        held, put = str(before.get(name, "")), str(body.get(name, ""))
        if body.get(f"{name}_invalid") and not same_text(name, held, put, region):
            body[f"{name}_invalid"] = False
            notes.append(Note("phone_flag_reset"))
    return notes
