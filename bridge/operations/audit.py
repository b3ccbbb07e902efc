"""Who did what, when, from where and why: a row for each thing that people did, in the transaction that did it.

Rows are only added. `retention` deletes them after AUDIT_DAYS, `forget` empties what is sealed in those about a
submission that it erases; nothing else touches them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, cast

from sqlalchemy import Connection, Row, func, insert, select

from bridge.hooks.revisions import By
from bridge.model import Json
from bridge.store.tables import audit, hook
from bridge.store.vault import BrokenSeal, Vault
from schemas import codes, normal

More: TypeAlias = str | int | bool | list[Json] | None
"""Ids, codes and numbers; never what is a person's, nor a secret."""

_UNSEALED = ("paused",)
"""What may be done without the key, and is then noted without why and from where."""
_NOBODY = "?"
_NEWEST = 2_000


@dataclass(frozen=True, slots=True)
class Noted:
    """One thing that somebody did. `subject`: an event, a hook, a job, by id, a Qomon account by name, or a person's
    keyed fingerprint; `hook`: that hook's name now. `said`: `from`, `why` and what more there is; None where nothing
    of it is left (`erased`), or where it does not open (`shut`).
    """

    at: datetime
    who: str
    did: str
    subject: str | None
    hook: str | None
    said: Mapping[str, Any] | None
    erased: bool
    shut: bool
    seq: int


def note(tx: Connection, vault: Vault | None, by: By, did: str, subject: str | None = None, **more: More) -> None:
    """Add a row: `by` did this (a code of DEEDS) to the subject, an event, hook or job by id, a Qomon account by name,
    or a person by a keyed fingerprint. `more` is sealed; None in it is left out. Without a vault nothing of that is
    kept. Raises KeyError for what is no code.
    """
    if did not in codes.DEEDS:
        raise KeyError(did)
    told = {"from": by.where, "why": by.why, "user": by.user if by.who else None, **more}
    clean = {name: _line(value) if isinstance(value, str) else value for name, value in told.items()}
    sealed = vault.seal({name: value for name, value in clean.items() if value is not None}) if vault else b""
    row = {"at": normal.epoch_ms(by.at), "who": _line(by.who) or _line(by.user) or _NOBODY, "did": did}
    tx.execute(insert(audit).values(**row, subject=_line(subject), sealed=sealed))


def lately(tx: Connection, by: By, did: str, subject: str, since: datetime) -> bool:
    """Whether the same person did the same to the same subject since then."""
    who = _line(by.who) or _line(by.user) or _NOBODY
    same = (audit.c.subject == subject, audit.c.did == did, audit.c.who == who, audit.c.at > normal.epoch_ms(since))
    return tx.execute(select(audit.c.seq).where(*same).limit(1)).first() is not None


def last(tx: Connection, did: Collection[str]) -> tuple[str, datetime] | None:
    """Who did one of these last, and when: among the newest of all that people did."""
    newest = select(audit).order_by(audit.c.seq.desc()).limit(_NEWEST).subquery()
    found = select(newest.c.who, newest.c.at).where(newest.c.did.in_(did)).order_by(newest.c.seq.desc()).limit(1)
    row = tx.execute(found).first()
    return None if row is None else (row.who, normal.from_epoch_ms(row.at))


def listed(
    tx: Connection,
    vault: Vault,
    since: datetime | None = None,
    until: datetime | None = None,
    who: str | None = None,
    did: str | None = None,
    subject: str | None = None,
    most: int = 50,
    before: int | None = None,
) -> list[Noted]:
    """The newest first, of those `before` one (its `seq`). `until` is not within; `subject` may be a hook's name."""
    asked = select(audit, hook.c.name).join(hook, hook.c.id == audit.c.subject, isouter=True)
    if before is not None:
        asked = asked.where(audit.c.seq < before)
    if since is not None:
        asked = asked.where(audit.c.at >= normal.epoch_ms(since))
    if until is not None:
        asked = asked.where(audit.c.at < normal.epoch_ms(until))
    if who is not None:
        asked = asked.where(audit.c.who == _line(who))
    if did is not None:
        asked = asked.where(audit.c.did == did)
    if subject is not None:
        named = _line(subject)
        asked = asked.where((audit.c.subject == named) | (hook.c.name == named))
    return [_noted(vault, row) for row in tx.execute(asked.order_by(audit.c.seq.desc()).limit(most)).all()]


def of(tx: Connection, vault: Vault, subject: str, most: int, but: Sequence[str] = ()) -> list[Noted]:
    """What was done to one subject, by its id, the newest first; without these deeds."""
    asked = select(audit, hook.c.name).join(hook, hook.c.id == audit.c.subject, isouter=True)
    asked = asked.where(audit.c.subject == subject, audit.c.did.not_in(but))
    return [_noted(vault, row) for row in tx.execute(asked.order_by(audit.c.seq.desc()).limit(most)).all()]


def lately_done(tx: Connection, vault: Vault, did: Collection[str], since: datetime) -> list[Noted]:
    """The oldest first, of these deeds."""
    asked = select(audit, hook.c.name).join(hook, hook.c.id == audit.c.subject, isouter=True)
    asked = asked.where(audit.c.at > normal.epoch_ms(since), audit.c.did.in_(did)).order_by(audit.c.at)
    return [_noted(vault, row) for row in tx.execute(asked).all()]


def counted(tx: Connection, since: datetime) -> dict[str, int]:
    """How often each deed was done."""
    asked = select(audit.c.did, func.count().label("many")).where(audit.c.at > normal.epoch_ms(since))
    return {row.did: int(row.many) for row in tx.execute(asked.group_by(audit.c.did))}


def _noted(vault: Vault, row: Row[Any]) -> Noted:
    said = _opened(vault, row.sealed) if row.sealed else None
    erased = not row.sealed and row.did not in _UNSEALED
    shut = said is None and bool(row.sealed)
    at = normal.from_epoch_ms(row.at)
    return Noted(at, row.who, row.did, row.subject, row.name, said, erased, shut, row.seq)


def _opened(vault: Vault, sealed: bytes) -> Mapping[str, Any] | None:
    try:
        return cast("Mapping[str, Any]", vault.unseal(sealed))
    except BrokenSeal:
        return None


def _line(text: str | None) -> str | None:
    """As people see it, in one line; half characters, which no store takes, are shown as such."""
    whole = (text or "").encode("utf-8", "replace").decode()
    return " ".join(normal.bare(whole).split()) or None
