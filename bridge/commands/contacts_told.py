"""What `flask contacts` found, told: in lines for people, as JSON, as rows of a table."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.inbox.written import Window
from bridge.operations import contact_file
from bridge.operations.activity import Deed, Wrote
from bridge.operations.contact_file import ContactFile
from bridge.report.wording import ABOUT, OUTCOMES, consents_told, field_told
from bridge.store.vault import Vault
from bridge.translations import quoted
from schemas import codes, normal
from schemas.fields import spoken_each

_DEED = ("at", "contact", "event", "space", "hook", "revision", "kind", "outcome", "reason", "about", "released")
CHANGED = (*_DEED, "field", "change", "confirmed", "erased", "opens")
"""The columns of `changed`."""
SHOWN = ("what", *_DEED, "name", "status", "confirmed", "said", "before", "after", "erased", "opens")
"""The columns of `show`; `what`: event, answer, field, consent, mark, withdrawn."""


def plain(deed: Deed) -> dict[str, Any]:
    """Without a value."""
    event = deed.event
    return {
        "at": _ms(deed.at),
        "contact": deed.contact,
        "event": event.id,
        "space": event.space,
        "hook": event.hook_name or event.hook,
        "revision": event.revision,
        "kind": event.kind,
        "outcome": event.outcome.value,
        "reason": event.reason,
        "about": event.origin,
        "released": _ms(event.released),
        "fields": [_field(one) for one in deed.fields],
        "erased": _ms(event.erased),
        "opens": deed.opens,
    }


def rows(deed: Deed) -> Iterator[dict[str, Any]]:
    """One for each field; one without where none is known."""
    whole = plain(deed)
    yield from ({**whole, **field} for field in whole["fields"] or [{}])


def lines(deed: Deed) -> Iterator[str]:
    """Without a value."""
    yield from (_head(deed), *(f"  {field_told(_field(one))}" for one in deed.fields), *_lacks(deed, opens=deed.opens))


def listed(items: Iterable[Any]) -> Iterator[str]:
    """A JSON list, an item on each line, however many there are."""
    last = None
    for item in items:
        yield "[" if last is None else f"{last},"
        last = f"  {json.dumps(item, ensure_ascii=False)}"
    yield from ("[]",) if last is None else (last, "]")


class Count:
    """What passed, for the last lines."""

    def __init__(self) -> None:
        self._all = self._erased = self._shut = 0

    def each(self, deeds: Iterable[Deed]) -> Iterator[Deed]:
        for deed in deeds:
            self._all += 1
            self._erased += deed.event.erased is not None
            self._shut += not deed.opens
            yield deed

    def told(self, window: Window, now: datetime) -> Iterator[str]:
        when = {"since": _ms(window.since), "until": _ms(window.until or now)}
        if not self._all:
            yield _("Nothing was written between %(since)s and %(until)s.", **when)
            return
        yield ngettext(
            "%(num)s submission wrote something between %(since)s and %(until)s.",
            "%(num)s submissions wrote something between %(since)s and %(until)s.",
            self._all,
            **when,
        )
        if self._erased:
            yield ngettext(
                "The answers and the report of %(num)s of them were erased, their days being over.",
                "The answers and the reports of %(num)s of them were erased, their days being over.",
                self._erased,
            )
        yield from shut(self._shut)


def shut(many: int) -> Iterator[str]:
    """What does not open, and what to do."""
    if many:
        yield ngettext(
            "%(num)s of them does not open, or not all of it. If a key or a backup of the store is missing, put it "
            "back and ask again.",
            "%(num)s of them do not open, or not all of them. If a key or a backup of the store is missing, put it "
            "back and ask again.",
            many,
        )


def shared(found: ContactFile) -> Iterator[str]:
    """That an address is not one person, and whom to ask for."""
    if len(found.contacts) > 1:
        yield _(
            "Several contacts share this address: %(contacts)s. Only what was said with it is shown. All of one: "
            "flask contacts show %(first)s",
            contacts=", ".join(map(str, found.contacts)),
            first=found.contacts[0],
        )


def file_plain(vault: Vault, space: str, found: ContactFile) -> dict[str, Any]:
    """A person's file, with all its values."""
    proofs = {one.event: one.said for one in found.receipts}
    return {
        "space": space,
        "contacts": [*found.contacts],
        "events": [
            {**_whole(vault, deed, proofs.get(deed.event.id, ())), "opens": deed.event.id not in found.shut}
            for deed in found.deeds
        ],
        "marks": [
            {"contact": contact, "field": field, "submitted_at": _ms(at)}
            for contact, fields in found.marks.items()
            for field, at in fields.items()
        ],
        "withdrawn": [
            {"field": field, "element": element, "submitted_at": _ms(at)}
            for (field, element), at in found.withdrawn.items()
        ],
        "waits": [deed.event.id for deed in found.deeds if deed.event.status != "done"],
    }


def file_rows(vault: Vault, space: str, found: ContactFile) -> Iterator[dict[str, Any]]:
    """The same, flat: of each event itself, its answers, fields and consents, each a row."""
    whole = file_plain(vault, space, found)
    for event in whole["events"]:
        yield {**event, "what": "event"}
        for kind, parts in (("answer", _answer_rows), ("field", _field_rows), ("consent", _consent_rows)):
            yield from ({**event, "what": kind, **row} for row in parts(event))
    for kind in ("mark", "withdrawn"):
        parts = whole["marks" if kind == "mark" else kind]
        for one in parts:
            row = {"name": one["field"], "said": one.get("element"), "at": one["submitted_at"]}
            yield {"what": kind, "space": space, "contact": one.get("contact"), **row}


