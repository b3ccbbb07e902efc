"""What became of every answer and of every field: built step by step as one JSON object, shown in two views. Pure.

The staff's view is docs/report.md. The caller's view holds only what the caller sent and what the mapping made of it:
`schemas/report.py` dumps both from the one object that is sealed with the event.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeAlias

from bridge.merge.merge import Merged
from bridge.model import Change, Changes, Event, Mapped, Outcome
from bridge.qomon.compare import Facets
from schemas import normal
from schemas.contact import ChangesSchema

Report: TypeAlias = dict[str, Any]

_ADDED = ChangesSchema()
_LISTS = ("formdatas", "custom_fields", "tags")
_FATES = {"applied": "mapped", "kept": "kept", "blocked": "blocked", "older": "older"}
_ALARMS = ("dropped", "overwritten", "doubled", "rescued")
_WRITES = ("set", "fill", "add", "replace")


def start(
    hook: str, revision: int, outcome: Outcome, reason: str | None, said: datetime | None, now: datetime
) -> Report:
    """The report of an event that was just received. A tool's clock is never believed beyond ours."""
    at = min(said or now, now)
    clock = "received" if said is None else "capped" if said > now else "tool"
    return {
        "hook": hook,
        "revision": revision,
        "outcome": outcome.value,
        "reason": reason,
        "received_at": normal.to_ms(now),
        "submitted_at": normal.to_ms(at),
        "clock": clock,
        "contact": None,
        "answers": [],
        "rules": [],
        "fields": [],
        "notes": [],
        "kept": {"fields": 0, "formdatas": 0, "custom_fields": 0, "tags": 0},
        "cleared": [],
        "protected": [],
        "cost": {"tokens": 0, "calls": 0, "merged_with": 0, "waited_ms": 0},
        "mapping": {"answers": [], "formdatas": [], "custom_fields": []},
    }


ALWAYS = frozenset(start("", 0, Outcome.QUEUED, None, None, normal.from_epoch_ms(0)))
"""The keys that every report has."""


def erased(event: Event, at: datetime) -> Report:
    """What the row of an event still says that was erased at this moment."""
    said = None if event.submitted_at == event.received_at else event.submitted_at
    left = start(event.hook_name or event.hook, event.revision, event.outcome, event.reason, said, event.received_at)
    part = {} if event.parent is None else {"parent": event.parent}
    return {**left, **part, "event": event.id, "erased": normal.to_ms(at)}


def ended(report: Report, outcome: Outcome, reason: str | None = None) -> Report:
    """The same report with its outcome."""
    return {**report, "outcome": outcome.value, "reason": reason}


def mapped(report: Report, changes: Changes) -> Report:
    """What the mapping made of the answers, before any contact was looked at: all that a caller may see."""
    answers = [_answer(line) for line in changes.answers]
    entries: dict[str, list[Any]] = {"formdatas": [], "custom_fields": []}
    for change in changes.wanted:
        if change.target.form_id is not None and change.op in _WRITES:
            wanted = [(value[0], value[1]) for value in change.values if isinstance(value, tuple)]
            entries[change.target.field.partition(".")[0]] += [
                {"form_id": change.target.form_id, "form_ref_id": ref, "data": text} for ref, text in wanted
            ]
    rules = [{"rule": number, "status": status} for number, status in sorted(changes.rules.items())]
    reused = [note for note in report["notes"] if note["code"] == "key_reused"]
    notes = reused + [asdict(note) for note in changes.notes]
    corrected = report.get("corrected", {})
    own = [{name: line[name] for name in line if name != "sent" or line["key"] not in corrected} for line in answers]
    mapping = {"answers": own, **_ADDED.dump(entries)}
    answers = _as_given(answers, corrected)
    return {**report, "answers": answers, "rules": rules, "notes": notes, "mapping": mapping}


def merged(
    report: Report,
    changes: Changes,
    crossing: Sequence[Change],
    result: Merged,
    facets: tuple[Facets, Facets],
    changed: Iterable[str],
    name: Callable[[str], str],
    left: str = "held",
) -> Report:
    """What the merge does to each field, on top of what `mapped` says of these changes. `crossing`: those that were
    merged (all, or withdrawals only); `facets`: before and after; `changed`: the fields in which the two differ; `name`
    gives a field's name for people; `left`: what became of the other changes.
    """
    before, after = facets
    touched = {change.target.field: change.target.kind for change in crossing}
    touched |= dict.fromkeys(changed, "") | touched
    lines = [
        {"field": name(field), "change": _change(before.get(field), after.get(field), field, kind), "confirmed": None}
        for field, kind in touched.items()
    ]
    return {
        **report,
        "answers": _answers(report["answers"], changes.answers, crossing, result, left),
        "notes": report["notes"] + [asdict(note) for note in result.notes],
        "fields": lines,
        "kept": _kept(before, after),
        "cleared": [line["field"] for line in lines if line["change"] == "cleared"],
        "protected": [name(field) for field in _protected(before, changes.wanted)],
    }


