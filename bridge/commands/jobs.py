"""`flask jobs`: many submissions that are sent again or put back, as one piece of work."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from bridge.commands.command import ALL, AS_JSON, Refused, Whom, by_whom, command, show
from bridge.hooks.revisions import By
from bridge.operations import jobs
from bridge.operations.jobs import Job
from bridge.operations.release import NotDone
from bridge.operations.replay import Came
from bridge.operations.restore import Writes
from bridge.report.wording import OUTCOMES
from bridge.services import Services
from schemas import normal

_DOES = {"restore": lazy_gettext("put back"), "replay": lazy_gettext("sent again")}
_STATES = {"runs": lazy_gettext("running"), "stopped": lazy_gettext("stopped"), "done": lazy_gettext("done")}
_NAMED = 20


@ALL.group("jobs")
def jobs_command() -> None:
    """Many submissions sent again or put back: how far that is, stop it, go on with it."""


@command("list", jobs_command)
@click.option("--most", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many, newest first.")
@AS_JSON
def list_command(services: Services, *, most: int, as_json: bool) -> None:
    """The newest jobs.

    \b
    Example:
      flask jobs list
    """
    vault, now = services.vault, services.now()
    with services.store.read() as tx:
        found = jobs.latest(tx, vault, most)
    lines = (f"{one.id}  {normal.to_ms(one.by.at)}  {_summary(one)}" for one in found)
    show([job_as_json(one, now) for one in found], lines if found else [_("There was no job yet.")], as_json=as_json)


@command("show", jobs_command)
@click.argument("job")
@AS_JSON
def show_command(services: Services, *, job: str, as_json: bool) -> None:
    """How far a job is, what became of its submissions, and when the rest will be done.

    \b
    Example:
      flask jobs show 9f1c2d3e4b5a
    """
    found = _found(services, job)
    show(job_as_json(found, services.now()), job_told(found, services.now()), as_json=as_json)


@command("stop", jobs_command)
@click.argument("job")
@by_whom
def stop_command(services: Services, *, job: str, by: Whom) -> None:
    """Stop a job. What it began and nobody works on yet is taken back; what is being written is finished.

    \b
    Example:
      flask jobs stop 9f1c2d3e4b5a
    """
    vault = services.vault  # it may have to write once: not within a write
    try:
        with services.store.write() as tx:
            jobs.stop(tx, vault, job, by())
    except NotDone as refusal:
        raise Refused(_("%(job)s: nothing done: %(why)s", job=job, why=refusal)) from None
    for line in job_told(_found(services, job), services.now()):
        click.echo(line)


@command("resume", jobs_command)
@click.argument("job")
@by_whom
def resume_command(services: Services, *, job: str, by: Whom) -> None:
    """Go on with a job that was stopped, where it was.

    \b
    Example:
      flask jobs resume 9f1c2d3e4b5a
    """
    vault = services.vault
    try:
        with services.store.write() as tx:
            jobs.resume(tx, vault, job, by())
    except NotDone as refusal:
        raise Refused(_("%(job)s: nothing done: %(why)s", job=job, why=refusal)) from None
    jobs.feed(services)
    services.engine.sweep()
    for line in job_told(_found(services, job), services.now()):
        click.echo(line)


def begin(
    services: Services, which: Writes | Came, total: int, by: By, as_: int | None = None, *, as_json: bool
) -> None:
    """Begin a job, and say how far it is."""
    vault = services.vault
    with services.store.write() as tx:
        job = jobs.begin(tx, vault, which, total, by, as_)
    jobs.feed(services)
    services.engine.sweep()
    done, now = _found(services, job), services.now()
    show(job_as_json(done, now), job_told(done, now), as_json=as_json)


def _found(services: Services, job: str) -> Job:
    vault = services.vault
    try:
        with services.store.read() as tx:
            return jobs.found(tx, vault, job)
    except NotDone as refusal:
        raise Refused(f"{job}: {refusal}") from None


def job_as_json(one: Job, now: datetime) -> dict[str, Any]:
    ends = normal.to_ms(one.until(now)) if one.state == "runs" else None
    return {
        "job": one.id,
        "action": one.action,
        "space": one.space,
        "at": normal.to_ms(one.by.at),
        "who": one.by.who,
        "why": one.by.why,
        "state": one.state,
        "total": one.total,
        "begun": one.begun,
        "waits": one.waits,
        "outcomes": dict(sorted(one.outcomes.items())),
        "left": [*one.left],
        "done_by": ends,
    }


def job_told(one: Job, now: datetime) -> Iterator[str]:
    yield _("%(name)s: %(what)s", name=one.id, what=_summary(one))
    for outcome, many in sorted(one.outcomes.items()):
        yield "  " + _("%(name)s: %(what)s", name=OUTCOMES[outcome], what=many)
    if one.left:
        more = f" (+{len(one.left) - _NAMED})" if len(one.left) > _NAMED else ""
        yield _(
            "  not possible, each says why when it is asked alone: %(events)s",
            events=", ".join(one.left[:_NAMED]) + more,
        )
    if one.state == "runs":
        at = normal.to_ms(one.until(now))
        yield _("New submissions go first; the last of it will be done about %(at)s.", at=at)
        yield _("Stop it: flask jobs stop %(job)s", job=one.id)
    if one.state == "stopped":
        yield _("Go on: flask jobs resume %(job)s", job=one.id)


def _summary(one: Job) -> str:
    many = ngettext("%(num)s submission", "%(num)s submissions", one.total)
    said = {"many": many, "does": _DOES[one.action], "state": _STATES[one.state]}
    told = _("%(many)s to be %(does)s, %(state)s", **said)
    return _("%(name)s: %(what)s", name=told, what=one.by.why) if one.by.why else told
