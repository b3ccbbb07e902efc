"""What several processes do to the same rows in the same moment, on both stores (docs/ledger.md 2 to 6, 16)."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.hooks import breaker
from bridge.inbox import captured, events, known_contacts, lanes, waiting
from bridge.inbox.events import Accepted, Incoming
from bridge.model import Lane, Outcome, Who
from bridge.qomon.catalogue import Catalogues
from bridge.store import store, tables
from tests.support.json_hook import ESSAI, PROOF, asked, plain_house, rows, said, sent, writes, written
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

PATIENCE = 0.15
"""Seconds after which somebody who should be waiting has been waiting."""


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = plain_house(tmp_path)
    assert made.services.vault  # opened before any transaction, as the door does
    return made


class NotGivenError(Exception):
    """Rolls back."""


def together(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """All at the same moment, each in a thread of its own."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        gate.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def incoming(key: str, **identities: str) -> Incoming:
    return Incoming(
        space="default",
        hook="essai",
        revision=1,
        key=key,
        digest=key,
        kind="submitted",
        submitted_at=None,
        who=Who(identities),
        record={},
        report={},
        outcome=Outcome.QUEUED,
    )


def accept(house: House, *delivered: Incoming) -> list[Accepted]:
    with house.services.store.write() as tx:
        return events.accept(tx, house.services.vault, "delivery", delivered, house.clock())


def take(house: House, name: str) -> lanes.Lease | None:
    with house.services.store.write() as tx:
        return lanes.claim(tx, Lane.read(name, "default"), house.clock())


def give_back(house: House, lease: lanes.Lease) -> bool:
    with house.services.store.write() as tx:
        return lanes.release(tx, lease, house.clock()) is not None


def finish(house: House, event: str) -> None:
    with house.services.store.write() as tx:
        tx.execute(tables.event.update().where(tables.event.c.id == event).values(status="done", lane=None))


def stranded(house: House) -> list[str]:
    """Open events that no lane leads to: lost."""
    with house.services.store.read() as tx:
        there = select(tables.lane.c.lane)
        return list(
            tx.scalars(
                select(tables.event.c.id).where(tables.event.c.status == "open", ~tables.event.c.lane.in_(there))
            )
        )


@pytest.mark.parametrize("body", [written(mail="zoe.lefevre@example.org"), written(note="nobody")])
def test_twenty_copies_of_one_delivery_are_one_event(house: House, body: bytes) -> None:
    def post() -> Any:
        return house.app.test_client().post("/hooks/essai234", data=body, headers=PROOF).get_json()["events"][0]

    told = together([post] * 20)

    (event,) = rows(house, tables.event)
    assert {one["event"] for one in told} == {event.id}
    assert [row.lane for row in rows(house, tables.lane)] == [event.lane]


def test_people_in_any_order_in_many_deliveries_at_once_are_all_accepted(house: House) -> None:
    people = [{"mail": f"{name}@example.org", "mobile": f"+3363998010{name}"} for name in range(5)]

    def deliver(turn: int) -> list[Accepted]:
        ordered = people if turn % 2 else people[::-1]
        split = [dict([pair]) for one in ordered for pair in sorted(one.items(), reverse=bool(turn % 3))]
        return accept(house, *(incoming(f"{turn}-{number}", **one) for number, one in enumerate(split)))

    done = together([partial(deliver, turn) for turn in range(12)])

    assert sum(len(one) for one in done) == len(rows(house, tables.event)) == 120
    assert len(rows(house, tables.lane)) == 10


def test_events_of_one_person_that_come_at_once_wait_in_one_lane(house: House) -> None:
    for turn in range(20):
        mail, mobile = f"{turn}@example.org", f"+336399801{turn}"
        both = incoming(f"{turn}-both", mail=mail, mobile=mobile)
        together([partial(accept, house, one) for one in (both, incoming(f"{turn}-one", mobile=mobile))])

    assert len(rows(house, tables.lane)) == 20


def test_lanes_that_are_shared_crosswise_make_nobody_wait_in_a_ring(house: House) -> None:
    """Deliveries without a common identity that lead to the same two lanes, named in opposite order."""
    for name in "ab":
        accept(house, incoming(name, mail=f"{name}@example.org", mobile=name, phone=name))

    def deliver(turn: int, by: str) -> None:
        names = "ab" if by == "mobile" else "ba"
        accept(house, *(incoming(f"{turn}{by}{name}", **{by: name}) for name in names))

    for turn in range(25):
        together([partial(deliver, turn, by) for by in ("mobile", "phone")])

    assert (len(rows(house, tables.lane)), len(rows(house, tables.event))) == (2, 102)


