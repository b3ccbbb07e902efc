"""Replace, confirm, create: what is asked of Qomon, and what Qomon then shows (laws 10 and 11)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from bridge.errors import Gone, Held, TryLater, Unanswered
from bridge.qomon.client import Visit
from bridge.qomon.contact import Body, touched
from bridge.qomon.facets import Facets, alike

Status: TypeAlias = Literal["stored", "normalised", "dropped", "overwritten"]
Read: TypeAlias = Callable[[Mapping[str, Any]], Facets]


@dataclass(frozen=True, slots=True)
class After:
    """What Qomon holds after a write, and the moment it gives: how our own write is known again (ledger.md 19)."""

    facets: Facets
    touched: int | None


def replace(visit: Visit, id_: int, body: Body, wanted: Facets, read: Read) -> After:
    """Send the whole body and say what Qomon then holds: from the echo if that shows all of it, else from a GET.

    Raises what `Visit.replace` raises, and Unanswered when the write went through but cannot be read back.
    """
    return _after(visit, id_, visit.replace(id_, body), wanted, read)


def create(visit: Visit, body: Body, wanted: Facets, read: Read) -> tuple[int, After]:
    """Create a contact; its number, and what Qomon holds of it. Raises like `replace`, but once the number is
    known a failing read-back is no reason to doubt the creation: then nothing is confirmed."""
    echo = visit.create(body)
    try:
        return int(echo["id"]), _after(visit, int(echo["id"]), echo, wanted, read)
    except Unanswered:
        return int(echo["id"]), After({}, None)


def confirm(before: Facets, wanted: Facets, after: Facets) -> dict[str, Status]:
    """Field -> what Qomon made of it, for every field that held or was to hold something."""
    return {
        field: _status(before.get(field), wanted.get(field), after.get(field))
        for field in (before | wanted | after)
        if field in before or field in wanted
    }


def seen(contact: Mapping[str, Any], read: Read) -> After:
    """A contact as Qomon shows it now. Raises Held for an incomplete one."""
    return After(read(contact), touched(contact))


def _after(visit: Visit, id_: int, echo: Mapping[str, Any], wanted: Facets, read: Read) -> After:
    try:
        after = seen(echo, read)
        if after.facets == wanted:
            return after
    except Held:
        pass  # an incomplete echo (qomon-api.md 2.3) says nothing either way
    try:
        return seen(visit.contact(id_), read)
    except (Held, Gone, TryLater) as unread:
        raise Unanswered("written, but not read back", finished=True) from unread


def _status(before: Any, wanted: Any, after: Any) -> Status:
    if wanted == after:
        return "stored"
    if wanted is not None and after is not None and alike(wanted, after):
        return "normalised"
    if after is None or after == before or _still_there(before, wanted, after):
        return "dropped"
    return "overwritten"


def _still_there(before: Any, wanted: Any, after: Any) -> bool:
    """Qomon put the new entry beside the old one that it was to replace (A1, reading b)."""
    if not isinstance(after, tuple) or not isinstance(before, tuple):
        return False
    kept = set(wanted or ())
    return kept <= set(after) and bool((set(before) - kept) & set(after))
