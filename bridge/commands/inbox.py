"""`flask inbox`: what came, what became of it, and what people decide of it."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import click
from flask import current_app
from flask.cli import with_appcontext

from bridge.commands.opened import turned_away_ones
from bridge.errors import Faults
from bridge.hooks import breaker
from bridge.inbox import captured, events
from bridge.operations.release import Hand, NotDone
from bridge.qomon import account
from bridge.report import receipts
from bridge.report.wording import consents_told, stopped, told, tripped
from schemas import codes, normal
from schemas.report import staff_view

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from bridge.services import Parts


@click.group("inbox")
def inbox_command() -> None:
    """What came, and what became of it."""


@inbox_command.command("list")
@click.option("--outcome", type=click.Choice(sorted(codes.OUTCOMES)), help="Only these.")
@click.option("--most", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_appcontext
def list_command(*, outcome: str | None, most: int, as_json: bool) -> None:
    """The newest submissions, without what people answered. First of all those that wait and take a consent back.

    \b
    Example:
      flask inbox list --outcome held
    """
    parts = cast("Parts", current_app.extensions["bridge"])
    with parts.store.read() as tx:
        rows = events.latest(tx, most, outcome)
        pulled = [stopped(name, stop.reason, stop.since) for name, stop in sorted(account.stops(tx).items())]
        pulled += [stopped(name, "paused", since) for name, since in sorted(parts.hooks.paused(tx).items())]
    lines: list[dict[str, Any]] = [
        {
            "event": row.id,
            "hook": row.hook_name,
            "revision": row.revision,
            "kind": row.kind,
            "outcome": row.outcome.value,
            "reason": row.reason,
            "submitted_at": normal.to_ms(row.submitted_at),
            "received_at": normal.to_ms(row.received_at),
            **({"withdraws": True} if row.status == "held" and row.withdraws else {}),
        }
        for row in rows
    ]
    for told_first in (*pulled, *tripped_ones(parts), *turned_away_ones()):
        click.echo(told_first, err=True)
    if as_json:
        click.echo(json.dumps(lines, indent=2, ensure_ascii=False))
        return
    for line in lines:
        said = line["outcome"] + (f" ({line['reason']})" if line["reason"] else "")
        said += ": takes a consent back" if "withdraws" in line else ""
        click.echo(f"{line['event']}  {line['received_at']}  {line['hook']:<20} {said}")
    if not lines:
        click.echo("Nothing has arrived yet.")


@inbox_command.command("show")
@click.argument("event")
@click.option("--json", "as_json", is_flag=True, help="The staff's report as JSON.")
@with_appcontext
def show_command(*, event: str, as_json: bool) -> None:
    """What became of one submission, answer by answer and field by field.

    \b
    Example:
      flask inbox show 4f0c1d2e3a4b5c6d7e8f
    """
    parts = cast("Parts", current_app.extensions["bridge"])
    vault = parts.vault  # it may have to write once: not within a read
    with parts.store.read() as tx:
        row = events.find_event(tx, event)
        proofs = receipts.of_event(tx, vault, event)
    if row is None:
        raise click.ClickException("No such submission.")
    report = staff_view(cast("Mapping[str, Any]", parts.vault.unseal(row.report)), parts.settings.public_url)
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    for line in (*told(report), *consents_told(proofs)):
        click.echo(line)


@inbox_command.command("release")
@click.argument("events", nargs=-1, metavar="EVENT...")
@click.option("--kept", "hook", metavar="HOOK", help="All that this webhook kept while it only listened.")
@with_appcontext
def release_command(*, events: tuple[str, ...], hook: str | None) -> None:
    """Send what is held after all, by its webhook as that is now. It counts as older: it only fills blanks.

    An address that moved replaces Qomon's, unless somebody changed the contact there since. One that could not be read
    is read again. One that was perhaps created is looked for again, and those that were held because of it with it.

    What was kept while the webhook only listened crosses as if it came now, oldest first.

    \b
    Example:
      flask inbox release 4f0c1d2e3a4b5c6d7e8f
      flask inbox release --kept benevoles
    """
    hand, parts = _hand()
    _each(parts, hand, _chosen(parts, events, hook), lambda tx, event: hand.release(tx, event, parts.now()))


@inbox_command.command("retry")
@click.argument("events", nargs=-1, required=True, metavar="EVENT...")
@with_appcontext
def retry_command(*, events: tuple[str, ...]) -> None:
    """Try now what waits or was given up, by its webhook as that is now.

    \b
    Example:
      flask inbox retry 4f0c1d2e3a4b5c6d7e8f
    """
    hand, parts = _hand()
    _each(parts, hand, events, lambda tx, event: hand.retry(tx, event, parts.now()))


@inbox_command.command("skip")
@click.argument("events", nargs=-1, metavar="EVENT...")
@click.option("--kept", "hook", metavar="HOOK", help="All that this webhook kept while it only listened.")
@with_appcontext
def skip_command(*, events: tuple[str, ...], hook: str | None) -> None:
    """Leave out for good what is held, kept, waits or was given up. What was written already stays.

    \b
    Example:
      flask inbox skip 4f0c1d2e3a4b5c6d7e8f
      flask inbox skip --kept benevoles
    """
    hand, parts = _hand()
    _each(parts, hand, _chosen(parts, events, hook), hand.skip)


def _chosen(parts: "Parts", events: "Sequence[str]", hook: str | None) -> "Sequence[str]":
    """These, or all that a webhook kept; nothing of either is a slip."""
    if bool(events) == (hook is not None):
        raise click.UsageError("Name submissions, or --kept and a webhook.")
    if hook is None:
        return events
    with parts.store.read() as tx:
        found = parts.hooks.by_name(tx, hook)
        waits = captured.waiting(tx, found.id) if found is not None else []
    if not waits:
        raise click.ClickException(f"{hook} keeps nothing that waits for a decision. See: flask hooks list")
    return waits


def tripped_ones(parts: "Parts") -> "Sequence[str]":
    """The hooks that stopped by themselves, in words."""
    with parts.store.read() as tx:
        names = {listed.hook.id: listed.name for listed in parts.hooks.listed(tx) if listed.hook is not None}
        causes = [(names[hook], breaker.why(tx, hook)) for hook in breaker.pulled(tx) if hook in names]
    return [tripped(name, one[0].code, one[0].field, one[0].count, one[1]) for name, one in causes if one is not None]


def _hand() -> "tuple[Hand, Parts]":
    parts = cast("Parts", current_app.extensions["bridge"])
    return Hand(parts.vault, parts.hooks, parts.settings.writing), parts


def _each(parts: "Parts", hand: "Hand", events: "Sequence[str]", decide: "Callable[[Connection, str], str]") -> None:
    """One transaction each: what cannot be done keeps back nothing else, and exits 1. What was held because of one of
    these and of nothing else is released with it.
    """
    refused = False
    for event in events:
        try:
            with parts.store.write() as tx:
                behind, alike = hand.behind(tx, event), hand.stopped_with(tx, event)
                outcome = decide(tx, event)
                behind += alike if outcome != "skipped" else []
            click.echo(f"{event}: {codes.OUTCOMES[outcome]}")
        except (NotDone, Faults) as refusal:
            refused = True
            click.echo(f"{event}: nothing done: {refusal}", err=True)
            continue
        for other in behind:
            with suppress(NotDone, Faults), parts.store.write() as tx:
                outcome = hand.release(tx, other, parts.now())
                click.echo(f"{other}: {codes.OUTCOMES[outcome]} (it was held because of {event})")
    raise SystemExit(1 if refused else 0)
