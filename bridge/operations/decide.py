"""What people decide of one held event that the bridge cannot: whose it is, and what of it crosses
(docs/hook-file.md).

First they are shown what the form says beside what Qomon holds. Qomon is read before a decision is stored, and asked
for nothing else: the crossing obeys it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection

from bridge.crossing import same_person
from bridge.crossing.decision import NOTHING, Decision
from bridge.crossing.find import who_has
from bridge.crossing.lane_run import Context
from bridge.crossing.opened import Opened, report_of
from bridge.crossing.preview import Previewed, preview
from bridge.errors import Faults, Gone
from bridge.hooks.revisions import By
from bridge.inbox import events, known_contacts, records, waiting
from bridge.merge import addressed
from bridge.model import Event, Json
from bridge.operations.release import Decisions, NotDone
from bridge.report.wording import OUTCOMES
from bridge.translations import quoted
from schemas import codes, normal
from schemas.fields import spoken_each
from schemas.normal import folded

ANYBODY = ("other_person", "several_contacts", "missing_contact", "contact_gone", "no_identity", "maybe_created")
"""Reasons after which a person may say whose it is."""
NEW = ("other_person", "several_contacts", "missing_contact", "contact_gone")
"""Reasons after which it may be somebody new."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contact that has the address, as Qomon's search shows it; `changed`: when somebody last did."""

    contact: int
    name: str
    town: str
    tags: tuple[str, ...]
    changed: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One answer: what the form says, where it goes, what Qomon holds there and would hold. The last two are None where
    no contact could be looked at."""

    question: str
    said: str
    status: str
    to: str | None = None
    holds: Json = None
    would: Json = None


@dataclass(frozen=True, slots=True)
class Shown:
    """`name`: how the form calls the person; `contact`: the one that `lines` are compared with."""

    event: Event
    name: str = field(repr=False)
    contact: int | None
    lines: tuple[Line, ...] = field(repr=False)
    candidates: tuple[Candidate, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Deciding:
    """Reads Qomon, then writes in one transaction. Raises NotDone, TryLater and Faults."""

    context: Context
    hand: Decisions

    def show(self, id_: str) -> Shown:
        """What there is to decide about. Nothing is written."""
        case = self.case(id_, _any_reason)
        case = case.at(decided=(*case.stored.decided, str(case.stored.reason)))  # as it would cross then
        found = self._with_its_address(case)
        whose = case.decision.contact or (next(iter(found)) if len(found) == 1 else None)
        told = self._previewed(case, whose if case.stored.reason in ANYBODY else None)
        contact = (told.report["contact"] or {}).get("id")
        name = " ".join(filter(None, (case.who.firstname, case.who.surname)))
        candidates = tuple(_candidate(one, read) for one, read in found.items())
        return Shown(case.stored, name, contact, tuple(_lines(case, told)), candidates)

    def onto(self, id_: str, contact: int, by: By) -> str:
        """It is this contact's, whatever its name and address say. What it is after that."""
        case = self.case(id_, held_for(ANYBODY))
        self._read(case, contact)
        return self.put_right(case, lambda before: _hers(before, case.hook.space, contact), by, contact)

    def same(self, id_: str, by: By) -> str:
        """It is the contact's that has its address, though that is called otherwise there: whoever says this name again
        on that contact, as it is called now, is not held for it.
        """
        case = self.case(id_, held_for(("other_person",)))
        found = self._with_its_address(case)
        if len(found) != 1:
            raise NotDone(_("several contacts have its address, or none: say which one with --contact."))
        ((contact, read),) = found.items()
        return self.put_right(case, lambda before: _hers(before, case.hook.space, contact), by, contact, read)

    def create(self, id_: str, by: By) -> str:
        """It is somebody's whom Qomon does not have, whoever else has the address."""
        case = self.case(id_, held_for((*NEW, "maybe_created")))
        if case.stored.reason == "maybe_created":
            raise NotDone(
                _(
                    "Qomon was asked to create this contact and did not answer: to ask again could make two. If you "
                    "see it in Qomon, say which one with --contact; else let the bridge look again: "
                    "flask inbox release %(event)s",
                    event=id_,
                )
            )
        if case.submission.kind not in ("submitted", "subscribed") or not addressed.addresses(case.who):
            raise NotDone(
                _("only somebody's own answers, with a valid mail or phone, make a contact: nobody would find it.")
            )
        others = (*self._with_its_address(case), *self._remembered(case))
        return self.put_right(case, lambda before: _new(before, case.hook.space, others), by)

    def _previewed(self, case: Opened, contact: int | None) -> Previewed:
        try:
            return preview(self.context, case, contact)
        except Gone:
            return preview(self.context, case)

    def without_consent(self, id_: str, by: By) -> str:
        """What it says crosses, but no consent that it gives: the mark in Qomon stays."""
        case = self.case(id_, held_for(("do_not_contact",)))
        return self.put_right(case, lambda before: replace(before, without_consent=True), by)

    def only(self, id_: str, fields: Sequence[str], by: By) -> str:
        """These fields cross, by their names as they are shown, and what it takes back. What is older than what
        somebody wrote in Qomon stays out all the same (docs/laws.md 8).
        """
        case = self.case(id_, held_for(("edited_since",)))
        wanted = self.context.plans.plan(case.hook, by.at).map(case.submission, case.report).wanted
        names = {name: one.target.name for one in wanted for name in (one.target.name, one.target.field)}
        if strange := [one for one in fields if one not in names]:
            known = quoted(sorted(set(names.values())))
            raise NotDone(_("%(these)s: no such field. Those are: %(known)s", these=quoted(strange), known=known))
        chosen = tuple(dict.fromkeys(names[one] for one in fields))
        return self.put_right(case, lambda before: replace(before, only=chosen), by)

    def alike(self, id_: str, what: str | None = None) -> list[Event]:
        """What is held at the same webhook for the same cause, this one first: the same person's where it is asked
        whose it is; what says this (`what`: a choice or a question); else what is about the same contact.
        """
        case = self.case(id_, _any_reason)
        with self.context.store.read() as tx:
            rows = waiting.held(tx, case.stored.hook, case.stored.reason or "")
        return [case.stored, *(row for row in rows if row.id != id_ and self._alike(case, row, what))]

    def _alike(self, case: Opened, row: Event, what: str | None) -> bool:
        vault = self.context.vault
        if case.stored.reason in ANYBODY:
            with suppress(NotDone, Faults):
                return self.case(row.id, _any_reason).who == case.who
            return False
        mine, told = report_of(vault, case.stored), report_of(vault, row)
        if what is not None:
            return any(concerns(line, what) for line in told["answers"])
        of = [(one["contact"] or {}).get("id") for one in (mine, told)]
        return of[0] is not None and of[0] == of[1]

    def case(self, id_: str, fits: Callable[[Event, Decision], None]) -> Opened:
        """The event by its hook as that is now, with what was decided before."""
        with self.context.store.read() as tx:
            row = events.find_event(tx, id_)
            if row is None:
                raise NotDone(_("no such submission."))
            if row.erased is not None:
                at = normal.to_ms(row.erased)
                raise NotDone(_("its answers were erased at %(at)s: nothing is left of it to be sent.", at=at))
            decision = self.hand.decision(row)
            fits(row, decision)
            hook, (first, *_others) = self.hand.as_now(tx, row, decision)
            decision = decision.within(hook.space)
        read = records.read(first.record) if isinstance(first.record, dict) and "read" in first.record else None
        if read is None:
            raise NotDone(_("it still cannot be read as what %(tool)s sends.", tool=hook.source))
        return Opened(row, hook, *read, {**first.report, **decision.told(), "event": id_}, decision)

    def put_right(
        self,
        case: Opened,
        decide: Callable[[Decision], Decision],
        by: By,
        contact: int | None = None,
        same: Mapping[str, Any] | None = None,
        did: str = "decided",
    ) -> str:
        """In one transaction, unless somebody else decided meanwhile. `same`: the contact under another name."""
        vault, space = self.context.vault, case.hook.space

        def say(row: Event, before: Decision) -> Decision:
            if row != case.stored:
                raise NotDone(_("it was decided already, or tried again: it is %(now)s.", now=_is(row)))
            return decide(before)

        with self.context.store.write() as tx:
            outcome = self.hand.reopen(tx, case.id, say, by, did)
            if contact is not None and case.stored.reason == "maybe_created":
                self._found_at_last(tx, case, contact, by)
            if contact is not None and same is not None:
                same_person.remember(tx, vault, space, contact, case.who, same)
        return outcome

    def _found_at_last(self, tx: Connection, case: Opened, contact: int, by: By) -> None:
        """What Qomon was asked to create is there: nobody waits for it any more."""
        prints = events.fingerprints_of(self.context.vault, case.hook.space, case.who)
        known_contacts.remember(tx, case.hook.space, [*prints.values()], contact, by.at)
        known_contacts.unclaim(tx, case.id)

    def _read(self, case: Opened, contact: int) -> Mapping[str, Any]:
        visit = self.context.qomon(case.hook.space).visit()
        try:
            return visit.contact(contact)
        except Gone:
            raise NotDone(
                _("the Qomon account %(space)s has no contact %(contact)s.", space=case.hook.space, contact=contact)
            ) from None
        finally:
            visit.end()

    def _with_its_address(self, case: Opened) -> dict[int, dict[str, Any]]:
        """Whoever it could be by what it says: the contact of its number first, then who has its addresses."""
        visit, found = self.context.qomon(case.hook.space).visit(), dict[int, dict[str, Any]]()
        try:
            if "id" in case.hook.find and (number := case.who.identities.get("id")):
                try:
                    found[int(number)] = visit.contact(int(number))
                except Gone:
                    found = {}
            for kind, value in addressed.addresses(case.who):
                for name in addressed.FIELDS[kind]:
                    found = {**who_has(visit, name, value, case.hook.region), **found}
        finally:
            visit.end()
        return found

    def _remembered(self, case: Opened) -> list[int]:
        """Whom the address led to lately: Qomon's search lags."""
        space, prints = case.hook.space, events.fingerprints_of(self.context.vault, case.hook.space, case.who)
        with self.context.store.read() as tx:
            found = [known_contacts.recall(tx, space, print_, self.context.now()) for print_ in prints.values()]
        return [one for one in found if one is not None]


