"""Who looks: the signed cookie of a login, for twelve hours, and what of it is asked again.

The cookie holds the account's id and stamp, and moments; never what anybody answered.
"""

from datetime import datetime, timedelta
from typing import Any, cast

from flask import Flask, Request, current_app, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from bridge.errors import BridgeError
from bridge.hooks.revisions import By
from bridge.operations.attempts import Attempts
from bridge.operations.staff import Account, Staff
from bridge.services import Services

LASTS = timedelta(hours=12)
GRACE = timedelta(minutes=15)
"""For so long after a password was typed it is not asked again."""
_SEEN = timedelta(hours=1)
"""When somebody was last seen is written no more often."""
_BEGAN, _CONFIRMED = "began", "confirmed"

logins = LoginManager()
logins.session_protection = None  # phones change their address all the time; the stamp ends what was stolen


class Sessions(SecureCookieSessionInterface):
    """Signed by a key that the store keeps, so that all processes read each other's. The door has none: what a tool
    calls sets no cookie and asks for no key."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith(("/hooks/", "/health", "/ready")):
            return None
        if not app.secret_key:
            try:
                app.secret_key = cast("Services", app.extensions["bridge"]).open().vault.session_key()
            except BridgeError:  # the store is away: the page says so
                return None
        return super().open_session(app, request)


class Me(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Whoever is logged in."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        return f"{self.account.id}:{self.account.stamp}"


def services() -> Services:
    """Opened. Raises StoreDown."""
    return cast("Services", current_app.extensions["bridge"]).open()


def staff() -> Staff:
    mine = services()
    return Staff(mine.store, mine.vault)


def attempts() -> Attempts:
    mine = services()
    return Attempts(mine.store, mine.vault)


@logins.user_loader  # type: ignore[untyped-decorator]
def _load(said: str) -> Me | None:
    began = session.get(_BEGAN)
    now = services().now()
    if not isinstance(began, int | float) or not 0 <= now.timestamp() - began < LASTS.total_seconds():
        return None
    id_, _, stamp = said.partition(":")
    account = staff().of_session(id_, stamp)
    if account is None:
        return None
    if account.seen_at is None or now - account.seen_at > _SEEN:
        staff().see(account, now)
    return Me(account)


def me() -> Account | None:
    """Whoever is logged in, else None."""
    return cast("Me", current_user).account if current_user.is_authenticated else None


def begin(account: Account, now: datetime) -> None:
    """From now on this browser is theirs; whatever the cookie held before is gone."""
    session.clear()
    login_user(Me(account))
    session[_BEGAN] = session[_CONFIRMED] = now.timestamp()


def go_on(account: Account) -> None:
    """The same session under the account's new stamp."""
    began, confirmed = session.get(_BEGAN), session.get(_CONFIRMED)
    login_user(Me(account))
    session[_BEGAN], session[_CONFIRMED] = began, confirmed


def end() -> None:
    logout_user()
    session.clear()


def confirm(now: datetime) -> None:
    session[_CONFIRMED] = now.timestamp()


def confirmed(now: datetime) -> bool:
    """Whether the password was typed within the grace."""
    at = session.get(_CONFIRMED)
    return isinstance(at, int | float) and 0 <= now.timestamp() - at < GRACE.total_seconds()


def caller() -> str:
    return request.remote_addr or "?"


def by(why: str | None = None) -> By:
    """Who does it, from where and why, now; for the audit."""
    mine = me()
    return By(services().now(), mine.name if mine else None, (why or "").strip() or None, where=caller())


def by_of(account: Account) -> By:
    """The same of somebody who logs in just now."""
    return By(services().now(), account.name, where=caller())


def install(app: Flask) -> None:
    cookies: dict[str, Any] = {
        "SESSION_COOKIE_NAME": "bridge",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": cast("Services", app.extensions["bridge"]).settings.public_url.startswith("https://"),
        "SESSION_REFRESH_EACH_REQUEST": False,
    }
    app.config.update(cookies)
    app.session_interface = Sessions()
    logins.init_app(app)