def restored(
    report: Report,
    facets: tuple[Facets, Facets],
    changed: Collection[str],
    left: Mapping[str, str],
    name: Callable[[str], str],
    many: Collection[str],
) -> Report:
    """What is as it was before another event wrote it; `left`: what stays, and why; `many`: fields of several values.

    What somebody changed since is told as every write over ours is; and what was blank before is changed, for no rule
    clears it.
    """
    before, after = facets
    how = {
        field: _change(before.get(field), after.get(field), field, "checkbox" * (field in many)) for field in changed
    }
    lines = [
        {
            "field": name(field),
            "change": "changed" if change == "cleared" else change,
            "confirmed": None,
        }
        for field, change in how.items()
    ]
    stay = {field: "overwritten" if why == "changed_since" else None for field, why in left.items()}
    lines += [
        {"field": name(field), "change": "unchanged", "confirmed": status}
        for field, status in stay.items()
        if field not in changed
    ]
    return {
        **report,
        "fields": lines,
        "kept": _kept(before, after),
        "left": [{"field": name(field), "why": why} for field, why in sorted(left.items())],
    }


def confirmed(report: Report, statuses: Mapping[str, str], name: Callable[[str], str]) -> Report:
    """What Qomon shows of each field afterwards; one that was not to change is only spoken of when it did."""
    by_name = {name(field): status for field, status in statuses.items()}
    lines = []
    for line in report["fields"]:
        status = by_name.get(line["field"])
        told = status if line["change"] != "unchanged" or status in _ALARMS else None
        lines.append({**line, "confirmed": told or line["confirmed"]})
    named = {line["field"] for line in lines}
    lines += [
        {"field": field, "change": "unchanged", "confirmed": status}
        for field, status in by_name.items()
        if field not in named and status in _ALARMS
    ]
    return {**report, "fields": lines}


def _as_given(lines: Sequence[dict[str, Any]], corrected: Mapping[str, Any]) -> list[dict[str, Any]]:
    """With what was said where people put it right, and a line for what they left out altogether: behind the others."""
    given = {key: {name: one[name] for name in ("original", "corrected_by", "why")} for key, one in corrected.items()}
    there = {line["key"] for line in lines}
    out = [
        {"key": key, "label": one["label"], "status": "not_sent", **given[key]}
        for key, one in corrected.items()
        if key not in there
    ]
    return [{**line, **given.get(line["key"], {})} for line in lines] + out


def _answer(line: Mapped) -> dict[str, Any]:
    said: dict[str, Any] = {"key": line.key, "label": line.label, "status": line.status}
    more = {"to": line.to, "sent": line.sent, "outside": list(line.outside) or None}
    return said | {name: told for name, told in more.items() if told is not None}


def _answers(
    told: list[dict[str, Any]], lines: Sequence[Mapped], crossing: Sequence[Change], result: Merged, left: str
) -> list[dict[str, Any]]:
    """The mapping's lines, as `told`, with their fate: kept (already filled), blocked (consent law), `left` (did not
    cross).
    """
    fates = {change.rule: _FATES[fate] for change, fate in zip(crossing, result.fates, strict=True)}
    return [
        {**said, "status": fates.get(line.rule, left)} if line.status == "mapped" and line.rule is not None else said
        for said, line in zip(told, lines, strict=False)
    ] + told[len(lines) :]


def _change(before: Hashable, after: Hashable, field: str, kind: str) -> str:
    if before == after:
        return "unchanged"
    many = field == "tags" or kind == "checkbox"
    if many:
        old, new = _elements(before), _elements(after)
        return "added" if old <= new else "removed" if new <= old else "changed"
    if after is None:
        return "cleared"
    return "set" if before is None else "changed"


def _elements(facet: Hashable) -> set[Hashable]:
    return set(facet) if isinstance(facet, tuple) else set() if facet is None else {facet}


def _kept(before: Facets, after: Facets) -> dict[str, int]:
    counts = {"fields": 0, "formdatas": 0, "custom_fields": 0, "tags": 0}
    for field, facet in before.items():
        group = field.partition(".")[0]
        if group not in _LISTS:
            counts["fields"] += facet == after.get(field)
        elif facet == after.get(field):
            counts[group] += len(_elements(facet))
        else:
            counts[group] += len(_elements(facet) & _elements(after.get(field)))
    return counts


def _protected(before: Facets, wanted: Collection[Change]) -> list[str]:
    """The fields that a bare replace with these answers would have erased, wholly or in part."""
    sent = {change.target.field for change in wanted if change.op in _WRITES}
    many: dict[str, set[Hashable]] = {}
    for change in wanted:
        if change.op in _WRITES and change.target.is_list:
            values = {normal.tag(value) if isinstance(value, str) else value for value in change.values}
            many.setdefault(change.target.field, set()).update(values)
    return [
        field
        for field, facet in before.items()
        if field not in sent or (field in many and not _elements(facet) <= many[field])
    ]