def concerns(line: Mapping[str, Any], what: str) -> bool:
    """Whether an answer of a report waits because of this choice, or is the answer to this question."""
    waits = (*line.get("outside", ()), line["label"], line["key"])
    return line["status"] == "held" and folded(what) in map(folded, waits)


def _any_reason(row: Event, decision: Decision) -> None:
    if row.outcome != "held":
        raise _not_held(row, decision)


def held_for(reasons: Collection[str]) -> Callable[[Event, Decision], None]:
    """Raises NotDone for an event that is not held, or for another reason than these."""

    def fits(row: Event, decision: Decision) -> None:
        _any_reason(row, decision)
        if row.reason not in reasons:
            why = codes.HELD.get(row.reason or "", codes.LATER)
            raise NotDone(_("that is not what it is held for: %(why)s", why=why))

    return fits


def _not_held(row: Event, decision: Decision) -> NotDone:
    if decision != NOTHING:
        return NotDone(_("it was decided already: it is %(now)s.", now=_is(row)))
    return NotDone(_("it is not held, it is %(outcome)s.", outcome=_is(row)))


def _is(row: Event) -> str:
    return str(OUTCOMES[row.outcome])


def _hers(before: Decision, space: str, contact: int) -> Decision:
    return replace(before, space=space, contact=contact, create=False, others=())


