"""What the deployer sets: environment variables read once into frozen Settings, every fault told together.

The only file that looks at the process's environment. It decides nothing at import time and opens nothing.
"""

import ipaddress
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import phonenumbers
from environs import Env, EnvValidationError, ValidationError, validate
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

QOMON = "https://incoming.qomon.app"
DATABASE = "sqlite:///data/bridge.db"
SHORTEST_KEY = 32

_PURPOSES: Mapping[str, tuple[str, str]] = {
    "QOMON_TOKEN": ("", "Qomon's key for this account. A further account: QOMON_TOKEN__NAME."),
    "QOMON_URL": (QOMON, "Where Qomon listens. A further account: QOMON_URL__NAME."),
    "DATABASE_URL": (DATABASE, "The store: a SQLite file on a disk that lasts, or a Postgres database."),
    "BRIDGE_KEY": ("a file beside the store", "Seals what is stored; to be set with Postgres. Several: newest first."),
    "PUBLIC_URL": ("http://127.0.0.1:PORT", "The address that form tools call, as they see it."),
    "PORT": ("8000", "Where the bridge listens."),
    "PROXIES": ("0", "How many proxies of ours stand in front: so many of their words on who calls are believed."),
    "SANDBOX_PORT": ("8001", "Where the sandbox Qomon of `make run` listens."),
    "WRITING": ("on", "off: everything is received and kept, nothing is written to Qomon."),
    "HELD_DAYS": ("90", "Days for which what waits for a person, or for a setting that is missing, is kept."),
    "DEFAULT_REGION": ("FR", "The country of phone numbers and postcodes that do not say theirs."),
    "TIMEZONE": ("Europe/Paris", "The zone of times without one, where a hook does not say its own."),
    "ALLOW_EPHEMERAL": ("off", "1: accept a disk that is emptied at each start, and lose what it held."),
}
"""Each setting's default, as people read it, and what it is for."""

_SPACE_VARIABLE = re.compile(r"QOMON_(?:TOKEN|URL)__(?P<name>.+)")
_DRIVER = "postgresql+psycopg"
_THROW_AWAY = ("DYNO", "CONTAINER", "RENDER")  # Heroku, Scalingo, Render: files are gone at the next start


@dataclass(frozen=True, slots=True)
class Space:
    """One Qomon account. The token is kept out of repr, and so out of any message that prints this."""

    url: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """`bridge_keys` is empty when none is set: with SQLite the key is then the file beside the database."""

    qomon: Mapping[str, Space]
    database_url: str = field(repr=False)
    bridge_keys: tuple[str, ...] = field(repr=False)
    public_url: str
    port: int
    proxies: int
    sandbox_port: int
    writing: bool
    held: timedelta
    region: str
    timezone: ZoneInfo
    environ: Mapping[str, str] = field(repr=False)
    """Everything that was set, for the `$NAME` of hook files."""


@dataclass(frozen=True, slots=True)
class Described:
    """One line of `flask settings`. A secret `value` is masked; `given` is false for a default."""

    name: str
    value: str
    given: bool
    purpose: str


def environment() -> Mapping[str, str]:
    """The process's environment as it is now."""
    return dict(os.environ)


