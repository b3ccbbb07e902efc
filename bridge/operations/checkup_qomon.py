"""What the check-up says of each Qomon account: may the key read and write, what is left of its quota, does somebody
else use it, is it this account's at all, was it tried on a test contact, does its clock agree with ours.

Nobody is asked: it goes by what was kept of earlier answers.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection, or_, select

from bridge.operations import proving
from bridge.operations.checkup_line import Line
from bridge.qomon import account
from bridge.qomon.shape import Shape
from bridge.services import Services
from bridge.store import counters
from bridge.store.tables import event
from schemas import normal

_LOOK_APART, _BAD_APART = timedelta(minutes=2), timedelta(minutes=5)
_MOST, _LONGEST = 5, 40
_TOO_FAST, _A_SHARE = 3, 0.01
"""So many answers, and such a share of all, that we ask too fast: a process that begins may cause one or two."""


def of_accounts(tx: Connection, services: Services, spaces: Sequence[str]) -> Iterator[Line]:
    stops = account.stops(tx)
    if services.settings.writing and not stops:
        yield Line("writing", "good", _("Writing is on, and Qomon takes our key."))
    answers = _answers(tx)
    for space in spaces:
        yield from _other_space(services, space)
        if space not in stops or stops[space].reason != "key_refused":  # that is told already, as a fault
            yield _reads(services, space)
            yield _writes(tx, space, answers.get(space, Counter()))
        yield _shared(space, answers.get(space, Counter()))
        yield _test_contact(tx, services, space)


def of_this_process(tx: Connection, services: Services) -> Iterator[Line]:
    """What only a process that calls Qomon knows: told by the page."""
    for name, space in services.spaces.items():
        yield from _shape(name, space.shape, account.shape(tx, name))
    for name, space in services.spaces.items():
        if not space.pace.used:
            said = _("%(space)s: what is left of Qomon’s quota is not known yet.", space=name)
            yield Line("quota", "unknown", said, _("It is with Qomon’s next answer."))
            continue
        left, burst = space.pace.left(services.now())
        told = {"space": name, "left": int(left), "burst": int(burst)}
        said = _("%(space)s: %(left)s of %(burst)s units of Qomon’s quota are left now; one write takes 5.", **told)
        yield Line("quota", "good", said)
    yield from _clock(services)


def _answers(tx: Connection) -> dict[str, Counter[tuple[str, str]]]:
    """Of each account how often each method got each status, since the store was made."""
    found: dict[str, Counter[tuple[str, str]]] = {}
    for name, labels, value in counters.kept(tx):
        if name == counters.CALLS:
            found.setdefault(labels["space"], Counter())[labels["method"], labels["status"]] += value
    return found


def _reads(services: Services, space: str) -> Line:
    found = services.catalogues.last(space)
    if found is None:
        said = _("%(space)s: whether this key may read was not seen yet.", space=space)
        return Line("key_read", "unknown", said, _("Open Qomon fields, and read Qomon; or: flask catalogue refresh"))
    return Line("key_read", "good", _("%(space)s: this key may read.", space=space), at=found[1])


def _writes(tx: Connection, space: str, answers: Counter[tuple[str, str]]) -> Line:
    """A write that is refused while reads are answered holds its lane alone: nothing else says so."""
    taken = sum(many for (method, status), many in answers.items() if method == "PATCH" and status.startswith("2"))
    refused = sum(answers["PATCH", status] for status in ("401", "403"))
    waits = event.c.space == space, event.c.erased.is_(None)
    now = or_(
        (event.c.status == "open") & (event.c.reason == "key_refused"),
        (event.c.status == "held") & (event.c.reason == "qomon_fault"),
    )
    if refused and (not taken or tx.execute(select(event.c.seq).where(*waits, now).limit(1)).first() is not None):
        said = _("%(space)s: Qomon lets this key read, and refuses what it writes.", space=space)
        fix = _("Give that key the right to write contacts in Qomon, or set QOMON_TOKEN to one that has it.")
        return Line("key_write", "bad", said, fix)
    if taken:
        return Line("key_write", "good", _("%(space)s: this key may write.", space=space))
    said = _("%(space)s: whether this key may write was not seen yet.", space=space)
    return Line("key_write", "unknown", said, _("It is seen with the first submission that is written."))


def _shared(space: str, answers: Counter[tuple[str, str]]) -> Line:
    """The bridge keeps below Qomon’s pace by itself: what is too fast all the same, somebody else asked for."""
    calls = answers.total()
    fast = sum(many for (_method, status), many in answers.items() if status == "429")
    if not calls:
        said = _("%(space)s: whether others use this key too is not known yet.", space=space)
        return Line("key_shared", "unknown", said, _("It shows once submissions are written."))
    if fast >= _TOO_FAST and fast >= calls * _A_SHARE:
        said = ngettext(
            "%(space)s: Qomon said %(num)s time that too much is asked, though the bridge asks for less: something "
            "else seems to use this key.",
            "%(space)s: Qomon said %(num)s times that too much is asked, though the bridge asks for less: something "
            "else seems to use this key.",
            fast,
            space=space,
        )
        fix = _("See in Qomon which tools have this key, and give the bridge one of its own.")
        return Line("key_shared", "look", said, fix)
    said = _("%(space)s: nobody else seems to use up what this key may ask for.", space=space)
    return Line("key_shared", "good", said)


def _other_space(services: Services, space: str) -> Iterator[Line]:
    """Qomon’s fields differ so much from those known that they were not adopted."""
    found = services.catalogues.doubted(space)
    if found is None:
        return
    lost, at = found
    if services.catalogues.all_gone(space):
        said = _(
            "%(space)s: with this key Qomon shows none of the fields that are known here. It may be the key of another "
            "account.",
            space=space,
        )
        fix = _(
            "Set QOMON_TOKEN to this account’s key and start again; then: flask catalogue refresh, and flask resume. "
            "Only if all fields really were made anew: flask catalogue refresh --force"
        )
        yield Line("other_space", "bad", said, fix, at)
        return
    said = _(
        "%(space)s: much of what Qomon had is gone, so the last good list is used: %(lost)s.", space=space, lost=lost
    )
    fix = _("If it really was deleted in Qomon: flask catalogue refresh --force")
    yield Line("other_space", "look", said, fix, at)


def _test_contact(tx: Connection, services: Services, space: str) -> Line:
    proof = proving.of(tx, space, services.now())
    if proof.how == "lately":
        return Line("test_contact", "good", proof.sentence, at=proof.at)
    fix = _("Try it on a contact named Test Pont: at the foot of this page, or with: flask doctor --probe CONTACT")
    return Line("test_contact", "look", proof.sentence, fix, proof.at)


def _shape(space: str, now: Shape | None, tried: Shape | None) -> Iterator[Line]:
    if now is None or tried is None:
        return
    fix = _("Try it again on a contact named Test Pont, at the foot of this page.")
    if new := now.new(tried):
        said = _("%(space)s: Qomon shows something of contacts that it did not show when it was tried: %(keys)s.",
                 space=space, keys=_some(new))  # fmt: skip
        yield Line("read_shape", "look", said, fix)
    if gone := now.gone(tried):
        said = _("%(space)s: of some contacts Qomon does not show what it always showed when it was tried: %(keys)s.",
                 space=space, keys=_some(gone))  # fmt: skip
        yield Line("read_shape", "look", said, fix)


def _some(keys: frozenset[str]) -> str:
    shown = [normal.visible(key)[:_LONGEST] for key in sorted(keys)[:_MOST]]
    return ", ".join([*shown, *(["…"] if len(keys) > _MOST else [])])


def _clock(services: Services) -> Iterator[Line]:
    """Of the accounts that this process asked. A proxy may lie about the time: it is told, and nothing follows."""
    told = [space.ahead for space in services.spaces.values() if space.ahead is not None]
    if not told:
        said = _("This machine’s clock was not compared with Qomon’s yet.")
        yield Line("qomon_clock", "unknown", said, _("It is with Qomon’s next answer."))
        return
    worst = max(told, key=abs)
    if abs(worst) <= _LOOK_APART:
        yield Line("qomon_clock", "good", _("This machine’s clock agrees with Qomon’s."))
        return
    minutes = round(abs(worst) / timedelta(minutes=1))
    said = (
        _("This machine’s clock is about %(minutes)s min ahead of Qomon’s.", minutes=minutes)
        if worst > timedelta()
        else _("This machine’s clock is about %(minutes)s min behind Qomon’s.", minutes=minutes)
    )
    if bad := abs(worst) >= _BAD_APART:
        said += " " + _("Newer and older answers may be mixed up, and signed calls refused as too old.")
    fix = _("Set the clock by a time server (NTP). If it is right, something between here and Qomon says a wrong time.")
    yield Line("qomon_clock", "bad" if bad else "look", said, fix)
