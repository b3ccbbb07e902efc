"""A copy of all that the store holds of one person, as data (docs/laws.md 8.4). It changes nothing."""

from collections.abc import Collection, Mapping
from typing import Any, cast

from sqlalchemy import Connection, select

from bridge.crossing.opened import record_within, report_of
from bridge.door import quarantine
from bridge.hooks.revisions import By
from bridge.inbox import records
from bridge.merge import consent, history
from bridge.model import Answer, Event
from bridge.operations import audit
from bridge.operations.person import Near, Person, others
from bridge.operations.traces import holds, text_of
from bridge.report import receipts
from bridge.services import Services
from bridge.store.tables import mark, seen, undo
from bridge.store.vault import BrokenSeal, Vault
from schemas import normal
from schemas.report import staff_view


def copy(tx: Connection, vault: Vault, person: Person, elsewhere: Collection[str], base_url: str) -> dict[str, Any]:
    """`elsewhere`: hooks, by id, of other accounts; `base_url`: where reports are shown."""
    taken = consent.recall(tx, vault, person.asked.space, person.addresses)
    waits = quarantine.holding(tx, vault, elsewhere, lambda call: holds(text_of(call), person.addresses))
    return {
        "account": person.asked.space,
        "asked_by": person.asked.by,
        "addresses": [{"kind": kind, "address": address} for kind, address in sorted(person.addresses)],
        "submissions": [_submission(tx, vault, event, contact, base_url) for event, contact in person.events],
        "contacts": [_contact(tx, person.asked.space, contact) for contact in person.contacts],
        "taken_back": [
            {"field": field, "choice": element or None, "submitted_at": _at(at)}
            for (field, element), at in sorted(taken.items())
        ],
        "refused_calls": len(waits),
        "near": near_as_json(person.near),
    }


def handed_over(services: Services, person: Person, by: By) -> dict[str, Any]:
    """`copy`, noted before anybody has it."""
    vault, space = services.vault, person.asked.space
    elsewhere = others(services, space)
    with services.store.read() as tx:
        whole = copy(tx, vault, person, elsewhere, services.settings.public_url)
    with services.store.write() as tx:
        told = {"account": space, "asked_by": person.asked.by}
        audit.note(tx, vault, by, "exported", person.asked.print, **told, submissions=len(person.events))
    return {"at": normal.to_ms(services.now()), **whole}


def near_as_json(near: Collection[Near]) -> list[dict[str, Any]]:
    return [{"contact": one.contact, "submissions": one.submissions} for one in near]


def _submission(tx: Connection, vault: Vault, event: Event, contact: int | None, base_url: str) -> dict[str, Any]:
    sealed = {} if event.erased is not None else record_within(vault, event)
    read = records.read(sealed or {})
    submission, who = read or (None, None)
    return {
        "event": event.id,
        "webhook": event.hook_name or event.hook,
        "kind": event.kind,
        "submitted_at": normal.to_ms(event.submitted_at),
        "received_at": normal.to_ms(event.received_at),
        "erased": None if event.erased is None else normal.to_ms(event.erased),
        "opens": sealed is not None,
        "contact": contact,
        "identities": {} if who is None else {**who.identities, **{f"new {n}": text for n, text in who.joins.items()}},
        "names": [] if who is None else [name for name in (who.firstname, who.surname) if name],
        "answers": [] if submission is None else [_answer(one) for one in submission.answers],
        "sent": _sent(sealed),
        "report": staff_view(report_of(vault, event), base_url),
        "consents": receipts.of_event(tx, vault, event.id),
        "before": _before(tx, vault, event.id),
    }


def _sent(sealed: Mapping[str, Any] | None) -> Any:
    """As the tool wrote it; a call that could not be read in Base64."""
    return None if not sealed else sealed["raw"] if "raw" in sealed else sealed["body"]


def _answer(answer: Answer) -> dict[str, Any]:
    value: Any = answer.value
    if isinstance(value, tuple | Mapping):
        value = {**value} if isinstance(value, Mapping) else [*value]
    return {"key": answer.key, "label": answer.label, "value": value}


def _before(tx: Connection, vault: Vault, id_: str) -> dict[str, Any] | None:
    """The way back: what the contact showed before and after, by field."""
    row = tx.execute(select(undo).where(undo.c.event == id_)).one_or_none()
    if row is None:
        return None
    try:
        opened = cast("dict[str, Any]", vault.unseal(row.sealed))
    except (BrokenSeal, ValueError):
        opened = {}
    return {"contact": int(row.contact), "at": _at(row.at), "fields": opened}


def _contact(tx: Connection, space: str, contact: int) -> dict[str, Any]:
    """What is known of a contact: when which field was written. Values are kept as fingerprints only."""
    marks = tx.execute(
        select(mark.c.field, mark.c.submitted_at)
        .where(mark.c.space == space, mark.c.contact == contact, mark.c.field != history.NAMES)
        .order_by(mark.c.field, mark.c.element)
    )
    met = tx.execute(select(seen.c.at).where(seen.c.space == space, seen.c.contact == contact)).scalar()
    written = dict.fromkeys((row.field, _at(row.submitted_at)) for row in marks)
    return {
        "contact": contact,
        "looked_at": _at(met),
        "written": [{"field": field, "submitted_at": at} for field, at in written],
    }


def _at(at: int | None) -> str | None:
    return None if at is None else normal.to_ms(normal.from_epoch_ms(at))
