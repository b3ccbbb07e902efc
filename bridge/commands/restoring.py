"""`flask restore`: what was written is put back, of one submission or of many."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import ALL, AS_JSON, Refused, Whom, by_whom, command, remark, show
from bridge.commands.jobs import begin
from bridge.commands.moments import span
from bridge.hooks.revisions import By
from bridge.operations import restore
from bridge.operations.release import NotDone
from bridge.operations.restore import Writes
from bridge.report.wording import put_back, why_left
from bridge.services import Services
from schemas import codes
from schemas.report import staff_view

_MOST = 100_000
"""Submissions that one command puts back."""
_NAMED = 20
"""Of those that cannot be: the others are counted."""
_STAYS = ("created", "erased")


@command("restore", ALL)
@click.argument("event", required=False)
@click.option("--hook", "name", help="All that this webhook wrote, instead of one submission.")
@click.option("--revision", type=click.IntRange(1), help="Only what this version of it wrote.")
@click.option("--since", help="Only what was written from then: a day, a time, yesterday, 7 days.")
@click.option("--until", help="Only what was written up to then, a day included.")
@click.option("--dry-run", is_flag=True, help="Say what it would do, contact by contact; nothing is written.")
@click.option("--yes", is_flag=True, help="Do not ask for the number of submissions.")
@by_whom
@AS_JSON
def restore_command(
    services: Services,
    *,
    event: str | None,
    dry_run: bool,
    yes: bool,
    by: Whom,
    as_json: bool,
    **which: Any,
) -> None:
    """Put back what a submission wrote, field by field, where it is still there. What somebody changed since stays.

    No consent is given again, Do not contact is never lifted, and a contact that was made stays: it is named.
    Messages that Qomon sent cannot be called back. What is put back can itself be put back.

    Of many: behind what just comes, newest first, as a job that can be stopped: flask jobs show JOB

    \b
    Example:
      flask restore 4f0c1d2e3a4b5c6d7e8f --dry-run
      flask restore 4f0c1d2e3a4b5c6d7e8f
      flask restore --hook benevoles --revision 3 --since 2026-11-22 --until 2026-11-22 --dry-run
    """
    many = any(one is not None for one in which.values())
    if (event is None) != many or (many and which["name"] is None):
        raise click.UsageError(_("One of EVENT and --hook; --revision, --since and --until go with --hook."))
    if event is not None:
        _one(services, event, by(), dry_run=dry_run, as_json=as_json)
        return
    writes = _writes(services, **which)
    with services.store.read() as tx:
        ids, stays = [id_ for _at, id_ in restore.meant(tx, writes, _MOST)], restore.stays(tx, writes, _MOST)
    remark(*(_stays(stays) if not dry_run or not ids else ()))
    if not ids:
        raise Refused(_("Nothing of it can be put back: nothing was written, or no way back is kept."))
    if dry_run:
        _rehearse(services, ids, stays, as_json=as_json)
        return
    if not yes:
        asked = ngettext("%(num)s submission is put back.", "%(num)s submissions are put back.", len(ids))
        click.confirm(_("%(many)s Go on?", many=asked), abort=True, err=True)
    begin(services, writes, len(ids), by(), as_json=as_json)


def _one(services: Services, event: str, by: By, *, dry_run: bool, as_json: bool) -> None:
    vault = services.vault  # it may have to write once: not within a write
    try:
        if dry_run:
            seen = restore.previewed(services.context, services.hooks, event)
            view = {**staff_view(seen.report, services.settings.public_url), "before_after": [*seen.before_after]}
            show(view, [str(codes.OUTCOMES["previewed"]), *put_back(view)], as_json=as_json)
            return
        with services.store.write() as tx:
            made = restore.ask(tx, vault, event, by)
    except NotDone as refusal:
        raise Refused(_("%(event)s: nothing done: %(why)s", event=event, why=refusal)) from None
    services.engine.sweep()
    said = _("%(event)s: it is being put back. What becomes of it: flask inbox show %(made)s", event=event, made=made)
    show({"event": event, "restored_by": made}, [said], as_json=as_json)


def _writes(services: Services, name: str, revision: int | None, since: str | None, until: str | None) -> Writes:
    from_, to = span(since, until, services.now(), services.settings.timezone)
    with services.store.read() as tx:
        hook = services.hooks.id_of(tx, name)
    if hook is None:
        raise Refused(_("There is no hook %(name)s. See: flask hooks list", name=name))
    return Writes(hook, revision, from_, to)


def _rehearse(services: Services, ids: list[str], stays: Mapping[str, list[str]], *, as_json: bool) -> None:
    """What would become of each, with the contacts as they are now."""
    lines, counts = list[dict[str, Any]](), Counter[str]()
    for id_, report in restore.previewed_all(services.context, services.hooks, ids):
        back = [line["field"] for line in report["fields"] if line["change"] != "unchanged"] if report else []
        left = report.get("left", []) if report else []
        contact = report["contact"]["id"] if report else None
        lines.append({"event": id_, "contact": contact, "fields": back, "left": left})
        counts.update(fields=len(back), left=len(left), whole=bool(report and not left), gone=report is None)
    show({"events": lines, "stays": stays}, _counted(lines, counts, stays), as_json=as_json)


def _counted(lines: list[dict[str, Any]], counts: Counter[str], stays: Mapping[str, list[str]]) -> Iterator[str]:
    for one in lines:
        named = ", ".join(one["fields"]) or _("nothing")
        left = "".join(f"; {why}" for why in why_left(one["left"]))
        yield (
            _(
                "%(event)s  contact %(contact)s: %(fields)s",
                event=one["event"],
                contact=one["contact"] or "?",
                fields=named,
            )
            + left
        )
    yield ngettext(
        "%(num)s submission would be as if it had never come.",
        "%(num)s submissions would be as if they had never come.",
        counts["whole"],
    )
    yield _(
        "Fields put back: %(fields)s; left: %(left)s. Nothing was written.",
        fields=counts["fields"],
        left=counts["left"],
    )
    if counts["gone"]:
        yield ngettext("%(num)s cannot be put back.", "%(num)s cannot be put back.", counts["gone"])
    yield from _stays(stays)


def _stays(stays: Mapping[str, list[str]]) -> Iterator[str]:
    """What wrote and cannot be put back."""
    for why, sentence in zip(
        _STAYS, (_("Made a contact, which stays: %(events)s"), _("The way back was erased: %(events)s")), strict=True
    ):
        if ids := stays[why]:
            more = f" (+{len(ids) - _NAMED})" if len(ids) > _NAMED else ""
            yield sentence % {"events": ", ".join(ids[:_NAMED]) + more}
