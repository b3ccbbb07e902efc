"""Hooks as people name them at a terminal: a file, a name, a draft. What is wrong is said and ends the command."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

import click
from flask import current_app

from bridge.door import quarantine
from bridge.errors import Faults, TryLater
from bridge.hooks.registry import Hook
from bridge.qomon.catalogue import Catalogue
from bridge.report.wording import kept_while_broken, turned_away
from bridge.services import Parts

_LARGEST = 400_000
"""Bytes of a hook file that are read at all."""
SENDING = ("approve", "live")
KEPT = (
    "{0} submissions were kept while it only listened, and are not sent.\n"
    "Send them, oldest first: flask inbox release --kept {1}\n"
    "Leave them out: flask inbox skip --kept {1}"
)


def the_parts() -> Parts:
    return cast("Parts", current_app.extensions["bridge"])


def url(address: str) -> str:
    return f"{the_parts().settings.public_url}/hooks/{address}"


def refuse(name: str, faults: Sequence[str]) -> None:
    """Ends the command if there are any."""
    if faults:
        raise click.ClickException("\n".join(f"{name}: {fault}" for fault in faults))


def files(path: str) -> list[str]:
    """One file, or the hook files of a folder by name."""
    if not Path(path).is_dir():
        return [path]
    found = sorted(str(file) for file in Path(path).iterdir() if file.suffix in (".yaml", ".yml"))
    refuse(path, [] if found else ["no .yaml or .yml file is in this folder."])
    return found


def parsed(path: str) -> Hook:
    """A file's hook; `-` is stdin."""
    with click.open_file(path, "rb") as file:
        body = file.read(_LARGEST)
    try:
        return the_parts().hooks.parse(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise click.ClickException(f"{path}: this is not UTF-8 text. Save the file as UTF-8.") from None
    except Faults as failure:
        refuse(path, failure.faults)
        raise


def stored(name: str) -> Hook:
    """The hook of the store, as it is in service."""
    parts = the_parts()
    with parts.store.read() as tx:
        try:
            hook = parts.hooks.by_name(tx, name)
        except Faults as failure:
            refuse(name, failure.faults)
            raise
    if hook is None or hook.deleted:
        raise click.ClickException(f"There is no hook {name} and no such file. See: flask hooks list")
    return hook


def turned_away_ones(name: str | None = None) -> list[str]:
    """What was refused at the door, by this hook or any, in words."""
    parts = the_parts()
    with parts.store.read() as tx:
        heaps = [heap for heap in quarantine.heaps(tx) if name in (None, heap.hook)]
    days = parts.settings.held.days
    return [
        kept_while_broken(heap.hook, heap.count, heap.since, heap.why, days)
        if heap.waits
        else turned_away(heap.hook, heap.count, heap.lost, heap.since, heap.why)
        for heap in heaps
    ]


def catalogues(hooks: Iterable[Hook]) -> dict[str, Catalogue]:
    """Qomon's forms as they are now, by space; without those that cannot be read."""
    parts, found = the_parts(), {}
    for space in dict.fromkeys(hook.space for hook in hooks):
        with suppress(TryLater):
            found[space] = parts.catalogues.refresh(space, parts.spaces[space].visit(), parts.now())
    return found


def catalogue(hook: Hook) -> Catalogue:
    """Qomon's forms as they are now, for what must not be done without."""
    found = catalogues([hook]).get(hook.space)
    if found is None:
        raise click.ClickException("Qomon's fields could not be read, so nothing was done. Try again in a minute.")
    return found
