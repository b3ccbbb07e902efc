"""`flask doctor`: whether the bridge is well; with --probe, what to know of an account before a read is trusted; with
--contract, where Qomon does something else than docs/qomon.md says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from bridge.commands.command import AS_JSON, Refused, Whom, by_whom, command, show, unopened
from bridge.commands.opened import space_of, unknown_space
from bridge.operations import checkup, contract, facts_told, health, probe
from bridge.operations.contract import Contract
from bridge.operations.health import Finding
from bridge.report.wording import stopped
from bridge.services import Services

_LEVELS = {
    "fault": lazy_gettext("FAULT"),
    "warn": lazy_gettext("warning"),
    "note": lazy_gettext("note"),
    "ok": lazy_gettext("ok"),
}
_VERDICTS = {
    "differs": lazy_gettext("DIFFERS"),
    "as_documented": lazy_gettext("as documented"),
    "not_tried": lazy_gettext("not tried"),
}


@command("doctor", opened=unopened)
@click.option("--probe", "contact", type=int, metavar="CONTACT", help="Try on this contact, called Test, and learn.")
@click.option(
    "--contract", "against", type=int, metavar="CONTACT", help="The same, held against docs/qomon.md fact by fact."
)
@click.option("--space", help="Of the Qomon accounts only this one; with a contact it is `default` unless said.")
@by_whom
@AS_JSON
def doctor_command(
    services: Services, *, contact: int | None, against: int | None, space: str | None, by: Whom, as_json: bool
) -> bool:
    """Say what is wrong with the bridge, the worst first, and what to do about it. Exit 1 when there is a fault.

    Nothing is changed, and nobody is asked but the store. It works while the bridge does not, and beside it. A note is
    what nobody knows, and how to find out. What only the process that serves knows is on its page: Check-up.

    With --probe instead, learn of a Qomon account whether its reads leave empty lists out, and what it does with what
    is written. Until the first is proved, a contact whose read lacks a list is held, because writing it might erase the
    list. Make a contact named Test Pont in Qomon and give its number: names, numbers, an address, a tag, a note and
    some answers are put on it and taken away again. A tag's name may stay in Qomon's list of tags.

    --contract does the same, and says of each fact what docs/qomon.md says and what Qomon does. Exit 1 when any
    differs.

    \b
    Example:
      flask doctor
      flask doctor --json
      flask doctor --probe 9000017
      flask doctor --contract 9000017 --json
    """
    if contact is not None and against is not None:
        raise click.UsageError(_("--probe and --contract do not go together: both try the same."))
    if contact is not None:
        if as_json:
            raise click.UsageError(_("--json does not go with --probe."))
        _probe(services.open(), contact, space or "default", by)
        return True
    if against is not None:
        return _contract(services.open(), against, space or "default", by, as_json=as_json)
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
    width = max(len(str(word)) for word in _VERDICTS.values()) + 2
    for one in facts_told.in_words(tried.known):
        click.echo(f"{_VERDICTS['differs' if one.differs else 'as_documented']!s:<{width}}{one.sentence}")
    if tried.open:
        raise Refused(tried.why_open)


def _contract(services: Services, contact: int, space: str, by: Whom, *, as_json: bool) -> bool:
    space_of(space)
    held = contract.held_against(probe.attempt(services, space, contact, by()).seen)
    said = {"space": space, "contact": contact, "differs": held.differs, "facts": [asdict(one) for one in held.facts]}
    show(said, _facts(held), as_json=as_json)
    return not held.differs


def _facts(held: Contract) -> Iterator[str]:
    width = max(len(str(word)) for word in _VERDICTS.values()) + 2
    for one in held.facts:
        head = f"{one.ref:<5}{_VERDICTS[one.verdict]!s:<{width}}"
        if one.verdict == "differs":
            yield f"{head}{one.seen}"
            yield f"{'':<{len(head)}}docs/qomon.md: {one.documented}"
        else:
            yield f"{head}{one.documented}" + (f" ({one.why})" if one.why else "")
    yield held.summary
