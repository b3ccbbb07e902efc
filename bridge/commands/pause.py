"""`flask pause` and `flask resume`: the brakes. Everything is received and kept meanwhile; the door stays open."""

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import Refused, Whom, by_whom, command, remark
from bridge.commands.opened import stored, unknown_space
from bridge.errors import BridgeError
from bridge.operations import pausing
from bridge.report.wording import stopped
from bridge.services import Services
from bridge.store.vault import Vault
from schemas import normal

_SPACE = click.option("--space", help="Only this Qomon account, instead of all.")
_HOOK = click.option("--hook", "name", help="Only this webhook.")


@command("pause", opened=Services.open_store)
@_SPACE
@_HOOK
@by_whom
def pause_command(services: Services, *, space: str | None, name: str | None, by: Whom) -> None:
    """Write nothing to Qomon any more. Forms are still received and kept; a write in hand is finished.

    \b
    Example:
      flask pause
      flask pause --space lyon
      flask pause --hook benevoles
    """
    hook, spaces = _whom(services, space, name)
    vault = _vault(services)
    if hook is not None:
        since = {str(name): pausing.pause_hook(services, vault, hook, by())}
    else:
        since = pausing.pause(services, vault, spaces, by())
    for one, at in since.items():
        told = {"name": one, "since": normal.to_ms(at)}
        click.echo(_("%(name)s: paused since %(since)s. Forms are still received and kept.", **told))


@command("resume")
@_SPACE
@_HOOK
@by_whom
def resume_command(services: Services, *, space: str | None, name: str | None, by: Whom) -> None:
    """Write again: what waits crosses, oldest first. Another reason to wait, if there is one, is told.

    A webhook that stopped by itself goes on, because somebody looked and it is right: what it held is sent, and what
    stopped it is allowed for a day.

    \b
    Example:
      flask resume
      flask resume --space lyon
      flask resume --hook benevoles
    """
    hook, spaces = _whom(services, space, name)
    done = pausing.resume(services, spaces, by()) if hook is None else pausing.resume_hook(services, hook, by())
    for one, paused in done.was.items():
        named = one if hook is None else name
        click.echo(_("%(name)s: resumed.", name=named) if paused else _("%(name)s: was not paused.", name=named))
    remark(*(stopped(one, stop.reason, stop.since) for one, stop in sorted(done.stops.items())))
    if done.waited:
        click.echo(
            ngettext(
                "%(num)s submission that was held because of it is sent.",
                "%(num)s submissions that were held because of it are sent.",
                len(done.waited),
            )
        )
    if not services.settings.writing:
        raise Refused(_("WRITING=off is stronger: nothing is written until it is on again."))


def _vault(services: Services) -> Vault | None:
    """The brake is pulled without the key too: what is noted then says less."""
    try:
        return services.open().vault
    except (BridgeError, OSError):
        return None


def _whom(services: Services, space: str | None, name: str | None) -> tuple[str | None, list[str]]:
    """A hook by its id, or Qomon accounts by name."""
    known = list(services.settings.qomon)
    if space is not None and name is not None:
        raise click.UsageError(_("One of --space and --hook."))
    if space is not None and space not in known:
        raise unknown_space(space, known)
    return stored(name).id if name is not None else None, known if space is None else [space]
