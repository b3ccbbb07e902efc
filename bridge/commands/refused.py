"""`flask inbox refused` and `flask inbox recheck`: calls that no secret explained, looked at again by a person."""

import click
from flask.cli import with_appcontext

from bridge.commands.opened import stored, the_parts, turned_away_ones
from bridge.door import quarantine
from bridge.errors import NotProven
from bridge.inbox.events import Accepted


@click.command("refused")
@click.argument("hook", required=False)
@click.option("--delete", is_flag=True, help="Delete what this webhook refused: it was nobody's form.")
@with_appcontext
def refused_command(*, hook: str | None, delete: bool) -> None:
    """Calls that were answered 401, kept for 72 hours: the last 100 of each webhook, 20 MB in all.

    Their signature or secret is not the webhook's: mistyped in the tool or here, or a stranger's. Also those that were
    answered 503 because a variable of the webhook is not set, kept for HELD_DAYS; --delete leaves them.

    \b
    Example:
      flask inbox refused
      flask inbox refused benevoles --delete
    """
    if delete:
        if hook is None:
            raise click.UsageError("Name the webhook whose refused calls are to be deleted.")
        mine = stored(hook)
        with the_parts().store.write() as tx:
            click.echo(f"{hook}: {quarantine.drop(tx, mine.id)} refused calls deleted.")
        return
    click.echo("\n".join(turned_away_ones(hook)) or "No call was refused in the last 72 hours, and none waits.")


@click.command("recheck")
@click.argument("hook")
@with_appcontext
def recheck_command(*, hook: str) -> None:
    """Check again what a webhook refused.

    Now that its secret is right, or set; what that explains crosses as if it had been proven when it came.

    \b
    Example:
      flask inbox recheck benevoles
    """
    parts, mine = the_parts(), stored(hook)
    vault = parts.vault  # it may have to write once: not within a write
    with parts.store.read() as tx:
        calls = quarantine.waiting(tx, mine.id)
    if not calls:
        click.echo(f"{hook} refused nothing that is still kept.")
        return
    events, why = list[Accepted](), dict[str, str]()
    for call in calls:
        try:
            with parts.store.write() as tx:
                found = quarantine.check_again(tx, vault, mine, call, writing=parts.settings.writing)
            events += found or ()
        except NotProven as refusal:
            why[call.id] = str(refusal)
    many = len({call.id for call in calls})
    again = sum(event.first for event in events)
    click.echo(f"{hook}: calls proven now: {many - len(why)} of {many}.")
    click.echo(f"Submissions received: {len(events) - again}; had come before: {again}. See: flask inbox list")
    if why:
        click.echo(f"Still refused: {len(why)}. {[*why.values()][-1]}", err=True)
        raise SystemExit(1)
