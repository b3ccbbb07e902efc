"""`flask staff`: who may open the pages. No mail is sent: a link that works once is handed over by whoever makes it."""

from collections.abc import Iterator

import click
from flask_babel import gettext as _

from bridge.commands.command import ALL, AS_JSON, Refused, Whom, by_whom, command, show
from bridge.operations.staff import LINK, ROLES, Account, NotAllowed, Role, Staff
from bridge.services import Services
from schemas import normal

_ROLE = click.option("--role", type=click.Choice(ROLES), default="staff", show_default=True, help="What they may do.")


@ALL.group("staff")
def staff_command() -> None:
    """Who may open the pages."""


@command("add", staff_command)
@click.argument("mail")
@click.option("--name", default="", help="As others see them.")
@_ROLE
@by_whom
def add_command(services: Services, *, mail: str, name: str, role: str, by: Whom) -> None:
    """Make an account and print the link with which its owner sets a password. It works once, for three days.

    viewer: sees what happens, values masked. staff: sees values, maps, repairs. admin: people, secrets, erasures too.

    \b
    Example:
      flask staff add lea@example.org --name Léa --role admin
    """
    if normal.mail(mail) is None:
        raise Refused(_("That is not a mail address."))
    try:
        _made, token = _staff(services).add(mail, name, _role(role), by())
    except NotAllowed as refusal:
        raise Refused(str(refusal)) from None
    _tell_link(services, token)


@command("link", staff_command)
@click.argument("mail")
@click.option("--admin", is_flag=True, help="Make them an admin too, for when there is none left.")
@by_whom
def link_command(services: Services, *, mail: str, admin: bool, by: Whom) -> None:
    """Print a new link for somebody who lost password or phone: it sets a password and ends the second factor.

    \b
    Example:
      flask staff link lea@example.org
    """
    staff = _staff(services)
    token = staff.link(_of(staff, mail).id, by(), "admin" if admin else None)
    _tell_link(services, token)


@command("list", staff_command)
@AS_JSON
def list_command(services: Services, *, as_json: bool) -> None:
    """Who may open the pages, and when they last did.

    \b
    Example:
      flask staff list
    """
    found = _staff(services).listed()
    plain = [
        {
            "mail": one.mail,
            "name": one.name,
            "role": one.role,
            "password": bool(one.password),
            "second_factor": bool(one.second_factor),
            "seen_at": normal.to_ms(one.seen_at) if one.seen_at else None,
        }
        for one in found
    ]
    show(plain, _lines(found) if found else [_("Nobody yet: flask staff add MAIL, or /setup.")], as_json=as_json)


@command("remove", staff_command)
@click.argument("mail")
@by_whom
def remove_command(services: Services, *, mail: str, by: Whom) -> None:
    """Remove an account: its sessions end at once. What was done with it stays in the audit.

    \b
    Example:
      flask staff remove lea@example.org
    """
    staff = _staff(services)
    try:
        staff.remove(_of(staff, mail).id, by())
    except NotAllowed as refusal:
        raise Refused(str(refusal)) from None
    click.echo(_("Removed."))


def _staff(services: Services) -> Staff:
    return Staff(services.store, services.vault)


def _of(staff: Staff, mail: str) -> Account:
    found = staff.by_mail(mail)
    if found is None:
        raise Refused(_("There is no such account."))
    return found


def _role(text: str) -> Role:
    return ROLES[ROLES.index(text)]


def _tell_link(services: Services, token: str) -> None:
    click.echo(f"{services.settings.public_url}/welcome/{token}")
    click.echo(_("Hand this link to nobody else. It works once, for %(days)s days.", days=LINK.days))


def _lines(found: list[Account]) -> Iterator[str]:
    for one in found:
        seen = _("last seen %(at)s", at=normal.to_ms(one.seen_at)) if one.seen_at else _("never logged in")
        yield f"{one.role:<7} {one.mail}  {one.name}  {seen}"
