"""The ledger under everything that can happen between two steps: crashes, two runners, faults, colleagues, time.

Each process here dies or stands still at a chosen transaction or call; the invariants are those of ledger.md.
"""

import copy
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from bridge import tables
from schemas import normal
from tests.brittle import BrittleHouse, Fate, die
from tests.crowd import CROWD, FIELDS, PEOPLE, Person, Sent, changed, held_by_qomon, named, said
from tests.plain import fault, rows, statuses, switch

FINAL = {"delivered", "created", "unchanged", "held", "failed"}
QUESTIONS = st.sets(st.sampled_from([*FIELDS, "dispo"]), min_size=1)
AGO = st.sampled_from([0, 0, 0, 3, 30, 3600])
WHEN = st.sampled_from(["before", "after"])
FAULTS = st.sampled_from(
    [
        *[("PATCH", "contacts", name) for name in ("error_before", "rejected", "missing", "quota", "error_after")],
        *[("PATCH", "contacts", name) for name in ("html", "truncated", "cut", "timeout_after", "other_contact")],
        *[("GET", "contacts", name) for name in ("error_before", "refused", "missing", "cut", "timeout_after")],
        *[("POST", "contacts", name) for name in ("error_before", "rejected", "error_after", "cut", "timeout_after")],
        *[("POST", "search", name) for name in ("error_before", "quota", "html", "timeout_after")],
    ]
)


