"""What one event says of consents, with the words that the person saw: what a receipt will hold. And what an address
took back, for whoever turns up with it later (docs/ledger.md 21): rows of fingerprints, which stay when somebody is
erased.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, select

from bridge.merge.addressed import Address
from bridge.merge.precedence import WHOLE, Key
from bridge.model import Change, Json, Submission
from bridge.qomon import compare
from bridge.store.prepared import Listing, Statement
from bridge.store.store import upsert
from bridge.store.tables import withdrawn
from bridge.store.vault import Vault
from schemas.fields import spoken_each

YES, NO, WITHDRAWN = "yes", "no", "withdrawn"

_KNOWN = withdrawn.c.submitted_at
_REMEMBER = Statement(upsert(withdrawn, submitted_at=lambda new: case((new > _KNOWN, new), else_=_KNOWN)))
_RECALL = Listing(
    lambda among: select(withdrawn).where(withdrawn.c.space == bindparam("b_space"), among(withdrawn.c.fingerprint))
)


def taken_back(changes: Iterable[Change]) -> list[Key]:
    """What the withdrawals among these take back: field and element, as marks name them."""
    found: list[Key] = []
    for change in (change for change in changes if change.withdraws):
        whole = change.target.form_id is None or change.refuses_all
        refs = [WHOLE] if whole else [str(value[0]) for value in change.values if isinstance(value, tuple)]
        found += [(change.target.field, ref) for ref in refs]
    return found


def stated(
    submission: Submission, crossing: Sequence[Change], fates: Sequence[str], after: Mapping[str, Any]
) -> list[dict[str, Json]]:
    """One statement per choice that a rule gave or took back, and that the contact then shows so: a yes that somebody
    had given before counts again, one that the same person takes back does not. `after`: the contact's new body.
    """
    applied = [change for change, fate in zip(crossing, fates, strict=True) if fate == "applied"]
    return [statement for change in applied for statement in _of(change, submission, after)]


def _of(change: Change, submission: Submission, after: Mapping[str, Any]) -> Iterator[dict[str, Json]]:
    target = change.target
    if target.field == "black_list" and change.values == (True,):
        yield _statement(change, submission, WITHDRAWN, "black_list")
    if not target.consent:
        return
    held = {entry["form_ref_id"] for entry in compare.part(after, target.field) or ()}
    verdict = (NO if change.refuses else YES) if change.op != "remove" else None if change.refuses else WITHDRAWN
    for value in change.values:
        if verdict is not None and isinstance(value, tuple) and (value[0] in held) == (change.op != "remove"):
            yield _statement(change, submission, verdict, value[1])


def _statement(change: Change, submission: Submission, verdict: str, value: str) -> dict[str, Json]:
    """`wording`: the question and what was ticked, as the person saw them; for a constant, the kind of event."""
    answer = next((given for given in submission.answers if given.key == change.answer), None)
    wording = f"{answer.label}: {', '.join(spoken_each(answer.value))}" if answer else change.answer or submission.kind
    target = change.target
    return {"field": target.field, "name": target.name, "said": verdict, "value": value, "wording": wording}


def fingerprint(vault: Vault, space: str, address: Address) -> str:
    """What an address is remembered by: a number is the same one under `mobile` and `phone`."""
    return vault.fingerprint("withdrawn", space, *address)


def remember(
    tx: Connection, vault: Vault, space: str, addresses: Sequence[Address], taken: Iterable[Key], submitted_at: int
) -> None:
    """`taken`: field and element, as marks name them; `submitted_at` in milliseconds. The newest one counts."""
    prints = [(fingerprint(vault, space, address), address[0]) for address in addresses]
    keys = sorted((print_, field, element, channel) for print_, channel in prints for field, element in taken)
    names = ("fingerprint", "field", "element", "channel")
    rows = [{"space": space, **dict(zip(names, key, strict=True)), "submitted_at": submitted_at} for key in keys]
    _REMEMBER.run_each(tx, rows)


def recall(tx: Connection, vault: Vault, space: str, addresses: Iterable[Address]) -> Mapping[Key, int]:
    """Field and element -> when any of these addresses last took it back (milliseconds)."""
    prints = [fingerprint(vault, space, address) for address in dict.fromkeys(addresses)]
    found: dict[Key, int] = {}
    for row in _RECALL.all(tx, {"b_space": space}, prints):
        key = row.field, row.element
        found[key] = max(row.submitted_at, found.get(key, row.submitted_at))
    return found
