"""What search knows of the contacts: each change arrives there late, when the switch `index_delay_ms` says so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


class Index:
    """Changes on their way. Nothing is kept while `lagging` is off."""

    def __init__(self) -> None:
        self.lagging = False
        self._changes: dict[int, list[tuple[datetime, dict[str, Any] | None]]] = {}

    def note(self, contact_id: int, before: Mapping[str, Any] | None, at: datetime) -> None:
        """`before`: the contact as it is until now, None if it is not there yet."""
        if self.lagging:
            self._changes.setdefault(contact_id, []).append((at, None if before is None else dict(before)))

    def seen(self, contacts: Mapping[int, dict[str, Any]], until: datetime) -> list[Mapping[str, Any]]:
        """The contacts as they were at that moment. Later calls ask for later moments."""
        late = {id_: [one for one in changes if one[0] > until] for id_, changes in self._changes.items()}
        self._changes = {id_: changes for id_, changes in late.items() if changes}
        known: list[Mapping[str, Any]] = [one for id_, one in contacts.items() if id_ not in self._changes]
        return known + [before for (_at, before), *_later in self._changes.values() if before is not None]
