"""What the deployer sets: environment variables read once into frozen Settings, every fault told together.

The only file that looks at the process's environment. It decides nothing at import time and opens nothing.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from marshmallow import Schema, ValidationError

from schemas.settings import DRIVER, LANGUAGES, SettingsSchema, SpaceSchema, is_loopback

_SETTINGS, _SPACE = SettingsSchema(), SpaceSchema()
_TOKEN = "QOMON_TOKEN"  # noqa: S105 - its name
_SPACE_NAME = re.compile(r"(?!DEFAULT$)[A-Z0-9]+(_[A-Z0-9]+)*")
_SPACE_VARIABLE = re.compile(r"QOMON_(?:TOKEN|URL)__(?P<name>.+)")
_PLATFORMS = {
    "DYNO": False,  # Heroku
    "CONTAINER": False,  # Scalingo
    "INSTANCE_ID": False,  # Clever Cloud, where APP_ID is set too
    "K_SERVICE": False,  # Cloud Run: what can be mounted there is memory or no disk for SQLite
    "RENDER": True,
    "FLY_APP_NAME": True,
    "KOYEB_APP_NAME": True,
    "RAILWAY_": True,  # begins each of its names
}
"""What says that files are gone at the next start, by the platform's own variable; whether a disk that is mounted there
stays.
"""
_OWN_ADDRESS = {
    "RENDER_EXTERNAL_URL": "{}",
    "HEROKU_APP_DEFAULT_DOMAIN_NAME": "https://{}",
    "KOYEB_PUBLIC_DOMAIN": "https://{}",
    "RAILWAY_PUBLIC_DOMAIN": "https://{}",
    "FLY_APP_NAME": "https://{}.fly.dev",
}
"""What a platform says of where it serves us. Scalingo and Clever Cloud say no whole address: PUBLIC_URL is set there.
"""


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
    setup_code: str = field(repr=False)
    public_url: str
    port: int
    proxies: int
    writing: bool
    keep: timedelta
    undo: timedelta
    held: timedelta
    audit: timedelta
    alert_urls: tuple[str, ...] = field(repr=False)
    heartbeat_url: str = field(repr=False)
    metrics_token: str = field(repr=False)
    log_format: str
    hooks_folder: str
    """Whose hook files a release brings in; empty: of none."""
    language: str
    """Of what people read at this terminal."""
    default_language: str
    """Of pages, for a browser that says none of ours."""
    region: str
    timezone: ZoneInfo
    environ: Mapping[str, str] = field(repr=False)
    """Everything that was set, for the `$NAME` of hook files."""

    @property
    def alerted(self) -> bool:
        """Whether somebody is told when something is wrong (docs/laws.md 8.6)."""
        return bool(self.alert_urls or self.heartbeat_url)


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
    given = {name: text.strip() for name, text in environ.items() if text.strip()}
    said, faults = _loaded(_SETTINGS, given)
    qomon = {"default": Space(said["QOMON_URL"], said.get(_TOKEN, ""))}
    for name in dict.fromkeys(found["name"] for found in map(_SPACE_VARIABLE.fullmatch, sorted(environ)) if found):
        own, told = _loaded(_SPACE, given, f"__{name}")
        qomon[name.lower()] = Space(own["QOMON_URL"], own.get(_TOKEN, ""))
        faults += told if _SPACE_NAME.fullmatch(name) else [_unnamed(name)]
    settings = Settings(
        qomon=qomon,
        database_url=said["DATABASE_URL"],
        bridge_keys=said["BRIDGE_KEY"],
        setup_code=said["SETUP_CODE"],
        public_url=said["PUBLIC_URL"] or _own_address(given) or f"http://127.0.0.1:{said['PORT']}",
        port=said["PORT"],
        proxies=said["PROXIES"],
        writing=said["WRITING"],
        keep=timedelta(days=said["KEEP_DAYS"]),
        undo=timedelta(days=said["UNDO_DAYS"]),
        held=timedelta(days=said["HELD_DAYS"]),
        audit=timedelta(days=said["AUDIT_DAYS"]),
        alert_urls=said["ALERT_URLS"],
        heartbeat_url=said["HEARTBEAT_URL"],
        metrics_token=said["METRICS_TOKEN"],
        log_format=said["LOG_FORMAT"],
        hooks_folder=said["HOOKS_FOLDER"],
        language=_language(environ, said["DEFAULT_LANGUAGE"]),
        default_language=said["DEFAULT_LANGUAGE"],
        region=said["DEFAULT_REGION"],
        timezone=said["TIMEZONE"],
        environ=dict(environ),
    )
    faults += _reachable(said["PUBLIC_URL"], environ)
    return settings, [*faults, *_lasting(settings, allowed=said["ALLOW_EPHEMERAL"])]


def _own_address(given: Mapping[str, str]) -> str:
    """Empty where the platform says none."""
    return next((shape.format(given[name]) for name, shape in _OWN_ADDRESS.items() if name in given), "").rstrip("/")


def _marks(environ: Mapping[str, str]) -> dict[str, bool]:
    """The platforms that we are on, as in _PLATFORMS."""
    found = {
        name: stays
        for name in environ
        for mark, stays in _PLATFORMS.items()
        if name == mark or (mark.endswith("_") and name.startswith(mark))
    }
    if "APP_ID" not in environ:
        found.pop("INSTANCE_ID", None)
    return found


def _reachable(url: str, environ: Mapping[str, str]) -> Iterator[str]:
    """A fault where people would paste an address that no tool can call, or whose answers could be read on the way. Not
    where none is given: the bridge must start once before its address is known.
    """
    if not url or not _marks(environ):
        return
    if is_loopback(urlsplit(url).hostname or ""):
        yield _fault("PUBLIC_URL", _("The public address is %(url)s: only this machine can reach it.", url=url))
    elif not url.startswith("https://"):
        yield _fault("PUBLIC_URL", _("must be an address that starts with https://."))


def _loaded(schema: Schema, given: Mapping[str, str], suffix: str = "") -> tuple[dict[str, Any], list[str]]:
    """What is set under the schema's names and the suffix, and every fault."""
    said = {name: given[f"{name}{suffix}"] for name in schema.fields if f"{name}{suffix}" in given}
    try:
        return schema.load(said), []
    except ValidationError as error:
        told = error.messages_dict
    right = {name: text for name, text in said.items() if name not in told}
    faults = [_fault(f"{name}{suffix}", str(text)) for name, texts in told.items() for text in texts]
    return schema.load(right, partial=(_TOKEN,)), faults


