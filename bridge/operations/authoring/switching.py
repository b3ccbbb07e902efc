"""What a webhook does with what comes: it listens, it makes dry runs, or it writes. Each switch is a new version."""

from dataclasses import replace

from flask_babel import gettext as _

from bridge.hooks.hook import Hook
from bridge.hooks.revisions import By
from bridge.hooks.yaml import plain_of, with_mode
from bridge.operations import audit
from bridge.operations.authoring import in_service
from bridge.operations.authoring.in_service import SENDING, Published, Wanted
from bridge.operations.authoring.rehearsal import Rehearsal
from bridge.operations.changing import NotChanged
from bridge.services import Services

_NONE = Rehearsal(0, (), {}, 0)


def switch(
    services: Services, head: Hook, mode: str, by: By, *, seen: int, over: int | None = None, lose: int | None = None
) -> Published:
    """The version in service in another mode; its draft, if there is one, unless it only listens from now on. `seen`:
    the version that somebody decided about, `over`: the one since the draft was begun that they have seen. Nothing is
    done twice. Raises NotChanged, InTheWay, Faults, TryLater.
    """
    with services.store.read() as tx:
        drafted = in_service.of_draft(tx, services, head.name) if mode != "capture" else None
    if drafted is None and mode == head.mode:
        return Published(head, _NONE, ())
    if head.owner == "git":
        told = _("%(hook)s is kept in a file: write mode: %(mode)s there, and import it.", hook=head.name, mode=mode)
        raise NotChanged(told)
    if head.revision != seen or (drafted is not None and head.revision not in (drafted.base, over)):
        raise NotChanged(_("Version %(n)s was published meanwhile. Look at it, and decide again.", n=head.revision))
    if mode == "capture":
        return Published(_listening(services, head, by), _NONE, ())
    forms = services.catalogues.refresh(head.space, services.spaces[head.space].visit(), services.now())
    wanted = drafted or Wanted(head, head.revision)
    asked = replace(wanted, hook=in_service.in_mode(services, wanted.hook, mode))
    return in_service.publish(services, head, asked, forms, by, lose=lose)


def _listening(services: Services, head: Hook, by: By) -> Hook:
    """A draft follows, and stays a draft."""
    vault = services.vault  # it may have to write once: not within a write
    with services.store.write() as tx:
        done = services.hooks.amend(tx, head.name, lambda text: with_mode(text, "capture"), by)
        audit.note(tx, vault, by, "published", done.id, version=done.revision, mode=done.mode)
    return done


def sends(text: str) -> bool:
    """Whether a version of this text writes to Qomon."""
    return plain_of(text).get("mode", "live") in SENDING
