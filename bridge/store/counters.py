"""How often something happened, in all processes together: counted in memory, added to the store each minute.

What is counted holds names, codes and numbers. A process that is killed loses the counts of its last minute.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, select

from bridge.store.store import Store, upsert
from bridge.store.tables import counter

CALLS, ANSWERS, TOOK = "qomon_calls", "door_answers", "qomon_seconds"
PROTECTED = "fields_protected"
"""Fields that a plain webhook would have erased, by the week in which they were not, such as 2026-W48."""
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the buckets of how long Qomon took."""
_ADD = upsert(counter, value=lambda more: counter.c.value + more)


class Counters:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counter[tuple[str, str]]()

    def add(self, name: str, value: int = 1, **labels: str) -> None:
        key = name, json.dumps(labels, sort_keys=True)
        with self._lock:
            self._counts[key] += value

    def keep(self, store: Store) -> None:
        """Add what was counted since. Raises StoreDown, and then nothing is forgotten."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        rows = [{"name": name, "labels": labels, "value": value} for (name, labels), value in sorted(taken.items())]
        if not rows:
            return
        try:
            with store.write() as tx:
                tx.execute(_ADD(tx), rows)
        except BaseException:
            with self._lock:
                self._counts.update(taken)
            raise


def kept(tx: Connection) -> Iterator[tuple[str, dict[str, str], int]]:
    """Name, labels and value of each."""
    for row in tx.execute(select(counter).order_by(counter.c.name, counter.c.labels)):
        yield row.name, json.loads(row.labels), row.value
