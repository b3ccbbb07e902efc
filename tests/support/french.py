"""What the French catalogue makes of an English sentence that was told, facts and all."""

import re
from collections.abc import Mapping
from typing import Any

from babel.messages.pofile import read_po

from bridge.translations import CATALOGUES


def _marked(said: str, english: str) -> str:
    """Facts that marshmallow puts in stand in braces."""
    return said if "%(" in english else re.sub(r"\{(\w+)\}", r"%(\1)s", said)


class Translator:
    """Says what the catalogue makes of an English sentence, facts put in; a word alone is a code, and stays.

    `used`: the sentences that it met.
    """

    def __init__(self, french: Mapping[str, str]) -> None:
        self.french, self.used = {english: _marked(said, english) for english, said in french.items()}, set[str]()
        said = [one for one in french if re.sub(r"%\(\w+\)s", "", one).strip()]  # not of facts alone
        longest_first = sorted(said, key=lambda one: -len(re.sub(r"%\(\w+\)s", "", one)))
        self.patterns = [(one, self._pattern(one)) for one in longest_first]

    def _pattern(self, english: str) -> re.Pattern[str]:
        known = set[str]()

        def part(name: str) -> str:
            again = name in known
            known.add(name)
            return f"(?P={name})" if again else f"(?P<{name}>.*?)"

        pieces = re.split(r"%\((\w+)\)s", _marked(english, english))
        whole = "".join(part(piece) if at % 2 else re.escape(piece) for at, piece in enumerate(pieces))
        return re.compile(whole, re.DOTALL)

    def __call__(self, said: str) -> str:
        for english, pattern in self.patterns:
            if found := pattern.fullmatch(said):
                self.used.add(english)
                facts = {name: self(fact) if " " in fact else fact for name, fact in found.groupdict().items()}
                return self.french[english] % facts if facts else self.french[english]
        self.used |= {" or "} if " or " in said else set()
        return said.replace(" or ", self.french[" or "])


def translator() -> Translator:
    with (CATALOGUES / "fr" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        listed: list[Any] = [one for one in read_po(file) if isinstance(one.id, str) and one.id]
    return Translator({one.id: one.string for one in listed})
