"""What is read from the evidence of a trial, fact by fact: docs/qomon.md says one thing, and Qomon does it or another.

Each fact gives a code, or why it was not tried. Pure; the sentences are `operations/facts_told`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.errors import Held
from bridge.qomon import compare, contact, facts_of_entries
from bridge.qomon.contact import Body
from bridge.qomon.facts_of_entries import Code, NotTried, stage, taken
from bridge.qomon.fields import SPELLINGS
from bridge.qomon.profile import learned
from bridge.qomon.trial import STRANGE, STRANGE_KEY, Evidence

_STRINGS = ("married_name", "nationality")
_BIRTH = ("birth_city", "birth_country", "birth_dept")
_FIVE = 5


@dataclass(frozen=True, slots=True)
class Fact:
    """`ref`: of docs/qomon.md. `documented`: what stands there, or what the bridge goes by where that says that nobody
    knows; several codes where Qomon is known to do either."""

    key: str
    ref: str
    documented: tuple[Code, ...]
    look: Callable[[Evidence], Code]


@dataclass(frozen=True, slots=True)
class Seen:
    """`code`: what Qomon does; None where that was not tried, and `why` not."""

    fact: Fact
    code: Code | None
    why: str | None = None

    @property
    def differs(self) -> bool:
        return self.code is not None and self.code not in self.fact.documented


def seen(evidence: Evidence) -> list[Seen]:
    return list(_each(evidence))


def _each(evidence: Evidence) -> Iterator[Seen]:
    for fact in FACTS:
        try:
            yield Seen(fact, fact.look(evidence))
        except NotTried as why:
            yield Seen(fact, None, str(why))
        except Held:
            yield Seen(fact, None, "unreadable")


def _never(why: str) -> Callable[[Evidence], Code]:
    def look(_evidence: Evidence) -> Code:
        raise NotTried(why)

    return look


def _field(name: str, within: str = "full") -> Callable[[Evidence], Code]:
    """Whether what was sent is what a read shows."""

    def look(evidence: Evidence) -> Code:
        sent = compare.part(stage(evidence, within).sent, name)
        if name in evidence.refused:
            return "refused"
        read = compare.part(evidence.body(stage(evidence, within).read), name)
        return _became(evidence, name, sent, read)

    return look


def _became(evidence: Evidence, name: str, sent: Any, read: Any) -> Code:
    if sent == read:
        return "kept"
    if read in (None, "", 0, [], {}):  # 0 is Go's "not set"
        return "lost"
    one, other = ({name: value} for value in (sent, read))
    facets = [compare.facet(body, name, evidence.region) for body in (one, other)]
    return "respelled" if facets[0] == facets[1] or compare.alike(*facets) else "changed"


def _address(evidence: Evidence) -> Code:
    if "address" in evidence.refused:
        return "refused"
    at = stage(evidence, "full")
    sent, read = (body.get("address", {}) for body in (at.sent, evidence.body(at.read)))
    found = {_became(evidence, f"address.{part}", sent[part], read.get(part)) for part in sent}
    return next(code for code in ("lost", "changed", "respelled", "kept") if code in found or code == "kept")


def _others(evidence: Evidence) -> Code:
    found = {_field(name)(evidence) for name in _STRINGS}
    return next(code for code in ("refused", "lost", "changed", "respelled", "kept") if code in found)


def _round_trip(evidence: Evidence) -> Code:
    body = evidence.body(stage(evidence, "same").read)
    one, other = (compare.facets(body, evidence.region) for body in (body, evidence.before))
    same = one.keys() == other.keys() and all(compare.alike(one[name], other[name]) for name in one)
    return "same" if same else "changed"


def _absent(evidence: Evidence) -> Code:
    """Of two fields, so that one that is not kept at all says nothing."""
    full, less = (evidence.body(stage(evidence, name).read) for name in ("full", "less"))
    there = [name for name in ("married_name", "nationality") if full.get(name)]
    if not there:
        raise NotTried("refused")
    return "kept" if any(less.get(name) for name in there) else "cleared"


def _birth_place(evidence: Evidence) -> Code:
    """By which spelling it is taken; what none keeps is lost."""
    full, older = stage(evidence, "full"), evidence.stages.get("older")
    if evidence.refused.isdisjoint(_BIRTH) and _all_kept(evidence.body(full.read), full.sent):
        return "newer"
    return "older" if older is not None and _all_kept(evidence.body(older.read), full.sent) else "lost"


def _all_kept(read: Body, sent: Body) -> bool:
    return all(compare.alike(read.get(name), sent.get(name)) for name in _BIRTH)


def _spelt(evidence: Evidence) -> Code:
    """How a read spells it, and with it all that is spelt in two ways: both are known."""
    read = stage(evidence, "full").read
    newer, older = SPELLINGS["birth_city"]
    if newer not in read and older not in read:
        raise NotTried("not_shown")
    return "newer" if newer in read else "older"


def _actions(evidence: Evidence) -> Code:
    if not evidence.before["action_ids"]:
        raise NotTried("no_action")
    read = evidence.body(stage(evidence, "same").read)
    return "kept" if sorted(read["action_ids"]) == sorted(evidence.before["action_ids"]) else "lost"


def _its_own(*names: str) -> Callable[[Evidence], Code]:
    """Whether keys that only Qomon writes outlive a replace that does not send them."""

    def look(evidence: Evidence) -> Code:
        there = [name for name in names if evidence.found.get(name)]
        if not there:
            raise NotTried("blank")
        read = stage(evidence, "same").read
        return "kept" if all(read.get(name) == evidence.found[name] for name in there) else "lost"

    return look


def _on_the_map(evidence: Evidence) -> Code:
    held, read = (one.get("address") or {} for one in (evidence.found, stage(evidence, "same").read))
    there = [name for name in ("latitude", "longitude") if held.get(name)]
    if not there:
        raise NotTried("no_place")
    return "kept" if all(read.get(name) == held[name] for name in there) else "lost"


def _moved(name: str) -> Callable[[Evidence], Code]:
    def look(evidence: Evidence) -> Code:
        before, after = evidence.again.get(name), stage(evidence, "same").read.get(name)
        if not before or not after:
            raise NotTried("not_shown")
        return "still" if before == after else "moved"

    return look


def _by_reading(evidence: Evidence) -> Code:
    one, other = (contact.touched(read) for read in (evidence.found, evidence.again))
    return "still" if one == other else "moved"


def _strange_key(evidence: Evidence) -> Code:
    if (at := taken(evidence, "strange_key")) is None:
        return "refused"
    return "stored" if at.read.get(STRANGE_KEY) == STRANGE else "ignored"


def _strange_form(evidence: Evidence) -> Code:
    if (at := taken(evidence, "strange_form")) is None:
        return "refused"
    if facts_of_entries.of_form(at.read, at.sent["formdatas"][-1]["form_id"]):
        return "stored"
    return "ignored" if at.read.get("nationality") == at.sent["nationality"] else "dropped"


def _echo(evidence: Evidence) -> Code:
    """Of the replace that put most there."""
    at = stage(evidence, "full")
    one, other = (compare.facets(evidence.body(shown), evidence.region) for shown in (at.echo, at.read))
    return "whole" if one == other else "partial"


def _cost(evidence: Evidence) -> Code:
    return "five" if stage(evidence, "same").cost == _FIVE else "other"


def _answer(evidence: Evidence) -> Code:
    """The client takes nothing else."""
    stage(evidence, "same")
    return "contact"


def _empty_lists(evidence: Evidence) -> Code:
    found = learned(evidence)
    if found.unproved:
        return "hidden"
    if not found.omitted and not found.shown:
        raise NotTried("no_empty_list")
    return "omitted" if found.omitted else "shown"


FACTS = (
    Fact("round_trip", "2.1", ("same",), _round_trip),
    Fact("missing_entry", "2.1", ("deleted",), facts_of_entries.left_out),
    Fact("entry_ids", "2.1", ("new",), facts_of_entries.ids),
    Fact("other_fields", "2.2", ("kept",), _others),
    Fact("age_category", "2.2", ("kept",), _field("age_category")),
    Fact("echo", "2.3", ("whole",), _echo),
    Fact("lastchange", "4.6", ("moved",), _moved("lastchange")),
    Fact("updated_at", "4.6", ("moved",), _moved("UpdatedAt")),
    Fact("by_reading", "4.6", ("still",), _by_reading),
    Fact("coordinates", "6.2", ("kept",), _on_the_map),
    Fact("birthdate", "6.3", ("kept",), _field("birthdate")),
    Fact("date_answer", "6.3", ("kept",), facts_of_entries.data("date")),
    Fact("entry_date", "6.3", ("kept",), facts_of_entries.date("text")),
    Fact("surname", "6.4", ("kept",), _field("surname")),
    Fact("mobile", "6.4", ("kept",), _field("mobile")),
    Fact("phone", "6.4", ("kept",), _field("phone")),
    Fact("black_list", "6.5", ("cleared",), _never("unsafe")),
    Fact("consent_date", "6.6", ("kept",), facts_of_entries.date("consent")),
    Fact("consent_author", "6.6", ("lost",), facts_of_entries.author),
    Fact("tags", "6.8", ("kept",), _field("tags")),
    Fact("free_input", "A1", ("replaced",), facts_of_entries.other_answer("text")),
    Fact("checkbox", "A1", ("replaced",), facts_of_entries.other_answer("checkbox")),
    Fact("radio", "A1", ("replaced",), facts_of_entries.other_answer("radio")),
    Fact("sent_again", "A1", ("once",), facts_of_entries.sent_again),
    Fact("custom_list", "A2", ("own",), facts_of_entries.custom_list),
    Fact("empty_lists", "A2", ("shown",), _empty_lists),
    Fact("absent_field", "A3", ("cleared",), _absent),
    Fact("birth_place", "A4", ("newer",), _birth_place),
    Fact("birth_place_read", "A4", ("older", "newer"), _spelt),
    Fact("actions", "A4", ("kept",), _actions),
    Fact("gender", "A5", ("kept",), _field("gender")),
    Fact("strange_form", "A6", ("refused",), _strange_form),
    Fact("notes", "A7", ("kept",), facts_of_entries.note),
    Fact("upsert_id", "A8", ("dropped",), _never("other_call")),
    Fact("strange_key", "A9", ("ignored",), _strange_key),
    Fact("external_id", "A9", ("kept",), _its_own("external_id")),
    Fact("nationbuilder_id", "A9", ("kept",), _its_own("nationbuilderid")),
    Fact("membership", "A9", ("kept",), _its_own("membership_code", "membership_number", "membership_member")),
    Fact("address", "A10", ("kept",), _address),
    Fact("deleted_entries", "A11", ("shown",), facts_of_entries.deleted),
    Fact("vanished", "A12", ("gone",), _never("erases")),
    Fact("lost_updates", "A13", ("possible",), _never("two_writers")),
    Fact("key", "A14", ("refused",), _never("wrong_key")),
    Fact("answer", "A15", ("contact",), _answer),
    Fact("cost", "A16", ("five",), _cost),
    Fact("presences", "A17", ("name_presences",), _never("other_call")),
)
BY_KEY: Mapping[str, Fact] = {fact.key: fact for fact in FACTS}
