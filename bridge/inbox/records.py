"""What is sealed of an event: what the tool wrote of it, and how the door read that (docs/ledger.md 2).

What the tool wrote stays for replay and for mending, and says what is the same when it comes again. How it was read is
handed on: nobody who crosses it reads it a second time. A version that does not know the one still has the other.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bridge.model import Answer, Json, Record, Submission, Value, Who

_WRITTEN = {"body", "key", "volatile"}


def plain(record: Record) -> dict[str, Json]:
    """A record that is still to be read, or could not be."""
    volatile: list[Json] = [*sorted(record.volatile)]
    return {"body": record.body, "key": record.key, "volatile": volatile}


def read_as(record: Mapping[str, Json], submission: Submission, who: Who) -> dict[str, Json]:
    """The same with the submission that it was read as, and whom that is about. What both hold is there once."""
    at = submission.submitted_at
    answers: list[Json] = [_answer(one) for one in submission.answers]
    names: list[Json] = [who.firstname, who.surname]
    found: dict[str, Json] = {"identities": {**who.identities}, "names": names, "joins": {**who.joins}}
    read: dict[str, Json] = {
        "key": submission.key,
        "at": None if at is None else at.isoformat(),
        "kind": submission.kind,
        "answers": answers,
        "identities": {**submission.identities},
        "thin": submission.thin,
        "who": found,
    }
    return {**record, "read": read}


def is_record(sealed: object) -> bool:
    return isinstance(sealed, dict) and sealed.keys() >= _WRITTEN


def written(sealed: Mapping[str, Any]) -> Record:
    """As the tool wrote it."""
    return Record(sealed["body"], sealed["key"], frozenset(sealed["volatile"]))


def read(sealed: Mapping[str, Any]) -> tuple[Submission, Who] | None:
    """As it was read at the door; None of what another version stored, if it is not to be understood."""
    try:
        return _read(sealed["read"], sealed["body"])
    except (LookupError, TypeError, ValueError):
        return None


def _read(said: Mapping[str, Any], body: Json) -> tuple[Submission, Who]:
    at, found = said["at"], said["who"]
    submission = Submission(
        said["key"],
        None if at is None else datetime.fromisoformat(at),
        said["kind"],
        tuple(_read_answer(*one) for one in said["answers"]),
        said["identities"],
        body,
        said["thin"],
    )
    first, last = found["names"]
    return submission, Who(found["identities"], first, last, found["joins"])


def _answer(answer: Answer) -> list[Json]:
    value: Any = answer.value
    if isinstance(value, tuple):
        value = [*value]
    elif isinstance(value, Mapping):
        value = {**value}
    return [answer.key, answer.label, answer.type, value, [*answer.aliases], [*answer.offered], {**answer.parts}]


def _read_answer(
    key: str, label: str, type_: Any, value: Any, aliases: list[str], offered: list[str], parts: dict[str, str]
) -> Answer:
    said: Value = tuple(value) if isinstance(value, list) else value
    return Answer(key, label, type_, said, tuple(aliases), tuple(offered), parts)
