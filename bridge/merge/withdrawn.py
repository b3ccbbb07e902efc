"""What an address took back, for whoever turns up with it later (ledger.md 21): rows of fingerprints, no address.

They stay until the person is erased.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, case, select

from bridge.merge.addressed import Address
from bridge.store.prepared import Listing, Statement
from bridge.store.store import upsert
from bridge.store.tables import withdrawn
from bridge.store.vault import Vault

_KNOWN = withdrawn.c.submitted_at
_REMEMBER = Statement(upsert(withdrawn, submitted_at=lambda new: case((new > _KNOWN, new), else_=_KNOWN)))
_RECALL = Listing(
    lambda listed: select(withdrawn).where(
        withdrawn.c.space == bindparam("b_space"), withdrawn.c.fingerprint.in_(listed)
    )
)


def fingerprint(vault: Vault, space: str, address: Address) -> str:
    """What an address is remembered by: a number is the same one under `mobile` and `phone`."""
    return vault.fingerprint("withdrawn", space, *address)


def remember(
    tx: Connection,
    vault: Vault,
    space: str,
    addresses: Sequence[Address],
    taken: Iterable[tuple[str, str]],
    submitted_at: int,
) -> None:
    """`taken`: field and element, as marks name them; `submitted_at` in milliseconds. The newest one counts."""
    prints = [(fingerprint(vault, space, address), address[0]) for address in addresses]
    keys = sorted((print_, field, element, channel) for print_, channel in prints for field, element in taken)
    names = ("fingerprint", "field", "element", "channel")
    rows = [{"space": space, **dict(zip(names, key, strict=True)), "submitted_at": submitted_at} for key in keys]
    _REMEMBER.run_each(tx, rows)


def recall(tx: Connection, vault: Vault, space: str, addresses: Iterable[Address]) -> Mapping[tuple[str, str], int]:
    """Field and element -> when any of these addresses last took it back (milliseconds)."""
    prints = [fingerprint(vault, space, address) for address in dict.fromkeys(addresses)]
    found: dict[tuple[str, str], int] = {}
    for row in _RECALL.all(tx, {"b_space": space}, prints):
        key = row.field, row.element
        found[key] = max(row.submitted_at, found.get(key, row.submitted_at))
    return found
