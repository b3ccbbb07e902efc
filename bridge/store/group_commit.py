"""Several threads' work in one transaction: who comes while another commits goes with the next commit.

For short work that waits for nothing. It knows no tables.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from bridge.errors import StoreDown
from bridge.store.patience import Patience
from bridge.store.store import Store

MOST = 32
"""Pieces of work in one commit: what is in hand when the process dies is answered to nobody, so few is kind."""

T = TypeVar("T")


@dataclass(slots=True)
class Job:
    work: Callable[[Connection], Any]
    patience: Patience
    over: bool = False
    result: Any = None
    error: Exception | None = None


class GroupCommit:
    """SQLite only has one writer; there the wait for the disk is shared. A server groups commits by itself."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[Job] = deque()
        self._turn = threading.Lock()

    def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once it is on the disk; raises what it raised. It may run twice, committed once."""
        if self._store.shared:
            with self._store.write() as tx:
                return work(tx)
        job = Job(work, self._store.patience())
        self._waiting.append(job)
        with self._turn:  # whoever held it before may have done this one too
            while not job.over:
                self._commit([self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))])
        if job.error is not None:
            raise job.error
        return cast("T", job.result)

    def _commit(self, jobs: Sequence[Job]) -> None:
        """One that fails takes the others back with it: then each goes alone. A store that is down is so for all.

        All wait as long as the first, who came before the others: nobody's wait begins when another's is over.
        """
        try:
            with self._store.write(jobs[0].patience) as tx:
                for job in jobs:
                    job.result = job.work(tx)
        except StoreDown as down:
            for job in jobs:
                job.error = StoreDown(str(down), down.reason)
        except Exception as error:  # noqa: BLE001  # raised again where it belongs
            if len(jobs) > 1:
                for job in jobs:
                    self._commit([job])
                return
            jobs[0].error = error
        for job in jobs:
            job.over = True
