"""What forms can write to in a Qomon account: its fields as last read, who uses them, and how they are read again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bridge.hooks.revisions import By
from bridge.mapping.targets import forms_named, is_form
from bridge.operations import audit
from bridge.qomon.catalogue import Catalogue, Form
from bridge.services import Services
from schemas.normal import folded


@dataclass(frozen=True, slots=True)
class Fields:
    """`catalogue` None: never read. `lost`: what the last read lacked, so that it was not adopted, at `lost_at`.
    `uses`: by number of a field, the webhooks (id, name) that write to it. `twice`: numbers of those that share their
    name with another one of their category."""

    catalogue: Catalogue | None
    at: datetime | None
    lost: str | None
    lost_at: datetime | None
    uses: Mapping[int, list[tuple[str, str]]]
    twice: frozenset[int]

    @property
    def forms(self) -> list[Form]:
        """By category as Qomon has them, then by label."""
        listed = self.catalogue.forms.values() if self.catalogue else ()
        return sorted(listed, key=lambda form: (form.category, folded(form.label), form.id))


def known(services: Services, space: str) -> Fields:
    """Nobody asks Qomon for it."""
    catalogue, at = services.catalogues.last(space) or (None, None)
    lost, lost_at = services.catalogues.doubted(space) or (None, None)
    if catalogue is None:
        return Fields(None, None, lost, lost_at, {}, frozenset())
    with services.store.read() as tx:
        uses = _uses(tx, services, space, catalogue)
    names = Counter((form.category, folded(form.label)) for form in catalogue.forms.values())
    twice = {form.id for form in catalogue.forms.values() if names[form.category, folded(form.label)] > 1}
    return Fields(catalogue, at, lost, lost_at, uses, frozenset(twice))


def refresh(services: Services, space: str, by: By, *, forced: bool = False) -> Catalogue:
    """Read them now. When more than a fifth is gone at once the old ones stay, unless it is `forced` by somebody who
    knows that it is right: that is noted. Raises TryLater("catalogue").
    """

    def noted(tx: Connection) -> None:
        audit.note(tx, services.vault, by, "catalogue_forced", space)

    visit = services.spaces[space].visit()
    return services.catalogues.refresh(space, visit, services.now(), forced=noted if forced else None)


def _uses(tx: Connection, services: Services, space: str, catalogue: Catalogue) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for one in services.hooks.listed(tx):
        if one.hook is None or one.hook.space != space:
            continue
        rules = (rule for rule in one.hook.rules if is_form(rule.to))
        named = {form.id for rule in rules for form in forms_named(rule.to, catalogue, rule.form_id)}
        for number in named:
            found.setdefault(number, []).append((one.hook.id, one.name))
    return found
