"""Looks up the answers that a hook names, by key or label, and says what is empty. It never picks one of two.

What an answer becomes is the mapping's business.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bridge.words import Answer, Value
from schemas.normal import cleaned, folded


def empty(value: Value) -> bool:
    """Nothing was said, or only spaces and control characters. False and 0 are answers."""
    if isinstance(value, str):
        return not value.strip() or not (value.isprintable() or cleaned(value))
    if isinstance(value, Mapping):
        return all(empty(part) for part in value.values())
    return value is None or (isinstance(value, tuple) and all(empty(one) for one in value))


class Asked:
    """The answers of one submission, indexed once."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers = answers
        self._keys = _index((name, at) for at, answer in enumerate(answers) for name in _keys(answer))
        self._labels = _index((answer.label, at) for at, answer in enumerate(answers))
        self._folded: Mapping[str, list[int]] | None = None

    def find(self, source: str) -> list[tuple[int, Answer]]:
        """Those that `source` names, with their positions: key or alias, else label, else either one folded.

        None: absent. Several: ambiguous. `Adresse.city` names a part of an answer that has named parts.
        """
        places = self._places(source)
        if places or "." not in source:
            return [(at, self.answers[at]) for at in places]
        whole, _, part = source.rpartition(".")
        answers = [(at, self.answers[at]) for at in self._places(whole)]
        return [(at, _part(answer, part)) for at, answer in answers if isinstance(answer.value, Mapping)]

    def _places(self, name: str) -> list[int]:
        return self._keys.get(name) or self._labels.get(name) or self._like(name)

    def _like(self, source: str) -> list[int]:
        if self._folded is None:
            named = ((at, (*_keys(answer), answer.label)) for at, answer in enumerate(self.answers))
            self._folded = _index((folded(name), at) for at, names in named for name in names)
        return self._folded.get(folded(source), [])


def _keys(answer: Answer) -> tuple[str, ...]:
    return (answer.key, *answer.aliases)


def _index(named: Iterable[tuple[str, int]]) -> Mapping[str, list[int]]:
    """Positions by name, each position once."""
    places: defaultdict[str, dict[int, None]] = defaultdict(dict)
    for name, at in named:
        places[name][at] = None
    return {name: list(at) for name, at in places.items()}


def _part(answer: Answer, part: str) -> Answer:
    parts = answer.value if isinstance(answer.value, Mapping) else {}
    like = folded(part)
    texts = [parts[part]] if part in parts else [text for name, text in parts.items() if folded(name) == like]
    return replace(answer, type="text", value=texts[0] if len(texts) == 1 else None)
