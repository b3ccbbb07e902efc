"""The door: `POST /hooks/<address>`, and what each call is answered (design 4). It maps and writes nothing."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from http import HTTPStatus
from threading import Lock
from typing import Any, NoReturn, cast
from urllib.parse import quote

from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from bridge.door import quarantine
from bridge.door.limits import OPEN, TOLD, UNKNOWN, UNPROVEN, Floods, caller
from bridge.door.problems import LARGEST, RETRY, as_json, problem
from bridge.door.split import split
from bridge.errors import NotProven
from bridge.hooks.registry import Broken, Hook
from bridge.inbox import events
from bridge.inbox.events import Accepted
from bridge.model import Delivery
from bridge.proofs.verify import brings, looked_for, stripped, verify
from bridge.qomon import account
from bridge.services import Parts
from bridge.sources.kit.replies import shake
from schemas.report import caller_view, staff_view

log = logging.getLogger(__name__)
door = Blueprint("door", __name__)

_LARGE = 64 * 1024
_ALONE = Lock()
"""Large bodies are read one after the other: what they become takes many times their size, and Python reads no two at
once anyway."""

_IN_A_HEADER = ("header", "basic", "bearer")
_HELD_BY_VISITORS = ("none", "url", "body")
"""Proofs that whoever fills in the form may have seen: to them the time of an answer would tell who is known."""

_BROWSER = (
    "This address receives answers of a form. There is nothing to see here; paste it into your form tool.\n"
    "Cette adresse reçoit les réponses d’un formulaire. Il n’y a rien à voir ici ; collez-la dans votre outil.\n"
)


@door.route("/hooks/<address>", methods=["GET", "POST"])
@door.route("/hooks/<address>/<secret>", methods=["GET", "POST"])
def receive(address: str, secret: str | None = None) -> Response:
    """One call of a tool: proven, split, stored before the 200, and answered with what became of it."""
    try:
        known = _hook(address)
    except Broken as broken:
        return _broken(broken, secret)
    if isinstance(known, Response):
        return known
    hook, waits = known
    if request.method == "POST" and "POST" not in hook.methods:
        return _wrong_method(hook)
    head = _head(secret)
    if busy := _too_often(hook, head):
        return busy
    delivery = _whole(head)  # only now: what is refused for its head is not read
    if request.method != "POST" and (answer := _set_up(hook, delivery)):
        return answer
    if request.method not in hook.methods:
        return _wrong_method(hook)
    _prove(hook, delivery)
    id_, accepted, mine = _store(hook, stripped(delivery, hook.proof), waits)
    waited = [event.event for event in accepted if event.lane or _previews(hook, event)]
    said = hook.reply.body()
    patience = 0 if waits or said or hook.proof.scheme in _HELD_BY_VISITORS else hook.wait.total_seconds()
    told = _parts().dispatch.cross(mine, waited, patience)
    if said:
        return _text(*said)
    if not patience:  # nobody waited: the report of a new event is the one that was just stored
        told = {event.event: event.report for event in accepted if event.report is not None}
    return as_json({"delivery": id_, "events": _told(hook, accepted, told)})


@door.get("/submissions/<id_>")
def submission(id_: str) -> Response:
    """A report for the tool that sent it, with the hook's proof where that is a header (design 4)."""
    parts = _parts()
    with parts.store.read() as tx:
        row = events.find_event(tx, id_)
        hook = parts.hooks.revision(tx, row.hook, row.revision) if row else None
    if hook is None or hook.proof.scheme not in _IN_A_HEADER:
        raise NotProven("Not shown here. The report is behind a login, or behind the header of the webhook's proof.")
    verify(_whole(_head(None)), hook.proof, parts.now())
    return as_json(_view(hook, parts.vault.unseal(row.report)) if row else {})


@door.get("/health")
def health() -> Response:
    """200 only when the store can be written."""
    parts = _parts()
    if parts.faults or not parts.store.writable():
        return problem(503, "The store cannot be written, or a setting is wrong.", **{"Retry-After": RETRY})
    return as_json({"status": "ok"})


@door.before_app_request
def _no_nul() -> None:
    """No address of ours holds one, and Postgres takes no text that does."""
    if "\0" in request.path:
        abort(404)


def _parts() -> Parts:
    return cast("Parts", current_app.extensions["bridge"])


def _limits() -> Floods:
    return cast("Floods", current_app.extensions["limits"])


def _wrong_method(hook: Hook) -> Response:
    return problem(405, "This webhook does not take answers this way.", Allow=", ".join(hook.methods))


def _text(text: str, media: str) -> Response:
    """Whoever reads it must not take it for a page: it may be what a stranger wrote."""
    return Response(text, mimetype=media, headers={"X-Content-Type-Options": "nosniff"})


