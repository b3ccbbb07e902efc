"""The pool of threads at work: real threads, a real SQLite file, one process (docs/ledger.md 22 and 23)."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.engine import engine
from bridge.engine.engine import Task
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.json_hook import (
    ESSAI,
    PROOF,
    SOMEBODY,
    ZOES,
    asked,
    count,
    live,
    plain_house,
    rows,
    said,
    send,
    stored,
    written,
)
from tests.support.people import changed
from tests.support.whole_bridge import House, sample

pytestmark = pytest.mark.usefixtures("both_stores")

PATIENT = ESSAI.replace("wait: 0", "wait: 20s")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A bridge that drains by itself; a call waits up to ten seconds for its report."""
    made = plain_house(tmp_path, PATIENT)
    made.services.start()
    yield made
    made.services.stop()


def at_once(house: House, bodies: list[bytes]) -> list[Any]:
    """Every body posted by a thread of its own, all at the same moment."""
    gate = threading.Barrier(len(bodies))

    def post(body: bytes) -> Any:
        door = house.app.test_client()
        gate.wait()
        answer = door.post("/hooks/essai234", data=body, headers=PROOF)
        assert answer.status_code == 200
        return answer.get_json()["events"]

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(post, bodies))


@pytest.mark.parametrize(("passed", "times"), [(0.5, 0), (1.1, 1), (300.0, 2)])
def test_periodic_work_is_done_once_in_each_interval(tmp_path: Path, passed: float, times: int) -> None:
    """The first time a minute after the start; a clock that jumps is no reason to do it again and again."""
    house, done = plain_house(tmp_path), threading.Semaphore(0)
    if house.services.store.shared:
        pytest.skip("Procrastinate's own clock says when")
    house.services.engine.every(Task("noted", timedelta(hours=1), done.release))
    house.services.start()
    for minutes in (passed, passed and 70.0)[: 1 + (times > 1)]:
        house.clock.move(minutes=minutes)
        for _ in range(times and 1):
            assert done.acquire(timeout=60)
    house.services.stop()

    assert not done.acquire(blocking=False)


def runners() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith(("cross-", "sweep"))]


def test_a_call_is_answered_with_what_became_of_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.services.start()

    (event,) = house.post(sample())["events"]
    house.services.stop()

    assert (event["outcome"], house.report(event["event"])["outcome"]) == ("delivered", "delivered")
    assert runners() == []


def test_twenty_simultaneous_posts_of_one_delivery_are_one_event_and_one_write(house: House) -> None:
    answers = at_once(house, [ZOES] * 20)

    assert {event["event"] for (event,) in answers} == {rows(house, tables.event)[0].id}
    assert sorted(event["outcome"] for (event,) in answers) == ["delivered"] + ["duplicate"] * 19
    assert (count(house, tables.event), count(house, tables.delivery)) == (1, 20)
    assert (asked(house, "PATCH"), live(house, 811)) == (1, ["Boulangère"])


def test_a_duplicate_of_an_open_event_waits_for_the_first_report(house: House) -> None:
    answers = at_once(house, [ZOES] * 4)

    firsts = [event["first"] for (event,) in answers if event["outcome"] == "duplicate"]
    assert [said(first) for first in firsts] == [("delivered", None)] * 3


def test_simultaneous_events_of_one_unknown_person_create_one_contact(house: House) -> None:
    bodies = [written(mail=SOMEBODY, prenom="Camille", note=number) for number in range(8)]

    answers = at_once(house, bodies)

    reports = [house.report(event["event"]) for (event,) in answers]
    assert sorted(report["outcome"] for report in reports) == ["created"] + ["unchanged"] * 7
    assert (asked(house, "POST"), len({report["contact"]["id"] for report in reports})) == (1, 1)
    assert count(house, tables.creating) == 0


def test_many_people_at_once_each_get_their_own_answers(house: House) -> None:
    bodies = [
        written(mail=f"personne{n}@example.org", prenom=f"Camille {'abcdefghij'[n]}", metier=f"Métier {n}")
        for n in range(engine.WAITERS)
    ]

    answers = at_once(house, bodies)

    for number, (event,) in enumerate(answers):
        report = house.report(event["event"])
        assert said(report) == ("created", None)
        assert live(house, 811, report["contact"]["id"]) == [f"Métier {number}"]
    assert (count(house, tables.lane), count(house, tables.intent)) == (0, 0)


def test_a_batch_is_answered_when_all_of_it_is_done(house: House) -> None:
    answer = send(house, b"[" + b",".join([ZOES, written(mail=SOMEBODY), written(note="x")]) + b"]")

    assert [event["outcome"] for event in answer["events"]] == ["delivered", "delivered", "held"]


def test_a_preview_is_answered_in_the_same_call(tmp_path: Path) -> None:
    house = plain_house(tmp_path, PATIENT.replace("mode: live", "mode: preview"))
    house.services.start()
    (event,) = send(house, ZOES)["events"]
    house.services.stop()

    assert event["outcome"] == "accepted"
    assert house.report(event["event"])["contact"]["id"] == ZOE


