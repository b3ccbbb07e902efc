"""Replace, confirm, create: what is asked of Qomon, and what Qomon then shows (docs/laws.md 10 and 11)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from bridge.errors import Gone, Held, TryLater, Unanswered
from bridge.merge import rescue
from bridge.merge.rescue import Trace
from bridge.qomon.client import Visit
from bridge.qomon.compare import Facets, alike
from bridge.qomon.contact import Body, touched

Status: TypeAlias = Literal["stored", "normalised", "dropped", "overwritten", "doubled", "rescued"]
Read: TypeAlias = Callable[[Mapping[str, Any]], Facets]


@dataclass(frozen=True, slots=True)
class After:
    """What Qomon holds after a write, and the moment it gives: how our own write is known again (docs/ledger.md 19).

    `read`: the contact as shown, in the answer to the write (`echo`) or later.
    """

    facets: Facets
    touched: int | None
    read: Mapping[str, Any] = field(default_factory=dict[str, Any])
    echo: bool = False


def replace(visit: Visit, id_: int, body: Body, wanted: Facets, read: Read, known: Trace) -> After:
    """Send the whole body and say what Qomon then holds: from the echo if that shows all of it, else from a GET.
    `known`: the entries of the read before.

    Raises what `Visit.replace` raises, and Unanswered when the write went through but cannot be read back.
    """
    return _after(visit, id_, visit.replace(id_, body), wanted, read, known)


def create(visit: Visit, body: Body, wanted: Facets, read: Read) -> tuple[int, After]:
    """Create a contact; its number, and what Qomon holds of it. Raises like `replace`, but once the number is
    known a failing read-back is no reason to doubt the creation: then nothing is confirmed."""
    echo = visit.create(body)
    try:
        return int(echo["id"]), _after(visit, int(echo["id"]), echo, wanted, read, rescue.NOTHING)
    except Unanswered:
        return int(echo["id"]), After({}, None)


def confirm(before: Facets, wanted: Facets, after: Facets, more: Collection[str] = ()) -> dict[str, Status]:
    """Field -> what Qomon made of it, for every field that held or was to hold something. `more`: forms that have more
    entries than were sent.
    """
    return {
        field: _status(before.get(field), wanted.get(field), after.get(field), more=field in more)
        for field in (before | wanted | after)
        if field in before or field in wanted
    }


def seen(contact: Mapping[str, Any], read: Read) -> After:
    """A contact as Qomon shows it now. Raises Held for an incomplete one."""
    return After(read(contact), touched(contact), contact)


def _after(visit: Visit, id_: int, echo: Mapping[str, Any], wanted: Facets, read: Read, known: Trace) -> After:
    try:
        after = After(read(echo), touched(echo), echo, echo=True)
        if after.facets == wanted and rescue.tells(known, echo):
            return after
    except Held:
        pass  # an incomplete echo (docs/qomon.md 2.3) says nothing either way
    try:
        return seen(visit.contact(id_), read)
    except (Held, Gone, TryLater) as unread:
        raise Unanswered("written, but not read back", finished=True) from unread


def _status(before: Any, wanted: Any, after: Any, *, more: bool) -> Status:
    if wanted == after:
        return "doubled" if more else "stored"
    if wanted is not None and after is not None and alike(wanted, after):
        return "doubled" if more else "normalised"
    if after is None or after == before:
        return "dropped"
    return "doubled" if more and _beside(before, wanted, after) else "overwritten"


def _beside(before: Any, wanted: Any, after: Any) -> bool:
    """Whether all that is there is either ours or older than our write: it was not replaced (A1, reading b)."""
    ours = [*(wanted or ()), *(before or ())]
    return all(any(alike(one, known) for known in ours) for one in after)
