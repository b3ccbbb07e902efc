"""Calls that were not let in: a person looks at them, masked, has them checked again, or accepts one by hand, saying
why (docs/door.md). All but `recheck` is in the caller's transaction.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Connection
from werkzeug.http import parse_options_header

from bridge.door import quarantine
from bridge.door.quarantine import Came, Kept
from bridge.errors import BridgeError, Faults, NotProven
from bridge.hooks.registry import Broken, Hook, Hooks
from bridge.hooks.revisions import By
from bridge.inbox.events import Accepted
from bridge.model import Delivery
from bridge.operations import audit
from bridge.proofs.verify import looked_for, stripped
from bridge.report.masked import HIDDEN, asked, masked
from bridge.services import Services
from bridge.sources.kit.source import one_call
from bridge.store.vault import BrokenSeal, Vault
from schemas.codes import Kind

_MOST = 50
"""Answers of one call that are shown; the others are counted."""


class NotAccepted(BridgeError):
    """Nothing was done; the message says why, to whoever asked for it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A question as the tool's reader has it, and its answer, masked."""

    label: str
    answer: str


@dataclass(frozen=True, slots=True)
class Read:
    """One submission of a call, as the tool's reader has it. `more`: how many answers are not shown."""

    kind: Kind
    answers: tuple[Said, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that was not let in, without anything that could be a secret or tell who it is of.

    `last` None: it came once. `waits`: it came while the hook did not load. `long`: too long to have been kept.
    `size` (bytes), `content_type` and `headers` (names only) are None where nothing of it opens, and `read` too where
    the tool's reader makes nothing of it.
    """

    id: str
    first: datetime
    last: datetime | None
    why: str
    waits: bool
    long: bool
    method: str | None = None
    size: int | None = None
    content_type: str | None = None
    headers: tuple[str, ...] | None = None
    read: tuple[Read, ...] | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an accepted call: new submissions, those among them that are held because nobody can read them,
    and earlier ones that say the same."""

    new: tuple[str, ...]
    unreadable: tuple[str, ...]
    again: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rechecked:
    """Of calls that were checked again: how many, how many of them are proven now, what they held that is new, how many
    submissions had come before, and why the last one of the others is still refused."""

    many: int
    proven: int
    new: tuple[str, ...]
    again: int
    why: str | None


def look(tx: Connection, vault: Vault, hooks: Hooks, name: str) -> list[Refused]:
    """What is kept of a hook, the oldest first. It need not load. Raises NotAccepted if there is none, or if it was
    deleted."""
    hook, hook_id = _like(tx, hooks, name)
    return [_shown(kept, hook) for kept in quarantine.each(tx, vault, hook_id)]


def recheck(services: Services, hook: Hook, by: Callable[[], By]) -> Rechecked:
    """All that a hook refused, by its secret as that is now; what it explains crosses as if it had been proven when it
    came. One transaction each: what is refused again keeps back nothing else."""
    vault = services.vault  # it may have to write once: not within a write
    with services.store.read() as tx:
        calls = quarantine.waiting(tx, hook.id)
    events, why = list[Accepted](), dict[str, str]()
    for call in calls:
        try:
            with services.store.write() as tx:
                found = quarantine.check_again(tx, vault, hook, call, writing=services.settings.writing)
                if found is not None:
                    audit.note(tx, vault, by(), "rechecked", hook.id, call=call.id, events=[one.event for one in found])
            events += found or ()
        except NotProven as refusal:
            why[call.id] = str(refusal)
        except BrokenSeal:
            why[call.id] = _("What is stored of it does not open.")
    services.engine.sweep()
    many = len({call.id for call in calls})
    new = tuple(one.event for one in events if not one.first)
    return Rechecked(many, many - len(why), new, len(events) - len(new), [*why.values()][-1] if why else None)


def delete(tx: Connection, vault: Vault, hook: str, by: By) -> int:
    """All that a hook, by its id, refused: it was nobody's form. What came while it did not load stays. How many."""
    many = quarantine.drop(tx, hook)
    if many:
        audit.note(tx, vault, by, "refused_deleted", hook, calls=many)
    return many


def chosen(tx: Connection, hooks: Hooks, name: str, ids: Collection[str]) -> tuple[Hook, list[Came], Mapping[str, str]]:
    """The hook, those of its kept calls that can be accepted, in the order in which they came, each time that they
    did, and why the others cannot, by id. Raises NotAccepted while the hook does not load."""
    hook = _loaded(tx, hooks, name)
    came = [one for one in quarantine.waiting(tx, hook.id) if one.id in ids]
    lost = quarantine.lost(tx, hook.id)
    why = {id_: _no_such(name, long=id_ in lost) for id_ in ids}
    return hook, came, {id_: told for id_, told in why.items() if id_ not in {one.id for one in came}}


def accept(tx: Connection, vault: Vault, hook: Hook, came: Came, by: By, *, writing: bool) -> Taken:
    """The call crosses as if it had been proven when it came: a person says that it is the tool's, and why. Raises
    NotAccepted."""
    if not (by.why or "").strip():
        raise NotAccepted(_("Say why it is accepted."))
    try:
        found = quarantine.let_in(tx, vault, hook, came, writing=writing)
    except BrokenSeal:
        raise NotAccepted(_("what is stored of it does not open: its key or its bytes are gone.")) from None
    if found is None:
        raise NotAccepted(_("somebody else has just judged it."))
    audit.note(tx, vault, by, "accepted", hook.id, call=came.id, events=[one.event for one in found])
    return _taken(found)


def _taken(found: Sequence[Accepted]) -> Taken:
    new = [one for one in found if not one.first]
    unread = [one.event for one in new if one.report is not None and one.report["reason"] == "unreadable"]
    return Taken(tuple(one.event for one in new), tuple(unread), tuple(one.event for one in found if one.first))


def _no_such(name: str, *, long: bool) -> str:
    if long:
        return _("it was too long to be kept: more than %(most)s bytes.", most=quarantine.LONGEST)
    return _(
        "%(hook)s keeps no refused call of this id. It was judged already, left when its time was over, or never was. "
        "See: flask inbox refused %(hook)s --show",
        hook=name,
    )


def _loaded(tx: Connection, hooks: Hooks, name: str) -> Hook:
    try:
        hook = hooks.by_name(tx, name)
    except Faults as broken:
        told = " ".join(broken.faults)
        raise NotAccepted(
            _("%(hook)s does not load, so none of its calls can be accepted yet: %(why)s", hook=name, why=told)
        ) from None
    if hook is None or hook.deleted:
        raise NotAccepted(_("There is no hook %(name)s. See: flask hooks list", name=name))
    return hook


def _like(tx: Connection, hooks: Hooks, name: str) -> tuple[Hook | None, str]:
    """The hook, or what it would be with the variables that are not set; and its id."""
    try:
        hook = hooks.by_name(tx, name)
    except Broken as broken:
        return broken.like, broken.id
    except Faults:
        hook = None
    if hook is None or hook.deleted:
        raise NotAccepted(_("There is no hook %(name)s. See: flask hooks list", name=name))
    return hook, hook.id


def _shown(kept: Kept, hook: Hook | None) -> Refused:
    call, known = kept.call, (kept.id, kept.at, kept.again, kept.why, kept.waits, kept.long)
    if call is None:
        return Refused(*known)
    media = asked(parse_options_header(call.content_type)[0])
    return Refused(
        *known, call.method, len(call.body), media, tuple(sorted(map(asked, call.headers))), _read(call, hook)
    )


def _read(call: Delivery, hook: Hook | None) -> tuple[Read, ...] | None:
    if hook is None:
        return None
    secrets = _secrets(call, hook)
    try:
        with one_call(hook.timezone) as whole:
            records = hook.tool.split(stripped(call, hook.proof))
            whole.splitting = False
            submissions = [hook.tool.read(record, hook.timezone) for record in records]
    except Exception:  # noqa: BLE001  # whatever it is, it is not what the tool sends
        return None
    left, found = _MOST, list[Read]()
    for one in submissions:
        said = [Said(_label(answer.label, secrets), masked(answer.value)) for answer in one.answers[:left]]
        found.append(Read(one.kind, tuple(said), len(one.answers) - len(said)))
        left -= len(said)
    return tuple(found)


def _secrets(call: Delivery, hook: Hook) -> list[str]:
    """What the call shows in the place of a secret, and what the hook's are."""
    shown = [call.path_secret or "", *(call.headers.get(name, "") for name in looked_for(hook.proof))]
    return [one for one in (*shown, *hook.proof.usable) if one]


def _label(label: str, secrets: Collection[str]) -> str:
    return HIDDEN if any(one in label for one in secrets) else asked(label)
