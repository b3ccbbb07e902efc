"""`flask settings`: what is set, secrets masked, and every fault at once.

It works when the settings do not, and the bridge could not start.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from flask_babel import gettext as _

from bridge.commands.command import AS_JSON, command, show, unopened
from bridge.services import Services
from bridge.settings import Described, described


@command("settings", opened=unopened)
@AS_JSON
def settings_command(services: Services, *, as_json: bool) -> bool:
    """Show what is set, secrets masked, and every fault. Exit 1 when there is a fault.

    \b
    Example:
      flask settings
      flask settings --json
    """
    shown, faults = described(services.settings), services.faults
    said = {"settings": [asdict(one) for one in shown], "faults": faults}
    show(said, _table(shown, faults), as_json=as_json)
    return not faults


def _table(shown: Sequence[Described], faults: Sequence[str]) -> Iterator[str]:
    width = max(len(one.name) for one in shown)
    for one in shown:
        value = one.value if one.given else _("%(value)s (default)", value=one.value) if one.value else _("not set")
        yield f"{one.name:<{width}}  {value}"
        yield f"{'':<{width}}  {one.purpose}"
    if faults:
        yield ""
    yield from (_("FAULT  %(fault)s", fault=fault) for fault in faults)
