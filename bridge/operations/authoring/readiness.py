"""What is to be right before a webhook writes to Qomon: the checklist of going live, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection, select

from bridge.hooks.registry import Hook
from bridge.operations import checkup, figures, proving
from bridge.operations.authoring.publishing import faults, undecided
from bridge.operations.authoring.samples import Sample, questions_of
from bridge.qomon.catalogue import Catalogue
from bridge.services import Services
from bridge.store.tables import event

State: TypeAlias = Literal["ok", "stop", "look", "unknown"]

_OWN = ("proof", "stopped")
_SHOWN = 5
_RECENT = 200
"""Submissions among which a dry run of a version is looked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """`stop`: it does not go live so. `look`: only if somebody says that they know. `more`: what it is about, one by
    one."""

    code: str
    state: State
    said: str
    more: tuple[str, ...] = ()


def checklist(
    tx: Connection,
    hook: Hook,
    catalogue: Catalogue | None,
    past: Sequence[Sample],
    now: datetime,
    *,
    draft: bool,
    alerted: bool,
) -> list[Line]:
    """Of the version that would be put in service, which may be a `draft` yet. `catalogue`: Qomon's fields, None if
    they were never read. `alerted`: somebody is told when something is wrong."""
    return [
        _decided(hook, past),
        _identity(hook),
        _proof(hook),
        _previewed(tx, hook, draft=draft),
        _targets(hook, catalogue, past),
        _contact(tx, hook, now),
        _alerts(alerted=alerted),
        *_asleep(tx, now),
    ]


def well(services: Services) -> Line:
    """The check-up's line; it opens the store by itself. What has a line of its own here is not said twice."""
    found = checkup.findings(services)
    bad = tuple(one.sentence for one in found if one.level == "fault" and one.code not in _OWN)
    if not bad:
        return Line("check_up", "ok", _("The check-up finds nothing bad."))
    said = ngettext("The check-up finds %(num)s bad thing.", "The check-up finds %(num)s bad things.", len(bad))
    return Line("check_up", "look", said, bad[:_SHOWN])


def _decided(hook: Hook, past: Sequence[Sample]) -> Line:
    questions = questions_of(past)
    if not questions:
        return Line("decided", "unknown", _("Nothing has come yet, so nobody knows its questions."))
    left = [one.label for one in undecided(hook, questions)]
    if not left:
        many = len(questions)
        said = ngettext("The %(num)s question is decided.", "All %(num)s questions are decided.", many)
        return Line("decided", "ok", said)
    said = ngettext("%(num)s question is not decided.", "%(num)s questions are not decided.", len(left))
    state: State = "stop" if hook.owner == "pages" else "unknown"  # in a file that people keep, that is theirs to see
    return Line("decided", state, said, tuple(_some(left)))


def _identity(hook: Hook) -> Line:
    if {rule.to for rule in hook.rules} & {*hook.find}:
        return Line("identity", "ok", _("It says who it is: people are found by what they answer."))
    return Line("identity", "stop", _("No answer says who it is: map an address, a phone or a number."))


def _proof(hook: Hook) -> Line:
    if hook.proof.scheme == "none":
        return Line("proof", "look", _("The address is open: whoever knows it can write to Qomon."))
    return Line("proof", "ok", _("Each call proves that it is the tool’s."))


def _previewed(tx: Connection, hook: Hook, *, draft: bool) -> Line:
    """Of a version in service the store knows; of a draft nobody does."""
    mine = select(event.c.revision, event.c.outcome).where(event.c.hook == hook.id)
    rows = tx.execute(mine.order_by(event.c.seq.desc()).limit(_RECENT)).all()
    if not draft and any((row.revision, row.outcome) == (hook.revision, "previewed") for row in rows):
        return Line("previewed", "ok", _("This version made a dry run of a real submission."))
    said = _("Whether somebody previewed this version on a real contact is not known.")
    return Line("previewed", "unknown", said)


def _targets(hook: Hook, catalogue: Catalogue | None, past: Sequence[Sample]) -> Line:
    if catalogue is None:
        return Line("targets", "unknown", _("Qomon’s fields were not read yet. They are before it goes live."))
    wrong = faults(hook, catalogue, questions_of(past))
    if not wrong:
        return Line("targets", "ok", _("Qomon has every field and choice that it writes."))
    said = ngettext("%(num)s thing would hold submissions.", "%(num)s things would hold submissions.", len(wrong))
    return Line("targets", "stop", said, tuple(wrong[:_SHOWN]))


def _contact(tx: Connection, hook: Hook, now: datetime) -> Line:
    proof = proving.of(tx, hook.space, now)
    if proof.how == "lately":
        return Line("contact", "ok", _("What Qomon leaves out of a read was tried on a test contact."))
    if proof.how != "never":
        return Line("contact", "look", proof.sentence)
    said = _("What Qomon leaves out of a read was never tried on a test contact, so some submissions may be held.")
    return Line("contact", "look", said)


def _alerts(*, alerted: bool) -> Line:
    if alerted:
        return Line("alerts", "ok", _("Somebody is told when something is wrong."))
    return Line("alerts", "look", _("Nobody gets an alert: somebody has to look here once a day."))


def _asleep(tx: Connection, now: datetime) -> Iterator[Line]:
    """Only where it is so: most plans never put anything to sleep, and nobody has to think of it."""
    if len(figures.stops(tx, now)) >= figures.SLEEPS:
        said = _("This plan puts the app to sleep.")
        lost = _("Tools that never try again may lose submissions meanwhile.")
        yield Line("asleep", "look", f"{said} {lost}")


def _some(labels: Sequence[str]) -> Iterator[str]:
    yield from labels[:_SHOWN]
    if len(labels) > _SHOWN:
        more = len(labels) - _SHOWN
        yield ngettext("and %(num)s more", "and %(num)s more", more)
