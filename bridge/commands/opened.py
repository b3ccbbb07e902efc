"""Hooks and accounts as people name them at a terminal: a file, a name, a draft. What is wrong ends the command."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import Refused, about, refuse, the_services
from bridge.door import quarantine
from bridge.errors import TryLater
from bridge.hooks.registry import Hook
from bridge.model import Delivery
from bridge.qomon.catalogue import Catalogue
from bridge.qomon.client import Qomon
from bridge.report.wording import kept_while_broken, turned_away
from bridge.sources.kit.form_body import from_file

_LARGEST = 400_000
"""Bytes of a hook file that are read at all."""


def kept(hook: str, many: int) -> str:
    """What a hook that sends now kept while it only listened, and what to do with it."""
    return ngettext(
        "%(num)s submission was kept while it only listened, and is not sent.\n"
        "Send it: flask inbox release --kept %(hook)s\n"
        "Leave it out: flask inbox skip --kept %(hook)s",
        "%(num)s submissions were kept while it only listened, and are not sent.\n"
        "Send them, oldest first: flask inbox release --kept %(hook)s\n"
        "Leave them out: flask inbox skip --kept %(hook)s",
        many,
        hook=hook,
    )


def url(address: str) -> str:
    return f"{the_services().settings.public_url}/hooks/{address}"


def space_of(name: str) -> Qomon:
    """The client of a Qomon account."""
    known = the_services().spaces
    if name not in known:
        raise unknown_space(name, known)
    return known[name]


def unknown_space(name: str, known: Iterable[str]) -> Refused:
    return Refused(_("No Qomon account is called %(name)s. Known: %(known)s.", name=name, known=", ".join(known)))


def call_of(file: BinaryIO, headers: Sequence[str]) -> Delivery:
    """A call as a tool would make it."""
    try:
        return from_file(file.read(), headers)
    except ValueError:
        raise click.BadParameter(_("write a header as 'Name: value'."), param_hint="-H") from None


def files(path: str) -> list[str]:
    """One file, or the hook files of a folder by name."""
    if not Path(path).is_dir():
        return [path]
    found = sorted(str(file) for file in Path(path).iterdir() if file.suffix in (".yaml", ".yml"))
    refuse(path, [] if found else [_("no .yaml or .yml file is in this folder.")])
    return found


def parsed(path: str) -> Hook:
    """A file's hook; `-` is stdin."""
    with click.open_file(path, "rb") as file:
        body = file.read(_LARGEST)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("%(path)s: this is not UTF-8 text. Save the file as UTF-8.", path=path)) from None
    with about(path):
        return the_services().hooks.parse(text)


def stored(name: str) -> Hook:
    """The hook of the store, as it is in service."""
    services = the_services()
    with about(name), services.store.read() as tx:
        hook = services.hooks.by_name(tx, name)
    if hook is not None and hook.deleted:
        raise Refused(
            _(
                "%(name)s was deleted. To bring it back: flask hooks export %(name)s > FILE, then "
                "flask hooks import FILE",
                name=name,
            )
        )
    if hook is None:
        raise Refused(_("There is no hook %(name)s and no such file. See: flask hooks list", name=name))
    return hook


def turned_away_ones(name: str | None = None) -> list[str]:
    """What was refused at the door, by this hook or any, in words."""
    services = the_services()
    with services.store.read() as tx:
        heaps = [heap for heap in quarantine.heaps(tx) if name in (None, heap.hook)]
    days = services.settings.held.days
    return [
        kept_while_broken(heap.hook, heap.count, heap.since, heap.why, days)
        if heap.waits
        else turned_away(heap.hook, heap.count, heap.lost, heap.since, heap.why)
        for heap in heaps
    ]


def catalogues(hooks: Iterable[Hook]) -> dict[str, Catalogue]:
    """Qomon's forms as they are now, by space; without those that cannot be read."""
    services, found = the_services(), {}
    for space in dict.fromkeys(hook.space for hook in hooks):
        with suppress(TryLater):
            found[space] = services.catalogues.refresh(space, services.spaces[space].visit(), services.now())
    return found


def catalogue(hook: Hook) -> Catalogue:
    """Qomon's forms as they are now, for what must not be done without."""
    found = catalogues([hook]).get(hook.space)
    if found is None:
        raise Refused(_("Qomon's fields could not be read, so nothing was done. Try again in a minute."))
    return found
