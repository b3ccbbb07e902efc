"""What an event wrote is put back, field by field, where it is still there (docs/laws.md 12).

It is asked here and done in the contact's lane, after whatever waits there: as every write it reads, merges, confirms,
and leaves marks, a report and a way back of its own, by which it can itself be taken back.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Connection, exists, func, select

from bridge.crossing.lane_run import Context
from bridge.crossing.opened import SILENT, Opened, report_of
from bridge.crossing.preview import Previewed, preview, preview_all, unstored
from bridge.errors import Faults, Gone
from bridge.hooks.registry import Hooks
from bridge.hooks.revisions import By
from bridge.inbox import again, events
from bridge.inbox.again import Asked
from bridge.merge.precedence import Stamp
from bridge.merge.restore import Written
from bridge.model import Event, Lane, Outcome, Who
from bridge.operations import audit
from bridge.operations.release import NotDone
from bridge.report import report as reports
from bridge.report.report import Report
from bridge.store import store
from bridge.store.tables import event, undo
from bridge.store.vault import BrokenSeal, Vault
from schemas import codes, normal

_WROTE = ("delivered", "restored")


@dataclass(frozen=True, slots=True)
class Way:
    """What there is to be put back, of which contact."""

    contact: int
    written: Written


@dataclass(frozen=True, slots=True)
class Writes:
    """Which writes are meant: of this hook (its id) and version, written at `since` or later and before `until`; or
    just these (`events`).
    """

    hook: str | None = None
    revision: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    events: Sequence[str] | None = None

    def where(self) -> list[ColumnElement[bool]]:
        """What was put back is none of them: its own way back is asked for alone."""
        own = [event.c.action.is_distinct_from("restore")]
        own += [] if self.hook is None else [event.c.hook == self.hook]
        own += [] if self.events is None else [event.c.id.in_(self.events)]
        own += [] if self.revision is None else [event.c.revision == self.revision]
        own += [] if self.since is None else [normal.epoch_ms(self.since) <= _AT]
        return own + ([] if self.until is None else [normal.epoch_ms(self.until) > _AT])


_AT = func.coalesce(undo.c.at, event.c.ended)
"""When it wrote, or was over."""


def ask(tx: Connection, vault: Vault, id_: str, by: By, job: str | None = None) -> str:
    """Have an event's write put back; the id of the event that does it. Raises NotDone."""
    store.lock(tx, [id_])
    origin = _origin(tx, vault, id_)
    way = _way(tx, vault, origin)
    made = again.new_id()
    name = origin.hook_name or origin.hook
    told = reports.start(name, origin.revision, Outcome.QUEUED, None, None, by.at)
    lane = Lane.of_contact(origin.space, way.contact)
    report = {**told, "restores": id_, "contact": {"id": way.contact, "found_by": None, "created": False}}
    asked = Asked("restore", way.written.plain(), report, by.at, lane, again.people(tx, id_), {"mode": "live"}, job)
    again.ask(tx, vault, origin, asked, made, by.at)
    if job is None:
        audit.note(tx, vault, by, "restored", id_, made=made)
    return made


def may(tx: Connection, vault: Vault, id_: str) -> None:
    """Raises NotDone unless there is something to be put back."""
    _way(tx, vault, _origin(tx, vault, id_))


def previewed(context: Context, hooks: Hooks, id_: str) -> Previewed:
    """What putting it back would do now; nothing is written. Raises NotDone, Faults, TryLater."""
    with context.store.read() as tx:
        origin = _origin(tx, context.vault, id_)
        way = _way(tx, context.vault, origin)
    try:
        return preview(context, _unstored(context, hooks, origin, way), way.contact)
    except Gone:
        raise NotDone(str(codes.HELD["contact_gone"])) from None


def previewed_all(context: Context, hooks: Hooks, ids: Sequence[str]) -> Iterator[tuple[str, Report | None]]:
    """The same of many, each with its report, contact by contact: the newest write of each is put back first. None for
    one that cannot be, or whose contact is gone. Raises TryLater.
    """
    ways: dict[tuple[str, int], list[tuple[Event, Way]]] = {}
    for id_ in ids:
        with context.store.read() as tx, suppress(NotDone):
            origin = _origin(tx, context.vault, id_)
            way = _way(tx, context.vault, origin)
            ways.setdefault((origin.space, way.contact), []).append((origin, way))
    known = {origin.id for pairs in ways.values() for origin, _way_ in pairs}
    yield from ((id_, None) for id_ in ids if id_ not in known)
    for (_space, contact), pairs in ways.items():
        told: dict[str, Report] = {}
        with suppress(Gone, Faults):
            told = preview_all(context, [_unstored(context, hooks, *pair) for pair in pairs], contact)
        yield from ((origin.id, told.get(origin.id)) for origin, _way_ in pairs)


