"""An unsubscription reaches every contact that carries its address, in a row each (docs/laws.md 7, docs/ledger.md 14a).

Whose name it says does not matter, nor who was found with the address lately: it is searched. The first contact is its
own; each further one gets a row of its own, in the transaction that leads the first one into its contact's lane.
"""

import secrets
from collections.abc import Sequence

from bridge.crossing import find
from bridge.crossing.find import Found
from bridge.crossing.lane_run import LaneRun
from bridge.crossing.opened import Opened
from bridge.errors import Held, TryLater
from bridge.inbox import events as inbox
from bridge.inbox import known_contacts, lanes
from bridge.inbox.events import Branch
from bridge.inbox.lanes import Waits
from bridge.merge import addressed, consent
from bridge.merge.addressed import Address
from bridge.model import Class, Lane, Outcome
from bridge.qomon.client import Visit
from bridge.report import report
from bridge.store import store

MOST = 20
"""Contacts of one address that are reached at once; the others wait for a person."""


def reach(run: LaneRun, event: Opened) -> bool:
    """False: nobody has the address. Raises Held, and TryLater."""
    wanted = addressed.addresses(event.who)
    remember(run, event)
    found = _found(run, event, wanted)
    if event.stored.left in found:
        left = run.look_again(event)
        if left is not None:  # it still seems to have the address: look again a few times
            raise TryLater("backoff", left)
        del found[event.stored.left]
        if not found:
            raise Held("contact_gone")
    with run.context.store.read() as tx:
        family = inbox.family(tx, event.stored)
    others = {contact for row, contact in family.items() if row != event.id}
    free = [Found(contact, by) for contact, by in sorted(found.items()) if contact not in others]
    if free:
        _lead(run, event, free, alone=len(found) == 1)
    elif found:
        run.end(event, Outcome.UNCHANGED, None, run.unplanned(event, "not_sent"))
    return bool(found)


def search(visit: Visit, wanted: Sequence[Address], region: str) -> dict[int, str]:
    """Contact -> the field in which Qomon has the address."""
    found: dict[int, str] = {}
    for kind, value in wanted:
        asked = [value] if kind == "mail" else find.spellings(value)
        for field in addressed.FIELDS[kind]:
            hits = visit.search(field, asked)
            found = {hit["id"]: field for hit in hits if addressed.reached(hit, wanted, region)} | found
    return found


def remember(run: LaneRun, event: Opened) -> None:
    """What it takes back counts for its addresses (docs/ledger.md 21). Before a search: whoever is being created with
    one of them is found by it, or sees this.
    """
    taken = run.plan(event.hook).taken_back(event.submission)
    wanted = addressed.addresses(event.who)
    if not (taken and wanted):
        return
    with run.promising() as tx:
        store.lock(tx, [*run.fingerprints(event).values()])
        run.check(tx)
        consent.remember(tx, run.context.vault, event.stored.space, wanted, taken, event.stored.stamp[0])


def _found(run: LaneRun, event: Opened, wanted: Sequence[Address]) -> dict[int, str]:
    """The same, and whom only memory knows of: Qomon's search lags, and each contact is looked at in its run."""
    found = search(run.visit, wanted, event.hook.region)
    prints = run.fingerprints(event)
    with run.context.store.read() as tx:
        recalled = {name: run.recall(tx, one) for name, one in prints.items()}
        busy = inbox.busy(tx, event.stored.space, [*prints.values()])
    said = {contact: name for name, contact in recalled.items() if contact is not None}
    return {**dict.fromkeys(busy, next(iter(prints))), **said, **found}


def _lead(run: LaneRun, event: Opened, free: Sequence[Found], *, alone: bool) -> None:
    """One transaction: the row goes to its contact, and the further rows are made. `alone`: nobody else has it."""
    context, stored, now = run.context, event.stored, run.context.now()
    mine = next((one for one in free if one.contact == stored.reaches), free[0])
    if run.dry:
        run.transfer([event], mine)
        return
    others = [one for one in free if one is not mine][: MOST - 1]
    branches = [
        Branch(secrets.token_hex(10), Lane.of_contact(stored.space, one.contact), one.contact, one.by) for one in others
    ]
    branches += [Branch(secrets.token_hex(10), None)] if len(free) > MOST else []
    prints = run.fingerprints(event)
    told = {**event.report, "cost": run.cost(event)}
    told |= {"reached": [one.id for one in branches]} if branches else {}
    waits = run.unplanned(event) if len(free) > MOST else {}
    with context.store.write() as tx:
        sealed = context.vault.seal(told)
        to = lanes.transfer(tx, run.lease, stored, mine.contact, mine.by, sealed, now, reaches=mine.contact)
        for one in branches:
            own = {**event.report, "event": one.id, "parent": stored.parent or stored.id}
            if one.lane is None:
                own = report.ended({**own, **waits, "event": one.id}, Outcome.HELD, "several_contacts")
            inbox.branch(tx, context.vault, stored, one, own, prints)
        woken = {to, *(one.lane for one in branches if one.lane)}
        inbox.wake(tx, woken, now)
        if alone:
            known_contacts.remember(tx, stored.space, [prints[mine.by]], mine.contact, now)
        run.hand_over(tx, to, now)
        run.done.lanes += [Waits(one, Class.LIVE, now) for one in woken - {to}]
