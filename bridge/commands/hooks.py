"""`flask hooks`: the hooks of the store, and the files they come from. What a hook means is not here."""

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import ALL, AS_JSON, Refused, command, refuse, remark, show
from bridge.commands.opened import catalogues, parsed, stored, url
from bridge.errors import Faults
from bridge.hooks import revisions
from bridge.hooks.diff import differences
from bridge.hooks.registry import Hook, Listed, check
from bridge.hooks.revisions import Revision
from bridge.hooks.warnings import warnings
from bridge.hooks.yaml import read_yaml
from bridge.mapping import links
from bridge.operations import secrets
from bridge.operations.authoring.drift import DriftWatch, Moved, plain, told
from bridge.operations.authoring.publishing import Publisher
from bridge.operations.authoring.publishing import faults as faults_of
from bridge.operations.authoring.samples import questions_of
from bridge.operations.secrets import Secrets
from bridge.qomon.catalogue import Catalogue
from bridge.report import wording
from bridge.report.cells import harmless
from bridge.services import Services
from schemas import normal

_COLUMNS = ("hook", "mode", "source", "proof", "revision", "url")


@ALL.group("hooks")
def hooks_command() -> None:
    """Where a form's answers go: make a hook, map its questions, try it, put it in service.

    From a file: check, import. From what a form sent: new, suggest, rehearse, publish. Afterwards: rename, copy,
    secret, delete.

    \b
    Example:
      flask hooks import hooks/benevoles.yaml
      flask hooks new adhesions --source typeform --secret '$TYPEFORM_SECRET'
    """


@command("list", hooks_command)
@click.option("--deleted", is_flag=True, help="Those that were deleted instead.")
@AS_JSON
def list_command(services: Services, *, deleted: bool, as_json: bool) -> None:
    """Every hook with its address, its tool and its mode.

    \b
    Example:
      flask hooks list --json
    """
    with services.store.read() as tx:
        found = services.hooks.listed(tx, deleted=deleted)
    told = [_plain(listed) for listed in found]
    show(told, ("  ".join(str(line[key] or "-") for key in _COLUMNS) for line in told), as_json=as_json)
    if not as_json and not deleted:
        broken = ((listed.name, fault) for listed in found for fault in listed.faults)
        remark(*(_("%(hook)s does not load: %(fault)s", hook=hook, fault=fault) for hook, fault in broken))


@command("show", hooks_command)
@click.argument("name")
@click.option("--versions", is_flag=True, help="Its versions instead: when, by whom, why, and what each changed.")
def show_command(services: Services, *, name: str, versions: bool) -> None:
    """Print the hook NAME as it is in service. A draft beside it is told, and what came under each of several secrets.

    \b
    Example:
      flask hooks show benevoles
      flask hooks show benevoles --versions
    """
    hook = stored(name)
    with services.store.read() as tx:
        begun = services.hooks.draft(tx, name)
        past = revisions.history(tx, hook.id) if versions else []
        known = secrets.secrets(tx, services.hooks, name, services.now())
    if begun is not None:
        told = {"base": begun[1].base, "name": name}
        remark(_("There is a draft too, begun from version %(base)s: flask hooks rehearse %(name)s", **told))
    if not versions:
        click.echo(hook.text, nl=False)
    for one in known.variables if len(known.variables) > 1 and not versions else ():
        calls = wording.under_secret(one.calls.many, one.calls.last, one.until, over=one.over)
        remark(f"${one.name}  {calls}")
    if not versions:
        remark(*stored_secrets(name, known))
    for before, version in pairwise([None, *past]):
        for line in _version(services, before, version):
            click.echo(line)


def once(secret: str) -> str:
    """A secret that was just made, told to whoever made it."""
    return _("The secret, shown this once: %(secret)s", secret=secret)


def stored_secrets(name: str, known: Secrets) -> Iterator[str]:
    """Those that were made here, never what they are; and that none is good, where the file counts on one."""
    for one in known.stored:
        yield wording.stored_secret(one.id, one.made_at, one.calls.many, one.calls.last, one.until, over=one.over)
    yield from _lacks_secret(name, known)


def _lacks_secret(name: str, known: Secrets) -> Iterator[str]:
    if known.stores and not known.goes_on:
        yield _(
            "%(hook)s has no stored secret that is good, so its calls are refused: flask hooks secret %(hook)s --new",
            hook=name,
        )


