"""Batches: many submissions sent again or put back, how far each is, to be stopped and gone on with."""

from typing import Any

from flask import Response, abort, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from bridge.operations import jobs
from bridge.operations.jobs import Job
from bridge.operations.release import NotDone
from bridge.pages import became, session
from bridge.pages.page import action, back, page
from bridge.pages.shown import number
from schemas import normal
from schemas.outputs.inbox import BatchesPage, BatchPage

_LISTED = 30
STATES = {
    "runs": ("wait", lazy_gettext("Running")),
    "stopped": ("ask", lazy_gettext("Stopped")),
    "done": ("good", lazy_gettext("Done")),
}


@page("/batches", "batches.html", BatchesPage)
def batches() -> dict[str, Any]:
    mine = session.services()
    vault = mine.vault
    with mine.store.read() as tx:
        found = jobs.latest(tx, vault, _LISTED)
    running = sum(one.state == "runs" for one in found)
    return {"jobs": [_shown(one) for one in found], "running": running}


@page("/batches/<job>", "batch.html", BatchPage)
def batch(job: str) -> dict[str, Any]:
    mine = session.services()
    vault = mine.vault
    try:
        with mine.store.read() as tx:
            found = jobs.found(tx, vault, job)
    except NotDone:
        abort(404)
    return {"batch": _shown(found), "done": _shown(found)["done"], "state": found.state}


@action("/batches/<job>/stop")
def stop_batch(job: str) -> Response:
    mine, by = session.services(), session.by()
    vault = mine.vault
    with mine.store.write() as tx:
        many = jobs.stop(tx, vault, job, by)
    told = ngettext(
        "Stopped; %(many)s that waited was taken back.", "Stopped; %(many)s that waited were taken back.", many,
        many=number(many),
    )  # fmt: skip
    return back("batch", told, job=job)


@action("/batches/<job>/resume")
def resume_batch(job: str) -> Response:
    mine, by = session.services(), session.by()
    vault = mine.vault
    with mine.store.write() as tx:
        jobs.resume(tx, vault, job, by)
    jobs.feed(mine)
    mine.engine.sweep()
    return back("batch", _("It goes on."), job=job)


def _shown(one: Job) -> dict[str, Any]:
    kind, word = STATES[one.state]
    outcomes = dict(sorted(one.outcomes.items()))
    return {
        "job": one.id,
        "action": one.action,
        "state": one.state,
        "kind": kind,
        "word": str(word),
        "at": normal.to_ms(one.by.at),
        "who": one.by.who,
        "why": one.by.why,
        "total": one.total,
        "begun": one.begun,
        "done": one.begun - one.waits,
        "waits": one.waits,
        "to_do": max(one.total - one.begun - len(one.left), 0) + one.waits,
        "outcomes": outcomes,
        "told": [(*became.WORDS.get(code, ("quiet", code)), many) for code, many in outcomes.items()],
        "left": [*one.left],
        "done_by": normal.to_ms(one.until(session.services().now())) if one.state == "runs" else None,
        "href": url_for("pages.batch", job=one.id),
    }
