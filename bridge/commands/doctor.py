"""`flask doctor`: whether the bridge is well; with --probe, what to know of an account before a read is trusted."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from bridge.commands.command import AS_JSON, Refused, Whom, by_whom, command, show, unopened
from bridge.commands.opened import space_of, unknown_space
from bridge.operations import checkup, health, probe
from bridge.operations.health import Finding
from bridge.report.wording import stopped
from bridge.services import Services

_LEVELS = {
    "fault": lazy_gettext("FAULT"),
    "warn": lazy_gettext("warning"),
    "note": lazy_gettext("note"),
    "ok": lazy_gettext("ok"),
}


@command("doctor", opened=unopened)
@click.option("--probe", "contact", type=int, metavar="CONTACT", help="Try on this contact, called Test, and learn.")
@click.option("--space", help="Of the Qomon accounts only this one; with --probe it is `default` unless said.")
@by_whom
@AS_JSON
def doctor_command(services: Services, *, contact: int | None, space: str | None, by: Whom, as_json: bool) -> bool:
    """Say what is wrong with the bridge, the worst first, and what to do about it. Exit 1 when there is a fault.

    Nothing is changed, and nobody is asked but the store. It works while the bridge does not, and beside it. A note is
    what nobody knows, and how to find out. What only the process that serves knows is on its page: Check-up.

    With --probe instead, learn of a Qomon account whether its reads leave empty lists out. Until that is proved, a
    contact whose read lacks a list is held, because writing it might erase the list. Make a contact named Test Pont in
    Qomon and give its number: a tag, a note and two answers are put on it and taken away again. A tag's name may stay
    in Qomon's list of tags.

    \b
    Example:
      flask doctor
      flask doctor --json
      flask doctor --probe 9000017
    """
    if contact is not None:
        if as_json:
            raise click.UsageError(_("--json does not go with --probe."))
        _probe(services.open(), contact, space or "default", by)
        return True
    if space is not None and space not in services.settings.qomon:
        raise unknown_space(space, services.settings.qomon)
    found = checkup.findings(services, space)
    well = all(one.level != "fault" for one in found)
    show({"well": well, "findings": [asdict(one) for one in found]}, _lines(found), as_json=as_json)
    return well


def _lines(found: Sequence[Finding]) -> Iterator[str]:
    width = max(len(str(word)) for word in _LEVELS.values()) + 2
    for one in found:
        yield f"{_LEVELS[one.level]!s:<{width}}{one.sentence}"
        if one.fix:
            yield f"{'':<{width}}-> {one.fix}"


def _probe(services: Services, contact: int, space: str, by: Whom) -> None:
    space_of(space)
    tried = probe.attempt(services, space, contact, by())
    with services.store.read() as tx:
        lists = health.lists(tx, space)
    if tried.stop is not None:
        click.echo(stopped(space, tried.stop.reason, tried.stop.since))
    click.echo(lists)
    if tried.open:
        raise Refused(tried.why_open)