def _version(services: Services, before: Revision | None, version: Revision | None) -> Iterator[str]:
    """What a version changed, in words. One that does not load any more says so."""
    if version is None:
        return
    by = version.by
    said = [_("version %(number)s", number=version.number), normal.to_ms(by.at)]
    said += [_("by %(who)s", who=by.who)] if by.who else []
    yield "  ".join([*said, *([_("“%(why)s”", why=by.why)] if by.why else [])])
    try:
        hook = services.hooks.parse(version.text)
        old = services.hooks.parse(before.text) if before is not None else None
    except Faults as failure:
        yield from (_("  does not load: %(fault)s", fault=fault) for fault in failure.faults)
        return
    rules = ngettext("%(num)s rule", "%(num)s rules", len(hook.rules))
    yield from (f"  {line}" for line in (differences(old, hook) if old else [rules]))


@command("export", hooks_command)
@click.argument("name")
def export_command(services: Services, *, name: str) -> None:
    """Write the file of the hook NAME to stdout, byte for byte as it was imported: to be kept, or imported elsewhere.

    Secrets stay $NAMEs and form numbers stay here. A hook that does not load any more is written too, and a
    deleted one, which an import of that file brings back.

    \b
    Example:
      flask hooks export benevoles > hooks/benevoles.yaml
    """
    with services.store.read() as tx:
        found = services.hooks.exported(tx, name)
    if found is None:
        raise Refused(_("There is no hook %(name)s. See: flask hooks list", name=name))
    text, address = found.text, found.address
    said = read_yaml(text).plain
    if found.deleted:
        remark(_("%(hook)s was deleted. To bring it back, import this file.", hook=name))
    elif not isinstance(said, dict) or "address" not in said:
        remark(
            _(
                "The file does not say the address. To keep it in another store, add:\naddress: %(address)s",
                address=address,
            )
        )
    click.echo(text.encode(), nl=False)


@command("check", hooks_command)
@click.argument("hook", metavar="FILE|NAME")
@AS_JSON
def check_command(services: Services, *, hook: str, as_json: bool) -> bool:
    """Tell every fault of a hook, alone and against Qomon's forms. Nothing is stored. `-` is stdin.

    Of a hook in service it also tells what has moved since its version was made: questions that are new, renamed or not
    asked any more, choices, Qomon's fields, how many are held, silence. Exit 0 when there is nothing to tell; what is
    only dangerous is a warning.

    \b
    Example:
      flask hooks check hooks/benevoles.yaml
      flask hooks check benevoles
    """
    of_file = hook == "-" or Path(hook).is_file()
    found = parsed(hook) if of_file else stored(hook)
    forms = catalogues([found]).get(found.space)
    if forms is None:
        raise Refused(_("%(hook)s: alone it is right, but Qomon could not be read to check the rest.", hook=hook))
    faults, moved = (check(found, forms), []) if of_file else _looked_at(services, found, forms)
    dangers = warnings(found, forms)
    said = {"faults": faults, "moved": [plain(one) for one in moved], "warnings": dangers}
    show(said, told(moved), as_json=as_json)
    if as_json:
        return not faults and not moved
    remark(*(_("%(hook)s: warning: %(danger)s", hook=hook, danger=danger) for danger in dangers))
    refuse(hook, faults)
    if moved:
        return False
    right = _("%(hook)s: right.", hook=hook)
    since = _("%(hook)s: right. Nothing moved since version %(version)s.", hook=hook, version=found.revision)
    click.echo(right if of_file else since)
    return True


def _looked_at(services: Services, hook: Hook, forms: Catalogue) -> tuple[list[str], list[Moved]]:
    """A hook in service: its faults, and what has moved."""
    watch, press = DriftWatch(services.vault, services.now()), Publisher(services.vault)
    with services.store.read() as tx:
        moved = watch.moved(tx, hook, forms)
        questions = questions_of(press.past(tx, hook))
        known = secrets.secrets(tx, services.hooks, hook.name, services.now())
    return [*faults_of(hook, forms, questions), *_lacks_secret(hook.name, known)], moved


def _plain(listed: Listed) -> dict[str, Any]:
    """One line of the list; what a hook that does not load would say is null."""
    hook = listed.hook
    return {
        "hook": listed.name,
        "address": listed.address,
        "url": url(listed.address),
        "source": hook.source if hook else None,
        "space": hook.space if hook else None,
        "mode": hook.mode if hook else None,
        "revision": listed.revision,
        "proof": hook.proof.scheme if hook else None,
    }


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
    written.writerow(map(harmless, [*rows[0], adds]))
    lacking: list[int] = []
    for number, row in enumerate(rows[1:], start=2):
        cells = row + [""] * (len(rows[0]) - len(row))
        link = _link(key, cells[place], url)
        lacking += [] if link else [number]
        written.writerow(map(harmless, [*cells, link]))
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
