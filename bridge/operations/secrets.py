"""The secrets of a webhook: which variables hold them, and those that are made here, replaced with an overlap, ended.

A secret that is made here lies sealed in the store and is shown until the first good call came under it, by whose
`Stored` row it is never read again for anybody. Each is one transaction of the caller's.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from secrets import token_bytes, token_hex, token_urlsafe
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.hooks import stored
from bridge.hooks.registry import Exported, Hook, Hooks
from bridge.hooks.revisions import By
from bridge.hooks.yaml import as_yaml, ends_of, plain_of, secrets_of, with_secrets
from bridge.inbox import proven
from bridge.inbox.proven import Calls
from bridge.operations import audit
from bridge.operations.changing import NotChanged, found, locked, owner
from bridge.proofs.scheme import STORED
from bridge.proofs.verify import SCHEMES, Proof, stored_name, ways
from bridge.store.store import lock
from bridge.store.vault import Vault

OVERLAP, OVERLAP_IN_ADDRESS = timedelta(days=7), timedelta(days=30)
"""For so long an older secret goes on beside its successor, unless somebody says otherwise. One that stands in the
address means pasting another address into each tool."""
READABLE = timedelta(days=7)
"""A new secret is shown for no longer, be it in use or not: its calls are counted for at least that long."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BYTES = 32
_TOLD_AGAIN = timedelta(hours=1)
"""That somebody looked at a secret is noted no more often."""


class Made(NamedTuple):
    """A secret that was just made, and its id."""

    id: str
    value: str


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
class Kept:
    """A secret that was made here; never what it is. `until`: from when on it proves nothing, `over`: it is then.
    `readable`: no good call came under it yet, and it is new."""

    id: str
    made_at: datetime
    until: datetime | None
    over: bool
    calls: Calls
    readable: bool


@dataclass(frozen=True, slots=True)
class Secrets:
    """Of a hook: how its calls are proven, and the variables, the one that `flask send` signs with first.

    `unnamed`: the calls of which it was not written down yet which secret proved them. `stored`: those that were made
    here, newest first; `stores`: whether the file says so.
    """

    scheme: str
    variables: tuple[Variable, ...]
    unnamed: int
    stored: tuple[Kept, ...] = ()
    stores: bool = False
    owner: str = "git"

    @property
    def goes_on(self) -> bool:
        """Whether any of them proves a call: else all are refused."""
        held = any(one.set and not one.over for one in self.variables) or any(not one.over for one in self.stored)
        return self.scheme == "none" or held


def secrets(tx: Connection, hooks: Hooks, name: str, now: datetime, most: int | None = None) -> Secrets:
    """Of a hook that need not load; its calls as of now, counted up to `most` of each secret. Raises NotChanged."""
    hook = found(tx, hooks, name)
    ends, today = ends_of(hook.text), _today(hooks, hook.text, now)
    scheme = _scheme(hook.text)
    written, here = secrets_of(hook.text), stored.listed(tx, hook.id)
    if most is None:
        calls = proven.counted(tx, hook.address, now)
    else:
        ways_ = [f"{scheme} {one}" for one in (*written, *(f"${stored_name(kept.id)}" for kept in here))]
        calls = proven.under(tx, hook.address, [scheme, *ways_], now, most)
    variables = tuple(
        Variable(
            one.removeprefix("$"),
            hooks.is_set(one.removeprefix("$")),
            ends.get(one),
            ends.get(one, today) < today,
            calls.get(f"{scheme} {one}", Calls()),
        )
        for one in written
        if one != STORED
    )
    unnamed = sum(said.many for how, said in calls.items() if how in SCHEMES - {"none"}) if written else 0
    kept = tuple(_kept(one, calls, scheme, now) for one in here)
    return Secrets(scheme, variables, unnamed, kept, STORED in written, owner(hook.text))