def file_lines(vault: Vault, space: str, found: ContactFile) -> Iterator[str]:
    """The same for people."""
    whole = file_plain(vault, space, found)
    known = ", ".join(map(str, found.contacts))
    named = _("Contact %(contacts)s in %(space)s", contacts=known, space=space)
    yield named if known else _("No contact known yet in %(space)s", space=space)
    for deed, told in zip(found.deeds, whole["events"], strict=True):
        yield ""
        yield _head(deed)
        if deed.event.action is not None:
            yield "  " + ABOUT[deed.event.action] % {"event": deed.event.origin}
        yield from _section(_("Answers:"), [_answer_told(one) for one in told["answers"]])
        yield from _section(_("Fields:"), [_field_told(one) for one in told["fields"]])
        yield from (f"  {line}" for line in consents_told(told["consents"] or ()))
        yield from _lacks(deed, opens=told["opens"])
    if whole["marks"] or whole["withdrawn"]:
        yield ""
    seen = [(one["field"], one["submitted_at"]) for one in whole["marks"]]
    yield from _section(_("The newest submission about each field:"), map(_dated, seen), indent="")
    gone = [(one["field"], one["submitted_at"]) for one in whole["withdrawn"]]
    yield from _section(_("Taken back, and remembered:"), map(_dated, gone), indent="")
    yield from _section(_("Waits for a decision or its turn:"), whole["waits"], indent="")


def _whole(vault: Vault, deed: Deed, proofs: Sequence[Any] | None) -> dict[str, Any]:
    fields = [{**_field(one), **_values(one)} for one in deed.fields]
    found_by = ((deed.report or {}).get("contact") or {}).get("found_by")
    return {
        **plain(deed),
        "received_at": _ms(deed.event.received_at),
        "submitted_at": _ms(deed.event.submitted_at),
        "found_by": found_by,
        "answers": _answers(vault, deed),
        "fields": fields,
        "consents": None if proofs is None else [*proofs],
    }


def _answers(vault: Vault, deed: Deed) -> list[dict[str, Any]]:
    """What was said, and what became of each answer as far as it was looked at."""
    fates: dict[str, list[dict[str, Any]]] = {}
    for line in (deed.report or {}).get("answers", ()):
        fates.setdefault(line["key"], []).append(line)
    read = contact_file.said(vault, deed)
    told = {one.key: (one.label, _said(one.value)) for one in read[0].answers} if read else {}
    labels = {key: lines[0]["label"] for key, lines in fates.items() if key not in told}
    every = {**told, **{key: (label, None) for key, label in labels.items()}}
    return [
        {"key": key, "label": label, "said": said, "status": line.get("status"), "to": line.get("to")}
        for key, (label, said) in every.items()
        for line in fates.get(key, [{}])
    ]


def _said(value: Any) -> list[str]:
    """Nothing of a question that the tool lists without an answer."""
    return [] if value is None else [*filter(None, spoken_each(value))]


def _answer_rows(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in event["answers"]:
        yield {"name": one["label"], "said": _joined(one["said"]), "status": one["status"]}


def _field_rows(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in event["fields"]:
        values = {"before": _joined(one["before"]), "after": _joined(one["after"])}
        yield {"name": one["field"], "status": one["change"], "confirmed": one["confirmed"], **values}


def _consent_rows(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in (one for proof in event["consents"] or () for one in proof["statements"]):
        yield {"name": one["name"], "status": one["said"], "said": one["wording"], "after": one["value"]}


def _joined(texts: Sequence[str] | None) -> str | None:
    return None if texts is None else "; ".join(texts)


def _field(one: Wrote) -> dict[str, Any]:
    return {"field": one.field, "change": one.change, "confirmed": one.confirmed}


def _values(one: Wrote) -> dict[str, Any]:
    before, after = one.values or (None, None)
    return {"before": before, "after": after}


def _head(deed: Deed) -> str:
    event = deed.event
    hook = _("webhook %(hook)s, version %(version)s", hook=event.hook_name or event.hook, version=event.revision)
    whose = _("no contact known") if deed.contact is None else _("contact %(id)s", id=deed.contact)
    outcome = str(OUTCOMES[event.outcome.value]) + (f" ({event.reason})" if event.reason else "")
    said = [str(_ms(deed.at or event.received_at)), whose, hook, event.id, outcome]
    if event.released is not None:
        said.append(_("sent by somebody’s decision at %(at)s", at=_ms(event.released)))
    return "  ".join(said)


def _lacks(deed: Deed, *, opens: bool) -> Iterator[str]:
    if deed.event.erased is not None:
        yield "  " + _("Its answers and its report were erased at %(at)s.", at=_ms(deed.event.erased))
    if not opens:
        yield "  " + _("What is stored of it does not open, or not all of it.")


def _answer_told(one: dict[str, Any]) -> str:
    status = codes.ANSWERS[one["status"]] if one["status"] else _("not looked at yet")
    said = [quoted(one["said"])] if one["said"] else []
    return _("%(name)s: %(what)s", name=one["label"], what=" ".join([*said, f"({status})"]))


def _field_told(one: dict[str, Any]) -> str:
    if one["before"] is None:
        return field_told(one)
    values = (quoted(one[name]) or _("nothing") for name in ("before", "after"))
    return f"{field_told(one)}: {' → '.join(values)}"


def _dated(one: tuple[str, str | None]) -> str:
    return _("%(name)s: %(what)s", name=one[0], what=one[1] or _("only filled where it was blank"))


def _section(title: str, told: Iterable[str], indent: str = "  ") -> Iterator[str]:
    found = list(told)
    if found:
        yield f"{indent}{title}"
        yield from (f"{indent}  {line}" for line in found)


def _ms(at: datetime | None) -> str | None:
    return None if at is None else normal.to_ms(at)
