"""All there is to know of one submission: what it said, what became of it, who decided what, what comes next. Reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from bridge.crossing.opened import record_within, report_of
from bridge.errors import Faults
from bridge.hooks.registry import Hook
from bridge.inbox import again, events, records
from bridge.inbox.again import WayBack
from bridge.inbox.written import Back, Stored
from bridge.model import Answer, Event, Outcome, Who
from bridge.operations import activity, audit, restore
from bridge.operations.activity import Deed
from bridge.operations.audit import Noted
from bridge.operations.release import NotDone
from bridge.operations.replay import Replays
from bridge.qomon import account
from bridge.qomon.account import Stop
from bridge.report import receipts
from bridge.report.report import Report
from bridge.services import Services
from bridge.store.tables import event, lane
from bridge.store.vault import Vault
from schemas import normal

_NOTED = 40
_AGAIN = timedelta(minutes=10)
"""For so long the same look is not noted again."""
_NOBODY = Who({})


@dataclass(frozen=True, slots=True)
class Story:
    """`opens`: what is stored of it does; `answers` and `who` as the tool's reader had them. `next_try`: of one that
    waits; None while somebody works on it. `made`: what people had done with it since. `no_replay`, `no_restore`: why
    that cannot be, None where it can.
    """

    event: Event
    report: Report
    opens: bool
    answers: tuple[Answer, ...] = field(repr=False)
    who: Who = field(repr=False)
    head: Hook | None
    faults: Sequence[str]
    ended: datetime | None
    way_back: WayBack | None = field(repr=False)
    deed: Deed = field(repr=False)
    receipts: Sequence[Mapping[str, Any]] = field(repr=False)
    made: Sequence[Event]
    noted: Sequence[Noted]
    next_try: datetime | None
    in_hand: bool
    stop: Stop | None
    no_replay: str | None
    no_restore: str | None

    @property
    def written(self) -> datetime | None:
        """When it was last written on a contact."""
        if self.way_back is not None:
            return self.way_back.at
        wrote = (Outcome.DELIVERED, Outcome.CREATED, Outcome.RESTORED)
        return self.ended if self.event.outcome in wrote else None


def told(services: Services, id_: str) -> Story | None:
    """None: no such submission."""
    vault = services.vault  # it may have to write once: not within a read
    with services.store.read() as tx:
        one = events.find_event(tx, id_)
        return None if one is None else _told(services, vault, tx, one)


def _told(services: Services, vault: Vault, tx: Connection, one: Event) -> Story:
    answers, who, opens = read(vault, one)
    ended = tx.scalar(select(event.c.ended).where(event.c.id == one.id))
    back = again.way_back(tx, one.id)
    stored = Stored.of(one, ended, None if back is None else Back(back.contact, back.at, back.sealed))
    waits = one.status == "open" and one.lane is not None
    row = tx.execute(select(lane.c.due, lane.c.owner).where(lane.c.lane == str(one.lane))).first() if waits else None
    head, faults = _head(services, tx, one)
    noted = audit.of(tx, vault, one.id, _NOTED, but=("submission_seen",))
    return Story(
        event=one,
        report=report_of(vault, one),
        opens=opens,
        answers=answers,
        who=who,
        head=head,
        faults=faults,
        ended=None if ended is None else normal.from_epoch_ms(ended),
        way_back=back,
        deed=activity.deed(vault, stored, activity.names(services)),
        receipts=receipts.of_event(tx, vault, one.id),
        made=[*again.of_origin(tx, one.id, "restore"), *again.of_origin(tx, one.id, "replay")],
        noted=noted,
        next_try=normal.from_epoch_ms(row.due) if row is not None and row.owner is None else None,
        in_hand=row is not None and row.owner is not None,
        stop=account.stop(tx, one.space) if one.status == "open" else None,
        no_replay=_why_not(lambda: Replays(vault, services.hooks, services.settings.writing).may(tx, one.id)),
        no_restore=_why_not(lambda: restore.may(tx, vault, one.id)),
    )


def read(vault: Vault, one: Event) -> tuple[tuple[Answer, ...], Who, bool]:
    """The answers, whom they are about, and whether what is stored opens: of an erased one, too, there are none."""
    sealed = None if one.erased is not None else record_within(vault, one)
    found = records.read(sealed) if sealed is not None and records.is_record(sealed) else None
    opens = sealed is not None or one.erased is not None
    return ((), _NOBODY, opens) if found is None else (found[0].answers, found[1], opens)


def look(services: Services, id_: str, by: Any) -> None:
    """Note that somebody opened it: once in ten minutes."""
    with services.store.read() as tx:
        if audit.lately(tx, by, "submission_seen", id_, by.at - _AGAIN):
            return
    with services.store.write() as tx:
        audit.note(tx, services.vault, by, "submission_seen", id_)


def _head(services: Services, tx: Connection, one: Event) -> tuple[Hook | None, Sequence[str]]:
    try:
        return services.hooks.by_name(tx, one.hook_name) if one.hook_name else None, ()
    except Faults as faults:
        return None, faults.faults


def _why_not(ask: Any) -> str | None:
    try:
        ask()
    except (NotDone, Faults) as refusal:
        return str(refusal)
    return None
