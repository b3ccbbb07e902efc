"""A report in sentences, for people at a terminal. The codes and their words are in schemas/codes.py."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from schemas import codes, normal


def told(report: Mapping[str, Any]) -> Iterator[str]:
    """A staff's report in words."""
    yield str(codes.OUTCOMES[report["outcome"]])
    if report["reason"]:
        yield _reason(report)
    yield f"Webhook {report['hook']}, version {report['revision']}; submitted {report['submitted_at']}"
    contact = report.get("contact") or {}
    if contact.get("id"):
        how = "created" if contact["created"] else f"found by {contact['found_by'] or 'its number'}"
        yield f"Contact {contact['id']}, {how}"
    if report.get("reached"):
        yield f"Others have the address too, also reached: {', '.join(report['reached'])}"
    if report.get("parent"):
        yield f"A row of one unsubscription, part of: {report['parent']}"
    yield from _section("Answers", [_answer(line) for line in report["answers"]])
    yield from _section("Fields", [_field(line) for line in report["fields"]])
    yield from _section("Remarks", [str(codes.NOTES[note["code"]]) for note in report["notes"]])
    yield from _section("Erased by your rules", report["cleared"])
    kept = report["kept"]
    yield (
        f"Kept: {kept['fields']} fields, {kept['formdatas']} form answers, "
        f"{kept['custom_fields']} custom fields, {kept['tags']} tags"
    )
    if report["protected"]:
        names = ", ".join(report["protected"])
        yield f"A plain webhook with these answers would have erased {len(report['protected'])} fields: {names}"


def consents_told(receipts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What is kept as proof of consents, in words."""
    said = [one for receipt in receipts for one in receipt["statements"]]
    yield from _section(
        "Consents", [f"{one['said']}: {one['name']} ({one['value']}), by “{one['wording']}”" for one in said]
    )


def stopped(space: str, reason: str, since: datetime) -> str:
    """Why nothing is written in a space now."""
    return f"{space}: {codes.QUEUED[reason]} Since {normal.to_ms(since)}."


def tripped(hook: str, code: str, field: str, count: int, since: datetime) -> str:
    """Why a hook stopped by itself, and what to do."""
    said = {
        "same_value": f"one value of {field} for {count} contacts within an hour, nearly all that got one",
        "shared_address": f"the same {field} for {count} contacts within an hour",
        "creations": f"{count} new contacts within an hour, far over usual",
        "clears": f"{count} fields erased within an hour, far over usual",
        "dropped": f"Qomon dropped something of {count} of the last writes",
    }
    return (
        f"{hook}: stopped by itself since {normal.to_ms(since)}: {said[code]}. "
        f"If it is right: flask resume --hook {hook}"
    )


def turned_away(hook: str, count: int, lost: int, since: datetime, why: str) -> str:
    """What a hook refused at the door, and what to do."""
    calls = "1 call" if count == 1 else f"{count} calls"
    longer = f" {lost} of them too long to be kept." if lost else ""
    return (
        f"{hook}: {calls} refused since {normal.to_ms(since)}.{longer} The newest: {why} "
        f"Kept for 72 hours: correct the secret, then: flask inbox recheck {hook}"
    )


def kept_while_broken(hook: str, count: int, since: datetime, why: str, days: int) -> str:
    """What came to a hook that does not load, and what to do."""
    calls = "1 call" if count == 1 else f"{count} calls"
    return (
        f"{hook}: {calls} since {normal.to_ms(since)} could not be checked. {why} "
        f"Kept for {days} days: set it right, then: flask inbox recheck {hook}"
    )


def _reason(report: Mapping[str, Any]) -> str:
    """`missing_contact` holds or ignores: the outcome tells which sentence is meant."""
    known = codes.IGNORED if report["outcome"] == "ignored" else {**codes.QUEUED, **codes.HELD}
    return str(known[report["reason"]])


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"{title}:"
        yield from (f"  {line}" for line in lines)


def _answer(line: Mapping[str, Any]) -> str:
    to = f" -> {line['to']}" if line.get("to") not in (None, "nothing") else ""
    outside = ", ".join(f"‘{said}’" for said in line.get("outside", ()))
    return f"{line['label']}{to}: {codes.ANSWERS[line['status']]}" + (f" No choice: {outside}." if outside else "")


def _field(line: Mapping[str, Any]) -> str:
    confirmed = f", {codes.CONFIRMED[line['confirmed']]}" if line["confirmed"] else ""
    return f"{line['field']}: {codes.CHANGES[line['change']]}{confirmed}"