def replace_secret(
    tx: Connection, hooks: Hooks, name: str, add: str | None, drop: str | None, by: By, days: int | None = None
) -> Hook:
    """A variable more, which comes first, or one less: calls under any of them are proven. `days`: for so long, today
    not counted, calls under an older one go on to be proven. Raises NotChanged, Faults.

    What was typed is never repeated before it is known to be a variable: a shell may have put the secret in its place.
    """
    text = locked(tx, hooks, name)
    before = secrets_of(text)
    if not before:
        raise NotChanged(_("%(hook)s: its proof needs no secret.", hook=name))
    after = _replaced(hooks, before, add, drop)
    if days is not None and len(after) == 1:
        raise NotChanged(_("--until ends an older secret, and there is none: --add the new one first."))
    today = _today(hooks, text, by.at)
    last = None if days is None else (date.fromisoformat(today) + timedelta(days=days)).isoformat()
    if owner(text) == "git":
        written = after[0] if len(after) == 1 else f"[{', '.join(after)}]"
        ends = ", ".join(f"{one}: {day}" for one, day in _ending(text, after, last, today).items())
        written += f", until: {{{ends}}}" if ends else ""
        told = _("%(hook)s is kept in a file: write secret: %(said)s there, and import it.", hook=name, said=written)
        raise NotChanged(told)

    def edit(text: str) -> str:
        mine = secrets_of(text)
        then = _other(mine, add, drop) or mine
        return with_secrets(text, then, _ending(text, then, last, today)) if mine else text

    done = hooks.amend(tx, name, edit, by)
    if days is not None and STORED in after[1:]:
        stored.end(tx, done.id, by.at + timedelta(days=days), [one.id for one in stored.listed(tx, done.id)])
    return done


def make(tx: Connection, hooks: Hooks, vault: Vault, name: str, by: By) -> Made:
    """The first one of a hook whose file says `stored`; a further one. Raises NotChanged."""
    hook = found(tx, hooks, name)
    if STORED not in secrets_of(hook.text):
        raise NotChanged(_("%(hook)s: its proof does not say `stored`.", hook=name))
    return _made(tx, vault, hook, by)


def replace(
    tx: Connection,
    hooks: Hooks,
    vault: Vault,
    name: str,
    by: By,
    overlap: timedelta | None = None,
    newest: str | None = None,
) -> Made:
    """A new secret, made here. Calls under an older one go on to be proven for the overlap, which may be zero; None: as
    usual.

    A file that does not say `stored` yet says so from now on, which is a new version; one in git is refused. `newest`:
    the id of the one that is to be replaced, so that a form that comes twice makes one. Raises NotChanged, Faults.
    """
    text = locked(tx, hooks, name)
    before, hook = secrets_of(text), found(tx, hooks, name)
    if not before:
        raise NotChanged(_("%(hook)s: its proof needs no secret.", hook=name))
    kept = stored.listed(tx, hook.id)
    lasts = usual_overlap(_scheme(text)) if overlap is None else overlap
    if newest is not None and newest != (kept[0].id if kept else ""):
        raise NotChanged(_("The secret was replaced a moment ago. Nothing was done twice."))
    if STORED not in before:
        if owner(text) == "git":
            told = _("%(hook)s is kept in a file: write secret: [stored, ...] there, and import it.", hook=name)
            raise NotChanged(told)
        hooks.amend(tx, name, lambda said: _with_stored(hooks, said, by.at, lasts), by)
    stored.end(tx, hook.id, by.at + lasts, [one.id for one in kept])
    stored.drop_over(tx, hook.id, by.at - proven.FOR)
    return _made(tx, vault, found(tx, hooks, name), by)


def usual_overlap(scheme: str) -> timedelta:
    return OVERLAP_IN_ADDRESS if scheme == "url" else OVERLAP


def end(tx: Connection, hooks: Hooks, vault: Vault, name: str, id_: str, by: By) -> None:
    """A stored secret proves nothing from now on. Raises NotChanged for the only one that goes on."""
    text, hook = locked(tx, hooks, name), found(tx, hooks, name)
    kept = {one.id: one for one in stored.listed(tx, hook.id)}
    if id_ not in kept:
        known = ", ".join(kept) or _("none")
        raise NotChanged(_("%(hook)s has no stored secret of this id. There are: %(known)s.", hook=name, known=known))
    if kept[id_].over(by.at):
        raise NotChanged(_("Its time is over already."))
    others = [one for one in kept.values() if one.id != id_ and one.until is None]
    if not others and not set(secrets_of(text)) - {STORED, *ends_of(text)}:
        raise NotChanged(_("It is the only secret that goes on: replace it, else no call would be proven."))
    stored.end(tx, hook.id, by.at, [id_])
    audit.note(tx, vault, by, "secret_changed", hook.id, ended=id_)


