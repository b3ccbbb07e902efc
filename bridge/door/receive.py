"""The door: `POST /hooks/<address>`, and what each call is answered (docs/door.md). It maps and writes nothing.

`receive` reads from top to bottom like the table of answers. Whoever is refused gets a Refused or NotProven, which
`problems` turns into an answer; whatever is stored is stored before the 200.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from http import HTTPStatus
from threading import Lock
from typing import Any, cast

from flask import Blueprint, Response, abort, current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_ngettext
from flask_babel.speaklater import LazyString
from sqlalchemy import Connection

from bridge.crossing import gate
from bridge.crossing.opened import report_of
from bridge.crossing.work import CrossLane, Due, PreviewEvent
from bridge.door import quarantine
from bridge.door.call import head, whole
from bridge.door.limits import OPEN, UNKNOWN, UNPROVEN, Limits, caller
from bridge.door.problems import RETRY, Refused, as_json
from bridge.door.quarantine import Rank
from bridge.door.split import split
from bridge.errors import Faults, NotProven
from bridge.hooks.registry import Broken, Hook
from bridge.inbox import events
from bridge.inbox.events import Accepted
from bridge.model import Class, Delivery
from bridge.proofs.verify import HELD_BY_VISITORS, brings, looked_for, stripped, verify
from bridge.services import Services
from bridge.sources.kit.replies import shake
from bridge.store.counters import ANSWERS
from schemas.report import caller_view, staff_view

log = logging.getLogger(__name__)
door = Blueprint("door", __name__)

_LARGE = 64 * 1024
_ALONE = Lock()
"""Large bodies are read one after the other: what they become takes many times their size, and Python reads no two at
once anyway."""

_IN_A_HEADER = ("header", "basic", "bearer")

_BROWSER = (
    "This address receives answers of a form. There is nothing to see here; paste it into your form tool.\n"
    "Cette adresse reçoit les réponses d’un formulaire. Il n’y a rien à voir ici ; collez-la dans votre outil.\n"
)


@door.after_request
def _count(answer: Response) -> Response:
    counters = cast("Services", current_app.extensions["bridge"]).counters  # also while there is no store
    counters.add(ANSWERS, status=str(answer.status_code))
    return answer


@door.route("/hooks/<address>", methods=["GET", "POST"])
@door.route("/hooks/<address>/<secret>", methods=["GET", "POST"])
def receive(address: str, secret: str | None = None) -> Response:
    """One call of a tool: proven, split, stored before the 200, and answered with what became of it."""
    call = head(secret, _services().settings.public_url)
    try:
        hook, waits = _hook(address)
    except Broken as broken:
        _keep_until_it_loads(broken, call)
        raise Refused(503, _("This webhook is not set up rightly. Please try again later."), **_LATER) from None
    if request.method == "POST" and "POST" not in hook.methods:
        raise _wrong_method(hook)
    _check_limits(hook, call)
    call = whole(call)  # only now: what is refused for its head is not read
    if request.method != "POST" and (answer := _set_up(hook, call)):
        return answer
    if request.method not in hook.methods:
        raise _wrong_method(hook)
    proven = _verify_or_quarantine(hook, call)
    with _services().context.way.first():
        delivery, accepted, mine = _accept(hook, stripped(call, hook.proof), proven, waits)
    return _answer(hook, delivery, accepted, mine, waits=waits is not None)


def report_for_tool(id_: str) -> Response | None:
    """A report for the tool that sent it, with the hook's proof where that is a header (docs/door.md). None for a
    person with a browser, who brings no such thing: they get the page of the same address.
    """
    services = _services()
    hook = None
    with services.store.read() as tx:
        event = events.find_event(tx, id_)
        with suppress(Faults):  # one that does not load proves nothing
            then = services.hooks.revision(tx, event.hook, event.revision) if event else None
            hook = services.hooks.proving(tx, then) if then else None
    call = head(None, services.settings.public_url)
    shown = event is not None and hook is not None and hook.proof.scheme in _IN_A_HEADER
    if not (shown and hook and brings(call, hook.proof)) and "text/html" in request.headers.get("Accept", ""):
        return None
    if event is None or hook is None or not shown:
        raise NotProven(_("Not shown here. The report is behind a login, or behind the header of the webhook's proof."))
    verify(whole(call), hook.proof, services.now())
    return as_json(_view(hook, report_of(services.vault, event)))


@door.before_app_request
def _no_nul() -> None:
    """No address of ours holds one, and Postgres takes no text that does."""
    if "\0" in request.path:
        abort(404)


_LATER = {"Retry-After": RETRY}


def _services() -> Services:
    return cast("Services", current_app.extensions["bridge"]).open()


def _limits() -> Limits:
    return cast("Limits", current_app.extensions["limits"])


def _caller() -> str:
    return caller(request.remote_addr)


def _hook(address: str) -> tuple[Hook, str | None]:
    """The hook, and why nothing of it is written now, if so. Raises Broken and Refused."""
    services = _services()
    with services.store.read() as tx:
        hook = services.hooks.by_address(tx, address)
        if hook is not None:
            return hook, gate.waits(tx, hook, writing=services.settings.writing)
        if services.hooks.none_yet(tx):
            raise Refused(503, _("This bridge has no webhook yet. Please try again later."), **_LATER)
    if not _limits().count(UNKNOWN, _caller()):
        raise _flood()
    raise Refused(404, _("No webhook at this address."))


def _wrong_method(hook: Hook) -> Refused:
    return Refused(405, _("This webhook does not take answers this way."), Allow=", ".join(hook.methods))


def _check_limits(hook: Hook, call: Delivery) -> None:
    """Refuses a flood before its body is read. What looks like a call of the tool is always read and judged."""
    if request.method != "POST" and not (request.query_string and "GET" in hook.methods):
        return
    if hook.proof.scheme == "body" or (hook.proof.scheme != "none" and brings(call, hook.proof)):
        return
    limits, who = _limits(), _caller()
    if hook.proof.scheme == "none":
        over = limits.over(OPEN, hook.id, who)
    else:
        over = limits.over(UNPROVEN, hook.id, who) or limits.over(UNKNOWN, who)
    if over:
        raise _flood(hook)


def _flood(hook: Hook | None = None) -> Refused:
    log.warning("too many calls", extra={"hook": hook.name if hook else "unknown"})
    status = hook.tool.busy if hook else HTTPStatus.TOO_MANY_REQUESTS
    told = _("Too many calls that nothing proves. Please try later.")
    return Refused(status, told, **{"Retry-After": _limits().wait()})


def _set_up(hook: Hook, call: Delivery) -> Response | None:
    """The answer to a GET or HEAD that brings no answers of a form. Raises NotProven."""
    delivers, secrets = bool(call.query) and "GET" in hook.methods, hook.proof.at(_services().now()).usable
    said = None if delivers and hook.handshake == "plain" else shake(hook.handshake, call.query, secrets)
    if said:
        return _text(*said)
    return None if call.query else Response(_BROWSER, mimetype="text/plain")


def _text(text: str, media: str) -> Response:
    """Whoever reads it must not take it for a page: it may be what a stranger wrote."""
    return Response(text, mimetype=media, headers={"X-Content-Type-Options": "nosniff"})


def _verify_or_quarantine(hook: Hook, call: Delivery) -> str:
    """How it is proven. Raises NotProven, once the call is kept where a person can have it checked again."""
    if hook.proof.scheme == "none":
        _limits().count(OPEN, hook.id, _caller())
    try:
        return verify(call, hook.proof, _services().now())
    except NotProven as refusal:
        if not hook.deleted:
            _quarantine(hook, call, quarantine.rank(call, hook), refusal.args[0])
        raise


def _quarantine(hook: Hook, call: Delivery, rank: Rank, why: str | LazyString) -> None:
    """A flood is not kept: it is answered as one."""
    if not brings(call, hook.proof) and not _limits().count(UNPROVEN, hook.id, _caller()):
        raise _flood(hook)
    _put_apart(hook.id, call, rank, why, looked_for(hook.proof))


def _put_apart(hook: str, call: Delivery, rank: Rank, why: str | LazyString, headers: Sequence[str]) -> None:
    services, now = _services(), _services().now()
    row = quarantine.sealed(services.vault, hook, call, _caller(), why, rank, headers)
    services.group_commit.write(lambda tx: quarantine.keep(tx, row, now))


def _keep_until_it_loads(broken: Broken, call: Delivery) -> None:
    """A slip of the deployer loses nobody: what may be proven once it is put right is kept until then."""
    unset = ", ".join(f"${name}" for name in broken.unset)
    log.error("a hook does not load", extra={"hook": broken.name, "unset": unset})
    like, who, why = broken.like, _caller(), lazy_gettext("It does not load.")
    if unset:
        why = lazy_ngettext("%(names)s is not set.", "%(names)s is not set.", len(broken.unset), names=unset)
    taken = like.methods if like else ("POST",)
    if request.method not in taken or not (request.method == "POST" or request.query_string):
        return
    if like is None or like.proof.scheme == "none":  # nothing tells a flood from the tool
        if _limits().over(OPEN, broken.id, who):
            raise _flood(like)
        call = whole(call)
        _limits().count(OPEN, broken.id, who)
        _put_apart(broken.id, call, Rank.WAITS, why, ())
        return
    _check_limits(like, call)
    call = whole(call)
    _quarantine(like, call, Rank.WAITS if brings(call, like.proof) else Rank.POOR, why)


def _accept(hook: Hook, call: Delivery, proven: str, waits: str | None) -> tuple[str, list[Accepted], Sequence[Due]]:
    """Everything of this call in one commit, on the disk before anything is answered; and the work to do here."""
    services, now = _services(), _services().now()
    vault, engine = services.vault, services.engine
    with _ALONE if len(call.body) > _LARGE else nullcontext():
        incoming = split(call, hook, now, waits)

        def keep(tx: Connection) -> tuple[str, list[Accepted], Sequence[Due]]:
            id_ = events.keep_delivery(tx, hook.address, proven, now)
            accepted = events.accept(tx, vault, id_, incoming, now)
            lanes = dict.fromkeys(event.lane for event in accepted if event.lane and not event.first)
            due = [Due(CrossLane(lane), Class.LIVE, now) for lane in lanes]
            due += [
                Due(PreviewEvent(event.event, hook.space), Class.PREVIEW, now)
                for event in accepted
                if _previews(hook, event)
            ]
            return id_, accepted, engine.ask(tx, due)

        id_, accepted, mine = services.group_commit.write(keep)
    log.info("delivery stored", extra={"delivery": id_, "hook": hook.name, "events": len(accepted)})
    return id_, accepted, mine


def _previews(hook: Hook, event: Accepted) -> bool:
    return hook.mode == "preview" and not hook.deleted and not event.first


def _answer(hook: Hook, delivery: str, accepted: Sequence[Accepted], mine: Sequence[Due], *, waits: bool) -> Response:
    """What the tool hears, once its events crossed or the hook's patience is over."""
    fixed = hook.reply.body()
    patience = 0 if waits or fixed or hook.proof.scheme in HELD_BY_VISITORS else hook.wait.total_seconds()
    waited = [event.event for event in accepted if event.lane or _previews(hook, event)]
    reports: Mapping[str, Any] = _services().engine.cross(mine, waited, patience)
    if fixed:
        return _text(*fixed)
    if not patience:  # nobody waited: the report of a new event is the one that was just stored
        reports = {event.event: event.report for event in accepted if event.report is not None}
    return as_json({"delivery": delivery, "events": _shown(hook, accepted, reports)})


def _shown(hook: Hook, accepted: Sequence[Accepted], reports: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`reports`: those at hand, by event; of the others the store's are shown."""
    if hook.proof.scheme == "none":
        return [{"event": event.event} for event in accepted]
    services, lacking = _services(), {event.event for event in accepted} - reports.keys()
    if lacking:
        with services.store.read() as tx:
            found = events.among(tx, [*lacking])
        reports = {**reports, **{row.id: report_of(services.vault, row) for row in found}}
    views = [(event, _view(hook, reports[event.event])) for event in accepted]
    return [{"event": one.event, "outcome": "duplicate", "first": view} if one.first else view for one, view in views]


def _view(hook: Hook, report: Mapping[str, Any]) -> dict[str, Any]:
    url = _services().settings.public_url
    if hook.answer == "full":
        return staff_view(report, url)
    return caller_view(report, url, creates=hook.missing == "create")
