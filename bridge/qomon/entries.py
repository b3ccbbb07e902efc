"""The entries of forms in a read: which of them live, and what each is when it is sent (docs/laws.md 3 to 5). Pure."""

import re
from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

from bridge.errors import Held
from bridge.qomon.catalogue import Form
from bridge.qomon.fields import ARRAYS
from bridge.qomon.reply import number
from schemas import normal

Entry: TypeAlias = dict[str, Any]
Content: TypeAlias = tuple[int, int, str]
"""What an entry says, whenever: form, refvalue, data."""

T = TypeVar("T")

_DECIMALS = re.compile(r"(\.\d{3})\d+")
"""Dates are read with up to nine decimals and written with three (docs/qomon.md 6.3)."""
_NEVER = 1970
_YEAR = re.compile(r"\s*(\d{4})-\d\d-\d\d(?!\d)")


Forms: TypeAlias = Mapping[int, Form]
"""By form_id."""


def proved(value: T | None) -> T:
    """What is there. Raises Held where nothing is: the read has a shape that we do not know."""
    if value is None:
        raise Held("shape_unproved")
    return value


def alive(item: object) -> bool:
    """Not soft-deleted. Go writes "never" as the year 1, in several spellings, in seconds too, as null, or as a struct
    that is not valid; others write the first second of 1970, when nobody deleted anything. Raises Held for what is
    neither a time nor none.
    """
    gone = item.get("deleted_at") if isinstance(item, dict) else None
    if isinstance(gone, dict) and gone.keys() == {"Time", "Valid"}:
        gone = gone["Time"] if gone["Valid"] else None
    if gone is None or gone in ("", 0) or (isinstance(gone, str) and not gone.strip()):
        return True
    if gone is True or isinstance(gone, int | float):  # a flag, or seconds since 1970
        return gone <= 0
    year = proved(_YEAR.match(gone) if isinstance(gone, str) else None)
    return int(year[1]) <= _NEVER


def text(value: Any) -> str:
    """Numbers of a read become text; a whole float loses its `.0` (A10). Raises Held for what is no single value."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list | bool):
        raise Held("shape_unproved")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def moment(value: Any) -> str:
    """A date, cut to milliseconds. Raises Held."""
    return proved(normal.in_ms(value) if isinstance(value, str) else None)


def optional_number(value: Any) -> int | None:
    """A number that may be left open. Raises Held for what is none."""
    if type(value) is int:
        return value
    return None if value is None or value == "" or value is False else proved(number(value))


def entry(read: Any, forms: Forms) -> Entry:
    """One entry as it is sent. Raises Held when its form or its refvalue cannot be told for certain."""
    form_id = proved((number(read.get("form_id")) if isinstance(read, dict) else None) or None)
    form, written, at = forms.get(form_id), read.get("data"), read.get("date")
    data, ref = text(written), optional_number(read.get("form_ref_id"))
    if not ref:  # 0 is Go's "not set", of forms and surveys too
        ref = proved(form.ref(data) if form else None)
    if form is not None and written is None:
        data = form.value(ref)
    if form is not None and form.kind == "date":
        data = _DECIMALS.sub(r"\1", data)
    made: Entry = {"form_id": form_id, "form_ref_id": ref, "data": data}
    if at is not None and at != "":
        made["date"] = moment(at)
    if survey := optional_number(read.get("survey_id")):
        made["survey_id"] = survey
    return made


def content(entry: Mapping[str, Any]) -> Content:
    return entry["form_id"], entry["form_ref_id"], entry["data"]


def sorted_out(first: list[Entry], second: list[Entry], forms: Forms) -> dict[str, list[Entry]]:
    """What both lists show, each entry in the list of its form; an unknown form stays where it was (docs/laws.md 5,
    docs/qomon.md A2).

    What both lists show is one entry, with the date and survey that either of them knows; twins are one
    (docs/laws.md 3, 4).
    """
    ones, others = ([(content(item), item) for item in entries] for entries in (first, second))
    twins: dict[Content, Entry] = {}
    for said, item in others:
        twins[said] = {**item, **twins[said]} if said in twins else item
    both = twins.keys() & {said for said, _item in ones}
    if both:
        ones = [(said, {**twins[said], **item} if said in both else item) for said, item in ones]
        others = [(said, item) for said, item in others if said not in both]
    found: dict[str, dict[Any, Entry]] = {array: {} for array in ARRAYS}
    for array, told in zip(ARRAYS, (ones, others), strict=True):
        for said, item in told:
            form = forms.get(said[0])
            kept, same = found[form.array if form else array], (said, item.get("date"))
            kept[same] = {**item, **kept[same]} if same in kept else item
    return {array: list(kept.values()) for array, kept in found.items()}
