"""What one event says of consents, with the words that the person saw: what a receipt will hold. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bridge.merge.precedence import WHOLE
from bridge.model import Change, Json, Submission
from bridge.qomon import compare
from schemas.fields import spoken_each

YES, NO, WITHDRAWN = "yes", "no", "withdrawn"


def taken_back(changes: Iterable[Change]) -> list[tuple[str, str]]:
    """What the withdrawals among these take back: field and element, as marks name them."""
    found: list[tuple[str, str]] = []
    for change in (change for change in changes if change.withdraws):
        whole = change.target.form_id is None or change.refuses_all
        refs = [WHOLE] if whole else [str(value[0]) for value in change.values if isinstance(value, tuple)]
        found += [(change.target.field, ref) for ref in refs]
    return found


def stated(
    submission: Submission, crossing: Sequence[Change], fates: Sequence[str], after: Mapping[str, Any]
) -> list[dict[str, Json]]:
    """One statement per choice that a rule gave or took back, and that the contact then shows so: a yes that somebody
    had given before counts again, one that the same person takes back does not. `after`: the contact's new body.
    """
    applied = [change for change, fate in zip(crossing, fates, strict=True) if fate == "applied"]
    return [statement for change in applied for statement in _of(change, submission, after)]


def _of(change: Change, submission: Submission, after: Mapping[str, Any]) -> Iterator[dict[str, Json]]:
    target = change.target
    if target.field == "black_list" and change.values == (True,):
        yield _statement(change, submission, WITHDRAWN, "black_list")
    if not target.consent:
        return
    held = {entry["form_ref_id"] for entry in compare.part(after, target.field) or ()}
    verdict = (NO if change.refuses else YES) if change.op != "remove" else None if change.refuses else WITHDRAWN
    for value in change.values:
        if verdict is not None and isinstance(value, tuple) and (value[0] in held) == (change.op != "remove"):
            yield _statement(change, submission, verdict, value[1])


def _statement(change: Change, submission: Submission, verdict: str, value: str) -> dict[str, Json]:
    """`wording`: the question and what was ticked, as the person saw them; for a constant, the kind of event."""
    answer = next((given for given in submission.answers if given.key == change.answer), None)
    wording = f"{answer.label}: {', '.join(spoken_each(answer.value))}" if answer else change.answer or submission.kind
    target = change.target
    return {"field": target.field, "name": target.name, "said": verdict, "value": value, "wording": wording}
