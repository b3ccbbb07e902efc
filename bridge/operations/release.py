"""What people decide of one event: send it after all, try it now, leave it out (docs/hook-file.md).

Each is one transaction. An event that a runner has in hand is left to it.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import Connection, delete, select, tuple_, update

from bridge.crossing import gate
from bridge.crossing.decision import Decision, decision_within
from bridge.crossing.opened import record_within, report_of, report_within
from bridge.door import split
from bridge.errors import BridgeError
from bridge.hooks import breaker
from bridge.hooks.registry import Hook, Hooks
from bridge.hooks.revisions import By
from bridge.inbox import events, known_contacts, lanes
from bridge.inbox.events import Incoming
from bridge.model import Class, Event, Lane, Outcome
from bridge.operations import audit
from bridge.report import report
from bridge.report.wording import OUTCOMES
from bridge.store import store
from bridge.store.tables import creating, event, identity, lane
from bridge.store.vault import Vault
from schemas import normal

_NOTHING_IN_IT = {
    "unreadable": lazy_gettext("it still cannot be read as what %(tool)s sends."),
    "thin_ping": lazy_gettext(
        "the answers are not in it. Let %(tool)s or an automation send them, then skip this one."
    ),
}
"""What no webhook can make of a call as it came, and why."""


_AGREED = ("address_moved", "approval", "breaker", "edited_since")
"""Reasons after which a released event crosses as it is: who sends it has agreed to just that."""


class NotDone(BridgeError):
    """Nothing was changed; the message says why, to whoever asked for it."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Works on events in the caller's transaction. `writing` is the setting: off is stronger than all else."""

    vault: Vault
    hooks: Hooks
    writing: bool

    def release(self, tx: Connection, id_: str, by: By) -> str:
        """A held event crosses by its hook as that is now, judged by its own time (docs/laws.md 8). What it is after
        that.

        One whose creation Qomon never answered is looked for again, never created again. What was only kept while its
        hook listened crosses as if it came now, in the order of its submission. Raises NotDone, Faults.
        """
        row = _row(tx, id_)
        if row.status == "kept":
            return self._noted(tx, by, "released", id_, self._again(tx, row, None))
        if row.outcome != "held":
            raise NotDone(_("it is not held, it is %(outcome)s.", outcome=OUTCOMES[row.outcome]))
        if row.reason == "breaker":
            breaker.let_go(tx, row.hook, by.at)
        return self._noted(tx, by, "released", id_, self._again(tx, row, by.at))

    def retry(self, tx: Connection, id_: str, by: By) -> str:
        """An event that waits, or was given up, is tried now, by its hook as that is now. Raises NotDone, Faults."""
        row = _row(tx, id_)
        if row.outcome == "failed":
            return self._noted(tx, by, "retried", id_, self._again(tx, row, by.at))
        if row.status != "open":
            if row.outcome == "held":
                raise NotDone(_("it does not wait, it is held: release it."))
            raise NotDone(_("it does not wait, it is %(outcome)s.", outcome=OUTCOMES[row.outcome]))
        return self._noted(tx, by, "retried", id_, self._again(tx, row, row.released))

    def reopen(
        self, tx: Connection, id_: str, say: Callable[[Event, Decision], Decision], by: By, did: str = "decided"
    ) -> str:
        """It crosses as `say` has it, which is given the event and what was decided of it before. Nobody has agreed to
        more than that. Raises NotDone, also where `say` does, and Faults.
        """
        row = _row(tx, id_)
        return self._noted(tx, by, did, id_, self._again(tx, row, by.at, replace(say(row, self.decision(row)), by=by)))

    def came(self, tx: Connection, id_: str, by: By) -> bytes:
        """What the tool sent, as it came: a call's body, or the JSON of one of its submissions. Raises NotDone."""
        row = _row(tx, id_)
        sealed = self._record(row)
        self._noted(tx, by, "looked_at", id_, row.outcome.value)
        if "raw" in sealed:
            return base64.b64decode(sealed["raw"])
        return json.dumps(sealed["body"], ensure_ascii=False, indent=2).encode() + b"\n"

    def mend(self, tx: Connection, id_: str, text: bytes, by: By) -> str:
        """A call that nobody can read crosses with this in the place of what came, which stays beside it. Raises
        NotDone, also where that cannot be read either, and Faults.
        """
        row = _row(tx, id_)
        if (row.outcome, row.reason) != (Outcome.HELD, "unreadable"):
            raise NotDone(_("it is not held because nobody can read it."))
        sealed, before = self._record(row), self.decision(row)
        mended: dict[str, Any] = {"raw": base64.b64encode(text).decode()} if "raw" in sealed else {"body": _json(text)}
        came = sealed.get("raw", sealed.get("body")) if before.came is None else before.came
        said = replace(before, came=came, by=by)
        return self._noted(tx, by, "corrected", id_, self._again(tx, row, by.at, said, {**sealed, **mended}))

    def as_now(
        self, tx: Connection, row: Event, decision: Decision, mended: Mapping[str, Any] | None = None
    ) -> tuple[Hook, list[Incoming]]:
        """What it is by its hook as that is now, with what was put right in it. Raises NotDone and Faults."""
        hook, sealed = self._hook(tx, row), mended or self._record(row)
        waits = gate.waits(tx, hook, writing=self.writing)
        return hook, split.again(sealed, hook, row.received_at, waits, decision.values)

    def decision(self, row: Event) -> Decision:
        """What was decided of it so far. Raises NotDone where that does not open."""
        found = decision_within(self.vault, row)
        if found is None:
            raise NotDone(_("what is stored of it does not open. See: flask inbox show %(event)s", event=row.id))
        return found

    def skip(self, tx: Connection, id_: str, by: By) -> str:
        """An event that is held, kept, waits or was given up is left out for good. Raises NotDone."""
        row = _row(tx, id_)
        if row.status == "done":
            raise NotDone(_("it is over, it is %(outcome)s.", outcome=OUTCOMES[row.outcome]))
        _idle(tx, row)
        told = report.ended(report_of(self.vault, row), Outcome.SKIPPED)
        over = {"status": "done", "outcome": "skipped", "ended": normal.epoch_ms(by.at)}
        ended: dict[str, Any] = {**over, "reason": None, "lane": None, "due": None, "cause": None}
        tx.execute(update(event).where(event.c.id == id_).values(**ended, report=self.vault.seal(told)))
        known_contacts.unclaim(tx, id_)
        return self._noted(tx, by, "skipped", id_, "skipped")

    def behind(self, tx: Connection, id_: str) -> list[str]:
        """What is held because Qomon never said whether it created somebody for this event: one cause
        (docs/ledger.md 16).

        Whoever decides of this one is to release those, each in a transaction of its own.
        """
        asked = select(creating.c.space, creating.c.fingerprint).where(creating.c.event == id_)
        waits = (event.c.status == "held", event.c.reason == "maybe_created", event.c.id != id_)
        theirs = tuple_(identity.c.space, identity.c.fingerprint).in_(asked)
        found = select(event.c.id, event.c.seq).join(identity, identity.c.event == event.c.id).where(*waits, theirs)
        return [row.id for row in tx.execute(found.distinct().order_by(event.c.seq))]

    def stopped_with(self, tx: Connection, id_: str) -> list[str]:
        """What is held because the hook of this event stopped by itself: whoever sends one has decided about all."""
        row = events.find_event(tx, id_)
        if row is None or row.status != "held" or row.reason != "breaker":
            return []
        return [other for other in breaker.held(tx, row.hook) if other != id_]

    def _put_back_again(self, tx: Connection, row: Event, now: datetime) -> str:
        """What is to take another event's write back: in its contact's lane, as when it was asked for."""
        _idle(tx, row)
        told = report_of(self.vault, row)
        lane_ = Lane.of_contact(row.space, told["contact"]["id"])
        anew: dict[str, Any] = {"status": "open", "outcome": "queued", "lane": str(lane_), "attempts": 0}
        anew |= dict.fromkeys(("reason", "fault", "asked", "asked_at", "ended", "cause"))
        told = report.ended(told, Outcome.QUEUED)
        tx.execute(update(event).where(event.c.id == row.id).values(**anew, report=self.vault.seal(told)))
        events.wake(tx, [lane_], now, Class.STAFF)
        return Outcome.QUEUED.value

    def _noted(self, tx: Connection, by: By, did: str, id_: str, outcome: str) -> str:
        audit.note(tx, self.vault, by, did, id_, outcome=outcome)
        return outcome

    def _again(
        self,
        tx: Connection,
        row: Event,
        released: datetime | None,
        said: Decision | None = None,
        mended: Mapping[str, Any] | None = None,
    ) -> str:
        if row.action == "restore":
            return self._put_back_again(tx, row, released or row.received_at)
        decision = self.decision(row) if said is None else said
        received = row.received_at
        hook, (first, *others) = self.as_now(tx, row, decision, mended)
        if mended is not None and first.reason in ("unreadable", "ping"):
            raise NotDone(_NOTHING_IN_IT["unreadable"] % {"tool": hook.source})
        decision = decision.within(hook.space)
        if first.reason in _NOTHING_IN_IT and not others:
            raise NotDone(_NOTHING_IN_IT[first.reason] % {"tool": hook.source})
        if row.reason != "unreadable" and first.status != "open":
            as_now = str(OUTCOMES[first.outcome]) + (f" ({first.reason})" if first.reason else "")
            raise NotDone(_("with the webhook as it is now it would be %(outcome)s.", outcome=as_now))
        events.lock(tx, self.vault, [first, *others])
        _idle(tx, row)
        outcome = self._reopen(tx, row, first, released, decision)
        if said is not None:
            self._say(tx, row, decision)
        for other in others:
            events.accept(tx, self.vault, row.delivery, [other], received)
        return outcome

    def _record(self, row: Event) -> dict[str, Any]:
        """What the tool sent: of an event, or of a whole call that could not be read."""
        sealed = record_within(self.vault, row)
        if sealed is None:
            raise NotDone(_("what is stored of it does not open. See: flask inbox show %(event)s", event=row.id))
        if row.action == "restore":
            raise NotDone(_("it says nothing itself, it puts back what was written by: %(event)s", event=row.origin))
        return sealed

    def _say(self, tx: Connection, row: Event, said: Decision) -> None:
        """What a person decided, in the place of what they had agreed to by releasing it as it was."""
        sealed = self.vault.seal(said.plain())
        agreed = ",".join(row.decided) or None
        tx.execute(update(event).where(event.c.id == row.id).values(decision=sealed, decided=agreed))

    def _hook(self, tx: Connection, row: Event) -> Hook:
        hook = self.hooks.by_name(tx, row.hook_name) if row.hook_name else None
        if hook is None or hook.deleted:
            raise NotDone(_("its webhook was deleted."))
        return hook

    def _reopen(
        self, tx: Connection, row: Event, incoming: Incoming, released: datetime | None, decision: Decision
    ) -> str:
        """The event as it would have come in now, at its old place; an unreadable one may prove to be a duplicate."""
        received = row.received_at
        key, digest = events.keys(self.vault, incoming)
        earlier = events.earlier(tx, incoming, key, received) if row.reason == "unreadable" else ()
        if any(one.digest == digest and one.id != row.id for one in earlier):
            told = report.ended({**incoming.report, "event": row.id}, Outcome.DUPLICATE)
            ended: dict[str, Any] = {"status": "done", "outcome": "duplicate", "reason": None, "cause": None}
            ended |= {"ended": normal.epoch_ms(released or received)}
            tx.execute(update(event).where(event.c.id == row.id).values(**ended, report=self.vault.seal(told)))
            return "duplicate"
        fingerprints = events.people_of(self.vault, incoming.space, incoming.who)
        tx.execute(delete(identity).where(identity.c.event == row.id))
        lane_ = None
        if incoming.status == "open":
            lane_ = _straight(row, incoming.space, decision) or events.lane_for(
                tx, incoming.space, fingerprints, row.id, searched=incoming.searched
            )
        events.identify(tx, incoming.space, row.id, fingerprints)
        fresh: dict[str, Any] = {"found": None, "left": None, "withdraws": None, "digest": digest}
        fresh |= {"lane": str(lane_) if lane_ else None, "key": key}
        values = {**fresh, **self._values(row, incoming, released, decision)}
        if row.parent is not None or row.action is not None:  # what the tool sends again repeats the first one
            values |= {"key": row.key, "key_kind": "id"}
        tx.execute(update(event).where(event.c.id == row.id).values(**values))
        if lane_:
            events.wake(tx, [lane_], released or received, Class.STAFF)
        return incoming.outcome

    def _values(self, row: Event, incoming: Incoming, released: datetime | None, decision: Decision) -> dict[str, Any]:
        """Faults of an event that waits go on counting; for a released one they begin anew.

        `decided`: what a person has looked at and let through, such as an address that moved, is not asked again.
        """
        waits = row.status == "open"
        anew: dict[str, Any] = {"asked": None, "asked_at": None} if not waits else {}
        before: dict[str, Any] = report_within(self.vault, row) or {}
        told: dict[str, Any] = {**incoming.report, **decision.told()}
        told |= {name: before[name] for name in ("parent", "reached", "cost", "replays") if name in before}
        told["event"] = row.id
        seen = [row.reason] if row.status == "held" and row.reason in _AGREED else []
        return {
            **incoming.row(self.vault, row.received_at),
            "ended": normal.epoch_ms(released or row.received_at) if incoming.outcome.is_final else None,
            "cause": None,  # what it is held for next is named anew (`causes`)
            "attempts": row.attempts if waits else 0,
            "fault": row.fault if waits else None,
            **anew,
            "released": normal.epoch_ms(released) if released else None,
            "decided": ",".join(dict.fromkeys([*row.decided, *seen])) or None,
            "report": self.vault.seal(told),
        }


