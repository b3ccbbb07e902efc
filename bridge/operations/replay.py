"""What came is sent again, by its webhook as that is now, or as one of its versions said. Only what differs is written.

It crosses as an event of its own, at the time of its submission: what is newer wins, as ever (docs/laws.md 8).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Connection, exists, func, select

from bridge.crossing import gate
from bridge.crossing.decision import NOTHING, Decision, decision_within
from bridge.crossing.lane_run import Context
from bridge.crossing.opened import Opened, record_within, report_of
from bridge.crossing.preview import Previewed, preview
from bridge.door import split
from bridge.errors import Faults, Gone
from bridge.hooks.registry import Hook, Hooks
from bridge.hooks.revisions import By
from bridge.inbox import again, events, records
from bridge.inbox.again import Asked
from bridge.inbox.events import Incoming
from bridge.model import Event, Lane, Outcome
from bridge.operations import audit
from bridge.operations.authoring.rehearsal import Rehearsal, Version, rehearse
from bridge.operations.release import NotDone
from bridge.report.wording import OUTCOMES
from bridge.store import store
from bridge.store.tables import event
from bridge.store.vault import Vault
from schemas import codes, normal

_WAITS = {"held": "release", "failed": "retry", "captured": "release", "previewed": "release", "queued": "retry"}
"""What is not over yet, and the command that is for it."""


@dataclass(frozen=True, slots=True)
class Came:
    """Which submissions are meant: of this hook (its id), received by this version, at `since` or later and before
    `until`, with this outcome; or just these (`events`).
    """

    hook: str | None = None
    revision: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    outcome: str | None = None
    events: Sequence[str] | None = None

    def where(self) -> list[ColumnElement[bool]]:
        """What is over and still says what it said; what was sent again is none of them."""
        one = [event.c.status == "done", event.c.erased.is_(None), event.c.action.is_(None), event.c.parent.is_(None)]
        one += [] if self.hook is None else [event.c.hook == self.hook]
        one += [] if self.revision is None else [event.c.revision == self.revision]
        one += [] if self.since is None else [event.c.received_at >= normal.epoch_ms(self.since)]
        one += [] if self.until is None else [event.c.received_at < normal.epoch_ms(self.until)]
        one += [] if self.outcome is None else [event.c.outcome == self.outcome]
        return one + ([] if self.events is None else [event.c.id.in_(self.events)])


@dataclass(frozen=True, slots=True)
class Replays:
    """Works in the caller's transaction. `writing` is the setting: off is stronger than all else."""

    vault: Vault
    hooks: Hooks
    writing: bool

    def ask(self, tx: Connection, id_: str, by: By, *, as_: int | None = None, job: str | None = None) -> str:
        """Have an event sent again; the id of the event that does it. `as_`: by that version of its webhook, else as
        that is now. Raises NotDone, Faults.
        """
        store.lock(tx, [id_])
        origin = self._origin(tx, id_)
        hook = self._hook(tx, origin, as_)
        said = self._said(origin, hook)
        incoming = self._incoming(tx, origin, hook, said)
        events.lock(tx, self.vault, [incoming])
        made = again.new_id()
        people = events.people_of(self.vault, incoming.space, incoming.who)
        lane = events.lane_for(tx, incoming.space, people, made, searched=incoming.searched)
        lane = lane if said.contact is None else Lane.of_contact(incoming.space, said.contact)
        row = incoming.row(self.vault, origin.received_at)
        values = {name: row[name] for name in ("space", "revision", "mode", "kind", "reason")}
        at = min(incoming.submitted_at or origin.received_at, origin.received_at)
        values |= {} if said == NOTHING else {"decision": self.vault.seal(said.plain())}
        told = {**incoming.report, **said.told(), "replays": id_}
        asked = Asked("replay", incoming.record, told, at, lane, people, values, job)
        again.ask(tx, self.vault, origin, asked, made, by.at)
        if job is None:
            audit.note(tx, self.vault, by, "replayed", id_, made=made, version=as_)
        return made

    def may(self, tx: Connection, id_: str) -> None:
        """Raises NotDone unless it is one that may be sent again, and Faults."""
        self._hook(tx, self._origin(tx, id_), None)

    def previewed(self, context: Context, id_: str, *, as_: int | None = None) -> Previewed:
        """What sending it again would do now; nothing is written. Raises NotDone, Faults, TryLater."""
        with context.store.read() as tx:
            origin = self._origin(tx, id_)
            hook = self._hook(tx, origin, as_)
            said = self._said(origin, hook)
            incoming = self._incoming(tx, origin, hook, said)
        read = records.read(incoming.record if isinstance(incoming.record, dict) else {})
        if read is None:
            raise NotDone(_("it could not be read."))
        fresh = replace(origin, found=None, left=None, revision=hook.revision, released=None, decided=())
        told = {**incoming.report, **said.told(), "event": None, "replays": id_}
        try:
            return preview(context, Opened(fresh, hook, *read, told, said), said.contact)
        except Gone:
            raise NotDone(str(codes.HELD["contact_gone"])) from None

    def _origin(self, tx: Connection, id_: str) -> Event:
        """Raises NotDone unless it is one that may be sent again."""
        found = events.find_event(tx, id_)
        if found is None:
            raise NotDone(_("no such submission."))
        if found.outcome is Outcome.FORGOTTEN:
            raise NotDone(_("the person was erased, and with her what could be sent."))
        if found.erased is not None:
            at = normal.to_ms(found.erased)
            raise NotDone(_("its answers were erased at %(at)s: nothing is left of it to be sent.", at=at))
        if found.origin is not None:
            raise NotDone(_("it is itself about another submission: %(event)s. Send that one.", event=found.origin))
        if found.parent is not None:
            raise NotDone(_("it is a part of another submission: %(event)s. Send that one.", event=found.parent))
        if found.outcome.value in _WAITS:
            command = f"flask inbox {_WAITS[found.outcome.value]} {id_}"
            raise NotDone(_("it is not over. For that: %(command)s", command=command))
        if any(one.status == "open" for one in again.of_origin(tx, id_, "replay")):
            raise NotDone(_("it is being sent again already."))
        return found

    def _hook(self, tx: Connection, origin: Event, as_: int | None) -> Hook:
        now = self.hooks.by_name(tx, origin.hook_name) if origin.hook_name else None
        if now is None or now.deleted:
            raise NotDone(_("its webhook was deleted."))
        return now if as_ is None else self.hooks.revision(tx, origin.hook, as_)

    def _said(self, origin: Event, hook: Hook) -> Decision:
        """What people decided of it counts again; whoever was made for it then is there now. Raises NotDone."""
        found = decision_within(self.vault, origin)
        if found is None:
            raise NotDone(_("what is stored of it does not open."))
        said = found.within(hook.space)
        if not said.create:
            return said
        made = (report_of(self.vault, origin)["contact"] or {}).get("id")
        return replace(said, contact=made, create=False, others=())

    def _incoming(self, tx: Connection, origin: Event, hook: Hook, said: Decision) -> Incoming:
        """As it would come in by this version, at the time when it came."""
        sealed = record_within(self.vault, origin)
        if sealed is None:
            raise NotDone(_("what is stored of it does not open."))
        if "raw" in sealed:
            raise NotDone(_("it could not be read, and is no submission."))
        waits = gate.waits(tx, hook, writing=self.writing)
        (first, *_rest) = split.again(sealed, hook, origin.received_at, waits, said.values)
        if first.status != "open":
            as_now = str(OUTCOMES[first.outcome]) + (f" ({first.reason})" if first.reason else "")
            raise NotDone(_("by this version of its webhook it would be %(outcome)s.", outcome=as_now))
        return first


