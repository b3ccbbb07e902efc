"""The hooks in the store: their revisions, pins and drafts, import, publishing, and each revision loaded once.

What a hook file means is in `hook`; whether Qomon has what it names, in `check`.
"""

import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import Connection, Row, bindparam, event, insert, select, update

from bridge.errors import Faults, HookDeleted
from bridge.hooks import revisions, stored
from bridge.hooks.check import check
from bridge.hooks.hook import Hook, of_key, parse
from bridge.hooks.revisions import By, Known, Revision
from bridge.hooks.stored import StoredSecrets
from bridge.hooks.yaml import read_yaml
from bridge.proofs.scheme import Secret
from bridge.store.prepared import Statement
from bridge.store.store import lock
from bridge.store.tables import brake
from bridge.store.tables import hook as hooks
from schemas import normal

__all__ = ["Broken", "Hook", "Hooks", "Imported", "Known", "Listed", "check", "following", "new_address", "parse"]

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_ADDRESS_LENGTH = 12
_NOBODYS = secrets.token_hex(32)
"""Text, base64 and hexadecimal at once: in the place of a secret that is not set."""
_BRAKED = select(hooks, brake.c.paused, stored.STAMP).join(brake, brake.c.hook == hooks.c.id, isouter=True)
_AT = Statement(_BRAKED.where(hooks.c.address == bindparam("address")))


@dataclass(frozen=True, slots=True)
class Listed:
    """A hook of the store. `hook` is None when its head does not load any more; `faults` say why."""

    name: str
    address: str
    revision: int
    hook: Hook | None
    faults: tuple[str, ...] = ()


class Exported(NamedTuple):
    """A hook as a file, and what that need not say."""

    text: str
    address: str
    id: str
    deleted: bool


class Broken(Faults):
    """The head of a hook does not load. `unset`: the variables that the environment lacks; `like`: what it would be
    with them, under secrets that nobody has, None if it is not only that."""

    def __init__(self, faults: list[str], row: Any, unset: tuple[str, ...], like: Hook | None) -> None:
        super().__init__(faults)
        self.id, self.name, self.unset, self.like = str(row.id), str(row.name), unset, like


@dataclass(frozen=True, slots=True)
class Imported:
    """`new` is false when the head already said exactly this."""

    hook: Hook
    new: bool