def _new(before: Decision, space: str, others: Sequence[int]) -> Decision:
    return replace(before, space=space, contact=None, create=True, others=tuple(dict.fromkeys(others)))


def _candidate(contact: int, read: Mapping[str, Any]) -> Candidate:
    where, tags = read.get("address"), read.get("tags")
    return Candidate(
        contact,
        " ".join(str(read[name]) for name in ("firstname", "surname") if read.get(name)),
        str(where.get("city") or "") if isinstance(where, Mapping) else "",
        tuple(_tag(tag) for tag in tags) if isinstance(tags, list) else (),
        read.get("lastchange") or None,
    )


def _tag(tag: object) -> str:
    return str(tag.get("name") if isinstance(tag, Mapping) else tag)


def _lines(case: Opened, told: Previewed) -> list[Line]:
    """Each answer beside what Qomon holds where it goes."""
    given = [answer for answer in case.submission.answers if answer.value is not None]
    said = {answer.key: ", ".join(spoken_each(answer.value)) for answer in given}
    held = {str(line["field"]): (line["before"], line["after"]) for line in told.before_after}
    return [
        Line(
            one["label"], said.get(one["key"], ""), one["status"], one.get("to"), *held.get(one.get("to"), (None, None))
        )
        for one in told.report["answers"]
    ]