def _unstored(context: Context, hooks: Hooks, origin: Event, way: Way) -> Opened:
    """Raises Faults where its webhook does not load."""
    with context.store.read() as tx:
        hook = hooks.revision(tx, origin.hook, origin.revision)
    told = reports.start(hook.name, hook.revision, Outcome.QUEUED, None, None, context.now())
    asked = unstored(hook, SILENT, Who({}), {**told, "event": None, "restores": origin.id})
    return replace(asked.at(id=origin.id), written=way.written)


def meant(tx: Connection, writes: Writes, most: int, job: str | None = None, at: int = 0) -> list[tuple[int, str]]:
    """Those that left a way back, each with the moment of its write, newest first: of one field the newest write is put
    back before the one below it. With `job` only what it has not begun yet, written at that moment (milliseconds) or
    before; 0: whenever.
    """
    found = select(undo.c.at, event.c.id).join(undo, undo.c.event == event.c.id)
    found = found.where(*writes.where(), event.c.outcome != "created")
    if job is not None:
        other = event.alias()
        found = found.where(~exists().where(other.c.origin == event.c.id, other.c.job == job))
    found = found.where(undo.c.at <= at) if at else found
    rows = tx.execute(found.order_by(undo.c.at.desc(), event.c.seq.desc()).limit(most))
    return [(row.at, row.id) for row in rows]


def stays(tx: Connection, writes: Writes, most: int) -> dict[str, list[str]]:
    """What wrote and cannot be put back: those that made a contact (`created`), and those whose way back was erased
    (`erased`).
    """
    found = select(event.c.id).outerjoin(undo, undo.c.event == event.c.id).where(*writes.where())
    made, erased = event.c.outcome == "created", (event.c.outcome == "delivered") & undo.c.event.is_(None)
    asked = {"created": found.where(made), "erased": found.where(erased)}
    return {why: list(tx.execute(one.order_by(event.c.seq).limit(most)).scalars()) for why, one in asked.items()}


def _origin(tx: Connection, vault: Vault, id_: str) -> Event:
    """Raises NotDone unless it is one that may be put back: again, too, where something of it was left then."""
    found = events.find_event(tx, id_)
    if found is None:
        raise NotDone(_("no such submission."))
    if found.outcome is Outcome.FORGOTTEN:
        raise NotDone(_("the person was erased, and with her what could be put back."))
    before = again.of_origin(tx, id_, "restore")
    if any(one.status == "open" for one in before):
        raise NotDone(_("it is being put back already."))
    left = again.way_back(tx, id_)  # one that was corrected since has written again
    since = [one for one in before if left is None or one.received_at >= left.at]
    done = [one for one in since if one.outcome is Outcome.RESTORED and not _taken_back(tx, one)]
    if done and not any(line["why"] == "changed_since" for line in report_of(vault, done[-1]).get("left", ())):
        raise NotDone(_("it was put back already. To take that back: flask restore %(event)s", event=done[-1].id))
    return found


def _taken_back(tx: Connection, one: Event) -> bool:
    return any(later.outcome is Outcome.RESTORED for later in again.of_origin(tx, one.id, "restore"))


def _way(tx: Connection, vault: Vault, origin: Event) -> Way:
    if origin.outcome is Outcome.CREATED:
        told = report_of(vault, origin)
        number = (told["contact"] or {}).get("id")
        said = _("it made a new contact (%(contact)s), and no contact is ever unmade from here.", contact=number or "?")
        raise NotDone(said + " " + _("Delete it in Qomon if nobody should be there."))
    left = again.way_back(tx, origin.id)
    if left is None:
        wrote = origin.outcome.value in _WROTE or origin.reason == "not_confirmed"
        if wrote:
            raise NotDone(_("its way back was erased when its days were over (UNDO_DAYS)."))
        raise NotDone(_("it changed nothing."))
    try:
        inverse = cast("dict[str, Any]", vault.unseal(left.sealed))
    except (BrokenSeal, ValueError):
        raise NotDone(_("its way back does not open: damaged, or of a later version.")) from None
    return Way(left.contact, Written(origin.id, Stamp(*origin.stamp), normal.epoch_ms(left.at), inverse))
