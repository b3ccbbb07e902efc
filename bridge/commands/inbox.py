"""`flask inbox`: what came, what became of it, and what people decide of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.commands.command import ALL, AS_JSON, Refused, Whom, by_whom, command, remark, show
from bridge.commands.opened import turned_away_ones
from bridge.crossing.opened import record_within, report_of
from bridge.errors import Faults
from bridge.hooks import breaker
from bridge.inbox import again, captured, events
from bridge.model import Event
from bridge.operations import listing
from bridge.operations.release import NotDone
from bridge.operations.retention import Days, expiring
from bridge.operations.several import Decide, each, hand_of
from bridge.qomon import account
from bridge.report import receipts, wording
from bridge.report.wording import ABOUT, OUTCOMES, consents_told, stopped, told, tripped
from bridge.services import Services
from schemas import codes, normal
from schemas.report import staff_view

_KEPT = click.option("--kept", "hook", metavar="HOOK", help="All that this webhook kept while it only listened.")


@ALL.group("inbox")
def inbox_command() -> None:
    """What came, and what became of it."""


@command("list", inbox_command)
@click.option("--outcome", type=click.Choice(sorted(codes.OUTCOMES)), help="Only these.")
@click.option("--most", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many, newest first.")
@AS_JSON
def list_command(services: Services, *, outcome: str | None, most: int, as_json: bool) -> None:
    """The newest submissions, without what people answered. First of all those that wait and take a consent back.

    \b
    Example:
      flask inbox list --outcome held
    """
    with services.store.read() as tx:
        rows = listing.newest(tx, most, outcome)
        soon = expiring(tx, services.now(), Days.of(services.settings))
        pulled = [stopped(name, stop.reason, stop.since) for name, stop in sorted(account.stops(tx).items())]
        pulled += [stopped(name, "paused", since) for name, since in sorted(services.hooks.paused(tx).items())]
    lines: list[dict[str, Any]] = [
        {
            "event": row.id,
            "hook": row.hook_name or row.hook,
            "revision": row.revision,
            "kind": row.kind,
            "outcome": row.outcome.value,
            "reason": row.reason,
            "submitted_at": normal.to_ms(row.submitted_at),
            "received_at": normal.to_ms(row.received_at),
            **({"withdraws": True} if row.status == "held" and row.withdraws else {}),
            **({"erased": normal.to_ms(row.erased)} if row.erased else {}),
            **({"action": row.action, "about": row.origin} if row.action else {}),
        }
        for row in rows
    ]
    remark(*(line for one in soon for line in wording.expiring(one.hook, one.many, one.last, one.kept)))
    remark(*pulled, *tripped_ones(services), *turned_away_ones())
    show(lines, map(_line, lines) if lines else [_("Nothing has arrived yet.")], as_json=as_json)


def _line(one: Mapping[str, Any]) -> str:
    said = one["outcome"] + (f" ({one['reason']})" if one["reason"] else "")
    said = _("%(outcome)s: takes a consent back", outcome=said) if "withdraws" in one else said
    about = "  " + str(ABOUT[one["action"]] % {"event": one["about"]}) if "action" in one else ""
    return f"{one['event']}  {one['received_at']}  {one['hook']:<20} {said}{about}"


@command("show", inbox_command)
@click.argument("event")
@click.option("--body", is_flag=True, help="What the tool sent, as it came, and nothing else. It is audited.")
@by_whom
@AS_JSON
def show_command(services: Services, *, event: str, body: bool, by: Whom, as_json: bool) -> None:
    """What became of one submission, answer by answer and field by field.

    \b
    Example:
      flask inbox show 4f0c1d2e3a4b5c6d7e8f
      flask inbox show 4f0c1d2e3a4b5c6d7e8f --body > call.txt
    """
    if body:
        hand = hand_of(services)
        try:
            with services.store.write() as tx:
                came = hand.came(tx, event, by())
        except NotDone as refusal:
            raise Refused(_("%(event)s: nothing done: %(why)s", event=event, why=refusal)) from None
        click.echo(came, nl=False)
        return
    vault = services.vault  # it may have to write once: not within a read
    with services.store.read() as tx:
        row = events.find_event(tx, event)
        proofs = receipts.of_event(tx, vault, event)
        wrong = [*_wrong(services, tx, row)] if row is not None and row.status != "done" else []
        since = [*again.of_origin(tx, event, "restore"), *again.of_origin(tx, event, "replay")]
    if row is None:
        raise Refused(_("No such submission."))
    report = staff_view(report_of(vault, row), services.settings.public_url)
    show(report, (*told(report), *consents_told(proofs)), as_json=as_json)
    remark(*wrong, *map(_since, since))


def _since(one: Event) -> str:
    """What people had done to a submission."""
    said = {"event": one.id, "outcome": OUTCOMES[one.outcome]}
    if one.action == "restore":
        return _("Put back by %(event)s: %(outcome)s", **said)
    return _("Sent again as %(event)s: %(outcome)s", **said)


def _wrong(services: Services, tx: Connection, row: Event) -> Iterator[str]:
    """What keeps the bridge from crossing it, and what to do next."""
    if record_within(services.vault, row) is None:
        yield _(
            "What is stored of it does not open. If a key or a backup of the store is missing, put it back, then: "
            "flask inbox release %(event)s. Else leave it out: flask inbox skip %(event)s",
            event=row.id,
        )
    elif row.reason == "unopenable":
        yield _("What the tool sent opens. Send it: flask inbox release %(event)s", event=row.id)
    if row.reason == "unreadable":
        yield _(
            "Mend it by hand: flask inbox show %(event)s --body > call.txt, then: flask inbox correct %(event)s --body "
            "call.txt --who NAME --why TEXT. If it is another tool's, give the webhook that source and release it.",
            event=row.id,
        )
    if row.reason == "crash":
        yield _(
            "The log says where. Once that is put right: flask inbox release %(event)s. Else leave it out: "
            "flask inbox skip %(event)s",
            event=row.id,
        )
    if row.status == "open" and (stop := account.stop(tx, row.space)):
        yield stopped(row.space, stop.reason, stop.since)
    name = row.hook_name or row.hook
    try:
        services.hooks.revision(tx, row.hook, row.revision)
        head = services.hooks.by_name(tx, name)
    except Faults as faults:
        yield from (_("%(hook)s does not load: %(why)s", hook=name, why=why) for why in faults.faults)
        yield _(
            "Set that right and start the bridge again: it then crosses by itself. Or leave it out: "
            "flask inbox skip %(event)s",
            event=row.id,
        )
        return
    if row.status == "held" and row.reason not in ("unreadable", "thin_ping", "unopenable"):
        yield _("See both sides and decide: flask inbox decide %(event)s", event=row.id)
    if row.status != "open" and (head is None or head.deleted):
        yield _("%(hook)s was deleted. Leave it out: flask inbox skip %(event)s", hook=name, event=row.id)


@command("release", inbox_command)
@click.argument("events", nargs=-1, metavar="EVENT...")
@_KEPT
@by_whom
def release_command(services: Services, *, events: tuple[str, ...], hook: str | None, by: Whom) -> bool:
    """Send what is held after all, by its webhook as that is now. It counts as older: it only fills blanks.

    An address that moved replaces Qomon's, unless somebody changed the contact there since. One that could not be read
    is read again. One that was perhaps created is looked for again, and those that were held because of it with it.

    What was kept while the webhook only listened crosses as if it came now, oldest first.

    \b
    Example:
      flask inbox release 4f0c1d2e3a4b5c6d7e8f
      flask inbox release --kept benevoles
    """
    return _each(services, hand_of(services).release, _chosen(services, events, hook), by)


@command("retry", inbox_command)
@click.argument("events", nargs=-1, required=True, metavar="EVENT...")
@by_whom
def retry_command(services: Services, *, events: tuple[str, ...], by: Whom) -> bool:
    """Try now what waits or was given up, by its webhook as that is now.

    \b
    Example:
      flask inbox retry 4f0c1d2e3a4b5c6d7e8f
    """
    return _each(services, hand_of(services).retry, events, by)


@command("skip", inbox_command)
@click.argument("events", nargs=-1, metavar="EVENT...")
@_KEPT
@by_whom
def skip_command(services: Services, *, events: tuple[str, ...], hook: str | None, by: Whom) -> bool:
    """Leave out for good what is held, kept, waits or was given up. What was written already stays.

    \b
    Example:
      flask inbox skip 4f0c1d2e3a4b5c6d7e8f
      flask inbox skip --kept benevoles
    """
    return _each(services, hand_of(services).skip, _chosen(services, events, hook), by)


def _chosen(services: Services, events: Sequence[str], hook: str | None) -> Sequence[str]:
    """These, or all that a webhook kept; nothing of either is a slip."""
    if bool(events) == (hook is not None):
        raise click.UsageError(_("Name submissions, or --kept and a webhook."))
    if hook is None:
        return events
    with services.store.read() as tx:
        found = services.hooks.by_name(tx, hook)
        waits = captured.waiting(tx, found.id) if found is not None else []
    if not waits:
        raise Refused(_("%(hook)s keeps nothing that waits for a decision. See: flask hooks list", hook=hook))
    return waits


def tripped_ones(services: Services) -> Sequence[str]:
    """The hooks that stopped by themselves, in words."""
    with services.store.read() as tx:
        names = {listed.hook.id: listed.name for listed in services.hooks.listed(tx) if listed.hook is not None}
        causes = [(names[hook], breaker.why(tx, hook)) for hook in breaker.pulled(tx) if hook in names]
    return [tripped(name, one[0].code, one[0].field, one[0].count, one[1]) for name, one in causes if one is not None]


def _each(services: Services, decide: Decide, events: Sequence[str], by: Whom) -> bool:
    """Whether all of it was done."""
    all_done = True
    for done in each(services, decide, events, by):
        if done.refused is not None:
            all_done = False
            remark(_("%(event)s: nothing done: %(why)s", event=done.event, why=done.refused))
            continue
        said = {"event": done.event, "said": codes.OUTCOMES[done.outcome], "first": done.because_of}
        if done.because_of is None:
            click.echo(f"{done.event}: {said['said']}")
        else:
            click.echo(_("%(event)s: %(said)s (it was held because of %(first)s)", **said))
    services.engine.sweep()
    return all_done
