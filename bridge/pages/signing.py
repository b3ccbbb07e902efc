"""Logging in: the login, one-time links, the first account, and a password that is asked again."""

from datetime import datetime
from hmac import compare_digest
from typing import Any

from flask import Response, make_response, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from bridge.operations import audit, staff
from bridge.operations.attempts import PAUSE
from bridge.operations.staff import Account
from bridge.pages import session
from schemas import normal

_MINUTES = int(PAUSE.total_seconds() // 60)
_NEEDED = InputRequired(lazy_gettext("Fill this in."))
_SHORT = Length(max=200, message=lazy_gettext("That is too long."))


class LoginForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Its names begin with `_`: it may stand in a form of another page, whose own fields go with it."""

    mail = StringField(
        lazy_gettext("E-mail"), [_NEEDED, _SHORT], render_kw={"autocomplete": "username", "type": "email"}
    )
    password = PasswordField(lazy_gettext("Password"), [_NEEDED], render_kw={"autocomplete": "current-password"})
    code = StringField(
        lazy_gettext("Code of the second factor"),
        [_SHORT],
        description=lazy_gettext("Only if you switched it on."),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(prefix="_", **given)


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, typed once: it can be shown while it is typed, and a link sets another one."""

    password = PasswordField(
        lazy_gettext("New password"),
        [_NEEDED],
        description=lazy_gettext("12 characters or more. A sentence is good."),
        render_kw={"autocomplete": "new-password"},
    )

    def validate_password(self, field: Any) -> None:
        if why := staff.why_no_password(field.data or ""):
            raise ValidationError(why)


class SetupForm(PasswordForm):
    setup_code = StringField(
        lazy_gettext("Setup code"),
        [_NEEDED, _SHORT],
        description=lazy_gettext("SETUP_CODE in the settings of your platform."),
        render_kw={"autocomplete": "off"},
    )
    name = StringField(lazy_gettext("Your name"), [_NEEDED, _SHORT], render_kw={"autocomplete": "name"})
    mail = StringField(
        lazy_gettext("Your e-mail"), [_NEEDED, _SHORT], render_kw={"autocomplete": "username", "type": "email"}
    )

    def validate_mail(self, field: Any) -> None:
        if normal.mail(field.data or "") is None:
            raise ValidationError(_("That is not a mail address."))


def empty() -> LoginForm:
    """Nothing of what came is typed into it."""
    return LoginForm(formdata=None)


def log_in(form: LoginForm) -> Account | None:
    """The session is theirs, or the form says what is wrong: the same whether or not there is such an account."""
    mine = session.staff()
    now, caller, counted = session.services().now(), session.caller(), session.attempts()
    mail = form.mail.data or ""
    may, left = counted.begin(mail, caller, now)
    if not may:
        _wrong(form, _locked())
        return None
    account = mine.by_mail(mail)
    if account is None or not mine.proves(account, form.password.data or "", form.code.data or "", now):
        if account is None:
            mine.proves(None, form.password.data or "", "", now)
        if left == 0:
            _note(account, "login_locked")
        _wrong(form, tries_left(left))
        return None
    counted.forget(mail, caller)
    session.begin(account, now)
    _note(account, "signed_in")
    return account


def again(kept: MultiDict[str, str], to: str) -> Response | None:
    """The login that stands beside a form: None when it was right, else the page with both."""
    form = LoginForm()
    if form.validate() and log_in(form):
        return None
    return make_response(render_template("login.html", form=form, kept=kept, to=to, over=True), 401)


def wrong_again(account: Account, password: str, code: str, now: datetime) -> str | None:
    """Whoever is logged in types the password once more: what is wrong, in words."""
    counted, caller = session.attempts(), session.caller()
    may, left = counted.begin(account.mail, caller, now)
    if not may:
        return _locked()
    if session.staff().proves(account, password, code, now):
        counted.forget(account.mail, caller)
        return None
    if left == 0:
        _note(account, "login_locked")
    return tries_left(left)


def setup_code_fits(given: str) -> bool:
    """Counted as a login of nobody's: a code is not to be guessed either."""
    mine, counted, caller = session.services(), session.attempts(), session.caller()
    may, _left = counted.begin("setup", caller, mine.now())
    right = may and compare_digest(given.strip().encode(), mine.settings.setup_code.encode())
    if right:
        counted.forget("setup", caller)
    return right


def tries_left(left: int) -> str:
    if left == 0:
        return _locked()
    return ngettext(
        "Address, password or code not right. %(num)s try left, then a %(minutes)s-minute pause.",
        "Address, password or code not right. %(num)s tries left, then a %(minutes)s-minute pause.",
        left,
        minutes=_MINUTES,
    )


def _locked() -> str:
    return _("Too many wrong tries. Try again in %(minutes)s minutes.", minutes=_MINUTES)


def _wrong(form: LoginForm, said: str) -> None:
    form.password.errors = [said]


def _note(account: Account | None, did: str) -> None:
    mine = session.services()
    by = session.by() if account is None else session.by_of(account)
    with mine.store.write() as tx:
        audit.note(tx, mine.vault, by, did, account.id if account else None)
