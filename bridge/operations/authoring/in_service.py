"""A draft, or a version that was in service before, becomes the version in service, unless something stands in the way.

What stands in the way is raised, and whoever asks says how to go on: commands by an option, pages by a tick.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.errors import BridgeError
from bridge.hooks import revisions
from bridge.hooks.check import check
from bridge.hooks.registry import Hook, following
from bridge.hooks.revisions import By
from bridge.hooks.yaml import with_mode, with_name
from bridge.inbox import captured
from bridge.model import Question
from bridge.operations import audit
from bridge.operations.authoring.publishing import Publisher, faults, undecided
from bridge.operations.authoring.rehearsal import Rehearsal
from bridge.operations.authoring.samples import LAST, Sample, questions_of
from bridge.qomon.catalogue import Catalogue
from bridge.services import Services

SENDING = ("approve", "live")
LISTENING = ("capture", "preview")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be published, and the version that it was begun from: another one since is somebody else's work.
    `back`: it is a version that was in service before, and comes back whatever the form asks today."""

    hook: Hook
    base: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """`waits`: the events that were kept while it only listened, and that it could send now."""

    hook: Hook
    tried: Rehearsal
    waits: Sequence[str]


class InTheWay(BridgeError):
    """Why it was not published: `faults`, `undecided` questions, or what would be `lost`; one of them."""

    def __init__(
        self, faults: Sequence[str] = (), undecided: Sequence[Question] = (), lost: Rehearsal | None = None
    ) -> None:
        super().__init__("in the way")
        self.faults, self.undecided, self.lost = faults, undecided, lost


def of_draft(tx: Connection, services: Services, name: str) -> Wanted | None:
    """None: there is no draft. Raises Faults."""
    found = services.hooks.draft(tx, name)
    return None if found is None else Wanted(found[0], found[1].base)


def of_version(tx: Connection, services: Services, head: Hook, number: int) -> Wanted | None:
    """As it was in service, but for its name: with the questions and the forms that its rules followed then. None:
    there is no such version. Raises Faults if it does not load any more."""
    if revisions.text(tx, head.id, number) is None:
        return None
    was = services.hooks.revision(tx, head.id, number)
    if was.name != head.name:
        was = replace(was, name=head.name, text=with_name(was.text, head.name))
    return Wanted(was, head.revision, back=True)


def in_mode(services: Services, hook: Hook, mode: str) -> Hook:
    """The same in another mode; of a file that people keep, that is theirs to write. Raises Faults."""
    if mode == hook.mode:
        return hook
    made = services.hooks.parse(with_mode(hook.text, mode))
    return following(replace(made, id=hook.id, address=hook.address), hook)


def in_the_way(wanted: Wanted, forms: Catalogue, past: Sequence[Sample], *, strict: bool = False) -> InTheWay | None:
    """Before anything is lost or not: is it right, and is every question decided? `strict`: also of what only listens.
    A question that nobody decided would be forgotten; in a file that people keep, that is theirs to see."""
    hook, questions = wanted.hook, questions_of(past)
    asked = hook.owner == "pages" and (strict or hook.mode in SENDING) and not wanted.back
    if left := undecided(hook, questions) if asked else []:
        return InTheWay(undecided=left)
    wrong = check(hook, forms) if wanted.back else faults(hook, forms, questions)
    return InTheWay(faults=wrong) if wrong else None


def publish(
    services: Services,
    head: Hook,
    wanted: Wanted,
    forms: Catalogue,
    by: By,
    *,
    lose: int | None = None,
    strict: bool = False,
    unproved: bool = False,
) -> Published:
    """In one transaction with what is found. `lose`: that many answers are known to be sent no more, which needs a
    reason. `unproved`: somebody knows that the account was never tried, which is only noted. Raises InTheWay, and
    Faults when somebody published a moment ago.
    """
    press = Publisher(services.vault)
    with services.store.write() as tx:
        past = press.past(tx, head, LAST)
        if stop := in_the_way(wanted, forms, past, strict=strict):
            raise stop
        tried = press.rehearsed(head, wanted.hook, forms, past)
        if tried.lost and (tried.lost != lose or not by.why):
            raise InTheWay(lost=tried)
        known = press.known(wanted.hook, forms, past)
        done = services.hooks.publish(tx, wanted.hook.text, head.revision, known, by)
        told: dict[str, audit.More] = {"version": done.revision, "mode": done.mode, "lost": lose}
        told["unproved"] = unproved or None
        audit.note(tx, services.vault, by, "published", done.id, **told)
        waits = captured.waiting(tx, done.id) if done.mode in SENDING else []
    return Published(done, tried, waits)


def discard(services: Services, name: str, by: By) -> bool:
    """Throw the draft away; whether there was one. The version in service stays as it is."""
    with services.store.write() as tx:
        there = services.hooks.discard(tx, name)
        if there:
            audit.note(tx, services.vault, by, "discarded", services.hooks.id_of(tx, name))
    return there


def undecided_told(question: Question) -> str:
    return _("‘%(question)s’ is not decided: a field of Qomon, or nothing.", question=question.label)
