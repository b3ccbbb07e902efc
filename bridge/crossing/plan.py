"""What one event wants of one contact, mapped and merged: the whole body, what it changes, the report.

`map` and `merge` are pure; only `Plans` reads, and nothing but Qomon's forms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from bridge.crossing import gate
from bridge.errors import TryLater
from bridge.hooks.registry import Hook
from bridge.mapping.compile import Mapper, compile_hook
from bridge.merge import addressed, consent
from bridge.merge.address import Log
from bridge.merge.merge import AGREED, merge, moves, withdrawals
from bridge.merge.precedence import History, Key, Mark, Order
from bridge.merge.restore import Restoring, Written
from bridge.model import Change, Changes, Json, Submission
from bridge.qomon import compare, contact
from bridge.qomon.catalogue import Catalogue, Catalogues
from bridge.qomon.client import Qomon
from bridge.qomon.compare import Facets
from bridge.qomon.contact import Body
from bridge.report import report as reports
from bridge.report.report import Report
from schemas import normal

_AGAIN = timedelta(minutes=1)
_OWN = ("mail", "phone")
_FREE = ("text", "date", "numeric")
_SHARED = ("address.", "firstname", "nationality", "birth_country", "gender")


@dataclass(frozen=True, slots=True)
class Effect:
    """`hold`: the event waits for a person, and `after` holds its withdrawals only (docs/laws.md 7)."""

    before: Body
    after: Body
    facets: tuple[Facets, Facets]
    changed: list[str]
    """The fields that a write would change, in order."""
    report: Report
    hold: str | None
    made: dict[Key, Mark]
    log: Log
    consents: tuple[dict[str, Json], ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    """Free values of answers (field, text) that change something: no choices, constants, tags, parts of an address,
    first names, nor what only fills a blank; a mail or a phone in any case."""

    @property
    def inverse(self) -> dict[str, Any]:
        """Field -> what was there and what is put there: enough to put it back. An address is one thing: with its first
        part stand those that stay (`beside`), which Qomon may show otherwise beside another country.
        """
        found: dict[str, Any] = {
            field: {"before": compare.part(self.before, field), "after": compare.part(self.after, field)}
            for field in self.changed
        }
        parts = [field for field in self.changed if field.startswith("address.")]
        if parts:
            stays = {
                name: text for name, text in self.before.get("address", {}).items() if f"address.{name}" not in parts
            }
            found[parts[0]]["beside"] = stays
        return found

    def showing(self, whole: Self) -> Self:
        """Only what it takes back crosses; who decides sees all that the whole of it would write."""
        seen = {key: whole.report[key] for key in ("fields", "kept", "protected")}
        return replace(self, report={**self.report, **seen})


class Plan:
    """One hook's mapping against one catalogue: made once, used for every event."""

    def __init__(
        self, hook: Hook, catalogue: Catalogue, mapper: Mapper, region: str, omitted: frozenset[str] = frozenset()
    ) -> None:
        """`omitted`: lists that a read of this space leaves out when they are empty (docs/laws.md 10)."""
        self.hook = hook
        self._omitted = omitted
        self.mapper = mapper
        self.region = region
        self.forms = catalogue.forms
        self.consents = mapper.consents
        choosing = [form for form in catalogue.forms.values() if not form.free]
        self._choices = {choice.id: choice.label for form in choosing for choice in form.choices}
        self._listed = {rule.number for rule in hook.rules if rule.values is not None}
        self._many = {f"{form.array}.{form.id}" for form in choosing if form.kind != "radio"}
        self._names = catalogue.names()

    def map(self, submission: Submission, report: Report) -> Changes:
        """What the answers want of a contact, whichever it is."""
        return self.mapper.changes(submission, normal.moment(report["submitted_at"]))

    def merge(
        self,
        before: Body,
        submission: Submission,
        changes: Changes,
        report: Report,
        order: Order,
        log: Log,
        *,
        shown: Facets | None = None,
        agreed: bool = False,
        lets: Callable[[Change], bool] = lambda _change: True,
        hold: str | None = None,
    ) -> Effect:
        """`before`: the contact's body (`body`), or what the events before this one would leave of it; `shown`: the
        same field by field, where the caller has it. `agreed`: a person let an address cross that is another one than
        Qomon's; `lets`: what a person lets cross at all. `hold`: why it waits for a person, whatever it says.
        """
        report = reports.mapped(report, changes)
        by_address = submission.kind == "unsubscribed"  # whoever has the address, so nothing else of it crosses
        wanted = _taken_back(submission, changes.wanted) if by_address else changes.wanted
        wanted = tuple(change for change in wanted if lets(change))
        hold = changes.hold or hold or ("do_not_contact" if gate.do_not_contact(before, wanted) else None)
        policy = AGREED if agreed and self.hook.address_policy == "hold" else self.hook.address_policy
        if hold is None and policy == "hold" and moves(before, wanted, order.region):
            hold = "address_moved"
        crossing = withdrawals(wanted) if hold else wanted
        merged = merge(before, crossing, policy=policy, date=report["submitted_at"], order=order, log=log)
        shown = compare.facets(before, order.region) if shown is None else shown
        both = (shown, compare.facets(merged.body, order.region))
        changed, left = _differing(*both), "held" if hold else "not_sent"
        report = reports.merged(report, changes, crossing, merged, both, changed, self.name, left)
        stated = tuple(consent.stated(submission, crossing, merged.fates, merged.body))
        said = self._said(crossing, both)
        return Effect(before, merged.body, both, changed, report, hold, order.made, merged.log, stated, said)

    def put_back(
        self,
        before: Body,
        written: Written,
        report: Report,
        history: History,
        shown: Facets,
        log: Log,
        finger: Callable[[str], str],
    ) -> Effect:
        """The write of another event taken back (docs/laws.md 12); `before` and `shown` as for `merge`."""
        restoring = Restoring(written, history, self.forms, self._many, self.region, finger)
        done = restoring.onto(before, log)
        both = (shown, compare.facets(done.body, self.region))
        changed = _differing(*both)
        told = reports.restored(report, both, changed, done.left, self.name, self._many)
        return Effect(before, done.body, both, changed, told, None, done.made, done.log)

    def unplanned(self, submission: Submission, report: Report, status: str = "held") -> Report:
        """The answers of an event that ends before any contact was looked at, and whether it takes anything back.
        `status`: of those that would be sent, or are held.
        """
        changes = self.map(submission, report)
        told = {**reports.mapped(report, changes), "withdraws": bool(_taken_back(submission, changes.wanted))}
        unsent = ("mapped", "held")
        lines = [{**line, "status": status if line["status"] in unsent else line["status"]} for line in told["answers"]]
        return {**told, "answers": lines}

    def body(self, read: Mapping[str, Any]) -> Body:
        """The read (or `contact.NOBODY`) as the body that would replace it by itself.

        Raises Held("shape_unproved") for an incomplete one."""
        return contact.whole(read, self.forms, self.region, self._omitted)

    def facets(self, read: Mapping[str, Any]) -> Facets:
        """The read, field by field, for comparing."""
        return compare.facets(self.body(read), self.region)

    def taken_back(self, submission: Submission) -> list[tuple[str, str]]:
        """What the event takes back, as marks name it."""
        return consent.taken_back(_taken_back(submission, self.mapper.changes(submission).wanted))

    def _said(self, crossing: Sequence[Change], both: tuple[Facets, Facets]) -> tuple[tuple[str, str], ...]:
        """`Effect.said`: without what comes from a list (a table of values, a country, a gender): many share those."""
        before, after = both
        free = [
            change.target.field
            for change in crossing
            if change.answer is not None
            and change.rule not in self._listed
            and (change.target.kind in _OWN or (change.target.kind in _FREE and change.op != "fill"))
            and not change.target.field.startswith(_SHARED)
        ]
        return tuple((name, str(after[name])) for name in free if name in after and before.get(name) != after[name])

    def holds_one(self, field: str) -> bool:
        """Whether it is one of Qomon's forms that hold one value."""
        return "." in field and field not in self._many

    def choice(self, ref: int | None, data: str) -> str:
        """A choice by its label, with what is stored where that differs; any other text as it is."""
        label = self._choices.get(ref or 0, "")
        return f"{label} ({data})" if label and label != data else data

    def name(self, field: str) -> str:
        """A field's name for people: the form's label, its number where a label is missing or not unique."""
        return self._names.get(field, field)