def read_settings(environ: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """The settings and all their faults. In the place of a fault they hold the default: for showing only."""
    env = _Variables(environ)
    port = env.int("PORT", 8000, validate=_is_port) or 8000
    keys = env.str("BRIDGE_KEY", "", validate=_are_keys) or ""
    zone = env.str("TIMEZONE", "Europe/Paris", validate=_is_zone)
    settings = Settings(
        qomon=_spaces(env, environ),
        database_url=_database(env.str("DATABASE_URL", DATABASE, validate=_is_store) or DATABASE),
        bridge_keys=tuple(key.strip() for key in keys.split(",") if key.strip()),
        public_url=(env.str("PUBLIC_URL", "", validate=_is_web) or f"http://127.0.0.1:{port}").rstrip("/"),
        port=port,
        proxies=env.int("PROXIES", 0, validate=validate.Range(0, 9)) or 0,
        sandbox_port=env.int("SANDBOX_PORT", 8001, validate=_is_port) or 8001,
        writing=bool(env.bool("WRITING", True)),
        held=timedelta(days=env.int("HELD_DAYS", 90, validate=validate.Range(1, 3650)) or 90),
        region=env.str("DEFAULT_REGION", "FR", validate=_is_region) or "FR",
        timezone=ZoneInfo(zone or "Europe/Paris"),
        environ=dict(environ),
    )
    allowed = bool(env.bool("ALLOW_EPHEMERAL", False))
    return settings, [*env.faults(), *_lasting(settings, allowed=allowed)]


def described(settings: Settings) -> list[Described]:
    """Every setting, in the order to read them, further spaces after the first."""
    further = [name for name in sorted(settings.environ) if _SPACE_VARIABLE.fullmatch(name)]
    return [_described(name, settings.environ) for name in [*_PURPOSES, *further]]


def _described(name: str, environ: Mapping[str, str]) -> Described:
    default, purpose = _PURPOSES[name.partition("__")[0]]
    given = environ.get(name, "").strip()
    secret = name.startswith(("QOMON_TOKEN", "BRIDGE_KEY"))
    masked = f"set ({len(given)} characters)" if secret else _masked(given)
    return Described(name, masked if given else default, bool(given), purpose)


def _masked(url: str) -> str:
    """Without what may be a secret: all before the host, each value behind it, and the password of a libpq line."""
    unnamed = re.sub(r"(?is)^([a-z0-9+.-]*:?//)?.*@", r"\1...@", url)
    return re.sub(r"(?is)([?&][^=&]*=)[^&]*|(pass\w*\s*=\s*)('[^']*'?|\S+)", r"\1\2...", unnamed)


class _Variables(Env):
    """Reads the mapping it is given, where environs reads the process's own. Blank counts as not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        self._given = environ

    def _get_value(self, env_key: str, default: Any) -> Any:
        return self._given.get(env_key, "").strip() or default

    def faults(self) -> list[str]:
        try:
            self.seal()
        except EnvValidationError as error:
            told = cast("Mapping[str, list[str]]", error.error_messages)
            return [f"{name}: {text}" for name, texts in told.items() for text in texts]
        return []


def _spaces(env: _Variables, environ: Mapping[str, str]) -> dict[str, Space]:
    found = (_SPACE_VARIABLE.fullmatch(name) for name in sorted(environ))
    spaces = {"default": _space(env, "")}
    for name in dict.fromkeys(match["name"] for match in found if match):
        spaces[name.lower()] = _space(env, f"__{name}", _names_a_space(name))
    return spaces


def _space(env: _Variables, suffix: str, *checks: Callable[[str], None]) -> Space:
    return Space(
        url=(env.str(f"QOMON_URL{suffix}", QOMON, validate=[_is_safe, *checks]) or QOMON).rstrip("/"),
        token=env.str(f"QOMON_TOKEN{suffix}", validate=[_is_token, *checks]) or "",
    )


def _names_a_space(name: str) -> Callable[[str], None]:
    def check(_token: str) -> None:
        if not re.fullmatch(r"[A-Z0-9]+(_[A-Z0-9]+)*", name) or name == "DEFAULT":
            raise ValidationError("the name of a space is capitals, digits and single underscores, and not DEFAULT.")

    return check


def _is_token(text: str) -> None:
    if not re.fullmatch(r"[!-~]+", text):
        raise ValidationError("holds a space or a sign that no token has. Copy it again.")


def _is_safe(url: str) -> None:
    """A token must not travel in clear: http only to this machine."""
    _is_web(url)
    parts = urlsplit(url)
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ValidationError("must start with https:// (http:// would send the token in clear).")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_web(url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValidationError("is not an address.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValidationError("must be an address that starts with https://.")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValidationError("must be an address without a user, a query or a fragment.")


def _is_store(url: str) -> None:
    """SQLAlchemy's own error would quote the password."""
    try:
        known = make_url(_database(url))
    except (ArgumentError, ValueError):
        known = None
    server = known is not None and known.drivername == _DRIVER and bool(known.database)
    if not server and not re.fullmatch(r"sqlite:///[^?#:]+", url):
        raise ValidationError(
            "must be sqlite:/// and the path of a file, such as sqlite:///data/bridge.db, "
            "or postgres:// with its user, password, host and database, as the platform gives it."
        )


def _database(url: str) -> str:
    """SQLAlchemy's spelling of what the platforms set."""
    return re.sub(r"^postgres(ql)?(\+psycopg)?://", f"{_DRIVER}://", url)


def _are_keys(text: str) -> None:
    if any(len(key.strip()) < SHORTEST_KEY for key in text.split(",")):
        raise ValidationError(
            f"each key (several are separated by commas) must have {SHORTEST_KEY} characters or more."
        )


def _is_region(text: str) -> None:
    if text not in phonenumbers.SUPPORTED_REGIONS:
        raise ValidationError("must be a country in two capitals, such as FR.")


def _is_zone(text: str) -> None:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, LookupError):
        raise ValidationError("must be a time zone such as Europe/Paris.") from None


_is_port = validate.Range(1, 65535)


def _lasting(settings: Settings, *, allowed: bool) -> Iterator[str]:
    """Faults where what is needed to read the store again would be gone at the next start (ledger.md 26)."""
    marks = [name for name in settings.environ if name in _THROW_AWAY or name.startswith("RAILWAY_")]
    if settings.database_url.startswith(_DRIVER):
        if not settings.bridge_keys:
            yield "BRIDGE_KEY: must be set with Postgres: 32 characters or more. Without it the store is noise."
    elif marks and not allowed:
        yield (
            f"DATABASE_URL: {min(marks)} is set, so files here vanish at the next start, and a SQLite store "
            "with them. Set it to a Postgres database, run the bridge where a disk lasts, or set ALLOW_EPHEMERAL=1 "
            "to lose every submission at each start."
        )
