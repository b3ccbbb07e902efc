"""What one event says of consents, with the words that the person saw: what a receipt will hold. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridge.qomon import facets
from bridge.words import Change, Json, Submission
from schemas.fields import spoken_each

YES, WITHDRAWN = "yes", "withdrawn"


def stated(
    submission: Submission, crossing: Sequence[Change], fates: Sequence[str], after: Mapping[str, Any]
) -> list[dict[str, Json]]:
    """One statement per choice that a rule gave or took back, and that the contact then shows so: a yes that somebody
    had given before counts again, one that the same person takes back does not. `after`: the contact's new body.
    """
    said = [change for change, fate in zip(crossing, fates, strict=True) if fate == "applied"]
    return [one for change in said for one in _of(change, submission, after)]


def _of(change: Change, submission: Submission, after: Mapping[str, Any]) -> Iterator[dict[str, Json]]:
    target = change.target
    if target.field == "black_list" and change.values == (True,):
        yield _statement(change, submission, WITHDRAWN, "black_list")
    if not target.consent:
        return
    held = {entry["form_ref_id"] for entry in facets.part(after, target.field) or ()}
    for value in change.values:
        if isinstance(value, tuple) and (value[0] in held) == (change.op != "remove"):
            yield _statement(change, submission, YES if change.op != "remove" else WITHDRAWN, value[1])


def _statement(change: Change, submission: Submission, said: str, value: str) -> dict[str, Json]:
    return {
        "field": change.target.field,
        "name": change.target.name,
        "said": said,
        "value": value,
        "wording": _wording(change, submission),
    }


def _wording(change: Change, submission: Submission) -> str:
    """The question and what was ticked, as the person saw them; for a constant, the kind of event."""
    answer = next((one for one in submission.answers if one.key == change.answer), None)
    if answer is None:
        return change.answer or submission.kind
    return f"{answer.label}: {', '.join(spoken_each(answer.value))}"