def _taken_back(submission: Submission, wanted: Sequence[Change]) -> tuple[Change, ...]:
    """What crosses though the rest does not: of an unsubscription what its channel is about."""
    back = withdrawals(wanted)
    return addressed.of_channel(submission, back) if submission.kind == "unsubscribed" else back


def _differing(before: Facets, after: Facets) -> list[str]:
    return sorted(field for field in before.keys() | after.keys() if before.get(field) != after.get(field))


class Plans:
    """The plan of each hook and catalogue, kept; and Qomon's catalogue, read again when it seems to have changed."""

    def __init__(
        self, catalogues: Catalogues, spaces: Callable[[str], Qomon], omitted: Callable[[str], frozenset[str]]
    ) -> None:
        self._catalogues, self._spaces, self._omitted = catalogues, spaces, omitted
        self._kept: dict[tuple[str, int, str, frozenset[str]], Plan] = {}
        self._renewed: dict[str, datetime] = {}

    def forget(self) -> None:
        """What was kept, as `Hooks.forget`."""
        self._kept.clear()

    def plan(self, hook: Hook, now: datetime, omitted: frozenset[str] | None = None) -> Plan:
        """`omitted`: what is proved of the space, where that was just read. Raises TryLater("catalogue") when there is
        no catalogue and Qomon does not give one."""
        return self.of(hook, self._catalogues.current(hook.space, self._spaces(hook.space).visit(), now), omitted)

    def offline(self, hook: Hook) -> Plan | None:
        """With the stored catalogue, however old; None when there is none."""
        catalogue = self._catalogues.stored(hook.space)
        return None if catalogue is None else self.of(hook, catalogue)

    def renewed(self, hook: Hook, now: datetime) -> Plan | None:
        """The plan with what Qomon says now, when that differs; asked at most once a minute (docs/ledger.md 30)."""
        last = self._renewed.get(hook.space)
        if last is not None and now - last < _AGAIN:
            return None
        self._renewed[hook.space] = now
        old = self._catalogues.stored(hook.space)
        try:
            found = self._catalogues.refresh(hook.space, self._spaces(hook.space).visit(), now)
        except TryLater:
            return None
        return self.of(hook, found) if old is None or found.version != old.version else None

    def of(self, hook: Hook, catalogue: Catalogue, omitted: frozenset[str] | None = None) -> Plan:
        """The plan of this hook, this catalogue and what is proved of the space, made once."""
        omitted = self._omitted(hook.space) if omitted is None else omitted
        key = (hook.name, hook.revision, catalogue.version, omitted)
        if key not in self._kept or self._kept[key].hook is not hook:
            mapper = compile_hook(hook, catalogue, hook.region)
            self._kept[key] = Plan(hook, catalogue, mapper, hook.region, omitted)
        return self._kept[key]
