"""The bucket of tokens that all processes of a Postgres store share, a row for each Qomon account (ledger.md 29).

Each process learns burst and rate from Qomon's answers by itself; in the row they are for people to read.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select, update

from bridge.qomon.pace import Bucket
from bridge.store.clock import NOW
from bridge.store.prepared import Statement
from bridge.store.store import Store, either
from bridge.store.tables import bucket
from schemas import normal

_THOUSANDTHS = 1000
"""Of a token, in the rows: half a token is there after half the time."""

_ROW = Statement(
    select(bucket.c.tokens, bucket.c.at, NOW.label("now"))
    .where(bucket.c.space == bindparam("b_space"))
    .with_for_update()
)
_MADE = Statement(either(lambda insert: insert(bucket).on_conflict_do_nothing()))
_LEFT = Statement(update(bucket).where(bucket.c.space == bindparam("b_space")))


class Shared:
    """One space's bucket in the store, which is opened when it is first asked."""

    def __init__(self, store: Callable[[], Store], space: str, now: Callable[[], datetime]) -> None:
        self._store, self._space, self._now = store, space, now

    @contextmanager
    def open(self, mine: Bucket) -> Iterator[tuple[Bucket, datetime]]:
        asked = {"b_space": self._space, "b_now": normal.epoch_ms(self._now())}
        with self._store().write() as tx:
            row = _ROW.first(tx, asked)
            if row is None:  # full: Qomon says with its first answer if it is not
                _MADE.run(tx, {"space": self._space, "at": 0, **_plain(mine)})
                row = _ROW.first(tx, asked)
            at = normal.from_epoch_ms(row.at) if row.at else None
            found = replace(mine, tokens=min(mine.burst, row.tokens / _THOUSANDTHS), at=at)
            yield found, normal.from_epoch_ms(row.now)
            left = {"at": normal.epoch_ms(found.at) if found.at else 0, **_plain(found)}
            _LEFT.run(tx, {"b_space": self._space, **left})


def _plain(of: Bucket) -> dict[str, int]:
    return {"tokens": round(of.tokens * _THOUSANDTHS), "rate": int(of.rate), "burst": int(of.burst)}