def test_what_another_process_left_is_found_without_a_call(tmp_path: Path) -> None:
    (event,) = send(plain_house(tmp_path), ZOES)["events"]
    house = plain_house(tmp_path)
    house.services.start()

    until = time.monotonic() + 60
    while count(house, tables.lane) and time.monotonic() < until:
        threading.Event().wait(0.01)
    house.services.stop()
    assert said(house.report(event["event"])) == ("delivered", None)


def test_a_call_does_not_wait_longer_than_its_hook_says(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("wait: 0", "wait: 100ms"))
    house.services.start()
    with house.sandbox.lock, ThreadPoolExecutor(1) as pool:  # Qomon is stuck
        (event,) = pool.submit(send, house, ZOES).result(8)["events"]
    house.services.stop()

    assert event["outcome"] == "accepted"


def test_a_full_house_answers_at_once(tmp_path: Path) -> None:
    """More calls than may wait: the rest is answered before Qomon has said anything."""
    house = plain_house(tmp_path, PATIENT)
    house.services.start()
    bodies = [written(mail=f"personne{n}@example.org") for n in range(engine.WAITERS + 3)]
    early: list[Any] = []
    house.sandbox.lock.acquire()
    try:
        posts = [threading.Thread(target=lambda body=body: early.append(send(house, body))) for body in bodies]
        for post in posts:
            post.start()
        until = time.monotonic() + 18
        while len(early) < 3 and time.monotonic() < until:
            threading.Event().wait(0.01)
        told = [answer["events"][0]["outcome"] for answer in list(early)]
    finally:
        house.sandbox.lock.release()
    for post in posts:
        post.join(90)
    house.services.stop()

    assert (told, len(early)) == (["accepted"] * 3, len(bodies))


def test_stopping_lets_the_waiting_calls_go_and_finishes_what_is_in_hand(tmp_path: Path) -> None:
    house = plain_house(tmp_path, PATIENT)
    house.services.start()
    with ThreadPoolExecutor(2) as pool:
        with house.sandbox.lock:
            waiting = pool.submit(send, house, ZOES)
            while not count(house, tables.event):
                threading.Event().wait(0.01)
            stopping = pool.submit(house.services.stop)
            (event,) = waiting.result(18)["events"]
        stopping.result(90)

    assert (event["outcome"], runners()) == ("accepted", [])
    assert said(house.report(event["event"])) in [("delivered", None), ("queued", None)]


def test_after_stopping_what_comes_is_kept_and_answered_at_once(tmp_path: Path) -> None:
    house = plain_house(tmp_path, PATIENT)
    house.services.start()
    house.services.stop()

    (event,) = send(house, ZOES)["events"]

    assert (event["outcome"], count(house, tables.lane), runners()) == ("accepted", 1, [])


def test_a_couple_that_shares_a_mail_and_gives_each_others_mobile_overwrites_nobody(tmp_path: Path) -> None:
    """Lanes shared crosswise, in both orders, by threads at once: none waits for another, all come to an end."""
    house = plain_house(tmp_path, PATIENT.replace("[id, mail, mobile]", "[mobile, mail]"))
    house.services.start()
    mail, mobiles = "famille.dubreuil@example.org", {"Marthe": "+33639980120", "Léon": "+33639980121"}
    swapped = dict(zip(mobiles, reversed(mobiles.values()), strict=True))
    rightly = [written(mail=mail, mobile=mobiles[who], prenom=who, metier=f"Métier de {who}") for who in mobiles]
    crosswise = [written(mail=mail, mobile=swapped[who], prenom=who, metier="Quiproquo") for who in mobiles]
    before = {id_: stored(house, id_) for id_ in (9000020, 9000021)}

    answers = at_once(house, [*rightly, *crosswise, written(mail=mail, prenom="Marthe", metier="Lequel des deux")])
    house.services.stop()

    reports = [house.report(event["event"]) for (event,) in answers]
    assert [said(report) for report in reports] == [
        ("delivered", None), ("delivered", None),
        ("held", "other_person"), ("held", "other_person"), ("held", "several_contacts"),
    ]  # fmt: skip
    assert (live(house, 811, 9000020), live(house, 811, 9000021)) == (["Métier de Marthe"], ["Métier de Léon"])
    for id_, person in before.items():
        assert changed(person, stored(house, id_)) == {"custom_fields.811"}
    assert (count(house, tables.lane), count(house, tables.intent)) == (0, 0)


def test_strangers_who_share_a_mail_crosswise_never_get_each_others_answers(house: House) -> None:
    """Nobody knows them: whoever is first becomes a contact, the other one waits for a person."""
    mail, mobiles = "famille.exemple@example.org", {"Oscar": "06 39 98 01 32", "Simone": "06 39 98 01 33"}
    bodies = [
        written(mail=mail, mobile=mobile, prenom=who, metier=f"Métier de {who}", note=number)
        for number in range(2)
        for who in mobiles
        for mobile in mobiles.values()
    ]

    answers = at_once(house, bodies)

    reports = [house.report(event["event"]) for (event,) in answers]
    assert {said(report) for report in reports} <= {
        ("created", None), ("delivered", None), ("unchanged", None), ("held", "other_person"),
    }  # fmt: skip
    (made,) = {report["contact"]["id"] for report in reports if report["outcome"] != "held"}
    assert live(house, 811, made) == [f"Métier de {stored(house, made)['firstname']}"]
    assert (asked(house, "POST"), count(house, tables.lane)) == (1, 0)
