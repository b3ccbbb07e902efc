"""The settings of a deployer, a line each: how it is read, its default, what it is for, and whether it is secret.

Names are those of the environment, where a blank one is not set.
"""

import ipaddress
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import phonenumbers
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from marshmallow import EXCLUDE, Schema, ValidationError, fields
from marshmallow.validate import OneOf, Range, Regexp
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from schemas.lines import later

SHORTEST_KEY = 32
SHORTEST_CODE = 12
QOMON = "https://incoming.qomon.app"
DATABASE = "sqlite:///data/bridge.db"
DRIVER = "postgresql+psycopg"
LANGUAGES = ("en", "fr")

_NO_STORE = _(
    "must be sqlite:/// and the path of a file, such as sqlite:///data/bridge.db, "
    "or postgres:// with its user, password, host and database, as the platform gives it."
)
_NOT_SET: dict[str, Any] = {"required": [_("Environment variable not set.")]}
_NO_NUMBER: dict[str, Any] = {"invalid": [_("Not a valid integer.")]}
_NO_SWITCH: dict[str, Any] = {"invalid": [_("Not a valid boolean.")]}
_OUTSIDE = _("Must be greater than or equal to {min} and less than or equal to {max}.")
_token_like = re.compile(r"[!-~]+")
_channel = re.compile(r"[a-z][a-z0-9+.-]*://[!-~]+", re.IGNORECASE)
_token = Regexp(r"[!-~]+\Z", error=later(_("holds a space or a sign that no token has. Copy it again.")))
_language = OneOf(LANGUAGES, error=later(_("Must be one of: {choices}.")))
_log_format = OneOf(("text", "json"), error=later(_("Must be one of: {choices}.")))
_region = OneOf(phonenumbers.SUPPORTED_REGIONS, error=later(_("must be a country in two capitals, such as FR.")))


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(","))
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise ValidationError(
            gettext(
                "each key (several are separated by commas) must have %(least)s characters or more.",
                least=SHORTEST_KEY,
            )
        )
    return keys


def _code(text: str) -> str:
    if len(text) < SHORTEST_CODE:
        raise ValidationError(
            gettext("must have %(least)s characters or more: whoever guesses it owns the bridge.", least=SHORTEST_CODE)
        )
    return text


def _token_of_ours(text: str) -> str:
    if len(text) < SHORTEST_CODE or _token_like.fullmatch(text) is None:
        raise ValidationError(gettext("must have %(least)s characters or more, without a space.", least=SHORTEST_CODE))
    return text


def _channels(text: str) -> tuple[str, ...]:
    """Separated by spaces: an Apprise address may hold commas. What each means, Apprise says when it is used."""
    channels = tuple(text.split())
    if not all(_channel.fullmatch(one) for one in channels):
        raise ValidationError(
            gettext(
                "must be addresses as Apprise writes them, such as mailtos://user:password@example.org, "
                "separated by spaces."
            )
        )
    return channels


def _folder(path: str) -> str:
    """Whether it is there is seen when it is read: other processes need not have it."""
    if "://" in path or path.lower().endswith((".yaml", ".yml")):
        raise ValidationError(gettext("must be a folder in which hook files lie, such as webhooks."))
    return path


def _store(written: str) -> str:
    """In SQLAlchemy's spelling of what the platforms set. Its own error would quote the password."""
    url = re.sub(r"^postgres(ql)?(\+psycopg)?://", f"{DRIVER}://", written)
    try:
        known = make_url(url)
    except (ArgumentError, ValueError):
        known = None
    server = known is not None and known.drivername == DRIVER and bool(known.database)
    if not server and not re.fullmatch(r"sqlite:///[^?#:]+", url):
        raise ValidationError([_NO_STORE])
    return url