def test_an_event_that_comes_while_the_lane_is_given_back_keeps_it(house: House) -> None:
    (first,) = accept(house, incoming("1", mail="zoe"))
    lease = take(house, str(first.lane))
    assert lease is not None
    finish(house, first.event)

    with ThreadPoolExecutor(1) as pool:
        with house.services.store.write() as tx:
            events.accept(tx, house.services.vault, "delivery", [incoming("2", mail="zoe")], house.clock())
            ending = pool.submit(give_back, house, lease)
            with pytest.raises(TimeoutError):
                ending.result(PATIENCE)
        assert ending.result(10) is True

    assert stranded(house) == []


def test_a_lane_that_just_went_is_made_again_for_who_comes(house: House) -> None:
    (first,) = accept(house, incoming("1", mail="zoe"))
    lease = take(house, str(first.lane))
    assert lease is not None
    finish(house, first.event)

    with ThreadPoolExecutor(1) as pool:
        with house.services.store.write() as tx:
            gone = not lanes.release(tx, lease, house.clock())
            coming = pool.submit(accept, house, incoming("2", mail="zoe"))
            with pytest.raises(TimeoutError):
                coming.result(PATIENCE)
        (second,) = coming.result(10)

    assert (gone, second.lane, stranded(house)) == (True, first.lane, [])


def test_no_lane_is_lost_between_those_who_accept_and_those_who_give_back(house: House) -> None:
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            for row in rows(house, tables.lane):
                lease = take(house, row.lane)
                if lease is None:
                    continue
                with house.services.store.read() as tx:
                    found = waiting.first(tx, lease.lane, 100)
                for one in found:
                    finish(house, one.id)
                give_back(house, lease)

    def send(turn: int) -> None:
        for number in range(20):
            accept(house, incoming(f"{turn}-{number}", mail="ab"[number % 2]))

    with ThreadPoolExecutor(2) as pool:
        runners = [pool.submit(run) for _ in range(2)]
        try:
            together([partial(send, turn) for turn in range(4)])
        finally:
            stop.set()
        for runner in runners:
            runner.result(30)

    assert len(rows(house, tables.event)) == 80
    assert stranded(house) == []


def test_of_many_who_take_a_lane_one_has_it(house: House) -> None:
    (event,) = accept(house, incoming("1", mail="zoe"))

    taken = together([lambda: take(house, str(event.lane))] * 8)

    assert len([lease for lease in taken if lease]) == 1
    assert [row.leases for row in rows(house, tables.lane)] == [1]


def test_nobody_takes_a_lane_that_is_being_settled_even_when_its_lease_runs_out(house: House) -> None:
    (event,) = accept(house, incoming("1", mail="zoe"))
    lease = take(house, str(event.lane))
    assert lease is not None

    with ThreadPoolExecutor(1) as pool:
        with house.services.store.write() as tx:
            lanes.check(tx, lease, house.clock())
            house.clock.move(seconds=91)
            taking = pool.submit(take, house, str(event.lane))
            with pytest.raises(TimeoutError):
                taking.result(PATIENCE)
        assert taking.result(10) is not None


def claim(house: House, event: str, fingerprints: Sequence[str]) -> bool:
    """As its caller does: who was not given all rolls back."""
    with suppress(NotGivenError), house.services.store.write() as tx:
        if not known_contacts.claim(tx, "default", fingerprints, event, house.clock()):
            raise NotGivenError
        return True
    return False


def test_of_many_who_claim_one_person_one_creates(house: House) -> None:
    for turn in range(8):
        shared, events = f"mail-{turn}", [f"{turn}-{number}" for number in range(6)]
        told = together([partial(claim, house, one, [f"a-{one}", shared]) for one in events])

        (winner,) = [event for event, mine in zip(events, told, strict=True) if mine]
        assert {row.fingerprint for row in rows(house, tables.creating) if row.event == winner} == {
            f"a-{winner}",
            shared,
        }
    assert len(rows(house, tables.creating)) == 16


def remember(house: House, fingerprints: Sequence[str], contact: int) -> None:
    with house.services.store.write() as tx:
        known_contacts.remember(tx, "default", fingerprints, contact, house.clock())


def test_many_who_learn_the_same_at_once_all_end_with_one_row_each(house: House) -> None:
    names = ["a", "b", "c"]
    for turn in range(10):
        together([partial(remember, house, names[:: 1 if n % 2 else -1], turn) for n in range(6)])

    assert sorted((row.fingerprint, row.contact) for row in rows(house, tables.known)) == [(name, 9) for name in names]


