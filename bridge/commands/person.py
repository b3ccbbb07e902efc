"""`flask person export`, `flask forget`: a copy of all that is kept of one person, and its end (docs/laws.md 8.4)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import ALL, AS_JSON, SPACE, Refused, Whom, by_whom, command, remark, show
from bridge.commands.opened import unknown_space
from bridge.operations import forget, person, person_copy
from bridge.operations.forget import Forgotten
from bridge.operations.person import Choice, Near, Person, Several
from bridge.operations.person_copy import near_as_json
from bridge.report.person_told import GONE, copied
from bridge.report.printed import page
from bridge.services import Services
from schemas import normal

_NOBODY = "none"
_Option: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]
_CONTACT: _Option = click.option(
    "--contact",
    "contacts",
    multiple=True,
    metavar="ID|none",
    help="Where an address is shared: only what led to this contact, or to none yet. May be given several times.",
)
_EVERYONE: _Option = click.option("--all", "everyone", is_flag=True, help="Everything that has the address.")


@ALL.group("person")
def person_command() -> None:
    """What is kept of one person."""


@command("export", person_command)
@click.argument("whom", metavar="WHO")
@SPACE
@_CONTACT
@_EVERYONE
@click.option("--html", "as_html", is_flag=True, help="A page to print.")
@by_whom
@AS_JSON
def export_command(
    services: Services,
    *,
    whom: str,
    space: str,
    contacts: Sequence[str],
    everyone: bool,
    as_html: bool,
    by: Whom,
    as_json: bool,
) -> None:
    """A copy of all that is kept of one person: WHO is a mail, a phone number, or the number of Qomon's contact.

    Where an address is shared it says what is near, by contact, and asks which.

    \b
    Example:
      flask person export jeanne@example.org
      flask person export 0639980142 --json > copy.json
      flask person export 9000017 --html > copy.html
    """
    if as_html and as_json:
        raise click.UsageError(_("One of --json and --html."))
    found = who_is(services, whom, space, contacts, everyone=everyone)
    said = person_copy.handed_over(services, found, by())
    lines = copied(said)
    show(said, page(lines) if as_html else lines, as_json=as_json)
    remark(*_left(found.near))


@command("forget")
@click.argument("whom", metavar="WHO")
@SPACE
@_CONTACT
@_EVERYONE
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@click.option("--yes", is_flag=True, help="Do not ask for the number of submissions.")
@by_whom
@AS_JSON
def forget_command(
    services: Services,
    *,
    whom: str,
    space: str,
    contacts: Sequence[str],
    everyone: bool,
    dry_run: bool,
    yes: bool,
    by: Whom,
    as_json: bool,
) -> bool:
    """Erase a person for good: WHO is a mail, a phone number, or the number of Qomon's contact.

    Submissions, reports, ways back, proofs of consent, and all that is known of the contact. What waits is stopped;
    what is being written right now is left, and the exit code is 1. Keyed fingerprints stay, so that what the tool
    sends once more is a repeat. Qomon and the form tool keep their own copies.

    \b
    Example:
      flask forget jeanne@example.org --dry-run
      flask forget jeanne@example.org --yes
    """
    vault = services.vault
    found, others = who_is(services, whom, space, contacts, everyone=everyone), person.others(services, space)
    if not dry_run and not yes:
        _ask(len(found.events))
    if dry_run:
        done = forget.would(services.store, vault, found, others, services.now())
    else:
        done = forget.forget(services.store, vault, found, others, by())
    show(_certificate(found, done, dry_run=dry_run), _certified(found, done, dry_run=dry_run), as_json=as_json)
    remark(*_left(found.near), *_not_yet(done), *_lost(found.lost))
    return done.whole


def who_is(services: Services, whom: str, space: str, contacts: Sequence[str], *, everyone: bool) -> Person:
    """Who is meant by a mail, a phone or a contact's number. Raises Refused where an address is shared."""
    if space not in services.spaces:
        raise unknown_space(space, services.spaces)
    try:
        return person.sought(services, space, whom, _choice(contacts, everyone=everyone))
    except Several as several:
        raise Refused("\n".join(_several(several))) from None


