"""`flask inbox replay`: submissions are sent again, one or many, by their webhook as it is now or as it was."""

from collections.abc import Iterator, Sequence
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import AS_JSON, SPACE, Refused, Whom, by_whom, command, show
from bridge.commands.inbox import inbox_command
from bridge.commands.jobs import begin
from bridge.commands.moments import span
from bridge.commands.person import who_is
from bridge.errors import Faults
from bridge.hooks.revisions import By
from bridge.operations import replay
from bridge.operations.authoring.rehearsal import KINDS, Rehearsal
from bridge.operations.release import NotDone
from bridge.operations.replay import Came, Replays
from bridge.report.wording import told
from bridge.services import Services
from schemas import codes
from schemas.report import staff_view


@command("replay", inbox_command)
@click.argument("event", required=False)
@click.option("--hook", "name", help="All that this webhook received, instead of one submission.")
@click.option("--received-by", type=click.IntRange(1), metavar="N", help="Only what version N of it received.")
@click.option("--since", help="Only what came from then: a day, a time, yesterday, 7 days.")
@click.option("--until", help="Only what came up to then, a day included.")
@click.option("--outcome", type=click.Choice(sorted(codes.OUTCOMES)), help="Only what ended so.")
@click.option("--person", metavar="WHO", help="All of this person: a mail, a phone, the number of Qomon's contact.")
@SPACE
@click.option(
    "--revision", "as_", type=click.IntRange(1), metavar="N", help="By version N of its webhook; else as now."
)
@click.option("--dry-run", is_flag=True, help="Say what would be sent; nothing is written.")
@click.option("--yes", is_flag=True, help="Do not ask for the number of submissions.")
@by_whom
@AS_JSON
def replay_command(
    services: Services,
    *,
    event: str | None,
    as_: int | None,
    dry_run: bool,
    yes: bool,
    by: Whom,
    as_json: bool,
    space: str,
    **which: Any,
) -> None:
    """Send a submission again, by its webhook as that is now, or as version N says. Only what differs is written.

    It counts from when it was submitted: what Qomon holds that is newer stays. What was put back may be sent again.

    Of many: behind what just comes, oldest first, as a job that can be stopped: flask jobs show JOB

    \b
    Example:
      flask inbox replay 4f0c1d2e3a4b5c6d7e8f --dry-run
      flask inbox replay --hook benevoles --since 2026-11-22 --dry-run
      flask inbox replay --hook benevoles --received-by 3 --yes
    """
    if (event is None) == all(one is None for one in which.values()):
        raise click.UsageError(_("One of EVENT and a filter (--hook, --person, --since, ...)."))
    if event is not None:
        _one(services, event, as_, by(), dry_run=dry_run, as_json=as_json)
        return
    if as_ is not None and which["name"] is None:
        raise click.UsageError(_("--revision of many goes with --hook."))
    came = _came(services, space, **which)
    with services.store.read() as tx:
        total = replay.count(tx, came)
    if not total:
        raise Refused(_("Nothing fits: no submission that is over and whose answers are still kept."))
    if dry_run:
        _rehearse(services, came, total, as_, as_json=as_json)
        return
    if not yes:
        asked = ngettext("%(num)s submission is sent again.", "%(num)s submissions are sent again.", total)
        click.confirm(_("%(many)s Go on?", many=asked), abort=True, err=True)
    begin(services, came, total, by(), as_, as_json=as_json)


def _one(services: Services, event: str, as_: int | None, by: By, *, dry_run: bool, as_json: bool) -> None:
    hand = Replays(services.vault, services.hooks, services.settings.writing)
    try:
        if dry_run:
            seen = hand.previewed(services.context, event, as_=as_)
            view = {**staff_view(seen.report, services.settings.public_url), "before_after": [*seen.before_after]}
            show(view, told(view), as_json=as_json)
            return
        with services.store.write() as tx:
            made = hand.ask(tx, event, by, as_=as_)
    except (NotDone, Faults) as refusal:
        raise Refused(_("%(event)s: nothing done: %(why)s", event=event, why=refusal)) from None
    services.engine.sweep()
    said = _("%(event)s: it is sent again. What becomes of it: flask inbox show %(made)s", event=event, made=made)
    show({"event": event, "replayed_by": made}, [said], as_json=as_json)


def _came(
    services: Services,
    space: str,
    *,
    name: str | None,
    received_by: int | None,
    since: str | None,
    until: str | None,
    outcome: str | None,
    person: str | None,
) -> Came:
    from_, to = span(since, until, services.now(), services.settings.timezone)
    with services.store.read() as tx:
        hook = None if name is None else services.hooks.id_of(tx, name)
    if name is not None and hook is None:
        raise Refused(_("There is no hook %(name)s. See: flask hooks list", name=name))
    whose = None if person is None else who_is(services, person, space, (), everyone=False)
    events: Sequence[str] | None = None if whose is None else [one.id for one, _contact in whose.events]
    return Came(hook, received_by, from_, to, outcome, events)


def _rehearse(services: Services, came: Came, total: int, as_: int | None, *, as_json: bool) -> None:
    """What each version sent, and what would be sent now."""
    lines = list(replay.rehearsed(services.context, services.hooks, came, as_))
    said = {
        "submissions": total,
        "versions": [
            {
                "hook": name,
                "version": number,
                "fields": [{"field": line.name, **{kind: line.counts[kind] for kind in KINDS}} for line in one.lines],
                "holds": dict(one.holds),
                "left_out": one.left_out,
            }
            for name, number, one in lines
            if one is not None
        ],
    }
    show(said, _rehearsed(total, lines), as_json=as_json)


def _rehearsed(total: int, lines: Sequence[tuple[str, int, Rehearsal | None]]) -> Iterator[str]:
    yield ngettext("%(num)s submission would be sent again.", "%(num)s submissions would be sent again.", total)
    for name, number, one in lines:
        said = {"hook": name, "number": number}
        if one is None:
            yield _("%(hook)s, version %(number)s: does not load, or Qomon's fields were never read.", **said)
            continue
        yield _("Received by %(hook)s, version %(number)s:", **said)
        for line in one.lines:
            counts: dict[str, Any] = {kind: line.counts[kind] for kind in KINDS}
            yield "  " + _(
                "%(field)s: %(same)s same, %(new)s new, %(lost)s lost, %(different)s different",
                field=line.name,
                **counts,
            )
        for reason, many in sorted(one.holds.items()):
            yield "  " + _("held: %(many)s (%(reason)s)", many=many, reason=reason)
        if one.left_out:
            yield "  " + _("left aside by its filter, or about nobody: %(many)s", many=one.left_out)
    yield _("Nothing was written.")
