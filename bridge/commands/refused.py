"""`flask inbox refused` and `flask inbox recheck`: calls that no secret explained, looked at again by a person."""

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import command, remark
from bridge.commands.inbox import inbox_command
from bridge.commands.opened import stored, turned_away_ones
from bridge.door import quarantine
from bridge.errors import NotProven
from bridge.inbox.events import Accepted
from bridge.services import Services


@command("refused", inbox_command)
@click.argument("hook", required=False)
@click.option("--delete", is_flag=True, help="Delete what this webhook refused: it was nobody's form.")
def refused_command(services: Services, *, hook: str | None, delete: bool) -> None:
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
            raise click.UsageError(_("Name the webhook whose refused calls are to be deleted."))
        mine = stored(hook)
        with services.store.write() as tx:
            many = quarantine.drop(tx, mine.id)
        click.echo(
            ngettext(
                "%(hook)s: %(num)s refused call deleted.", "%(hook)s: %(num)s refused calls deleted.", many, hook=hook
            )
        )
        return
    click.echo("\n".join(turned_away_ones(hook)) or _("No call was refused in the last 72 hours, and none waits."))


@command("recheck", inbox_command)
@click.argument("hook")
def recheck_command(services: Services, *, hook: str) -> bool:
    """Check again what a webhook refused.

    Now that its secret is right, or set; what that explains crosses as if it had been proven when it came.

    \b
    Example:
      flask inbox recheck benevoles
    """
    mine = stored(hook)
    vault = services.vault  # it may have to write once: not within a write
    with services.store.read() as tx:
        calls = quarantine.waiting(tx, mine.id)
    if not calls:
        click.echo(_("%(hook)s refused nothing that is still kept.", hook=hook))
        return True
    events, why = list[Accepted](), dict[str, str]()
    for call in calls:
        try:
            with services.store.write() as tx:
                found = quarantine.check_again(tx, vault, mine, call, writing=services.settings.writing)
            events += found or ()
        except NotProven as refusal:
            why[call.id] = str(refusal)
    many = len({call.id for call in calls})
    again = sum(event.first for event in events)
    click.echo(_("%(hook)s: calls proven now: %(proven)s of %(many)s.", hook=hook, proven=many - len(why), many=many))
    told = {"new": len(events) - again, "again": again}
    click.echo(_("Submissions received: %(new)s; had come before: %(again)s. See: flask inbox list", **told))
    if why:
        remark(_("Still refused: %(many)s. %(why)s", many=len(why), why=[*why.values()][-1]))
    return not why
