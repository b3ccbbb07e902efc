"""What a form asks, gathered from its submissions: a question per key, with the labels, types and choices seen. Pure.

It is what suggestions are made from, and what tells that a form has changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bridge.mapping.lookup import Answers, empty
from bridge.model import Answer, Question, Submission
from schemas.normal import folded

LAST = 5
"""Different answers that are kept of a question."""
_MOST = 200
"""Choices of one question, as told or as said: more are no choices."""


def gather(submissions: Iterable[tuple[datetime, Submission]]) -> tuple[Question, ...]:
    """The questions in the order of the newest submission that holds them, by key; when each came is beside it.

    Only answers of people count, not pings nor tests of the tool.
    """
    said: dict[str, list[tuple[datetime, Answer]]] = {}
    newest_first = sorted(submissions, key=lambda one: one[0], reverse=True)
    for at, submission in newest_first:
        if submission.kind not in ("ping", "test", "deleted"):
            for key, answer in {answer.key: answer for answer in submission.answers}.items():
                said.setdefault(key, []).append((at, answer))
    return tuple(_question(key, answers) for key, answers in said.items())


def as_asked(questions: Iterable[Question]) -> Answers:
    """The questions to be looked up as a submission's answers are: by key, label or part."""
    answers = (
        Answer(one.key, one.label, one.type, one.said[0] if one.said else None, one.aliases, (), one.parts)
        for one in questions
    )
    return Answers(Submission(None, None, "submitted", tuple(answers)))


def meant(questions: Iterable[Question], sources: Mapping[int, str]) -> dict[int, str]:
    """Number -> key, for each rule's `from` that is the label of exactly one question, and not its key already."""
    asked, found = as_asked(questions), {}
    for number, source in sources.items():
        places = asked.find(source)
        answer = places[0][1] if len(places) == 1 else None
        if answer is not None and folded(source) == folded(answer.label) != folded(answer.key):
            found[number] = answer.key
    return found


def _question(key: str, answers: Sequence[tuple[datetime, Answer]]) -> Question:
    """`answers`: newest first. An answer that is empty does not say its type where the tool does not list it."""
    newest = answers[0][1]
    told = next((answer.offered for _, answer in answers if answer.offered), ())[:_MOST]
    values = {repr(answer.value): answer.value for _, answer in answers if not empty(answer.value)}
    typed = next((answer for _, answer in answers if not empty(answer.value)), newest)
    return Question(
        key=key,
        label=newest.label,
        type=newest.type if newest.type != "text" else typed.type,
        offered=told or _chosen([answer for _, answer in answers]),
        said=tuple(values.values())[:LAST],
        seen=len(answers),
        first=answers[-1][0],
        last=answers[0][0],
        aliases=newest.aliases,
        listed=bool(told),
        parts=newest.parts,
    )


def _chosen(answers: Sequence[Answer]) -> tuple[str, ...]:
    """Where a tool does not list its choices: what was chosen, oldest first. A person may have written some of it."""
    chosen = (answer.value for answer in reversed(answers) if answer.type in ("choice", "choices"))
    texts = [text for value in chosen for text in (value if isinstance(value, tuple) else (value,))]
    return tuple(dict.fromkeys(text for text in texts if isinstance(text, str) and text))[:_MOST]