def _fault(name: str, sentence: str) -> str:
    return _("%(key)s: %(sentence)s", key=name, sentence=sentence)


def _unnamed(space: str) -> str:
    said = _("the name of a space is capitals, digits and single underscores, and not DEFAULT.")
    return _fault(f"{_TOKEN}__{space}", said)


def described(settings: Settings) -> list[Described]:
    """Every setting, in the order to read them, further spaces after the first."""
    further = [name for name in sorted(settings.environ) if _SPACE_VARIABLE.fullmatch(name)]
    return [_described(name, settings.environ.get(name, "").strip()) for name in [*_SETTINGS.fields, *further]]


def _described(name: str, given: str) -> Described:
    known = _SETTINGS.fields[name.partition("__")[0]].metadata
    masked = _("set (%(count)s characters)", count=len(given)) if known["secret"] else _masked(given)
    return Described(name, masked if given else str(known["shown"]), bool(given), str(known["purpose"]))


def _masked(url: str) -> str:
    """Without what may be a secret: all before the host, each value behind it, and the password of a libpq line."""
    unnamed = re.sub(r"(?is)^([a-z0-9+.-]*:?//)?.*@", r"\1...@", url)
    return re.sub(r"(?is)([?&][^=&]*=)[^&]*|(pass\w*\s*=\s*)('[^']*'?|\S+)", r"\1\2...", unnamed)


def _language(environ: Mapping[str, str], default: str) -> str:
    """As a terminal says it, `fr_FR.UTF-8`, or the default where it says none of ours. C and POSIX are English."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    said = re.split(r"[_.@-]", locale)[0].lower()
    language = "en" if said in ("c", "posix") else said
    return language if language in LANGUAGES else default


def _lasting(settings: Settings, *, allowed: bool) -> Iterator[str]:
    """Faults where what is needed to read the store again would be gone at the next start (docs/ledger.md 26)."""
    if settings.database_url.startswith(DRIVER):
        if not settings.bridge_keys:
            yield _fault(
                "BRIDGE_KEY", _("must be set with Postgres: 32 characters or more. Without it the store is noise.")
            )
    elif not allowed and vanishes(settings):
        said = _(
            "%(name)s is set, so files here vanish at the next start, and a SQLite store with them. Set it to a "
            "Postgres database, run the bridge where a disk lasts, or set ALLOW_EPHEMERAL=1 to lose every submission "
            "at each start.",
            name=min(_marks(settings.environ)),
        )
        yield _fault("DATABASE_URL", said)


def vanishes(settings: Settings) -> bool:
    """Whether the store is a file on a disk that is known to be emptied at each start."""
    if settings.database_url.startswith(DRIVER):
        return False
    marks = _marks(settings.environ)
    return bool(marks) and not (all(marks.values()) and _on_a_mounted_disk(settings.database_url))


def _on_a_mounted_disk(url: str) -> bool:
    """A path within the application's own folder is never one."""
    path = Path(url.removeprefix("sqlite:///"))
    return path.is_absolute() and any(folder.is_mount() for folder in path.parents if folder != Path("/"))
