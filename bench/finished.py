"""A store in which much has happened already: copies of one finished event, each its own person's."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

_NUMBERS = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :many)"
_KEY = "lower(hex(randomblob(16)))"
_ID = "printf('%08x%012x', (n * 2654435761) % 4294967296, n)"
"""As long as a real one, and as scattered; the same for the same number."""
_OTHER = "100000000 + n"
_OWN = {
    "event": {"seq": "NULL", "id": _ID, "delivery": _ID, "key": _KEY, "digest": _KEY},
    "identity": {"fingerprint": _KEY, "event": _ID},
    "delivery": {"id": _ID},
    "known": {"fingerprint": _KEY, "contact": _OTHER},
    "undo": {"event": _ID, "contact": _OTHER},
    "seen": {"contact": _OTHER},
    "mark": {"contact": _OTHER},
}
"""What each copy has for itself."""


def fill(path: Path, many: int) -> None:
    """Needs one finished event to copy. The store must not be open elsewhere: what fails half way is of no use."""
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000"):
            store.execute(f"PRAGMA {pragma}")
        store.execute("BEGIN")
        indices = store.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indices:
            store.execute(f"DROP INDEX {name}")
        for table, own in _OWN.items():
            columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
            chosen = ", ".join(own.get(name, f'one."{name}"') for name in columns)
            done = "WHERE status = 'done'" if table == "event" else ""
            names = ", ".join(f'"{name}"' for name in columns)
            store.execute(
                f"INSERT INTO {table} ({names}) {_NUMBERS} "  # noqa: S608  # our own tables
                f"SELECT {chosen} FROM number, (SELECT * FROM {table} {done} LIMIT 1) AS one",
                {"many": many},
            )
        for _, made in indices:  # at the end: sorted, instead of row by row all over the file
            store.execute(made)
        store.execute("COMMIT")
        store.execute("PRAGMA journal_mode = WAL")
    os.sync()  # what is still on its way to the disk would slow down whatever is measured next
