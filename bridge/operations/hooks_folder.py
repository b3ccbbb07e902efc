"""The hook files of the repository come into the store at a release: all or none, and over nobody's decision.

What people decided here since, a version that they went back to, a draft, a deletion, stays until the file changes.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.errors import Faults, TryLater
from bridge.hooks import revisions
from bridge.hooks.check import check
from bridge.hooks.registry import Exported, Hook, Hooks, Imported, parse
from bridge.hooks.revisions import By
from bridge.inbox import captured
from bridge.operations import importing
from bridge.operations.authoring.in_service import SENDING
from bridge.operations.authoring.publishing import Publisher
from bridge.operations.authoring.rehearsal import Rehearsal
from bridge.operations.changing import owner
from bridge.qomon.catalogue import Catalogue
from bridge.services import Services
from bridge.settings import Settings
from bridge.store.store import lock

WHO = "HOOKS_FOLDER"
"""Who made the versions that came from the folder: the newest of them is what its file said last."""
_LARGEST = 400_000
"""Bytes of a hook file."""


class HookFile(NamedTuple):
    path: str
    hook: Hook


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that changed something. A rehearsal: it would lose answers, and waits as a draft. `waits`: submissions
    that the hook kept while it only listened."""

    file: HookFile
    done: Imported | Rehearsal
    waits: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """A file that changed nothing. `why` is empty where the store says what it says."""

    file: HookFile
    why: str = ""


class _OnlyLooked(Exception):
    """Ends a transaction of which nothing is to stay."""


def read(settings: Settings) -> list[HookFile]:
    """The files of the folder, by name; no store is asked. Raises Faults: those of all files at once."""
    folder = Path(settings.hooks_folder)
    if not folder.is_dir():
        raise Faults([_("HOOKS_FOLDER: there is no folder %(folder)s.", folder=folder)])
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file())
    if not paths:
        raise Faults([f"HOOKS_FOLDER: {folder}: {_('no .yaml or .yml file is in this folder.')}"])
    files: dict[str, HookFile] = {}
    faults: list[str] = []
    for path in paths:
        try:
            hook = parse(_text(path), settings.environ.get, settings.qomon, settings.timezone, settings.region)
        except Faults as wrong:
            faults += [f"{path}: {fault}" for fault in wrong.faults]
            continue
        first = files.setdefault(hook.name, HookFile(str(path), hook))
        if first.hook is not hook:  # they would overwrite each other at each release
            faults.append(
                _("%(file)s: about the hook %(hook)s, as %(first)s is.", file=path, hook=hook.name, first=first.path)
            )
    if faults:
        raise Faults(faults)
    return [*files.values()]


def _text(path: Path) -> str:
    """Raises Faults."""
    try:
        with path.open("rb") as file:
            body = file.read(_LARGEST + 1)
        if len(body) > _LARGEST:
            raise Faults([_("this is no hook file: it is larger than %(most)s bytes.", most=_LARGEST)])
        return body.decode("utf-8-sig")
    except OSError:
        raise Faults([_("this file cannot be read.")]) from None
    except UnicodeDecodeError:
        raise Faults([_("this is not UTF-8 text. Save the file as UTF-8.")]) from None


def bring(services: Services, files: Sequence[HookFile], by: By, *, only_look: bool = False) -> list[Brought | Left]:
    """Into the store, in one transaction. `only_look`: what that would do, and nothing stays of it. Raises Faults, and
    then nothing was changed. Qomon's fields must be known for that: nobody is there who could be told what is lost.
    """
    with services.store.read() as tx:
        new = [file for file in files if _left(tx, services.hooks, file) is None]
    forms = _catalogues(services, new)
    if faults := [f"{path}: {fault}" for path, hook in new for fault in check(hook, forms[hook.space])]:
        raise Faults(faults)
    press = Publisher(services.vault)  # it may have to write once: not within a write
    done: list[Brought | Left] = []
    with suppress(_OnlyLooked), services.store.write() as tx:
        lock(tx, ["hooks"])
        for file in files:
            left = _left(tx, services.hooks, file)
            if left is None and file not in new:  # it was not looked at beside Qomon's fields
                left = Left(file, _("somebody changed the hook a moment ago. The next release looks at it again."))
            try:
                done.append(left or _brought(tx, services.hooks, press, file, forms[file.hook.space], by))
            except Faults as wrong:
                faults += [f"{file.path}: {fault}" for fault in wrong.faults]
        if faults:
            raise Faults(faults)
        if only_look:
            raise _OnlyLooked
    return done


def _catalogues(services: Services, files: Sequence[HookFile]) -> Mapping[str, Catalogue]:
    """Qomon's fields as they are now, by space. Raises Faults."""
    found = {}
    for space in dict.fromkeys(file.hook.space for file in files):
        try:
            found[space] = services.catalogues.refresh(space, services.spaces[space].visit(), services.now())
        except TryLater:
            told = _(
                "Qomon’s fields could not be read, so no hook was changed; those in service stay. Deploy again in a "
                "minute, or take HOOKS_FOLDER away to deploy without the files."
            )
            raise Faults([told]) from None
    return found


def _brought(tx: Connection, hooks: Hooks, press: Publisher, file: HookFile, catalogue: Catalogue, by: By) -> Brought:
    """Raises Faults."""
    done = importing.put(tx, hooks, press, file.hook, catalogue, by, force=False)
    if isinstance(done, Rehearsal):
        return Brought(file, done)
    begun = revisions.draft(tx, done.hook.id)
    if begun is not None and begun.by.who == WHO:  # of an earlier text of this file
        revisions.drop_draft(tx, done.hook.id)
    return Brought(file, done, len(captured.waiting(tx, done.hook.id)) if done.hook.mode in SENDING else 0)


def _left(tx: Connection, hooks: Hooks, file: HookFile) -> Left | None:
    """Why the file changes nothing; None: it is to be brought."""
    name, text = file.hook.name, file.hook.text
    there = hooks.exported(tx, name)
    if there is None:
        other = revisions.once_called(tx, name)
        told = _("the hook is called %(other)s here since. Write hook: %(other)s in the file.", other=other)
        return Left(file, told) if other is not None else None
    if there.deleted:
        told = _("the hook was deleted here. Take the file away, or bring it back: flask hooks import %(file)s")
        return Left(file, told % {"file": file.path})
    if there.text == text:
        return Left(file)
    if owner(there.text) == "pages":
        told = _("the hook is kept on the pages. To overwrite it: flask hooks import %(file)s --force")
        return Left(file, told % {"file": file.path})
    return _decided(tx, there, file)


def _decided(tx: Connection, there: Exported, file: HookFile) -> Left | None:
    """What people did here since the file said what it says, or while it waits."""
    begun = revisions.draft(tx, there.id)
    if begun is not None and begun.by.who == WHO and begun.text == file.hook.text:
        told = _("it waits as a draft since an earlier release. See it: flask hooks rehearse %(hook)s")
        return Left(file, told % {"hook": file.hook.name})
    if begun is not None and begun.by.who != WHO:
        told = _(
            "there is a draft that somebody began. Publish it, or throw it away: flask hooks discard %(hook)s",
            hook=file.hook.name,
        )
        return Left(file, told)
    past = revisions.history(tx, there.id)
    brought = [version.text for version in past if version.by.who == WHO]
    if file.hook.text in (brought[-1:] or [version.text for version in past]):
        told = _(
            "the file has not changed, and another version is in service here since. To put the file’s in service: "
            "flask hooks import %(file)s",
            file=file.path,
        )
        return Left(file, told)
    return None