def protect(tx: Connection, hooks: Hooks, vault: Vault, name: str, proof: Mapping[str, Any], by: By) -> Made:
    """An open address asks for a proof from now on, which is a new version. Raises NotChanged, Faults."""
    text = locked(tx, hooks, name)
    if _scheme(text) != "none":
        raise NotChanged(_("%(hook)s asks for a proof already.", hook=name))
    if owner(text) == "git":
        raise NotChanged(_("%(hook)s is kept in a file: write its proof there, and import it.", hook=name))
    said = {**proof, "secret": STORED}
    hooks.amend(tx, name, lambda text: as_yaml({**plain_of(text), "proof": said}), by)
    return make(tx, hooks, vault, name, by)


def shown(tx: Connection, hooks: Hooks, vault: Vault, name: str, by: By) -> str | None:
    """The newest stored secret, for whoever pastes it into the tool: only until the first good call came under it.

    That they looked is kept in the audit, in this transaction. Raises NotChanged, BrokenSeal.
    """
    hook = found(tx, hooks, name)
    of = secrets(tx, hooks, name, by.at, most=1)
    if not of.stored or not of.stored[0].readable:
        return None
    if not audit.lately(tx, by, "secret_shown", hook.id, by.at - _TOLD_AGAIN):
        audit.note(tx, vault, by, "secret_shown", hook.id, secret=of.stored[0].id)
    return stored.value_of(tx, vault, hook.id, of.stored[0].id)


def _made(tx: Connection, vault: Vault, hook: Exported, by: By) -> Made:
    lock(tx, ["hooks"])
    said = new_value(plain_of(hook.text).get("proof"))
    id_ = stored.add(tx, vault, hook.id, said, by.at)
    audit.note(tx, vault, by, "secret_changed", hook.id, made=id_)
    return Made(id_, said)


def new_value(proof: Any) -> str:
    """What nobody can guess, as the scheme's key is written."""
    said = proof if isinstance(proof, dict) else {}
    named = ways(Proof(str(said.get("scheme"))))
    kind = str(said.get("key", "text")) if said.get("scheme") == "hmac" else named[0].key if named else "text"
    raw = base64.b64encode(token_bytes(_BYTES)).decode()
    return {"hex": token_hex(_BYTES), "base64": raw, "whsec": f"whsec_{raw}"}.get(kind, token_urlsafe(_BYTES))


def _with_stored(hooks: Hooks, text: str, now: datetime, overlap: timedelta) -> str:
    """A file, or its draft, that says `stored` before what it says; the others end when the overlap is over."""
    mine = secrets_of(text)
    if not mine or STORED in mine:
        return text
    today = _today(hooks, text, now)
    last = (date.fromisoformat(today) + overlap).isoformat()
    then = [STORED, *mine]
    return with_secrets(text, then, _ending(text, then, last, today))


def _kept(one: stored.Kept, calls: Mapping[str, Calls], scheme: str, now: datetime) -> Kept:
    mine = calls.get(f"{scheme} ${stored_name(one.id)}", Calls())
    readable = not mine.many and not one.over(now) and now - one.made_at < READABLE
    return Kept(one.id, one.made_at, one.until, one.over(now), mine, readable)


def _scheme(text: str) -> str:
    proof = plain_of(text).get("proof")
    return str(proof.get("scheme") if isinstance(proof, dict) else proof)


def _ending(text: str, secrets: Sequence[str], last: str | None, today: str) -> dict[str, str]:
    """Their last days. The newest goes on, and one whose time is over does not come back."""
    ends, (_newest, *older) = ends_of(text), secrets
    kept = {one: ends[one] for one in older if one in ends}
    more = [one for one in older if one != STORED and kept.get(one, today) >= today]
    return kept | (dict.fromkeys(more, last) if last is not None else {})


def _today(hooks: Hooks, text: str, now: datetime) -> str:
    """Where the hook is. One whose zone cannot be read has the zone of those that say none."""
    return now.astimezone(hooks.zone_of(text)).date().isoformat()


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
