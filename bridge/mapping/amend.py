"""A submission as people put it right: an answer in the place of what was said, or none. Pure.

What the tool sent stays as it is, beside it.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from bridge.model import Submission, Value

Amendments: TypeAlias = Mapping[str, Value]
"""By the key of an answer, what counts in its place; None: it was not answered, which is less than an empty answer."""

NO_AMENDMENTS: Amendments = MappingProxyType({})


def amended(submission: Submission, said: Amendments) -> Submission:
    """With these in the place of what was said. An address that the tool types says the new one, too."""
    if not said:
        return submission
    identities = dict(submission.identities)
    for answer in (one for one in submission.answers if one.key in said):
        value = said[answer.key]
        text = value if isinstance(value, str) else ""
        identities = {name: text if old == answer.value else old for name, old in identities.items()}
    kept = (answer for answer in submission.answers if said.get(answer.key, "") is not None)
    answers = tuple(replace(one, value=said[one.key]) if one.key in said else one for one in kept)
    return replace(submission, answers=answers, identities={name: text for name, text in identities.items() if text})
