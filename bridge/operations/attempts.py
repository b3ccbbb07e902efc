"""Wrong logins are counted, in the store, so that all processes count together: after some of them it pauses.

A try is counted before it is looked at, so that many at once are no more than one after the other.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from bridge.store.store import Store, lock, upsert
from bridge.store.tables import attempt
from bridge.store.vault import Vault
from schemas import normal

PAUSE = timedelta(minutes=15)
OF_ADDRESS, OF_CALLER = 5, 30
"""Wrong tries within the pause, of one address typed, and from one place."""


class Attempts:
    def __init__(self, store: Store, vault: Vault) -> None:
        self._store, self._vault = store, vault

    def begin(self, typed: str, caller: str, now: datetime) -> tuple[bool, int]:
        """Whether this try may be looked at, and how many are left after it."""
        keys = self._keys(typed, caller)
        with self._store.write() as tx:
            lock(tx, [key for key, _most in keys])
            tx.execute(delete(attempt).where(attempt.c.at < normal.epoch_ms(now - PAUSE)))
            before = _counted(tx, [key for key, _most in keys])
            left = [most - before.get(key, 0) for key, most in keys]
            if min(left) <= 0:
                return False, 0
            for key, _most in keys:
                row = {"whose": key, "tries": before.get(key, 0) + 1, "at": normal.epoch_ms(now)}
                tx.execute(upsert(attempt, "tries", "at")(tx), row)
        return True, min(left) - 1

    def forget(self, typed: str, caller: str) -> None:
        """It was right: what was counted of this address is over, and this try of the caller's."""
        (mine, _of_address), (theirs, _of_caller) = self._keys(typed, caller)
        with self._store.write() as tx:
            tx.execute(delete(attempt).where(attempt.c.whose == mine))
            tx.execute(attempt.update().where(attempt.c.whose == theirs).values(tries=attempt.c.tries - 1))

    def _keys(self, typed: str, caller: str) -> list[tuple[str, int]]:
        fingerprint = self._vault.fingerprint
        return [
            (fingerprint("typed", typed.strip().casefold()), OF_ADDRESS),
            (fingerprint("caller", caller), OF_CALLER),
        ]


def _counted(tx: Connection, keys: list[str]) -> dict[str, int]:
    rows = tx.execute(select(attempt.c.whose, attempt.c.tries).where(attempt.c.whose.in_(keys))).all()
    return {row.whose: row.tries for row in rows}
