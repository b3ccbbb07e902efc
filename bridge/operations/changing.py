"""What people do with a whole webhook: give it another name, copy it, delete it.

Each is one transaction of the caller's. Its mapping is the business of `authoring`, its secrets that of `secrets`.
"""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.door import quarantine
from bridge.errors import BridgeError, Faults
from bridge.hooks.hook import read_name
from bridge.hooks.registry import Exported, Hook, Hooks, new_address
from bridge.hooks.revisions import By
from bridge.hooks.yaml import as_yaml, plain_of, with_name
from bridge.inbox import captured


class NotChanged(BridgeError):
    """Nothing was changed; the message says why, to whoever asked for it."""


class NotOver(BridgeError):
    """The hook is not deleted: these of its submissions, by status, are to be decided first."""

    def __init__(self, events: dict[str, list[str]]) -> None:
        super().__init__("not over")
        self.events = events


@dataclass(frozen=True, slots=True)
class Leaving:
    """Of a hook that is deleted: its address, who keeps its text, and how many refused calls of it are still kept."""

    address: str
    owner: str
    refused: int


def rename(tx: Connection, hooks: Hooks, name: str, new: str, by: By, *, force: bool) -> Hook:
    """Its address, its past and what waits stay. `force`: a hook that is kept in a file too. Raises NotChanged, Faults.

    It is a version of its own: the text names itself.
    """
    new = read_name(new)
    kept_by = owner(locked(tx, hooks, name))
    if new == name:
        raise NotChanged(_("It is called %(name)s already.", name=name))
    hooks.free(tx, new)
    if kept_by == "git" and not force:
        told = _(
            "%(hook)s is kept in a file, which would make another hook of the old name when it is imported next. Write "
            "hook: %(new)s in that file, then: flask hooks rename %(hook)s %(new)s --force",
            hook=name,
            new=new,
        )
        raise NotChanged(told)
    return hooks.amend(tx, name, lambda text: with_name(text, new), by)


def copy(tx: Connection, hooks: Hooks, name: str, new: str, by: By) -> Hook:
    """Another hook at another address, which listens first, with the same rules and secrets. A draft says the same.
    Raises NotChanged, Faults."""
    new = read_name(new)
    own = {"hook": new, "address": new_address(), "mode": "capture", "owner": "pages"}
    locked(tx, hooks, name)
    made = hooks.copy(tx, name, lambda text: as_yaml({**plain_of(text), **own}), by)
    hooks.save_draft(tx, made.text, by.at, by.who)
    return made


def leaving(tx: Connection, hooks: Hooks, name: str) -> Leaving:
    """What is to be known before it is deleted. Raises NotOver, NotChanged."""
    hook = found(tx, hooks, name)
    if waits := captured.not_over(tx, hook.id):
        raise NotOver(waits)
    refused = sum(heap.count for heap in quarantine.heaps(tx) if heap.hook == name)
    return Leaving(hook.address, owner(hook.text), refused)


def delete(tx: Connection, hooks: Hooks, name: str, now: datetime) -> Leaving:
    """Only when nothing of it waits for anybody. Raises NotOver, NotChanged, Faults."""
    locked(tx, hooks, name)
    told = leaving(tx, hooks, name)
    hooks.delete(tx, name, now)
    return told


def found(tx: Connection, hooks: Hooks, name: str) -> Exported:
    """It need not load. Raises NotChanged."""
    said = hooks.exported(tx, name)
    if said is None or said.deleted:
        raise NotChanged(_("There is no hook %(name)s. See: flask hooks list", name=name))
    return said


def locked(tx: Connection, hooks: Hooks, name: str) -> str:
    """Its text, which nobody else changes until the end of the transaction. Raises NotChanged."""
    try:
        return hooks.locked(tx, name)
    except Faults as none:
        raise NotChanged(str(none)) from None


def owner(text: str) -> str:
    """Who keeps its text: git, or the pages."""
    return str(plain_of(text).get("owner", "git"))