def meant(tx: Connection, came: Came, most: int, job: str | None = None, after: int = 0) -> list[tuple[int, str]]:
    """Their numbers and ids, oldest first, behind this number; with `job` only what it has not begun yet."""
    found = select(event.c.seq, event.c.id).where(*came.where(), event.c.seq > after)
    if job is not None:
        other = event.alias()
        found = found.where(~exists().where(other.c.origin == event.c.id, other.c.job == job))
    return [(row.seq, row.id) for row in tx.execute(found.order_by(event.c.seq).limit(most))]


def count(tx: Connection, came: Came) -> int:
    return tx.scalar(select(func.count()).select_from(event).where(*came.where())) or 0


def rehearsed(
    context: Context, hooks: Hooks, came: Came, as_: int | None
) -> Iterator[tuple[str, int, Rehearsal | None]]:
    """What each version of a webhook that received them sent, and what would be sent now: (webhook, version, its
    rehearsal), by field the same, new, lost, different. None where a version does not load, or Qomon's fields were
    never read.
    """
    for (_hook, number), ids in sorted(_by_version(context, came).items()):
        with context.store.read() as tx:
            found = events.among(tx, ids)
            old = _version(context, hooks, tx, found[0], number)
            new = _version(context, hooks, tx, found[0], as_)
        told = [(one.id, read[0]) for one in found if (read := _read(context.vault, one)) is not None]
        name = found[0].hook_name or found[0].hook
        yield name, number, None if old is None or new is None else rehearse(old, new, told)


def _by_version(context: Context, came: Came) -> dict[tuple[str, int], list[str]]:
    """Their ids, by the webhook and its version."""
    asked = select(event.c.hook, event.c.revision, event.c.id).where(*came.where()).order_by(event.c.seq)
    found: dict[tuple[str, int], list[str]] = {}
    with context.store.read() as tx:
        for row in tx.execute(asked):
            found.setdefault((row.hook, row.revision), []).append(row.id)
    return found


def _read(vault: Vault, one: Event) -> Any:
    return records.read(record_within(vault, one) or {})


def _version(context: Context, hooks: Hooks, tx: Connection, one: Event, number: int | None) -> Version | None:
    try:
        hook = hooks.by_name(tx, one.hook_name or "") if number is None else hooks.revision(tx, one.hook, number)
    except Faults:
        return None
    plan = None if hook is None else context.plans.offline(hook)
    return None if hook is None or plan is None else Version(hook, plan.mapper)
