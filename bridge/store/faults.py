"""What an error of a database means: a store that cannot serve now, and why in one word, or a fault of ours.

Told by the codes of SQLite and of Postgres, never by their sentences, which follow a language and may quote a row.
"""

import errno
import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolEmpty

_FILE: Mapping[int, str] = {
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_IOERR: "damaged",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CANTOPEN: "away",
    sqlite3.SQLITE_PROTOCOL: "locked",
    sqlite3.SQLITE_NOTADB: "damaged",
    # The index of the journal lies on the disk too, in shared memory: there a full one has no word of its own.
    sqlite3.SQLITE_IOERR_SHMSIZE: "full",
    sqlite3.SQLITE_IOERR_SHMMAP: "full",
    sqlite3.SQLITE_READONLY_DBMOVED: "replaced",
}
"""By result code; the extended one, where it says more."""

_GONE = "42P01"
"""A table is not there."""

_SERVER: Mapping[str, str] = {
    "08": "away",  # the connection
    "25006": "read_only",  # a plan's limit is over, or it is a copy that follows another
    "25P03": "away",  # we stood still, and were thrown out
    "28": "refused",  # the password
    "3D": "refused",  # no such database
    "40": "locked",  # two that wait for each other: one was cut
    "42501": "refused",  # a plan's limit is over: the platform took INSERT away
    _GONE: "damaged",
    "53100": "full",
    "53200": "away",  # its memory
    "53300": "refused",  # too many connections
    "55P03": "locked",
    "55": "refused",  # the database takes no connections
    "57014": "locked",  # cut by somebody, or by a timeout of the server
    "57": "away",  # it stops, or starts
    "58": "damaged",
    "XX": "damaged",
}
"""By SQLSTATE, or its class where that says enough (Postgres, appendix A)."""

_SYSTEM: Mapping[int | None, str] = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
}


def reason(error: BaseException) -> str | None:
    """One word of StoreDown's; None: a fault of ours, which stays what it is."""
    if isinstance(error, PoolEmpty):
        return "locked"
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):  # bare where our own COMMIT fails
        return _of_file(cause)
    if isinstance(error, DBAPIError):
        return _of_server(error)
    return _SYSTEM.get(error.errno, "away") if isinstance(error, OSError) else None


def of_migration(error: BaseException) -> bool:
    """Whether it failed for what is in it. A table that it misses is no damage."""
    code = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return code == _GONE or reason(error) is None


def _of_file(error: Any) -> str | None:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return _FILE.get(code, _FILE.get(code & 0xFF))


def _of_server(error: DBAPIError) -> str | None:
    """A connection that was not made, or that broke, has no code."""
    code = getattr(error.orig, "sqlstate", None) or ""
    return _SERVER.get(code, _SERVER.get(code[:2], "away" if isinstance(error, OperationalError) else None))
