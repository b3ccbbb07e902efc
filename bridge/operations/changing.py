"""What people do with a whole webhook: give it another name, copy it, delete it, change its secrets.

Each is one transaction of the caller's. Its mapping is the business of `authoring`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.door import quarantine
from bridge.errors import BridgeError, Faults
from bridge.hooks.hook import read_name
from bridge.hooks.registry import Exported, Hook, Hooks, new_address
from bridge.hooks.revisions import By
from bridge.hooks.yaml import as_yaml, ends_of, plain_of, secrets_of, with_name, with_secrets
from bridge.inbox import captured, proven
from bridge.inbox.proven import Calls
from bridge.proofs.verify import SCHEMES

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the environment that holds a secret of a hook, and whether it is set; never what it holds.

    `until`: its last day (2026-12-31), where it has one; `over`: that day is past. `calls`: those that it proved.
    """

    name: str
    set: bool
    until: str | None
    over: bool
    calls: Calls


@dataclass(frozen=True, slots=True)
class Secrets:
    """Of a hook: how its calls are proven, and the variables, the one that `flask send` signs with first.

    `unnamed`: the calls of which it was not written down yet which secret proved them.
    """

    scheme: str
    variables: tuple[Variable, ...]
    unnamed: int


def rename(tx: Connection, hooks: Hooks, name: str, new: str, by: By, *, force: bool) -> Hook:
    """Its address, its past and what waits stay. `force`: a hook that is kept in a file too. Raises NotChanged, Faults.

    It is a version of its own: the text names itself.
    """
    new = read_name(new)
    owner = _owner(_locked(tx, hooks, name))
    if new == name:
        raise NotChanged(_("It is called %(name)s already.", name=name))
    hooks.free(tx, new)
    if owner == "git" and not force:
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
    _locked(tx, hooks, name)
    made = hooks.copy(tx, name, lambda text: as_yaml({**plain_of(text), **own}), by)
    hooks.save_draft(tx, made.text, by.at, by.who)
    return made


def leaving(tx: Connection, hooks: Hooks, name: str) -> Leaving:
    """What is to be known before it is deleted. Raises NotOver, NotChanged."""
    found = _found(tx, hooks, name)
    if waits := captured.not_over(tx, found.id):
        raise NotOver(waits)
    refused = sum(heap.count for heap in quarantine.heaps(tx) if heap.hook == name)
    return Leaving(found.address, _owner(found.text), refused)


def delete(tx: Connection, hooks: Hooks, name: str, now: datetime) -> Leaving:
    """Only when nothing of it waits for anybody. Raises NotOver, NotChanged, Faults."""
    _locked(tx, hooks, name)
    told = leaving(tx, hooks, name)
    hooks.delete(tx, name, now)
    return told


def secrets(tx: Connection, hooks: Hooks, name: str, now: datetime) -> Secrets:
    """Of a hook that need not load; its calls as of now. Raises NotChanged."""
    found = _found(tx, hooks, name)
    proof, ends, today = plain_of(found.text).get("proof"), ends_of(found.text), _today(hooks, found.text, now)
    scheme = str(proof.get("scheme") if isinstance(proof, dict) else proof)
    calls = proven.counted(tx, found.address, now)
    written = secrets_of(found.text)
    variables = tuple(
        Variable(
            one.removeprefix("$"),
            hooks.is_set(one.removeprefix("$")),
            ends.get(one),
            ends.get(one, today) < today,
            calls.get(f"{scheme} {one}", Calls()),
        )
        for one in written
    )
    unnamed = sum(said.many for how, said in calls.items() if how in SCHEMES - {"none"}) if written else 0
    return Secrets(scheme, variables, unnamed)


def replace_secret(
    tx: Connection, hooks: Hooks, name: str, add: str | None, drop: str | None, by: By, days: int | None = None
) -> Hook:
    """A variable more, which comes first, or one less: calls under any of them are proven. `days`: for so long, today
    not counted, calls under an older one go on to be proven. Raises NotChanged, Faults.

    What was typed is never repeated before it is known to be a variable: a shell may have put the secret in its place.
    """
    text = _locked(tx, hooks, name)
    before = secrets_of(text)
    if not before:
        raise NotChanged(_("%(hook)s: its proof needs no secret.", hook=name))
    after = _replaced(hooks, before, add, drop)
    if days is not None and len(after) == 1:
        raise NotChanged(_("--until ends an older secret, and there is none: --add the new one first."))
    today = _today(hooks, text, by.at)
    last = None if days is None else (date.fromisoformat(today) + timedelta(days=days)).isoformat()
    if _owner(text) == "git":
        written = after[0] if len(after) == 1 else f"[{', '.join(after)}]"
        ends = ", ".join(f"{one}: {day}" for one, day in _ending(text, after, last, today).items())
        written += f", until: {{{ends}}}" if ends else ""
        told = _("%(hook)s is kept in a file: write secret: %(said)s there, and import it.", hook=name, said=written)
        raise NotChanged(told)

    def edit(text: str) -> str:
        mine = secrets_of(text)
        then = _other(mine, add, drop) or mine
        return with_secrets(text, then, _ending(text, then, last, today)) if mine else text

    return hooks.amend(tx, name, edit, by)


def _ending(text: str, secrets: Sequence[str], last: str | None, today: str) -> dict[str, str]:
    """Their last days. The newest goes on, and one whose time is over does not come back."""
    ends, (_newest, *older) = ends_of(text), secrets
    kept = {one: ends[one] for one in older if one in ends}
    return kept | ({one: last for one in older if kept.get(one, today) >= today} if last is not None else {})


def _today(hooks: Hooks, text: str, now: datetime) -> str:
    """Where the hook is. One whose zone cannot be read has the zone of those that say none."""
    return now.astimezone(hooks.zone_of(text)).date().isoformat()


def _found(tx: Connection, hooks: Hooks, name: str) -> Exported:
    """It need not load. Raises NotChanged."""
    found = hooks.exported(tx, name)
    if found is None or found.deleted:
        raise NotChanged(_("There is no hook %(name)s. See: flask hooks list", name=name))
    return found


def _locked(tx: Connection, hooks: Hooks, name: str) -> str:
    """Its text, which nobody else changes until the end of the transaction. Raises NotChanged."""
    try:
        return hooks.locked(tx, name)
    except Faults as none:
        raise NotChanged(str(none)) from None


def _owner(text: str) -> str:
    return str(plain_of(text).get("owner", "git"))


def _replaced(hooks: Hooks, before: Sequence[str], add: str | None, drop: str | None) -> Sequence[str]:
    """Raises NotChanged."""
    if add is not None and not (_VARIABLE.fullmatch(add) and hooks.is_set(add)):
        raise NotChanged(
            _(
                "--add takes the name of a variable that is set, without $, such as TALLY_SECRET_2. This is none. Set "
                "it in the environment first, and start the bridge with it."
            )
        )
    if add is not None and f"${add}" in before:
        raise NotChanged(_("$%(name)s is among its secrets already.", name=add))
    if drop is not None and f"${drop}" not in before:
        raise NotChanged(_("--drop takes one of its variables, without $: %(known)s.", known=", ".join(before)))
    after = _other(before, add, drop)
    if not after:
        raise NotChanged(
            _("$%(name)s is its only secret: --add another first, else no call would be proven.", name=drop)
        )
    return after


def _other(before: Sequence[str], add: str | None, drop: str | None) -> list[str]:
    new = [f"${add}"] if add is not None and f"${add}" not in before else []
    return [*new, *(one for one in before if drop is None or one != f"${drop}")]