def _json(text: bytes) -> Any:
    """Raises NotDone."""
    try:
        return json.loads(text)
    except ValueError:
        raise NotDone(_("that is no JSON, as what came was.")) from None


def _straight(row: Event, space: str, decision: Decision) -> Lane | None:
    """Where a person said that it goes: to a contact, or to nobody's."""
    if decision.contact is not None:
        return Lane.of_contact(space, decision.contact)
    return Lane("event", space, row.id) if decision.create else None


def _row(tx: Connection, id_: str) -> Event:
    """The event, which no other person decides about until the end of the transaction."""
    store.lock(tx, [id_])
    row = events.find_event(tx, id_)
    if row is None:
        raise NotDone(_("no such submission."))
    if row.erased is not None:
        at = normal.to_ms(row.erased)
        raise NotDone(_("its answers were erased at %(at)s: nothing is left of it to be sent.", at=at))
    return row


def _idle(tx: Connection, row: Event) -> None:
    """Nobody works in its lane nor did since it was read, and no write there is in the open: raises NotDone."""
    held = select(lane.c.owner).where(lane.c.lane == str(row.lane)).with_for_update()
    busy = row.lane and (tx.execute(held).scalar() or lanes.read_intent(tx, row.lane))
    if busy or _row(tx, row.id) != row:
        raise NotDone(_("it is being written right now."))