def _web(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValidationError(gettext("is not an address.")) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValidationError(gettext("must be an address that starts with https://."))
    if parts.username is not None or parts.query or parts.fragment:
        raise ValidationError(gettext("must be an address without a user, a query or a fragment."))
    return url.rstrip("/")


def _called(url: str) -> str:
    """An address that we call, which may hold a key."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValidationError(gettext("is not an address.")) from None
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return url
    if parts.scheme != "https" or not parts.hostname:
        raise ValidationError(gettext("must be an address that starts with https://."))
    return url


def _qomon(url: str) -> str:
    """A token must not travel in clear: http only to this machine."""
    parts = urlsplit(_web(url))
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValidationError(gettext("must start with https:// (http:// would send the token in clear)."))
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValidationError(gettext("must be a time zone such as Europe/Paris.")) from None


def _text(
    read: Callable[[str], Any],
    default: Any,
    purpose: LazyString,
    shown: str | LazyString | None = None,
    *,
    secret: bool = False,
) -> fields.Function:
    """`default` None: it must be set. `shown`: the default as people read it."""
    metadata = {"purpose": purpose, "shown": str(default or "") if shown is None else shown, "secret": secret}
    if default is None:
        return fields.Function(deserialize=read, required=True, error_messages=_NOT_SET, metadata=metadata)
    return fields.Function(deserialize=read, load_default=default, metadata=metadata)


def _number(least: int, most: int, default: int, purpose: LazyString) -> fields.Integer:
    metadata = {"purpose": purpose, "shown": str(default), "secret": False}
    return fields.Integer(
        load_default=default,
        validate=Range(least, most, error=later(_OUTSIDE)),
        error_messages=_NO_NUMBER,
        metadata=metadata,
    )


def _switch(purpose: LazyString, *, on: bool) -> fields.Boolean:
    metadata = {"purpose": purpose, "shown": "on" if on else "off", "secret": False}
    return fields.Boolean(load_default=on, error_messages=_NO_SWITCH, metadata=metadata)


class SpaceSchema(Schema):
    """One Qomon account. Further ones have the same names and __NAME."""

    class Meta:
        unknown = EXCLUDE

    QOMON_TOKEN = _text(
        _token, None, _("Qomon's key for this account. A further account: QOMON_TOKEN__NAME."), secret=True
    )
    QOMON_URL = _text(_qomon, QOMON, _("Where Qomon listens. A further account: QOMON_URL__NAME."))


class SettingsSchema(SpaceSchema):
    DATABASE_URL = _text(_store, DATABASE, _("The store: a SQLite file on a disk that lasts, or a Postgres database."))
    BRIDGE_KEY = _text(
        _keys,
        (),
        _("Seals what is stored; to be set with Postgres. Several: newest first."),
        _("a file beside the store"),
        secret=True,
    )
    SETUP_CODE = _text(
        _code,
        "",
        _("Opens /setup, where the first account is made. Not set: /setup is closed, use flask staff add."),
        secret=True,
    )
    PUBLIC_URL = _text(_web, "", _("The address that form tools call, as they see it."), "http://127.0.0.1:PORT")
    PORT = _number(1, 65535, 8000, _("Where the bridge listens."))
    PROXIES = _number(
        0, 9, 0, _("How many proxies of ours stand in front: so many of their words on who calls are believed.")
    )
    WRITING = _switch(_("off: everything is received and kept, nothing is written to Qomon."), on=True)
    KEEP_DAYS = _number(
        1, 3650, 30, _("Days for which answers and reports are kept after a submission is over. Then they are erased.")
    )
    UNDO_DAYS = _number(1, 3650, 30, _("Days for which a written submission can be put back."))
    HELD_DAYS = _number(
        1, 3650, 90, _("Days for which what waits for a person, or for a setting that is missing, is kept.")
    )
    ALERT_URLS = _text(
        _channels,
        (),
        _("Where alerts go: addresses of Apprise, separated by spaces."),
        _("nobody is told"),
        secret=True,
    )
    HEARTBEAT_URL = _text(
        _called,
        "",
        _("Called every 5 minutes while all is well: whoever waits there notices a bridge that is dead."),
        _("nobody waits"),
        secret=True,
    )
    METRICS_TOKEN = _text(
        _token_of_ours,
        "",
        _("Opens /metrics, for Prometheus. Not set: /metrics is closed."),
        _("it is closed"),
        secret=True,
    )
    LOG_FORMAT = _text(_log_format, "text", _("text or json: how a line of the log is written."))
    HOOKS_FOLDER = _text(
        _folder,
        "",
        _("A folder of hook files in the repository, which flask upgrade imports at each release."),
        _("no folder"),
    )
    AUDIT_DAYS = _number(1, 3650, 400, _("Days for which it is kept who did what."))
    DEFAULT_LANGUAGE = _text(
        _language, "fr", _("fr or en: what commands speak where neither --language nor LANG says it.")
    )
    DEFAULT_REGION = _text(_region, "FR", _("The country of phone numbers and postcodes that do not say theirs."))
    TIMEZONE = _text(
        _zone, ZoneInfo("Europe/Paris"), _("The zone of times without one, where a hook does not say its own.")
    )
    ALLOW_EPHEMERAL = _switch(_("1: accept a disk that is emptied at each start, and lose what it held."), on=False)