def test_who_looked_while_another_created_looks_again_before_creating(house: House) -> None:
    """It found nobody, the other's contact came to be, and only then it claims: that would be the same person twice."""
    claim(house, "other", ["mail"])
    remember(house, ["mail"], 1)

    early = (claim(house, "mine", ["mail", "mobile"]), len(rows(house, tables.creating)))
    house.clock.move(seconds=91)

    assert (early, claim(house, "mine", ["mail", "mobile"])) == ((False, 0), True)


def spread(house: House, contact: int) -> breaker.Cause | None:
    with house.services.store.write() as tx:
        breaker.alone(tx, ["essai"])
        return breaker.spreads(
            tx, "essai", contact, [breaker.Free("custom_fields.811", "Métier", "field", "finger")], house.clock()
        )


def test_of_many_that_write_one_answer_at_once_no_tenth_passes(house: House) -> None:
    told = together([partial(spread, house, contact) for contact in range(12)])

    assert sum(cause is None for cause in told) == breaker.CONTACTS - 1


@pytest.mark.parametrize(("answer", "first"), [({"metier": "Pilote"}, "GET"), ({"dispo": "Conduire"}, "PATCH")])
def test_who_writes_and_who_settles_waits_for_whoever_counts(house: House, answer: dict[str, str], first: str) -> None:
    """An answer of one's own words is counted before it is written, any write when it is over."""
    body = written(mail="zoe.lefevre@example.org", **answer)
    event = sent(house, body)
    with house.services.store.read() as tx:
        (hook,) = tx.scalars(select(tables.hook.c.id))

    with ThreadPoolExecutor(1) as pool:
        with house.services.store.write() as tx:
            breaker.alone(tx, [hook])
            crossing = pool.submit(house.drain)
            while house.services.store.shared and not asked(house, first) and not crossing.done():
                threading.Event().wait(0.01)
            with pytest.raises(TimeoutError):
                crossing.result(PATIENCE)
            seen = len(writes(house))
        crossing.result(10)

    assert seen == (1 if house.services.store.shared and first == "PATCH" else 0)
    assert said(house.report(event)) == ("delivered", None)


def test_simultaneous_imports_of_a_hook_are_revisions_one_after_the_other(house: House) -> None:
    texts = [ESSAI.replace("mode: live", f"mode: live\nwait: {number}s") for number in range(1, 7)]
    texts = [text.replace("\nwait: 0\n", "\n") for text in texts]

    together([partial(house.import_hook, text) for text in texts])

    assert sorted(row.number for row in rows(house, tables.revision)) == [1, 2, 3, 4, 5, 6, 7]
    assert [row.head for row in rows(house, tables.hook)] == [7]


def test_processes_that_read_the_forms_at_once_keep_one_catalogue(house: House) -> None:
    visit = house.services.spaces["default"].visit
    house.services.catalogues.refresh("default", visit(), house.clock())

    def refresh() -> str:
        return Catalogues(house.services.store).refresh("default", visit(), house.clock()).version

    versions = together([refresh] * 6)

    assert [row.version for row in rows(house, tables.catalogue)] == [versions[0]]


@pytest.fixture
def processes(tmp_path: Path) -> list[House]:
    """Several bridges that start on one store."""
    started = [House(tmp_path, ()) for _ in range(4)]
    assert all(one.unopened.open_store().store for one in started)
    return started


def test_processes_that_start_together_have_one_key_of_fingerprints(processes: list[House]) -> None:
    def opened(one: House) -> str:
        return one.services.vault.fingerprint("a")

    with ThreadPoolExecutor(1) as pool:
        with processes[0].unopened.open_store().store.write() as tx:
            store.lock(tx, ["vault"])
            early = pool.submit(opened, processes[0])
            with pytest.raises(TimeoutError):
                early.result(PATIENCE)
        told = {early.result(10), *together([partial(opened, one) for one in processes[1:]])}

    assert len(told) == 1


def test_a_preview_is_made_once(house: House) -> None:
    (event,) = accept(house, incoming("1", mail="zoe"))
    with house.services.store.write() as tx:
        tx.execute(tables.event.update().values(status="kept", due=0))

    def preview() -> Any:
        with house.services.store.write() as tx:
            return captured.take_preview(tx, event.event, house.clock())

    assert len([row for row in together([preview] * 6) if row]) == 1
    house.clock.move(minutes=1)
    with house.services.store.read() as tx:
        assert [one.event for one in captured.to_preview(tx, house.clock())] == [event.event]
