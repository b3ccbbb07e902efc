"""What one sets for oneself: name, language, password, second factor; and what all pages of settings share."""

from typing import Any, cast

from flask import Response, current_app, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from bridge.operations import staff
from bridge.operations.staff import NotAllowed, Role
from bridge.pages import layout, session, shown, signing
from bridge.pages.page import action, back, me, page
from bridge.store.vault import BrokenSeal
from bridge.translations import LANGUAGES
from schemas.outputs.settings import SecondFactorPage, SettingsPage

_TABS: tuple[tuple[str, LazyString, Role], ...] = (
    ("settings", lazy_gettext("Me"), "viewer"),
    ("staff_people", lazy_gettext("People"), "admin"),
    ("writing", lazy_gettext("Writing"), "viewer"),
    ("alerts", lazy_gettext("Alerts"), "staff"),
    ("keeping", lazy_gettext("Keeping"), "viewer"),
    ("installation", lazy_gettext("Installation"), "admin"),
    ("activity", lazy_gettext("Activity"), "admin"),
)
"""Endpoint, name, and from which role on."""
_NEEDED = InputRequired(lazy_gettext("Fill this in."))
_SHORT = Length(max=200, message=lazy_gettext("That is too long."))
_LANGUAGES = {"en": "English", "fr": "Français"}


class MeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    name = StringField(
        lazy_gettext("Name"),
        [DataRequired(lazy_gettext("Fill this in.")), _SHORT],
        description=lazy_gettext("As others see it, and the activity log."),
        render_kw={"autocomplete": "name"},
    )
    language = SelectField(lazy_gettext("Language"), choices=[SelectChoice(one, _LANGUAGES[one]) for one in LANGUAGES])


class ChangePasswordForm(FlaskForm):  # type: ignore[misc]
    """No name of it is ever carried on to another page."""

    password_now = PasswordField(
        lazy_gettext("Password of now"), [_NEEDED, _SHORT], render_kw={"autocomplete": "current-password"}
    )
    code_now = StringField(
        lazy_gettext("Code of the second factor"),
        [_SHORT],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )
    password_new = PasswordField(
        lazy_gettext("New password"),
        [_NEEDED],
        description=lazy_gettext("12 characters or more. A sentence is easy to remember."),
        render_kw={"autocomplete": "new-password"},
    )


class SecondFactorForm(FlaskForm):  # type: ignore[misc]
    digits = StringField(
        lazy_gettext("The six digits that the app shows now"),
        [_NEEDED, _SHORT],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


def around(endpoint: str) -> dict[str, Any]:
    """For the heading in `settings_tabs.html`."""
    mine = me()
    tabs = [
        (url_for(f"pages.{one}"), name, one == endpoint, None)
        for one, name, role in _TABS
        if mine.may(role) and f"pages.{one}" in current_app.view_functions
    ]
    return {"settings_tabs": tabs}


@page("/settings", "settings.html", SettingsPage)
def settings() -> dict[str, Any]:
    return _mine(None, None)


@action("/settings/me", "viewer")
def change_me() -> Response:
    form = MeForm()
    if not form.validate():
        return _settings_again(form, None)
    mine, chosen = me(), form.language.data
    session.staff().rename(mine, form.name.data, session.by())
    session.staff().speak(mine, chosen)
    answer = back("settings", _("Saved."))
    layout.remember_language(answer, chosen)
    return answer


@action("/settings/password", "viewer")
def change_password() -> Response:
    """The one of now is asked, whoever sits in front of an open session; sessions elsewhere end."""
    form, mine = ChangePasswordForm(), me()
    if form.validate():
        wrong = staff.why_no_password(form.password_new.data)
        if wrong:
            form.password_new.errors = [wrong]
            return _settings_again(None, form)
        now = session.services().now()
        wrong = signing.wrong_again(mine, form.password_now.data, form.code_now.data or "", now)
        if wrong is None:
            changed = session.staff().change_password(mine, form.password_new.data, session.by())
            session.go_on(changed)
            return back("settings", _("The new password works from now on. Sessions elsewhere have ended."))
        form.password_now.errors = [wrong]
    return _settings_again(None, form)


@page("/settings/second-factor", "second_factor.html", SecondFactorPage)
def second_factor() -> dict[str, Any]:
    """Each look makes another secret; it is nobody's until its first code was typed."""
    return _factor(staff.new_second_factor(), SecondFactorForm(formdata=None))


@action("/settings/second-factor/on", "viewer", sure=True)
def second_factor_on() -> Response:
    form, mine = SecondFactorForm(), me()
    secret = _secret(request.form.get("shared", ""))
    if mine.second_factor:
        return back("second_factor", _("The second factor is on already."))
    if secret and form.validate():
        try:
            changed = session.staff().set_second_factor(mine, secret, form.digits.data or "", session.by())
        except NotAllowed as refusal:
            form.digits.errors = [str(refusal)]
        else:
            session.go_on(changed)
            return back("settings", _("The second factor is on. Sessions elsewhere have ended."))
    again = _factor(secret or staff.new_second_factor(), form)
    return make_response(render_template("second_factor.html", **again), 400)


@action("/settings/second-factor/off", "viewer", sure=True)
def second_factor_off() -> Response:
    mine = me()
    if mine.second_factor:
        session.go_on(session.staff().set_second_factor(mine, "", "", session.by()))
    return back("settings", _("The second factor is off. Sessions elsewhere have ended."))


def _mine(form: MeForm | None, password: ChangePasswordForm | None) -> dict[str, Any]:
    mine = me()
    if form is None:
        form = MeForm(formdata=None, name=mine.name, language=mine.language or shown.language())
    return {
        **around("settings"),
        "form": form,
        "password": password or ChangePasswordForm(formdata=None),
        "mail": mine.mail,
        "name": mine.name,
        "role": mine.role,
        "language": mine.language,
        "second_factor": bool(mine.second_factor),
    }


def _settings_again(form: MeForm | None, password: ChangePasswordForm | None) -> Response:
    return make_response(render_template("settings.html", failed=True, **_mine(form, password)), 400)


def _factor(secret: str, form: SecondFactorForm) -> dict[str, Any]:
    """The secret goes to the browser and comes back sealed: nothing of it is stored before it works."""
    mine = me()
    if mine.second_factor:
        return {**around("settings"), "form": form, "on": True}
    import segno  # only this page draws one

    picture = segno.make(staff.provisioning(mine, secret), error="m")
    return {
        **around("settings"),
        "form": form,
        "on": False,
        "picture": picture.svg_data_uri(scale=5, border=4, dark="#000", light="#fff"),
        "key": staff.typed_key(secret),
        "shared": session.services().vault.seal_text({"shared": secret, "with": mine.id}),
    }


def _secret(sealed: str) -> str | None:
    """None for what is not this account's."""
    try:
        said = cast("dict[str, Any]", session.services().vault.unseal_text(sealed))
        return str(said["shared"]) if said["with"] == me().id else None
    except (BrokenSeal, LookupError, TypeError, ValueError):
        return None
