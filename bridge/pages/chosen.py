"""Many submissions at once: those that are ticked, or all of a filter. First what it would do, then it is done.

Sending and leaving out is done at once, of so many at most; sending again and putting back is a job (`batches`).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection

from bridge.errors import BridgeError
from bridge.inbox import events
from bridge.operations import jobs, listing, replay, restore
from bridge.operations.release import NotDone
from bridge.operations.replay import Came
from bridge.operations.restore import Writes
from bridge.operations.several import each, hand_of
from bridge.pages import inbox, session
from bridge.pages.page import action, back
from bridge.pages.shown import number
from bridge.services import Services

AT_ONCE = 1_000
"""Submissions that are named one by one, or decided at once."""
SURE = 50
"""More ask for the password again."""
_LOOKED = 20
"""Contacts that are read in Qomon, of what is put back."""
_REHEARSED = 200
_MOST = 100_000
_CALLS = 3
_OPEN = {"release": ("held", "captured", "previewed"), "skip": ("held", "failed", "queued", "captured", "previewed")}
_DEEDS = ("release", "skip", "replay", "restore")


@dataclass(frozen=True, slots=True)
class Chosen:
    """`ids`: named one by one; None: `which` says it. `fit`: how many of `total` it can be done with."""

    deed: str
    total: int
    fit: int
    ids: Sequence[str] | None
    which: Writes | Came | None
    made: int = 0
    erased: int = 0


@action("/inbox/chosen")
def chosen() -> Response:
    """What it would do."""
    mine, deed = session.services(), _deed()
    found = _chosen(mine, deed)
    if found is None:
        return back("inbox", _("Nothing was ticked, or nothing of it is there any more."), **inbox.asked(request.form))
    now = mine.now()
    shown: dict[str, Any] = {
        "chosen": found,
        "deed": deed,
        "said": inbox.asked(request.form),
        "sure": found.fit > SURE,
        "calls": found.fit * _CALLS,
        "until": None if deed == "skip" else now + jobs.PACE * found.fit,
        "job": jobs.new_id(),
        "looked": _looked(mine, found) if "look" in request.form else None,
        "can_look": min(found.fit, _LOOKED if deed == "restore" else _REHEARSED),
    }
    return make_response(render_template("chosen.html", **shown))


@action("/inbox/do")
def do_chosen() -> Response:
    return _do(SURE)


@action("/inbox/do-many", sure=True)
def do_many() -> Response:
    return _do(None)


def _do(most: int | None) -> Response:
    mine, deed = session.services(), _deed()
    found = _chosen(mine, deed)
    if found is None or not found.fit:
        return back("inbox", _("Nothing was left to be done: it is done already."))
    if most is not None and found.fit > most:
        raise NotDone(_("there are more of them by now. Go back and look again."))
    if deed in _OPEN:
        return _decide(mine, deed, found.ids or ())
    return _begin(mine, found)


def _decide(mine: Services, deed: str, ids: Sequence[str]) -> Response:
    hand = hand_of(mine)
    decide = hand.release if deed == "release" else hand.skip
    done, refused = 0, Counter[str]()
    for one in each(mine, decide, ids, lambda: session.by(request.form.get("why"))):
        done += one.refused is None
        if one.refused is not None:
            refused[str(one.refused)] += 1
    mine.engine.sweep()
    for why, many in refused.most_common(3):
        flash(ngettext("%(many)s not done: %(why)s", "%(many)s not done: %(why)s", many, many=number(many), why=why))
    if deed == "release":
        told = ngettext("%(many)s submission sent.", "%(many)s submissions sent.", done, many=number(done))
    else:
        told = ngettext("%(many)s submission left out.", "%(many)s submissions left out.", done, many=number(done))
    return back("inbox", told)


def _begin(mine: Services, found: Chosen) -> Response:
    id_ = request.form.get("job", "")
    if not re.fullmatch("[0-9a-f]{12}", id_):
        abort(400)
    assert found.which is not None  # noqa: S101 - what is a job says which
    vault, by = mine.vault, session.by(request.form.get("why"))
    with mine.store.write() as tx:
        jobs.begin(tx, vault, found.which, found.fit, by, id_=id_)
    jobs.feed(mine)
    mine.engine.sweep()
    return back("batch", job=id_)


def _deed() -> str:
    deed = request.form.get("deed", "")
    if deed not in _DEEDS:
        abort(400)
    return deed


def _chosen(mine: Services, deed: str) -> Chosen | None:
    """None: nothing. Raises NotDone where it is too much to be named one by one."""
    with mine.store.read() as tx:
        said = inbox.asked(request.form)
        wanted = inbox.read(said, mine.now())
        simple = "all" in request.form and not said.keys() - {"webhook", "version", "period"} and "webhook" in said
        if simple and deed in ("replay", "restore"):
            return _by_filter(tx, deed, wanted)
        ids = _ids(tx, wanted)
        found = events.among(tx, ids)
        if not found:
            return None
        if deed in _OPEN:
            fit = [one.id for one in found if one.outcome.value in _OPEN[deed] and one.erased is None]
            order = {id_: place for place, id_ in enumerate(reversed(ids))}  # oldest first
            fit.sort(key=lambda id_: order[id_])
            return Chosen(deed, len(found), len(fit), fit, None)
        if deed == "replay":
            came = Came(events=ids)
            return Chosen(deed, len(found), replay.count(tx, came), ids, came)
        return _restoring(tx, Writes(events=ids), len(found), ids)


def _ids(tx: Connection, wanted: listing.Filter) -> list[str]:
    if "all" in request.form:
        ids = listing.ids(tx, wanted, AT_ONCE + 1)
        if len(ids) > AT_ONCE:
            told = _(
                "these are more than %(most)s. Take a shorter period, or for sending again and putting back only a "
                "webhook, a version and a period: that may be as many as there are.",
                most=number(AT_ONCE),
            )
            raise NotDone(told)
        return ids
    ids = [*dict.fromkeys(request.form.getlist("event"))]
    if len(ids) > AT_ONCE:
        raise NotDone(
            _(
                "%(many)s are ticked; at most %(most)s can be named one by one. Take all of a filter instead.",
                many=number(len(ids)),
                most=number(AT_ONCE),
            )
        )
    return ids


def _by_filter(tx: Connection, deed: str, wanted: listing.Filter) -> Chosen | None:
    if deed == "replay":
        came = Came(wanted.hook, wanted.revision, wanted.since)
        many = replay.count(tx, came)
        return Chosen(deed, many, many, None, came) if many else None
    writes = Writes(wanted.hook, wanted.revision, wanted.since)
    return _restoring(tx, writes, None, None)


def _restoring(tx: Connection, writes: Writes, total: int | None, ids: Sequence[str] | None) -> Chosen | None:
    fit = len(restore.meant(tx, writes, _MOST))
    stays = restore.stays(tx, writes, _MOST)
    made, erased = len(stays["created"]), len(stays["erased"])
    if total is None:
        total = fit + made + erased
    return Chosen("restore", total, fit, ids, writes, made, erased) if total else None


def _looked(mine: Services, found: Chosen) -> dict[str, Any]:
    """Put back: some of them, with their contacts as they are now. Sent again: what each version sent, and would."""
    try:
        if isinstance(found.which, Writes):
            with mine.store.read() as tx:
                ids = [id_ for _place, id_ in restore.meant(tx, found.which, _LOOKED)]
            return _counted(list(restore.previewed_all(mine.context, mine.hooks, ids)))
        if isinstance(found.which, Came):
            with mine.store.read() as tx:
                ids = [id_ for _place, id_ in replay.meant(tx, found.which, _REHEARSED)]
            lines = [*replay.rehearsed(mine.context, mine.hooks, Came(events=ids), None)]
            return {"many": len(ids), "versions": lines}
    except BridgeError as failure:
        return {"refused": failure}
    return {}


def _counted(reports: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    counts = Counter[str]()
    for _id, report in reports:
        if report is None:
            counts["gone"] += 1
            continue
        left = report.get("left", [])
        counts["whole"] += not left
        counts["left"] += len(left)
        counts["fields"] += sum(line["change"] != "unchanged" for line in report["fields"])
    return {"many": len(reports), **{name: counts[name] for name in ("whole", "left", "fields", "gone")}}