def new_address() -> str:
    """Not to be guessed, and read aloud without a mistake."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_ADDRESS_LENGTH))


def following(said: Hook, before: Hook) -> Hook:
    """What `before` learned goes on: a rule with the same `from` follows the same question, whatever it is called now,
    and one with the same `to` the same form of Qomon. `said` was parsed from a text and follows nothing yet."""
    keys = {rule.source: rule.key for rule in before.rules if rule.source is not None}
    forms = {rule.to: rule.form_id for rule in before.rules}
    rules = (replace(rule, key=keys.get(rule.source or ""), form_id=forms.get(rule.to)) for rule in said.rules)
    return replace(said, rules=tuple(rules))


class Hooks:
    """Reads and writes hooks in the caller's transaction. A loaded revision never changes, so it is kept."""

    def __init__(
        self,
        secret: Secret,
        spaces: Collection[str],
        timezone: ZoneInfo | None = None,
        region: str = "FR",
        link_key: Callable[[str], bytes] = lambda _hook: b"",
        opened: Callable[[bytes], str | None] = lambda _sealed: None,
    ) -> None:
        """`link_key`: that of a hook's personal links, by its id. `opened`: see `StoredSecrets`."""
        self._secret, self._spaces, self._timezone, self._region = secret, spaces, timezone, region
        self._link_key = link_key
        self._stored_secrets = StoredSecrets(opened)
        self._kept: dict[tuple[str, int], Hook] = {}

    def forget(self) -> None:
        """What was kept: after a backup was put back, a number may be given again, to another revision."""
        self._kept.clear()
        self._stored_secrets.forget()

    def parse(self, text: str) -> Hook:
        """A file's hook, without the store. Raises Faults."""
        return parse(text, self._secret, self._spaces, self._timezone, self._region)

    def zone_of(self, text: str) -> ZoneInfo:
        """A file's time zone; it need not load."""
        said = read_yaml(text).plain
        with suppress(ValueError, OSError, LookupError):
            return ZoneInfo(str(said["timezone"]).strip() if isinstance(said, dict) else "")
        return self._timezone or ZoneInfo("Europe/Paris")

    def by_address(self, tx: Connection, address: str) -> Hook | None:
        """The head; `deleted` tells one that is gone. None: never seen. Raises Broken if it does not load, HookDeleted
        if that was deleted."""
        row = _AT.first(tx, {"address": address})
        return self._head(tx, row) if row is not None else None

    def by_name(self, tx: Connection, name: str) -> Hook | None:
        row = tx.execute(_BRAKED.where(hooks.c.name == name)).first()
        return self._head(tx, row) if row is not None else None

    def id_of(self, tx: Connection, name: str) -> str | None:
        """Also of one that was deleted, or does not load: what it did is still asked for."""
        return tx.scalar(select(hooks.c.id).where(hooks.c.name == name))

    def exported(self, tx: Connection, name: str) -> Exported | None:
        """The head's file, of a deleted hook too. It need not load; None: there is none."""
        row = tx.execute(select(hooks).where(hooks.c.name == name)).first()
        text = revisions.text(tx, row.id, row.head) if row is not None else None
        return None if row is None or text is None else Exported(text, row.address, row.id, row.deleted_at is not None)

    def is_set(self, variable: str) -> bool:
        """Whether the environment has a secret under this name."""
        return bool((self._secret(variable) or "").strip())

    def proving(self, tx: Connection, hook: Hook) -> Hook:
        """A revision with the stored secrets of its hook, to check a call with."""
        return self._stored_secrets.beside(tx, hook, stored.stamp(tx, hook.id))

    def revision(self, tx: Connection, hook: str, number: int) -> Hook:
        """A hook as one of its revisions says, by its id, without what is stored. Raises Faults if it does not load."""
        kept = self._kept.get((hook, number))
        if kept is None:
            row = tx.execute(select(hooks).where(hooks.c.id == hook)).first()
            if row is None:
                raise Faults([_("this webhook is not in the store any more.")])
            kept = self._kept[hook, number] = self._load(tx, row, number)
        return kept

    def paused(self, tx: Connection) -> dict[str, datetime]:
        """The names of those that people have paused, and since when."""
        asked = select(hooks.c.name, brake.c.paused).join(brake, brake.c.hook == hooks.c.id)
        rows = tx.execute(asked.where(brake.c.paused.is_not(None), hooks.c.deleted_at.is_(None))).all()
        return {row.name: normal.from_epoch_ms(row.paused) for row in rows}

    def none_yet(self, tx: Connection) -> bool:
        """Whether the store has never held a hook: a fresh or a lost one."""
        return tx.execute(select(hooks.c.id).limit(1)).first() is None

    def listed(self, tx: Connection, *, deleted: bool = False) -> list[Listed]:
        """All that are not deleted, or those that are, by name."""
        mine = hooks.c.deleted_at.is_not(None) if deleted else hooks.c.deleted_at.is_(None)
        return [self._listed(tx, row) for row in tx.execute(select(hooks).where(mine).order_by(hooks.c.name)).all()]

    def draft(self, tx: Connection, name: str) -> tuple[Hook, Revision] | None:
        """The draft of a hook as it would be published, and what it is; None: there is none. Raises Faults."""
        row = _living(tx, name)
        found = revisions.draft(tx, row.id) if row is not None else None
        if row is None or found is None:
            return None
        return self._drafted(tx, row, self.parse(found.text)), found

    def discard(self, tx: Connection, name: str) -> bool:
        """Throw the draft of a hook away; whether there was one. What is in service stays as it is."""
        row = _living(tx, name)
        return row is not None and revisions.drop_draft(tx, row.id)

    def save_draft(self, tx: Connection, text: str, now: datetime, who: str | None = None) -> Hook:
        """Begun from the head, or going on with what was begun. Raises Faults; the hook must be there."""
        said = self.parse(text)
        lock(tx, ["hooks"])
        row = _there(tx, said.name)
        _refuse(tx, said, row, force=True)
        before = revisions.draft(tx, row.id)
        revisions.save_draft(tx, row.id, text, before.base if before else row.head, By(now, who))
        return self._drafted(tx, row, said)

    def import_text(
        self,
        tx: Connection,
        text: str,
        *,
        pinned: Mapping[int, int] | None,
        now: datetime,
        who: str | None = None,
        why: str | None = None,
        force: bool = False,
        known: Known | None = None,
    ) -> Imported:
        """A new hook, or a new revision of the one with its name. Raises Faults.

        `pinned`: by `check.pin`, None if there was no catalogue; `known` says that and more. `force` overwrites
        what the pages own. A draft stays as it is.
        """
        said = self.parse(text)
        lock(tx, ["hooks"])
        row = tx.execute(select(hooks).where(hooks.c.name == said.name)).first()
        same = row is not None and revisions.text(tx, row.id, row.head) == text
        _refuse(tx, said, row, force=force or same)
        stored = self._insert(tx, said) if row is None else row
        return self._revise(tx, stored, said, known or Known(pinned or {}), By(now, who, why))

    def publish(self, tx: Connection, text: str, seen: int, known: Known, by: By) -> Hook:
        """The text becomes the head of the hook with its name, and the draft is gone. Raises Faults.

        Whoever calls this has looked whether something is lost by it, beside the head that they have `seen`.
        """
        said = self.parse(text)
        lock(tx, ["hooks"])
        row = _there(tx, said.name)
        _refuse(tx, said, row, force=True)
        if row.head != seen:
            raise Faults(
                [_("version %(n)s was published a moment ago. See what differs, and publish again.", n=row.head)]
            )
        revisions.drop_draft(tx, row.id)
        return self._revise(tx, row, said, known, by).hook

    def locked(self, tx: Connection, name: str) -> str:
        """The head's text, which nobody else changes until the end of the transaction. Raises Faults."""
        lock(tx, ["hooks"])
        row = _there(tx, name)
        return revisions.text(tx, row.id, row.head) or ""

    def amend(self, tx: Connection, name: str, edit: Callable[[str], str], by: By) -> Hook:
        """The head's text with a change that leaves its rules alone, its name perhaps, is a new revision, which goes on
        to follow what the one before followed. A draft is changed alike. Raises Faults.
        """
        lock(tx, ["hooks"])
        row = _there(tx, name)
        said = self.parse(edit(revisions.text(tx, row.id, row.head) or ""))
        if said.name != name:
            self.free(tx, said.name)
        done = self._revise(tx, row, said, revisions.known(tx, row.id, row.head), by).hook
        begun = revisions.draft(tx, row.id)
        if begun is not None:
            base = done.revision if begun.base == row.head else begun.base
            revisions.save_draft(tx, row.id, edit(begun.text), base, begun.by)
        return done

    def copy(self, tx: Connection, name: str, edit: Callable[[str], str], by: By) -> Hook:
        """The head's text under another name and address: another hook, which follows the same. Raises Faults."""
        lock(tx, ["hooks"])
        row = _there(tx, name)
        said = self.parse(edit(revisions.text(tx, row.id, row.head) or ""))
        self.free(tx, said.name)
        known = replace(revisions.known(tx, row.id, row.head), asked=None)  # its own form has sent nothing yet
        return self._revise(tx, self._insert(tx, said), said, known, by).hook

    def delete(self, tx: Connection, name: str, now: datetime) -> None:
        """What comes to its address is left out from now on, its past stays, and an import of its name brings it back.
        Raises Faults."""
        lock(tx, ["hooks"])
        row = _there(tx, name)
        tx.execute(update(hooks).where(hooks.c.id == row.id).values(deleted_at=normal.epoch_ms(now)))

    def free(self, tx: Connection, name: str) -> None:
        """Raises Faults if a hook has this name, be it a deleted one."""
        row = tx.execute(select(hooks.c.deleted_at).where(hooks.c.name == name)).first()
        if row is None:
            return
        told = _("There is a hook %(name)s already. Choose another name. See: flask hooks list", name=name)
        if row.deleted_at is not None:
            told = _(
                "A deleted hook is called %(name)s, and an import of its file brings it back. Choose another name. "
                "See: flask hooks list --deleted",
                name=name,
            )
        raise Faults([told])

    def _drafted(self, tx: Connection, row: Row[Any], said: Hook) -> Hook:
        """A text that goes on from the head; of a head that does not load any more nothing is learned."""
        draft = self._stored(said, row, row.head)
        try:
            return following(draft, self.revision(tx, row.id, row.head))
        except Faults:
            return draft

    def _revise(self, tx: Connection, row: Row[Any], said: Hook, known: Known, by: By) -> Imported:
        """The same text as the head's is no new revision; what was not known of it yet is kept beside it now."""
        new = revisions.text(tx, row.id, row.head) != said.text
        number = row.head + 1 if new else row.head
        if new:
            revisions.add(tx, row.id, number, said.text, known, by)
        else:
            revisions.complete(tx, row.id, number, known)
        now = {"name": said.name, "head": number, "owner": said.owner, "deleted_at": None}
        tx.execute(update(hooks).where(hooks.c.id == row.id).values(**now))
        if revisions.keep_pins(tx, row.id, number, known) or new:
            self._kept.pop((row.id, number), None)  # again after a rollback: the number is another text's then
            event.listen(tx, "rollback", lambda _tx: self._kept.pop((row.id, number), None))
        return Imported(self._pinned(tx, row, number, said), new=new)

    def _insert(self, tx: Connection, said: Hook) -> Row[Any]:
        """A hook without a revision yet: its head is 0 until the first one is written."""
        values = {"id": secrets.token_hex(8), "name": said.name, "owner": said.owner, "head": 0}
        values["address"] = said.address or new_address()
        return tx.execute(insert(hooks).values(**values).returning(hooks)).one()

    def _head(self, tx: Connection, row: Any) -> Hook:
        try:
            head = self._stored_secrets.beside(tx, self.revision(tx, row.id, row.head), row.stamp)
        except Faults as failure:
            raise (self._broken(tx, row, failure) if row.deleted_at is None else HookDeleted(failure.faults)) from None
        gone, paused = row.deleted_at is not None, row.paused is not None
        return replace(head, deleted=gone, paused=paused) if gone or paused else head

    def _broken(self, tx: Connection, row: Any, failure: Faults) -> Broken:
        unset = list[str]()

        def stand_in(name: str) -> str | None:
            value = self._secret(name)
            if value and value.strip():
                return value
            unset.append(name)
            return _NOBODYS

        text, like = revisions.text(tx, row.id, row.head) or "", None
        said = read_yaml(text).plain
        space = str(said.get("space", "default")) if isinstance(said, dict) else "default"
        unset += [f"QOMON_TOKEN__{space.upper()}"] if space not in self._spaces else []
        with suppress(Faults):
            parsed = parse(text, stand_in, {*self._spaces, space}, self._timezone, self._region)
            like = self._stored(parsed, row, row.head)
            like = self.proving(tx, like)
        return Broken(failure.faults, row, tuple(dict.fromkeys(unset)), like)

    def _listed(self, tx: Connection, row: Row[Any]) -> Listed:
        try:
            return Listed(row.name, row.address, row.head, self.revision(tx, row.id, row.head))
        except Faults as failure:
            return Listed(row.name, row.address, row.head, None, tuple(failure.faults))

    def _load(self, tx: Connection, row: Row[Any], number: int) -> Hook:
        return self._pinned(tx, row, number, self.parse(revisions.text(tx, row.id, number) or ""))

    def _pinned(self, tx: Connection, row: Row[Any], number: int, said: Hook) -> Hook:
        """What the text of this revision says, with what was known when it was made."""
        forms, keys = revisions.pinned(tx, row.id, number)
        rules = tuple(replace(rule, form_id=forms.get(rule.number), key=keys.get(rule.number)) for rule in said.rules)
        return self._stored(replace(said, rules=rules), row, number)

    def _stored(self, said: Hook, row: Row[Any], number: int) -> Hook:
        """With what only the store knows of it."""
        key = partial(self._link_key, row.id)
        return replace(said, id=row.id, address=row.address, revision=number, link_key=key)


def _living(tx: Connection, name: str) -> Row[Any] | None:
    return tx.execute(select(hooks).where(hooks.c.name == name, hooks.c.deleted_at.is_(None))).first()


def _there(tx: Connection, name: str) -> Row[Any]:
    row = _living(tx, name)
    if row is None:
        raise Faults([_("There is no hook %(name)s. See: flask hooks list", name=name)])
    return row


def _refuse(tx: Connection, said: Hook, row: Row[Any] | None, *, force: bool) -> None:
    """An address is for life and belongs to one hook; what the pages own is not overwritten unasked."""
    if row is None:
        other = tx.execute(select(hooks.c.name).where(hooks.c.address == said.address)).scalar()
        if other is not None:
            told = _("`%(at)s` belongs to the hook `%(hook)s`. Write another or none.", at=said.address, hook=other)
            raise Faults([of_key("address", told)])
        return
    if said.address not in ("", row.address):
        told = _("`%(hook)s` has `%(at)s` for life. Write that one, or none.", hook=said.name, at=row.address)
        raise Faults([of_key("address", told)])
    if row.owner == "pages" and not force:
        raise Faults(
            [_("`%(hook)s` is kept on the pages, and this would overwrite it. To do so: --force.", hook=said.name)]
        )