def _set_up(hook: Hook, delivery: Delivery) -> Response | None:
    """The answer to a GET or HEAD that brings no answers of a form. Raises NotProven."""
    delivers = bool(delivery.query) and "GET" in hook.methods
    said = None if delivers and hook.handshake == "plain" else shake(hook.handshake, delivery.query, hook.proof.usable)
    if said:
        return _text(*said)
    return None if delivery.query else Response(_BROWSER, mimetype="text/plain")


def _whole(head: Delivery) -> Delivery:
    """The raw bytes: signatures cover them, and `request.form` would eat them (sources.md 1.5)."""
    return replace(head, body=_whole_body())


def _head(secret: str | None) -> Delivery:
    """A call without its body."""
    said = request.environ
    headers = {name[5:].replace("_", "-").lower(): said[name] for name in said if name[:5] == "HTTP_"}
    if type_ := said.get("CONTENT_TYPE"):
        headers["content-type"] = type_
    query = request.query_string.decode("utf-8", "surrogateescape")
    return Delivery(request.method, headers, b"", query, secret, _parts().settings.public_url + _as_came())


def _whole_body() -> bytes:
    """Or an answer: a body that was cut off in the middle of an answer must not become one (design 4)."""
    length = request.content_length
    try:
        body = request.get_data(cache=False, parse_form_data=False)
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001  # the server's own: chunks that are broken, or end too early
        _cut()
    if length is not None and len(body) < length:
        _cut()
    if length is None and len(body) >= LARGEST:  # Werkzeug ends a chunked body there without a word
        raise RequestEntityTooLarge
    return body


def _cut() -> NoReturn:
    abort(problem(400, "The body is not all there, or its length is not certain. Nothing was stored."))


def _as_came() -> str:
    """The path and the query, byte for byte where the server keeps them. `Host` is the caller's to choose."""
    raw = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "")
    return (
        raw if raw.startswith("/") else quote(request.path) + f"?{request.query_string.decode('latin-1')}".rstrip("?")
    )


def _hook(address: str) -> tuple[Hook, str | None] | Response:
    """The hook, and why nothing of it is written now, if so."""
    parts = _parts()
    with parts.store.read() as tx:
        hook = parts.hooks.by_address(tx, address)
        none_yet = hook is None and parts.hooks.none_yet(tx)
        braked = hook is not None and (hook.paused or not parts.settings.writing)
        waits = account.waits(tx, hook.space, braked=braked) if hook else None
    if none_yet:
        return problem(503, "This bridge has no webhook yet. Please try again later.", **{"Retry-After": RETRY})
    if hook is None:
        floods, who = _limits(), caller(request.remote_addr)
        if not floods.count(UNKNOWN, who):
            return _busy()
        return problem(404, "No webhook at this address.")
    return hook, waits


def _too_often(hook: Hook, head: Delivery) -> Response | None:
    """The answer to a flood, before the body is read. What looks like a call of the tool is always read and judged."""
    if request.method != "POST" and not (request.query_string and "GET" in hook.methods):
        return None
    if hook.proof.scheme == "body" or (hook.proof.scheme != "none" and brings(head, hook.proof)):
        return None
    floods, who = _limits(), caller(request.remote_addr)
    if hook.proof.scheme == "none":
        return _busy(hook) if floods.over(OPEN, hook.id, who) else None
    return _busy(hook) if floods.over(UNPROVEN, hook.id, who) or floods.over(UNKNOWN, who) else None


def _busy(hook: Hook | None = None) -> Response:
    floods = _limits()
    if floods.count(TOLD, "flood", hook.id if hook else ""):
        log.warning("too many calls", extra={"hook": hook.name if hook else "unknown"})
    status = hook.tool.busy if hook else HTTPStatus.TOO_MANY_REQUESTS
    return problem(status, "Too many calls that nothing proves. Please try later.", **{"Retry-After": floods.wait()})


def _prove(hook: Hook, delivery: Delivery) -> None:
    """Raises NotProven, once the call is kept where a person can have it checked again."""
    now = _parts().now()
    if hook.proof.scheme == "none":
        _limits().count(OPEN, hook.id, caller(request.remote_addr))
    try:
        verify(delivery, hook.proof, now)
    except NotProven as refusal:
        if not hook.deleted:
            _keep(hook, delivery, quarantine.rank(delivery, hook), str(refusal))
        raise


def _keep(hook: Hook, delivery: Delivery, rank: quarantine.Rank, why: str) -> None:
    """A flood is not kept: it is answered as one."""
    if not brings(delivery, hook.proof) and not _limits().count(UNPROVEN, hook.id, caller(request.remote_addr)):
        abort(_busy(hook))
    _put_apart(hook.id, delivery, rank, why, looked_for(hook.proof))


