"""`flask keys`: which keys seal what is stored, and everything under the newest of them."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.commands.command import ALL, AS_JSON, Whom, by_whom, command, remark, show
from bridge.operations import keys
from bridge.services import Services

_EACH = 1000
"""Records between two lines of progress."""
_PAUSE = 0.02
"""Seconds after each batch."""
_SHOWN = 20
"""Records that are named."""


@ALL.group("keys")
def keys_group() -> None:
    """The keys of BRIDGE_KEY, which seal what is stored about people."""


@command("list", keys_group)
@AS_JSON
def list_command(services: Services, *, as_json: bool) -> None:
    """Which keys seal how many records. An id tells nothing of its key.

    \b
    Example:
      flask keys list
    """
    counted, broken = keys.count(services.store, services.vault)
    said = {"keys": [asdict(one) for one in counted], "unopenable": broken}
    show(said, _table(counted, broken), as_json=as_json)


def _table(counted: Sequence[keys.Count], broken: int) -> Iterator[str]:
    for one in counted:
        records = ngettext("%(num)s record", "%(num)s records", one.seals)
        yield f"{one.key}  {_place(one)}  {records}"
    if broken:
        yield ngettext("%(num)s record does not open.", "%(num)s records do not open.", broken)


def _place(one: keys.Count) -> str:
    if one.place is None:
        return _("not in BRIDGE_KEY")
    if one.place == 1:
        return _("first in BRIDGE_KEY: it seals")
    if one.retired and not one.seals:
        return _("key number %(place)s in BRIDGE_KEY: it may be taken out", place=one.place)
    return _("key number %(place)s in BRIDGE_KEY: it still opens", place=one.place)


@command("rotate", keys_group)
@by_whom
@AS_JSON
def rotate_command(services: Services, *, by: Whom, as_json: bool) -> bool:
    """Seal everything that is stored anew under the first key of BRIDGE_KEY, while the bridge serves.

    To change the key: put a new one in front, BRIDGE_KEY=NEW,OLD, restart every process of the bridge, then run this.
    It may be stopped and run again. Exit 0 when everything is under the first key: the others may then be taken out.

    The version before cannot read what is sealed so: once this has run, there is no way back to it.

    \b
    Example:
      flask keys rotate
    """
    remark(_("Every process of the bridge must have been restarted with this BRIDGE_KEY before."))
    done = keys.rotate(services.store, services.vault, by(), _Progress())
    in_file = services.store.path is not None and not services.settings.bridge_keys
    said = {
        "key": done.key,
        "resealed": done.resealed,
        "unopenable": [asdict(one) for one in done.left],
        "free": done.free,
        "done": done.done,
    }
    show(said, _sentences(done, in_file=in_file), as_json=as_json)
    return done.done


class _Progress:
    """A line for each thousand; and after each batch a moment for who serves meanwhile."""

    def __init__(self) -> None:
        self._next = _EACH

    def __call__(self, done: int, total: int) -> None:
        time.sleep(_PAUSE)
        if done >= self._next:
            remark(_("%(done)s of %(total)s sealed anew", done=done, total=total))
            self._next = done - done % _EACH + _EACH


def _sentences(done: keys.Rotation, *, in_file: bool) -> Iterator[str]:
    if done.resealed:
        yield ngettext(
            "%(num)s record sealed anew under the key %(key)s.",
            "%(num)s records sealed anew under the key %(key)s.",
            done.resealed,
            key=done.key,
        )
    yield from _left(done.left)
    if done.restless:
        yield _(
            "Other processes go on sealing under an old key. Restart every process of the bridge with this BRIDGE_KEY, "
            "then run `flask keys rotate` again."
        )
    elif done.free:
        yield _(
            "Nothing is under these keys any more, they may be taken out of BRIDGE_KEY: %(keys)s. The first one, "
            "%(first)s, must stay.",
            keys=", ".join(done.free),
            first=done.key,
        )
    elif done.left:
        yield _("Keep every key of BRIDGE_KEY: these records may be under any.")
    elif not done.resealed:
        yield _("Everything is under the first key, %(key)s. There is nothing to do.", key=done.key)
        yield _how_in_file() if in_file else _how()


def _left(left: Sequence[keys.Left]) -> Iterator[str]:
    if not left:
        return
    yield ngettext(
        "%(num)s record does not open and stays as it is.",
        "%(num)s records do not open and stay as they are.",
        len(left),
    )
    for one in left[:_SHOWN]:
        yield f"  {one.column} {one.row}: {one.why}"
    if len(left) > _SHOWN:
        yield _("  and %(many)s more: flask keys rotate --json", many=len(left) - _SHOWN)


def _how() -> str:
    return _(
        "To change the key: put a new one in front, BRIDGE_KEY=NEW,OLD, restart every process of the bridge, then run "
        "`flask keys rotate`."
    )


def _how_in_file() -> str:
    return _(
        "To change the key: set BRIDGE_KEY to a new one, a comma, and what the file bridge.key beside the database "
        "holds; restart the bridge, then run `flask keys rotate`. From then on BRIDGE_KEY is the key, and the file is "
        "not read."
    )
