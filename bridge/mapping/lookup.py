"""Looks up the answers that a hook names, by key, label or path, and says what is empty. It never picks one of two.

What an answer becomes is the mapping's business.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bridge.model import Answer, AnswerType, Submission, Value
from schemas.fields import spoken
from schemas.normal import bare, folded
from schemas.paths import Found, reach


def empty(value: Value) -> bool:
    """Nothing was said, or only what nobody sees. False and 0 are answers."""
    if isinstance(value, str):
        return not bare(value)
    if isinstance(value, Mapping):
        return all(empty(part) for part in value.values())
    return value is None or (isinstance(value, tuple) and all(empty(item) for item in value))


class Answers:
    """The answers of one submission, indexed once; behind them, those that paths into its record have found."""

    def __init__(self, submission: Submission) -> None:
        answers = submission.answers
        self.listed = list(answers)
        self._asked, self._record = answers, submission.record
        self._reached: dict[str, int | None] = {}
        self._unfit: set[int] = set()
        self._keys = _index((name, at) for at, answer in enumerate(answers) for name in _keys(answer))
        self._labels = _index((answer.label, at) for at, answer in enumerate(answers))
        self._folded: Mapping[str, list[int]] | None = None

    def of(self, source: str | None, path: str | None, key: str | None = None) -> list[tuple[int, Answer]]:
        """What a rule is about: a question or what a path reaches. Nothing for a constant.

        `key`: the question that `source` once meant. Where it is asked, it is that one, whatever it is called now.
        """
        if path is not None:
            return self._reach(path)
        pinned = self._keys.get(key, []) if key is not None else []
        if pinned:
            return [(at, self.listed[at]) for at in pinned]
        return self.find(source) if source is not None else []

    def unclear(self, places: Sequence[tuple[int, Answer]]) -> bool:
        """Two answers where one is meant, or something at the path that nobody could have answered."""
        return len(places) > 1 or any(at in self._unfit for at, _ in places)

    def find(self, source: str) -> list[tuple[int, Answer]]:
        """Those that `source` names, with their positions: key or alias, else label, else either one folded.

        None: absent. Several: ambiguous. `Adresse.city` names a part of an answer that has parts, under our name for
        it or under the tool's.
        """
        places = self._places(source)
        if places or "." not in source:
            return [(at, self.listed[at]) for at in places]
        whole, _, part = source.rpartition(".")
        answers = [(at, self.listed[at]) for at in self._places(whole)]
        divided = [(at, answer) for at, answer in answers if isinstance(answer.value, Mapping) or part in answer.parts]
        return [(at, _part(answer, part)) for at, answer in divided]

    def _reach(self, path: str) -> list[tuple[int, Answer]]:
        """The value at the path, as an answer named after it; nothing there is an absent answer."""
        if path not in self._reached:
            at, value = len(self.listed), None
            try:
                value = reach(path, self._record)
            except ValueError:
                self._unfit.add(at)
            there = value is not None or at in self._unfit
            self.listed += [_reached(path, value)] if there else []
            self._reached[path] = at if there else None
        place = self._reached[path]
        return [] if place is None else [(place, self.listed[place])]

    def _places(self, name: str) -> list[int]:
        exact = self._keys.get(name) or self._labels.get(name)
        if exact:
            return exact
        if self._folded is None:
            named = ((at, (*_keys(answer), answer.label)) for at, answer in enumerate(self._asked))
            self._folded = _index((folded(name), at) for at, names in named for name in dict.fromkeys(names))
        return self._folded.get(folded(name), [])


def _reached(path: str, value: Found) -> Answer:
    kind: AnswerType = "bool" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "text"
    if isinstance(value, tuple):
        return Answer(f"path:{path}", path, "choices", tuple(spoken(item) for item in value))
    return Answer(f"path:{path}", path, kind, value)


def _keys(answer: Answer) -> tuple[str, ...]:
    return (answer.key, *answer.aliases)


def _index(named: Iterable[tuple[str, int]]) -> Mapping[str, list[int]]:
    """Positions by name, each position once; they come in order."""
    places: dict[str, list[int]] = {}
    for name, at in named:
        known = places.setdefault(name, [])
        if not known or known[-1] != at:
            known.append(at)
    return places


def _part(answer: Answer, part: str) -> Answer:
    parts = {**answer.parts, **(answer.value if isinstance(answer.value, Mapping) else {})}
    like = folded(part)
    texts = [parts[part]] if part in parts else [text for name, text in parts.items() if folded(name) == like]
    return replace(answer, type="text", value=texts[0] if len(texts) == 1 else None)
