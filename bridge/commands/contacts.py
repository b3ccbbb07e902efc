"""`flask contacts`: what was written, on whom, by which webhook; and all that is held and was done on one person.

Nothing is written but that somebody looked, and Qomon is not asked. A person's values are shown for whom somebody asks,
and only there.
"""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

import click
from flask_babel import gettext as _

from bridge.commands import contacts_told as told
from bridge.commands.command import ALL, AS_JSON, SPACE, Refused, Whom, by_whom, command, remark
from bridge.commands.moments import span
from bridge.commands.opened import unknown_space
from bridge.inbox.written import Window
from bridge.operations import activity, audit, contact_file
from bridge.operations.contact_file import Files
from bridge.report.cells import table
from bridge.services import Services

if TYPE_CHECKING:
    from datetime import datetime

_AS_CSV = click.option("--csv", "as_csv", is_flag=True, help="CSV, for spreadsheets: a line for each field.")


@ALL.group("contacts")
def contacts_command() -> None:
    """What we did: which contacts were changed, by what; and all that we hold on one person."""


@command("changed", contacts_command)
@click.option("--since", default="yesterday", show_default=True, help="From then: a day, a time, yesterday, 7 days.")
@click.option("--until", help="Up to then, a day included. Else: now.")
@click.option("--hook", "name", help="Only by this webhook.")
@click.option("--space", help="Only in this Qomon account, instead of all.")
@AS_JSON
@_AS_CSV
def changed_command(
    services: Services, *, since: str, until: str | None, name: str | None, space: str | None, **forms: bool
) -> None:
    """Which contacts we changed, in order of writing: the fields, the webhook and its version, who let it through.

    Also what was created, and what is held but wrote a part. No values: flask contacts show has those, of one person.
    Of those that were erased since only that they wrote is known; they come first. Days are those of TIMEZONE.

    \b
    Example:
      flask contacts changed --since yesterday
      flask contacts changed --since 2026-11-01 --until 2026-11-30 --hook benevoles --csv > november.csv
    """
    _one_form(**forms)
    window = _window(services, since, until, name, space)
    count = told.Count()
    deeds = count.each(activity.changed(services.store, services.vault, window, activity.names(services)))
    if forms["as_csv"]:
        _print(table(told.CHANGED, (row for deed in deeds for row in told.rows(deed))))
    elif forms["as_json"]:
        _print(told.listed(told.plain(deed) for deed in deeds))
    else:
        _print(line for deed in deeds for line in told.lines(deed))
    remark(*count.told(window, services.now()))


def _window(services: Services, since: str, until: str | None, name: str | None, space: str | None) -> Window:
    now, zone = services.now(), services.settings.timezone
    from_, to = span(since, until, now, zone)
    _known(services, space)
    with services.store.read() as tx:
        hook = None if name is None else services.hooks.id_of(tx, name)
    if name is not None and hook is None:
        raise Refused(_("There is no hook %(name)s. See: flask hooks list", name=name))
    return Window(cast("datetime", from_), to, space, hook)


def _known(services: Services, space: str | None) -> None:
    if space is not None and space not in services.settings.qomon:
        raise unknown_space(space, services.settings.qomon)


def _one_form(*, as_json: bool, as_csv: bool) -> None:
    if as_json and as_csv:
        raise click.UsageError(_("One of --json and --csv."))


@command("show", contacts_command)
@click.argument("whom", metavar="ID|MAIL|PHONE")
@SPACE
@by_whom
@AS_JSON
@_AS_CSV
def show_command(services: Services, *, whom: str, space: str, by: Whom, **forms: bool) -> None:
    """All that we hold and did on one person, in order, with values: what they said, what was written, consents.

    By the contact's number in Qomon, a mail address or a phone number (with +33 or its 0). An address that several
    contacts share is not one person: what was said with it is shown, and the contacts to ask for.

    \b
    Example:
      flask contacts show 9000017
      flask contacts show zoe.lefevre@example.org --json
    """
    _one_form(**forms)
    _known(services, space)
    person = contact_file.read_person(whom, services.settings.region)
    if person is None:
        raise Refused(
            _(
                "This is no contact’s number, no mail address and no phone number. Write digits only (9000017), a "
                "whole address (zoe@example.org), or a phone number with its country (+33639980142)."
            )
        )
    files = Files(services.store, services.vault, space, activity.names(services))
    found = files.of(person, services.now())
    if found.empty:
        raise Refused(
            _(
                "We hold nothing on this person in %(space)s: nothing came from or for them, or they were erased. "
                "Qomon was not asked. A phone number begins with + or 0; other digits are a contact’s number.",
                space=space,
            )
        )
    with services.store.write() as tx:  # before it is shown
        audit.note(tx, services.vault, by(), "looked_at", files.print_of(person), account=space, asked_by=person.kind)
    if forms["as_csv"]:
        _print(table(told.SHOWN, told.file_rows(services.vault, space, found)))
    elif forms["as_json"]:
        click.echo(json.dumps(told.file_plain(services.vault, space, found), ensure_ascii=False, indent=2))
    else:
        _print(told.file_lines(services.vault, space, found))
    remark(*told.shared(found), *told.shut(len(found.shut)))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
