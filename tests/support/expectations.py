"""What Qomon must hold, and what reports may say, judged by what people and colleagues did: the crowd's own ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.json_hook import statuses
from tests.support.people import FIELDS, Sent, changed, held_by_qomon, named
from tests.support.whole_bridge import House

CROSSED = ("delivered", "created", "unchanged")


@dataclass
class Past:
    """`seeds`: contacts as they were; `touched`: when a colleague last edited one, `edits`: when and what, by question.

    Moments are in milliseconds.
    """

    seeds: dict[int, dict[str, Any]]
    events: dict[str, Sent] = field(default_factory=dict[str, Sent])
    touched: dict[int, int] = field(default_factory=dict[int, int])
    edits: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict[tuple[int, str], tuple[int, str]])

    def nothing_unnamed_changed(self, house: House) -> None:
        """A known contact differs in what its own person's answers or a colleague changed, and in nothing else."""
        for contact, seed in self.seeds.items():
            now = house.sandbox.contacts.all[contact]
            if now["lastchange"] != seed["lastchange"]:
                edited = {FIELDS[question] for id_, question in self.edits if id_ == contact}
                assert changed(seed, now) <= named([*self.events.values()], contact) | edited

    def look_back(self, house: House) -> None:
        """The newest answer to each question is what Qomon holds; only what was beaten is told older."""
        reports = {id_: house.report(id_) for id_ in self.events}
        made = {told["contact"]["id"] for told in reports.values() if told["contact"] and told["contact"]["created"]}
        for contact in self.seeds.keys() | (made & house.sandbox.contacts.all.keys()):
            mine = self._crossed(contact, reports)
            for question in FIELDS:
                self._newest_wins(house.sandbox.contacts.all[contact], contact, question, mine)
                self._only_the_beaten_are_older(contact, question, mine, reports)

    def _crossed(self, contact: int, reports: Mapping[str, Mapping[str, Any]]) -> list[Sent]:
        """The events written on this contact, oldest submission first; of one moment, as they came in."""
        crossed = [
            self.events[id_]
            for id_, told in reports.items()
            if told["outcome"] in CROSSED and told["contact"]["id"] == contact
        ]
        return sorted(crossed, key=lambda event: event.at)

    def _newest_wins(self, stored: Mapping[str, Any], contact: int, question: str, mine: Sequence[Sent]) -> None:
        held = held_by_qomon(stored, question)
        answers = [event for event in mine if question in event.body]
        edited_at, edit = self.edits.get((contact, question), (0, None))
        newest = answers[-1] if answers else None
        if newest is not None and newest.at >= self.touched.get(contact, 0):
            assert held == newest.body[question], question
        elif edit is not None and all(event.at < edited_at for event in answers):
            assert held == edit, question

    def _only_the_beaten_are_older(
        self, contact: int, question: str, mine: Sequence[Sent], reports: Mapping[str, Mapping[str, Any]]
    ) -> None:
        for place, event in enumerate(mine):
            newer = any(question in other.body for other in mine[place + 1 :])
            beaten = newer or event.at < self.touched.get(contact, 0)
            assert beaten or statuses(reports[event.id]).get(question) != "older", question
