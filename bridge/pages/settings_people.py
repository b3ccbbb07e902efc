"""Who may open the pages: invited by a link that is shown once, given a role, removed."""

from typing import Any

from flask import Response, abort, make_response, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from bridge.operations.staff import LINK, ROLES, Account, NotAllowed, Role
from bridge.pages import session
from bridge.pages.page import action, back, me, page
from bridge.pages.settings import around
from schemas import normal
from schemas.outputs.settings import StaffPage, StaffPersonPage

ROLE_NAMES = {"viewer": lazy_gettext("Viewer"), "staff": lazy_gettext("Staff"), "admin": lazy_gettext("Admin")}
_MAY = [
    SelectChoice("viewer", lazy_gettext("Viewer: sees what happens, values masked")),
    SelectChoice("staff", lazy_gettext("Staff: sees values, maps, repairs, finds people")),
    SelectChoice("admin", lazy_gettext("Admin: people, secrets and erasures too")),
]
_NEEDED = InputRequired(lazy_gettext("Fill this in."))
_SHORT = Length(max=200, message=lazy_gettext("That is too long."))


class RoleForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    role = RadioField(lazy_gettext("What they may do"), choices=_MAY, default="staff")

    @property
    def chosen(self) -> Role:
        return ROLES[ROLES.index(self.role.data)]


class InviteForm(RoleForm):
    mail = StringField(
        lazy_gettext("E-mail"),
        [_NEEDED, _SHORT],
        description=lazy_gettext("With it they log in. We send no mail."),
        render_kw={"autocomplete": "off", "type": "email"},
    )
    name = StringField(
        lazy_gettext("Name"),
        [_SHORT],
        description=lazy_gettext("As others see it. Left blank: what stands before the @."),
        render_kw={"autocomplete": "off"},
    )

    def validate_mail(self, field: StringField) -> None:
        if normal.mail(field.data or "") is None:
            raise ValidationError(_("That is not a mail address."))


@page("/settings/people", "staff_people.html", StaffPage, "admin")
def staff_people() -> dict[str, Any]:
    return _everybody(InviteForm(formdata=None))


@action("/settings/people", "admin", sure=True)
def add_staff() -> Response:
    """The answer itself shows the link: it is in no address, no message, and nowhere afterwards."""
    form = InviteForm()
    if form.validate():
        try:
            made, token = session.staff().add(form.mail.data, form.name.data or "", form.chosen, session.by())
        except NotAllowed as refusal:
            form.mail.errors = [str(refusal)]
        else:
            return _link_shown(made, token, new=True)
    return make_response(render_template("staff_people.html", **_everybody(form)), 400)


@page("/settings/people/<account>", "staff_person.html", StaffPersonPage, "admin")
def staff_person(account: str) -> dict[str, Any]:
    one = _of(account)
    everybody = session.staff().listed()
    admins = sum(other.role == "admin" for other in everybody)
    return {
        **around("staff_people"),
        **_told(one),
        "form": RoleForm(formdata=None, role=one.role),
        "last_admin": one.role == "admin" and admins == 1,
        "myself": one.id == me().id,
        "days": LINK.days,
    }


@action("/settings/people/<account>/role", "admin", sure=True)
def staff_role(account: str) -> Response:
    one, form = _of(account), RoleForm()
    if not form.validate():
        abort(400)
    session.staff().change_role(one.id, form.chosen, session.by())
    if one.id == me().id and form.chosen != "admin":
        return back("settings", _("Your role is changed. Only an admin can change it again."))
    return back("staff_people", _("The role is changed. It counts at once."))


@action("/settings/people/<account>/link", "admin", sure=True)
def staff_link(account: str) -> Response:
    one = _of(account)
    return _link_shown(one, session.staff().link(one.id, session.by()), new=False)


@action("/settings/people/<account>/remove", "admin", sure=True)
def staff_remove(account: str) -> Response:
    one = _of(account)
    mine = one.id == me().id
    session.staff().remove(one.id, session.by())
    if mine:
        session.end()
        return back("login")
    return back("staff_people", _("The account is removed. Its sessions have ended."))


def _of(account: str) -> Account:
    try:
        return session.staff().by_id(account)
    except NotAllowed:
        abort(404)


def _everybody(form: InviteForm) -> dict[str, Any]:
    return {**around("staff_people"), "form": form, "people": [_told(one) for one in session.staff().listed()]}


def _told(one: Account) -> dict[str, Any]:
    now = session.services().now()
    return {
        "id": one.id,
        "mail": one.mail,
        "name": one.name,
        "role": one.role,
        "role_name": ROLE_NAMES[one.role],
        "seen_at": one.seen_at,
        "second_factor": bool(one.second_factor),
        "password": bool(one.password),
        "invited_until": one.link_until if one.link_until is not None and one.link_until > now else None,
    }


def _link_shown(one: Account, token: str, *, new: bool) -> Response:
    link = f"{session.services().settings.public_url}/welcome/{token}"
    shown = {**around("staff_people"), "name": one.name, "link": link, "new": new, "days": LINK.days}
    return make_response(render_template("staff_link.html", **shown))