def _choice(contacts: Sequence[str], *, everyone: bool) -> Choice:
    if contacts and everyone:
        raise click.UsageError(_("Either --contact or --all."))
    wrong = [text for text in contacts if text != _NOBODY and not (text.isascii() and text.isdigit())]
    if wrong:
        raise click.BadParameter(_("a contact's number, or none."), param_hint="--contact")
    return Choice(frozenset(None if text == _NOBODY else int(text) for text in contacts), everyone)


def _ask(many: int) -> None:
    asked = ngettext(
        "%(num)s submission is erased for good. Type that number to go on",
        "%(num)s submissions are erased for good. Type that number to go on",
        many,
    )
    if click.prompt(asked, err=True, default="", show_default=False).strip() != str(many):
        raise Refused(_("That is not the number. Nothing was changed."))


def _several(found: Several) -> Iterator[str]:
    if found.said:
        yield _("Nothing of it led to the contact that was named, so nothing was done. There is:")
    else:
        yield _("It leads to more than one, so nothing was done. Say whose is meant:")
    yield from _near(found.groups)
    yield _("--contact ID takes what led to that contact, --contact none what led to none yet, --all takes everything.")


def _left(near: Sequence[Near]) -> Iterator[str]:
    if near:
        yield _("Near, and left out:")
        yield from _near(near)


def _near(groups: Iterable[Near]) -> Iterator[str]:
    for one in groups:
        many = ngettext("%(num)s submission", "%(num)s submissions", one.submissions)
        if one.contact is None:
            yield "  " + _("no contact yet: %(many)s", many=many)
        else:
            yield "  " + _("contact %(contact)s: %(many)s", contact=one.contact, many=many)


def _certificate(found: Person, done: Forgotten, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "at": normal.to_ms(done.at),
        "account": found.asked.space,
        "asked_by": found.asked.by,
        "person": found.asked.print,
        "contacts": [*found.contacts],
        "gone": {name: done.gone[name] for name in GONE},
        "in_hand": done.in_hand,
        "refused_left": done.refused,
        "refused_waiting": done.waiting,
        "contact_lost": found.lost,
        "near": near_as_json(found.near),
        "whole": done.whole,
    }


def _certified(found: Person, done: Forgotten, *, dry_run: bool) -> Iterator[str]:
    if dry_run:
        yield _("Nothing was changed. Without --dry-run these go:")
    else:
        yield _("Erased at %(at)s, in the account %(account)s:", at=normal.to_ms(done.at), account=found.asked.space)
    if not done.gone:
        yield "  " + _("nothing")
    yield from (f"{done.gone[name]:>9,}  {what}" for name, what in GONE.items() if done.gone[name])
    yield _("The person, as a keyed fingerprint: %(print)s", print=found.asked.print)
    yield _(
        "What stays: the rows of the submissions with keyed fingerprints, and what an address took back. Qomon, the "
        "form tool and backups of this store keep their own copies: erase there too."
    )


def _not_yet(done: Forgotten) -> Iterator[str]:
    if done.in_hand:
        yield ngettext(
            "%(num)s submission is being written right now, or waits for Qomon's answer, and was left as it is. Run "
            "the same again in a minute.",
            "%(num)s submissions are being written right now, or wait for Qomon's answer, and were left as they are. "
            "Run the same again in a minute.",
            done.in_hand,
        )
    if done.refused:
        yield ngettext(
            "%(num)s refused call holds an address that others have too, and was left. It goes 72 hours after it came.",
            "%(num)s refused calls hold an address that others have too, and were left. They go 72 hours after they "
            "came.",
            done.refused,
        )
    if done.waiting:
        yield ngettext(
            "%(num)s call holds the address and waits until its webhook loads. See: flask inbox refused. Set that "
            "right, flask inbox recheck HOOK, and run the same again.",
            "%(num)s calls hold the address and wait until their webhook loads. See: flask inbox refused. Set that "
            "right, flask inbox recheck HOOK, and run the same again.",
            done.waiting,
        )


def _lost(many: int) -> Iterator[str]:
    if many:
        yield _(
            "Nothing tells any more which contact they were written on, and something may still be known of it. Look "
            "the person up in Qomon, and run the same with the contact's number."
        )
