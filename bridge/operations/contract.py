"""What a try on a test contact showed, held against docs/qomon.md: where reality and that page differ, fact by fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from flask_babel import gettext as _
from flask_babel import ngettext

from bridge.operations import facts_told
from bridge.qomon.facts import Seen

Verdict: TypeAlias = Literal["differs", "as_documented", "not_tried"]


@dataclass(frozen=True, slots=True)
class Held:
    """`ref`: of docs/qomon.md. `documented` and `seen` are sentences; `code` is what was seen, for programs. `why`: it
    was not tried."""

    fact: str
    ref: str
    verdict: Verdict
    documented: str
    seen: str | None
    code: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Contract:
    facts: Sequence[Held]

    @property
    def differs(self) -> int:
        return sum(one.verdict == "differs" for one in self.facts)

    @property
    def summary(self) -> str:
        tried = sum(one.verdict != "not_tried" for one in self.facts)
        if not self.differs:
            return ngettext(
                "%(num)s fact was tried, and is as documented.",
                "%(num)s facts were tried, and all are as documented.",
                tried,
            )
        return _("%(tried)s facts were tried, and %(differs)s differ.", tried=tried, differs=self.differs)


def held_against(seen: Sequence[Seen]) -> Contract:
    return Contract([_held(one) for one in seen])


def _held(one: Seen) -> Held:
    key = one.fact.key
    verdict: Verdict = "not_tried" if one.code is None else "differs" if one.differs else "as_documented"
    said = one.fact.documented if one.code not in one.fact.documented else (one.code,)
    return Held(
        fact=key,
        ref=one.fact.ref,
        verdict=verdict,
        documented=" / ".join(str(facts_told.told(key, code)) for code in said if code is not None),
        seen=None if one.code is None else facts_told.told(key, one.code),
        code=one.code,
        why=None if one.why is None else facts_told.why_not(one.why),
    )
