"""An unsubscription reaches every contact that carries its address, in a row each (law 7, ledger.md 14a).

Whose name it says does not matter, nor who was found with the address lately: it is searched. The first contact is its
own; each further one gets a row of its own, in the transaction that leads the first one into its contact's lane.
"""

import secrets
from collections.abc import Sequence

from bridge.crossing import find, retry
from bridge.crossing.cases import Case
from bridge.crossing.find import Found
from bridge.crossing.lane_run import Turn
from bridge.crossing.settle import Ending
from bridge.errors import Held, TryLater
from bridge.inbox import events, known_contacts, lanes
from bridge.inbox.events import Branch
from bridge.merge import addressed, withdrawn
from bridge.merge.addressed import Address
from bridge.qomon.client import Visit
from bridge.report import report
from bridge.store import store
from schemas import normal

MOST = 20
"""Contacts of one address that are reached at once; the others wait for a person."""


def reach(turn: Turn, case: Case) -> bool:
    """False: nobody has the address. Raises Held, and TryLater."""
    wanted = addressed.addresses(case.who)
    remember(turn, case)
    found = _found(turn, case, wanted)
    if case.row.left in found:
        _denied(turn, case)
        del found[case.row.left]
        if not found:
            raise Held("contact_gone")
    with turn.tools.store.read() as tx:
        family = events.family(tx, case.row)
    others = {contact for row, contact in family.items() if row != case.id}
    free = [Found(contact, by) for contact, by in sorted(found.items()) if contact not in others]
    if free:
        _lead(turn, case, free, alone=len(found) == 1)
    elif found:
        turn.end(case, "unchanged", None, turn.unweighed(case, "not_sent"))
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


def remember(turn: Turn, case: Case) -> None:
    """What it takes back counts for its addresses (ledger.md 21). Before a search: whoever is being created with one of
    them is found by it, or sees this.
    """
    taken = turn.scales(case.hook).taken_back(case.submission)
    wanted = addressed.addresses(case.who)
    if not (taken and wanted):
        return
    with turn.promising() as tx:
        store.lock(tx, [*turn.fingerprints(case).values()])
        turn.check(tx)
        withdrawn.remember(tx, turn.tools.vault, case.row.space, wanted, taken, case.row.submitted_at)


def _found(turn: Turn, case: Case, wanted: Sequence[Address]) -> dict[int, str]:
    """The same, and whom only memory knows of: Qomon's search lags, and each contact is looked at in its turn."""
    found = search(turn.visit, wanted, case.hook.region)
    prints = turn.fingerprints(case)
    with turn.tools.store.read() as tx:
        recalled = {name: turn.recall(tx, one) for name, one in prints.items()}
        busy = events.busy(tx, case.row.space, [*prints.values()])
    said = {contact: name for name, contact in recalled.items() if contact is not None}
    return {**dict.fromkeys(busy, next(iter(prints))), **said, **found}


def _denied(turn: Turn, case: Case) -> None:
    """The contact that the row came back from still seems to have the address: look again a few times."""
    since = normal.from_epoch_ms(case.row.received_at if case.row.left_at is None else case.row.left_at)
    left = retry.look(turn.tools.now() - since)
    if left is not None:
        raise TryLater("backoff", left)


def _lead(turn: Turn, case: Case, free: Sequence[Found], *, alone: bool) -> None:
    """One transaction: the row goes to its contact, and the further rows are made. `alone`: nobody else has it."""
    tools, row, now = turn.tools, case.row, turn.tools.now()
    mine = next((one for one in free if one.contact == row.reaches), free[0])
    if turn.dry:
        turn.move([case], mine)
        return
    others = [one for one in free if one is not mine]
    branches = [Branch(_new(), f"contact:{row.space}:{one.contact}", one.contact, one.by) for one in others[: MOST - 1]]
    branches += [Branch(_new(), None)] if len(free) > MOST else []
    prints = turn.fingerprints(case)
    shown = {**case.report, "cost": turn.cost(Ending.of(case))}
    waits = turn.unweighed(case) if len(free) > MOST else {}
    with tools.store.write() as tx:
        told = {**shown, **({"reached": [one.id for one in branches]} if branches else {})}
        to = lanes.move(tx, turn.lease, row, mine.contact, mine.by, tools.vault.seal(told), now, reaches=mine.contact)
        for one in branches:
            whole = (
                report.ended({**case.report, **waits}, "held", "several_contacts") if one.lane is None else case.report
            )
            own = {**whole, "event": one.id, "parent": row.parent or row.id}
            events.branch(tx, tools.vault, row, one, own, prints)
        woken = {to, *(one.lane for one in branches if one.lane)}
        for lane in sorted(woken, reverse=True):  # as everybody locks (ledger.md 4)
            events.wake(tx, row.space, lane, now)
        if alone:
            known_contacts.remember(tx, row.space, [prints[mine.by]], mine.contact, now)
        turn.hand_over(tx, to, now)
        turn.drained.lanes += woken - {to}


def _new() -> str:
    return secrets.token_hex(10)
