"""`flask person export`, `flask forget`: a copy of all that is kept of one person, and its end (docs/laws.md 8.4)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import click
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from bridge.commands.command import ALL, AS_JSON, SPACE, Refused, Whom, by_whom, command, remark, show
from bridge.commands.opened import unknown_space
from bridge.commands.printed import page
from bridge.operations import audit, forget, person, person_copy
from bridge.operations.forget import Forgotten
from bridge.operations.person import Choice, Near, Person, Several
from bridge.operations.person_copy import near_as_json
from bridge.report.wording import consents_told, told
from bridge.services import Services
from schemas import normal
from schemas.fields import spoken_each

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
_TABLES = {
    "event": lazy_gettext("submissions emptied: their answers and reports"),
    "undo": lazy_gettext("ways back"),
    "receipt": lazy_gettext("proofs of consent"),
    "mark": lazy_gettext("marks of what was written on the contact"),
    "seen": lazy_gettext("notes of how the contact looked"),
    "known": lazy_gettext("addresses that led to the contact"),
    "creating": lazy_gettext("claims on a creation"),
    "intent": lazy_gettext("writes that were about to be made"),
    "spread": lazy_gettext("counts of the brake"),
    "card": lazy_gettext("notes of To do"),
    "refused": lazy_gettext("refused calls"),
}


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
    vault = services.vault  # it may have to write once: not within a read
    found = who_is(services, whom, space, contacts, everyone=everyone)
    with services.store.read() as tx:
        whole = person_copy.copy(tx, vault, found, _others(services, space), services.settings.public_url)
    with services.store.write() as tx:  # before it is shown
        told = {"account": space, "asked_by": found.asked.by}
        audit.note(tx, vault, by(), "exported", found.asked.print, **told, submissions=len(found.events))
    said = {"at": normal.to_ms(services.now()), **whole}
    lines = _copy_told(said)
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
    found, others = who_is(services, whom, space, contacts, everyone=everyone), _others(services, space)
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
    vault = services.vault
    choice = _choice(contacts, everyone=everyone)
    with services.store.read() as tx:
        regions = [one.hook.region for one in services.hooks.listed(tx) if one.hook is not None]
        asked = person.asked(vault, space, whom.strip(), [services.settings.region, *regions])
        try:
            return person.find(tx, vault, asked, choice)
        except Several as several:
            raise Refused("\n".join(_several(several))) from None


def _choice(contacts: Sequence[str], *, everyone: bool) -> Choice:
    if contacts and everyone:
        raise click.UsageError(_("Either --contact or --all."))
    wrong = [text for text in contacts if text != _NOBODY and not (text.isascii() and text.isdigit())]
    if wrong:
        raise click.BadParameter(_("a contact's number, or none."), param_hint="--contact")
    return Choice(frozenset(None if text == _NOBODY else int(text) for text in contacts), everyone)


def _others(services: Services, space: str) -> list[str]:
    """The hooks, by id, of other accounts."""
    with services.store.read() as tx:
        listed = services.hooks.listed(tx)
    return [one.hook.id for one in listed if one.hook is not None and one.hook.space != space]


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
        "gone": {name: done.gone[name] for name in _TABLES},
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
    yield from (f"{done.gone[name]:>9,}  {what}" for name, what in _TABLES.items() if done.gone[name])
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


def _copy_told(said: Mapping[str, Any]) -> Iterator[str]:
    yield _("All that is kept of one person, in the account %(account)s, at %(at)s.", **said)
    yield from (f"{one['kind']}: {one['address']}" for one in said["addresses"])
    for one in said["submissions"]:
        yield ""
        yield from _submission_told(one)
    for one in said["contacts"]:
        yield ""
        yield _("Contact %(contact)s, last looked at: %(looked_at)s. Written:", **one)
        yield from (f"  {line['field']}  {line['submitted_at'] or ''}".rstrip() for line in one["written"])
    if said["taken_back"]:
        yield ""
        yield _("Taken back:")
        yield from (f"  {one['field']}  {one['submitted_at']}" for one in said["taken_back"])
    if said["refused_calls"]:
        yield ""
        yield ngettext(
            "%(num)s refused call holds one of these addresses. It goes 72 hours after it came.",
            "%(num)s refused calls hold one of these addresses. They go 72 hours after they came.",
            said["refused_calls"],
        )


def _submission_told(one: Mapping[str, Any]) -> Iterator[str]:
    yield _("Submission %(event)s", **one)
    if not one["opens"]:
        yield _("What is stored of it does not open.")
    for answer in one["answers"]:
        yield f"  {answer['label'] or answer['key']}: {_spoken(answer['value'])}"
    if not one["answers"] and one["sent"] is not None:
        yield "  " + _("As it came: see --json.")
    yield from (f"  {line}" for line in (*told(one["report"]), *consents_told(one["consents"])))
    if one["before"]:
        yield "  " + _("Before that the contact showed:")
        yield from (f"    {field}: {_before(fields)}" for field, fields in one["before"]["fields"].items())


def _spoken(value: Any) -> str:
    return "" if value is None else ", ".join(spoken_each(value))


def _before(fields: Any) -> str:
    before = fields.get("before") if isinstance(fields, dict) else None
    if isinstance(before, list):  # entries of a form: what they say
        before = ", ".join(str(one.get("data", one)) if isinstance(one, dict) else str(one) for one in before)
    return _("nothing") if before in (None, "") else str(before)
