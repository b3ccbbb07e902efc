"""`flask hooks link`: personal links to a form, for one contact or for a mailing."""

import csv
import io
import sys
from collections.abc import Sequence

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import Refused, command
from bridge.commands.hooks import hooks_command
from bridge.commands.opened import stored
from bridge.mapping import links
from bridge.services import Services

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet (OWASP, CSV injection)."""
_SEPARATORS = ",;\t"
_LONGEST = 18
_SHOWN = 10


@command("link", hooks_command)
@click.argument("name", metavar="HOOK")
@click.argument("contact", metavar="CONTACT|-")
@click.option("--url", default="", help="The form's address up to the answer, such as https://tally.so/r/abc123?id=")
@click.option("--column", default="id", show_default=True, help="With `-`: the column of the contacts' numbers.")
@click.option("--adds", default="link", show_default=True, help="With `-`: the column that is added.")
def link_command(_services: Services, *, name: str, contact: str, url: str, column: str, adds: str) -> None:
    """Print the personal link of a contact: its number, and a MAC that nobody can make for another number.

    HOOK reads it with {from: QUESTION, to: id, as: signed_id}. The links hold as long as the hook and the store live.
    With `-` a table (CSV, UTF-8) is read from stdin, and written to stdout with one column more.

    \b
    Example:
      flask hooks link benevoles 9000017 --url 'https://tally.so/r/abc123?id='
      flask hooks link benevoles - --column 'Contact ID' < mailing.csv > with_links.csv
    """
    hook = stored(name)
    if not any(rule.convert == links.SIGNED_ID for rule in hook.rules):
        raise Refused(_("%(hook)s reads no personal links: add {from: QUESTION, to: id, as: signed_id}.", hook=name))
    key = hook.link_key()
    if contact == "-":
        with click.open_file("-", "rb") as file:
            _mailing(key, file.read(), url, column, adds)
        return
    link = _link(key, contact, url)
    if not link:
        raise Refused(_("This is no contact's number: digits only, such as 9000017."))
    click.echo(link)


def _link(key: bytes, contact: str, url: str) -> str:
    """Empty where this is no contact's number."""
    number = contact.strip()
    plain = number.isascii() and number.isdigit() and number[0] != "0" and len(number) <= _LONGEST
    return url + links.token(key, int(number)) if plain else ""


def _mailing(key: bytes, table: bytes, url: str, column: str, adds: str) -> None:
    """The table with a link in each row; those without a number are told afterwards, by their row."""
    rows, separator = _read(table)
    if not rows or rows[0].count(column) != 1 or adds in rows[0]:
        known = ", ".join(rows[0]) if rows else _("none")
        raise Refused(_("--column names no column, or --adds one that is there. Columns are: %(known)s.", known=known))
    place, written = rows[0].index(column), csv.writer(sys.stdout, delimiter=separator, lineterminator="\n")
    written.writerow(map(_harmless, [*rows[0], adds]))
    lacking: list[int] = []
    for number, row in enumerate(rows[1:], start=2):
        cells = row + [""] * (len(rows[0]) - len(row))
        link = _link(key, cells[place], url)
        lacking += [] if link else [number]
        written.writerow(map(_harmless, [*cells, link]))
    if lacking:
        told = ", ".join(map(str, lacking[:_SHOWN])) + (", ..." if len(lacking) > _SHOWN else "")
        raise Refused(
            ngettext(
                "No contact's number, so no link, in %(num)s row: %(told)s.",
                "No contact's number, so no link, in %(num)s rows: %(told)s.",
                len(lacking),
                told=told,
            )
        )


def _read(table: bytes) -> tuple[Sequence[list[str]], str]:
    """The rows that are not empty, and what separates their cells: French spreadsheets write semicolons."""
    try:
        text = table.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("This is not UTF-8 text. Save the table as CSV UTF-8.")) from None
    separator = max(_SEPARATORS, key=text.partition("\n")[0].count)
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row], separator


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell
