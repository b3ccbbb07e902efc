"""What moved around a hook in service: its form, Qomon's fields, the flow of its submissions. It reads the store."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Connection

from bridge.hooks import revisions
from bridge.hooks.registry import Hook
from bridge.operations.authoring import drift, samples
from bridge.operations.authoring.drift import Moved
from bridge.operations.authoring.publishing import LAST, questions_of
from bridge.qomon.catalogue import Catalogue
from bridge.store.vault import Vault
from schemas import normal
from schemas.moved import COUNTED, MOVED

AREAS = {"form": _("Form:"), "qomon": _("Qomon:"), "flow": _("Submissions:")}


@dataclass(frozen=True, slots=True)
class DriftWatch:
    """Works in the caller's transaction, on one moment of Qomon's forms."""

    vault: Vault
    now: datetime

    def moved(self, tx: Connection, hook: Hook, catalogue: Catalogue) -> list[Moved]:
        """Everything, the form first. A hook that nothing was received for has no form yet."""
        past = samples.last(tx, self.vault, hook, LAST)
        asked, named = revisions.as_was(tx, hook.id, hook.revision)
        known = drift.from_plain(self.vault.unseal(asked)) if asked is not None else ()
        recent = past[: drift.RECENT]
        form = drift.form_drift(hook, known, questions_of(past), questions_of(recent), len(recent)) if past else []
        forms = drift.from_named(json.loads(named)) if named is not None else ()
        came = samples.came(tx, hook.id, self.now - drift.LOOK)
        flow = drift.flow([drift.Came(*one) for one in came], self.now)
        unknown = drift.unknown_choices(hook, questions_of(past), catalogue)
        return [*form, *unknown, *drift.qomon_drift(hook, forms, catalogue), *flow]


def told(moved: Sequence[Moved]) -> Iterator[str]:
    """In words, area by area."""
    for area, title in AREAS.items():
        mine = [one for one in moved if one.area == area]
        yield from [str(title), *(f"  {sentence(one)}" for one in mine)] if mine else []


def sentence(moved: Moved) -> str:
    rules = ", ".join(map(str, moved.rules)) or "-"
    since = normal.to_ms(moved.since)[:10] if moved.since is not None else ""
    said = COUNTED[moved.code](moved.count) if moved.code in COUNTED else str(MOVED[moved.code])
    return said.format(subject=moved.subject, detail=moved.detail, count=moved.count, rules=rules, since=since)


def plain(moved: Moved) -> dict[str, Any]:
    """For programs."""
    return {
        "area": moved.area,
        "code": moved.code,
        "subject": moved.subject,
        "rules": list(moved.rules),
        "detail": moved.detail,
        "count": moved.count,
        "since": normal.to_ms(moved.since) if moved.since is not None else None,
        "said": sentence(moved),
    }