def _put_apart(hook: str, delivery: Delivery, rank: quarantine.Rank, why: str, headers: Sequence[str]) -> None:
    parts, now = _parts(), _parts().now()
    row = quarantine.sealed(parts.vault, hook, delivery, caller(request.remote_addr), why, rank, headers)
    parts.together.write(lambda tx: quarantine.keep(tx, row, now))


def _broken(broken: Broken, secret: str | None) -> Response:
    """A slip of the deployer loses nobody: what may be proven once it is put right is kept until then."""
    unset = ", ".join(f"${name}" for name in broken.unset)
    if _limits().count(TOLD, "broken", broken.id):
        log.error("a hook does not load", extra={"hook": broken.name, "unset": unset})
    taken = broken.like.methods if broken.like else ("POST",)
    if request.method in taken and (request.method == "POST" or request.query_string):
        why = f"{unset} is not set." if unset else "It does not load."
        if busy := _kept_until_it_loads(broken, secret, why):
            return busy
    return problem(503, "This webhook is not set up rightly. Please try again later.", **{"Retry-After": RETRY})


def _kept_until_it_loads(broken: Broken, secret: str | None, why: str) -> Response | None:
    like, floods, who, head = broken.like, _limits(), caller(request.remote_addr), _head(secret)
    if like is None or like.proof.scheme == "none":  # nothing tells a flood from the tool
        if floods.over(OPEN, broken.id, who):
            return _busy(like)
        delivery = _whole(head)
        floods.count(OPEN, broken.id, who)
        _put_apart(broken.id, delivery, quarantine.Rank.WAITS, why, ())
        return None
    if busy := _too_often(like, head):
        return busy
    delivery = _whole(head)
    _keep(like, delivery, quarantine.Rank.WAITS if brings(delivery, like.proof) else quarantine.Rank.POOR, why)
    return None


def _store(hook: Hook, delivery: Delivery, waits: str | None) -> tuple[str, list[Accepted], Sequence[str]]:
    """Everything of this call in one commit, on the disk before anything is answered; and the lanes to drain here."""
    with _ALONE if len(delivery.body) > _LARGE else nullcontext():
        return _read_and_kept(hook, delivery, waits)


def _read_and_kept(hook: Hook, delivery: Delivery, waits: str | None) -> tuple[str, list[Accepted], Sequence[str]]:
    parts = _parts()
    now = parts.now()
    incoming = split(delivery, hook, now, waits)
    vault, dispatch = parts.vault, parts.dispatch

    def keep(tx: Connection) -> tuple[str, list[Accepted], Sequence[str]]:
        id_ = events.keep_delivery(tx, hook.address, hook.proof.scheme, now)
        accepted = events.accept(tx, vault, id_, incoming, now)
        return id_, accepted, dispatch.ask(tx, _lanes(hook, accepted))

    id_, accepted, mine = parts.together.write(keep)
    log.info("delivery stored", extra={"delivery": id_, "hook": hook.name, "events": len(accepted)})
    return id_, accepted, mine


def _previews(hook: Hook, event: Accepted) -> bool:
    return hook.mode == "preview" and not event.first


def _lanes(hook: Hook, accepted: Sequence[Accepted]) -> list[str]:
    lanes = [event.lane for event in accepted if event.lane and not event.first]
    return lanes + [f"preview:{event.event}" for event in accepted if _previews(hook, event)]


def _told(hook: Hook, accepted: Sequence[Accepted], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`told`: the reports at hand, by event; of the others the store's are shown."""
    if hook.proof.scheme == "none":
        return [{"event": event.event} for event in accepted]
    reports = {**told, **_stored(event.event for event in accepted if event.event not in told)}
    views = [(event, _view(hook, reports[event.event])) for event in accepted]
    return [{"event": one.event, "outcome": "duplicate", "first": view} if one.first else view for one, view in views]


def _stored(asked: Iterable[str]) -> dict[str, Any]:
    """Their reports as the store has them now."""
    wanted = {*asked}
    if not wanted:
        return {}
    parts = _parts()
    with parts.store.read() as tx:
        rows = [events.find_event(tx, event) for event in wanted]
    return {row.id: parts.vault.unseal(row.report) for row in rows}


def _view(hook: Hook, report: Any) -> dict[str, Any]:
    url = _parts().settings.public_url
    told = cast("Mapping[str, Any]", report)
    return staff_view(told, url) if hook.answer == "full" else caller_view(told, url, creates=hook.missing == "create")
