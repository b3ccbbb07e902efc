"""What events leave when they are over, beside their reports: counts of their hook, what is known of the contact, and
the proof of consents. All of it in the transaction that settles them.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bridge.crossing.settle import Ending, Written, wrote
from bridge.hooks import breaker
from bridge.inbox import events, known_contacts
from bridge.merge import history
from bridge.model import Who
from bridge.report import receipts
from bridge.report.receipts import Through
from bridge.store.vault import Vault


def count(tx: Connection, endings: Sequence[Ending], now: datetime) -> None:
    """For the brake that hooks pull themselves. It is the first that the transaction does: hooks before lanes."""
    done = wrote(endings)
    breaker.alone(tx, done)
    for hook in sorted(done):
        breaker.note(tx, hook, done[hook], now)


def remember(
    tx: Connection, vault: Vault, space: str, endings: Sequence[Ending], written: Written, now: datetime
) -> None:
    """What a write, or finding nothing to write, leaves: marks, `seen`, and who is known now: made or readdressed."""
    history.write(tx, vault, space, written.contact, written.made, written.log)
    history.see(tx, space, written.contact, written.seen, written.past)
    if written.created:
        for ending in endings:
            prints = events.fingerprints_of(vault, ending.case.row.space, ending.case.who)
            known_contacts.remember(tx, space, list(prints.values()), written.contact, now)
    for ending in endings:
        if ending.case.who.joins and ending.outcome in ("delivered", "unchanged"):
            prints = events.fingerprints_of(vault, space, Who(ending.case.who.joins))
            known_contacts.remember(tx, space, list(prints.values()), written.contact, now)


def keep_receipts(tx: Connection, vault: Vault, endings: Sequence[Ending], now: datetime) -> None:
    """A receipt for each consent that was given or taken back."""
    for ending in endings:
        if ending.consents and ending.contact is not None:
            receipts.keep(tx, vault, _through(ending, ending.contact), ending.consents, now)


def _through(ending: Ending, contact: int) -> Through:
    case = ending.case
    revision, at = case.hook.revision, ending.report["submitted_at"]
    return Through(case.id, case.row.space, contact, case.hook.name, revision, at)
