"""`flask pause` and `flask resume`: the brakes. Everything is received and kept meanwhile; the door stays open."""

from contextlib import suppress

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import Refused, Whom, by_whom, command, remark
from bridge.commands.opened import stored, unknown_space
from bridge.errors import BridgeError, Faults
from bridge.hooks import brakes, breaker
from bridge.operations import audit
from bridge.operations.release import Decisions, NotDone
from bridge.qomon import account
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
    vault, said = _vault(services), by()
    with services.store.write() as tx:
        for subject in spaces if hook is None else [hook]:
            audit.note(tx, vault, said, "paused", subject)
        if hook is not None:
            since = {str(name): brakes.pause(tx, hook, said.at)}
        else:
            since = {one: account.pause(tx, one, said.at) for one in spaces}
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
    vault, said = services.vault, by()
    waits: list[str] = []
    with services.store.write() as tx:
        if hook is not None:
            stopped_itself = breaker.let_go(tx, hook, said.at)
            waits = breaker.held(tx, hook)
            was = {str(name): brakes.resume(tx, hook, said.at)}
            gone_on = [hook] if stopped_itself or any(was.values()) else []
        else:
            was = {one: account.resume(tx, one) for one in spaces}
            gone_on = [one for one, paused in was.items() if paused]
        for subject in gone_on:
            audit.note(tx, vault, said, "resumed", subject)
        stops = account.stops(tx)
    for one, paused in was.items():
        click.echo(_("%(name)s: resumed.", name=one) if paused else _("%(name)s: was not paused.", name=one))
    remark(*(stopped(one, stop.reason, stop.since) for one, stop in sorted(stops.items())))
    _release(services, waits, by)
    services.engine.sweep()
    if not services.settings.writing:
        raise Refused(_("WRITING=off is stronger: nothing is written until it is on again."))


def _release(services: Services, waits: list[str], by: Whom) -> None:
    """What a hook held because it had stopped: one cause, one decision."""
    hand = Decisions(services.vault, services.hooks, services.settings.writing)
    for event in waits:
        with suppress(NotDone, Faults), services.store.write() as tx:
            hand.release(tx, event, by())
    if waits:
        click.echo(
            ngettext(
                "%(num)s submission that was held because of it is sent.",
                "%(num)s submissions that were held because of it are sent.",
                len(waits),
            )
        )


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