class Ledger(RuleBasedStateMachine):
    """People send, colleagues edit, processes die; in the end everything comes to rest, and Qomon is looked at."""

    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.house = BrittleHouse(CROWD)
        self.events: dict[str, Sent] = {}
        self.seeds = copy.deepcopy(self.house.sandbox.contacts.all)
        self.touched: dict[int, int] = {}
        self.edits: dict[tuple[int, str], tuple[int, str]] = {}
        self.number = 0

    @initialize(lag=st.sampled_from([0, 20_000]))
    def search_may_lag(self, lag: int) -> None:
        switch(self.house, index_delay_ms=lag)

    # what people do

    @rule(target=sent, name=st.sampled_from([*PEOPLE]), by=st.integers(0, 5), asked=QUESTIONS, ago=AGO)
    def somebody_sends(self, name: str, by: int, asked: set[str], ago: int) -> Sent:
        return self._send(PEOPLE[name], by, asked, ago)

    @rule(target=sent, earlier=sent, by=st.integers(0, 5), asked=QUESTIONS, ago=AGO)
    def somebody_sends_again(self, earlier: Sent, by: int, asked: set[str], ago: int) -> Sent:
        return self._send(earlier.person, by, asked, ago)

    @rule(target=sent, earlier=sent, asked=QUESTIONS, when=WHEN)
    def somebody_sends_while_the_process_dies(self, earlier: Sent, asked: set[str], when: Any) -> Sent:
        """The tool heard nothing and sends the same again."""
        return self._send(earlier.person, 0, asked, 0, Fate("write", when, 1, die))

    @rule(event=sent)
    def a_tool_delivers_again(self, event: Sent) -> None:
        told = self.house.hand_in(dict(event.body), event.key)
        assert (told["event"], told["outcome"]) == (event.id, "duplicate")

    @rule(event=sent, question=st.sampled_from(["nom", "metier"]))
    def a_colleague_edits(self, event: Sent, question: str) -> None:
        contact = self._contact_of(event.person)
        if contact is None:
            return
        self.house.clock.move(seconds=1)
        self.number += 1
        text, at = f"Collègue {self.number}", normal.epoch_ms(self.house.clock())
        kept = [e for e in self.house.sandbox.contacts.all[contact]["custom_fields"] if e["form_id"] != 811]
        edit = {"surname": text} if question == "nom" else {"custom_fields": [*kept, {"form_id": 811, "data": text}]}
        self.house.sandbox.contacts.put(contact, edit)
        self.touched[contact] = at
        self.edits[contact, question] = (at, text)
        self.house.clock.move(seconds=1)

    @rule(target=sent, event=sent, asked=QUESTIONS)
    def a_colleague_merges_away_whom_the_search_still_shows(self, event: Sent, asked: set[str]) -> Sent:
        contact = self._contact_of(event.person)
        if contact is not None and contact != max(self.house.sandbox.contacts.all):  # its number would be given again
            self.house.sandbox.contacts.remove(contact)
            self.seeds.pop(contact, None)
            self.house.born.pop(contact, None)
        again = self._send(event.person, 0, asked, 0)
        self.house.live(self.house.drain)
        return again

    # what happens to processes

    @rule(number=st.integers(0, 3))
    def one_lane_goes_a_step(self, number: int) -> None:
        self.house.live(lambda: self.house.step(number))

    @rule()
    def everything_due_is_drained(self) -> None:
        self.house.live(self.house.drain)

    @rule(what=st.sampled_from(["write", "call"]), when=WHEN, number=st.integers(1, 8))
    def the_process_dies(self, what: Any, when: Any, number: int) -> None:
        self.house.live(self.house.drain, Fate(what, when, number, die))

    @rule(
        event=sent,
        asked=QUESTIONS,
        number=st.integers(1, 6),
        seconds=st.sampled_from([0, 95]),
        dies=st.integers(0, 6),
    )
    def another_process_overtakes(self, event: Sent, asked: set[str], number: int, seconds: int, dies: int) -> None:
        """The first one stands still before a transaction; somebody sends, another one drains, the first goes on."""

        def meanwhile() -> None:
            self._send(event.person, 0, asked, 0)
            self.house.overtaken(seconds, Fate("write", "before", dies, die))

        self.house.live(self.house.drain, Fate("write", "before", number, meanwhile))

    @rule(seconds=st.sampled_from([1, 6, 31, 95, 121, 601]))
    def time_passes(self, seconds: int) -> None:
        self.house.clock.move(seconds=seconds)

    @rule(what=FAULTS)
    def qomon_will_fail(self, what: tuple[str, str, str]) -> None:
        fault(self.house, *what)

    # what is always true

    @invariant()
    def every_event_has_one_row_and_a_place(self) -> None:
        found = rows(self.house, tables.event)
        lanes = {row.lane for row in rows(self.house, tables.lane)}
        assert sorted(self.events) == sorted(row.id for row in found)
        for row in found:
            waits = row.status == "open" and row.lane in lanes
            ended = row.status in ("done", "held") and row.lane is None and row.outcome in FINAL
            assert waits or ended, (row.status, row.outcome, row.lane)

    @invariant()
    def an_intent_is_about_open_events_of_its_lane(self) -> None:
        waiting = {(row.id, row.lane) for row in rows(self.house, tables.event) if row.status == "open"}
        for intent in rows(self.house, tables.intent):
            plain: Any = self.house.parts.vault.unseal(intent.sealed)
            assert {(draft["event"], intent.lane) for draft in plain["drafts"]} <= waiting

    @invariant()
    def a_lease_is_nobody_elses(self) -> None:
        assert self.house.robbed == []

    @invariant()
    def nobody_loses_what_no_event_named(self) -> None:
        """Nor gets the answers of somebody else."""
        for contact, seed in self.seeds.items():
            now = self.house.sandbox.contacts.all[contact]
            if now["lastchange"] != seed["lastchange"]:
                edited = {FIELDS[question] for id_, question in self.edits if id_ == contact}
                assert changed(seed, now) <= named([*self.events.values()], contact) | edited

    @invariant()
    def one_mail_is_created_once(self) -> None:
        twice = {mail: times for mail, times in Counter(self.house.born.values()).items() if mail and times > 1}
        assert twice == {}

    # what is true in the end

    def teardown(self) -> None:
        try:
            if sys.exception() is None:
                self._come_to_rest()
                self._look_back()
        finally:
            self.house.close()

    def _come_to_rest(self) -> None:
        self.house.sandbox.faults.clear()
        for _ in range(40):
            self.house.clock.move(minutes=31)
            self.house.live(self.house.drain)
            if not rows(self.house, tables.lane):
                break
        self.every_event_has_one_row_and_a_place()
        self.nobody_loses_what_no_event_named()
        self.one_mail_is_created_once()
        restless = [row for row in rows(self.house, tables.event) if row.status == "open"]
        assert [(row.lane, row.reason, row.attempts, row.leases) for row in restless] == []
        assert (rows(self.house, tables.lane), rows(self.house, tables.intent)) == ([], [])

    def _look_back(self) -> None:
        """The newest answer to each question is what Qomon holds."""
        seqs = {row.id: row.seq for row in rows(self.house, tables.event)}
        reports = {id_: self.house.report(id_) for id_ in self.events}
        made = {told["contact"]["id"] for told in reports.values() if told["contact"] and told["contact"]["created"]}
        for contact in self.house.sandbox.contacts.all:
            mine = [
                self.events[id_]
                for id_, told in reports.items()
                if told["outcome"] in ("delivered", "created", "unchanged") and told["contact"]["id"] == contact
            ]
            mine.sort(key=lambda event: (event.at, seqs[event.id]))
            for question in FIELDS if contact in self.seeds or contact in made else ():
                self._compare(contact, question, mine)
                for place, event in enumerate(mine):
                    newer = any(question in other.body for other in mine[place + 1 :])
                    beaten = newer or event.at < self.touched.get(contact, 0)
                    assert beaten or statuses(reports[event.id]).get(question) != "older", question

    def _compare(self, contact: int, question: str, mine: Sequence[Sent]) -> None:
        held = held_by_qomon(self.house.sandbox.contacts.all[contact], question)
        answers = [event for event in mine if question in event.body]
        edited_at, edit = self.edits.get((contact, question), (0, None))
        newest = answers[-1] if answers else None
        if newest is not None and newest.at >= self.touched.get(contact, 0):
            assert held == newest.body[question], question
        elif edit is not None and all(event.at < edited_at for event in answers):
            assert held == edit, question

    def _contact_of(self, person: Person) -> int | None:
        """Where a colleague finds this person."""
        everybody = self.house.sandbox.contacts.all.items()
        return next((id_ for id_, contact in everybody if contact["firstname"] == person.firstname), None)

    def _send(self, person: Person, by: int, asked: set[str], ago: int, fate: Fate | None = None) -> Sent:
        self.number += 1
        at = normal.epoch_ms(self.house.clock()) - ago * 1000
        mail = {"mail": person.mails[by % len(person.mails)]} if by != 1 or not person.mobiles else {}
        mobiles = PEOPLE[person.partner].mobiles if person.partner and by == 5 else person.mobiles
        mobile = {"mobile": mobiles[0]} if mobiles and by in (0, 1, 5) else {}
        answers = {question: said(question, self.number, person) for question in sorted(asked)}
        moment = normal.to_ms(normal.from_epoch_ms(at))
        body = {"prenom": person.firstname, **mail, **mobile, **answers, "submitted_at": moment}
        key = f"delivery-{self.number}"
        if fate is not None:
            self.house.live(lambda: self.house.hand_in(body, key), fate)
        told = self.house.hand_in(body, key)
        id_ = told["event"]
        event = Sent(id_, person, at, body, key)
        self.events[id_] = event
        return event


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=40, stateful_step_count=30, suppress_health_check=list(HealthCheck))
"""A bridge per example costs more than a step in it, and most of what goes wrong needs several steps: few examples,
long ones. Together about 20 s."""
