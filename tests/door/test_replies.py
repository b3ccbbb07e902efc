"""What tools hear at the door beside a report: when they set a webhook up, and when they want another answer."""

import time
from pathlib import Path

import pytest

from bridge.errors import Faults
from bridge.inbox import lanes
from bridge.model import Lane
from bridge.store import tables
from tests.support.json_hook import ESSAI, PROOF, SOMEBODY, TOKEN, asked, count, plain_house, rows, written
from tests.support.whole_bridge import House

BODY = written(mail=SOMEBODY, prenom="Camille")
META = f"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={TOKEN}"


def saying(folder: Path, *lines: str) -> House:
    return plain_house(folder, ESSAI.replace("wait: 0", "\n".join(lines)))


@pytest.mark.parametrize(
    ("reply", "text", "media"),
    [
        ("empty", b"", "text/plain"),
        ("text:OK", b"OK", "text/plain"),
        ("ack", b'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope', "text/xml"),
    ],
)
def test_a_tool_gets_the_reply_it_wants_at_once_and_the_event_crosses(
    tmp_path: Path, reply: str, text: bytes, media: str
) -> None:
    house = saying(tmp_path, "wait: 20s", f"reply: {reply}")

    answers = [house.door.post("/hooks/essai234", data=body, headers=PROOF) for body in (BODY, BODY, b"unreadable")]
    before = asked(house, "POST")
    house.drain()

    assert {(answer.status_code, answer.mimetype) for answer in answers} == {(200, media)}
    assert all(answer.data.startswith(text) and bool(answer.data) == bool(text) for answer in answers)
    assert (count(house, tables.event), before, asked(house, "POST")) == (2, 0, 1)


def test_a_call_whose_report_nobody_reads_does_not_wait_for_it(tmp_path: Path) -> None:
    house = saying(tmp_path, "wait: 20s", "reply: empty")
    house.door.post("/hooks/essai234", data=BODY, headers=PROOF)
    (event,) = rows(house, tables.event)
    with house.services.store.write() as tx:  # another process works on this person, and takes its time
        assert lanes.claim(tx, Lane.read(event.lane, "default"), house.clock())
    house.services.engine.start()

    before = time.monotonic()
    answer = house.door.post("/hooks/essai234", data=written(mail=SOMEBODY, nom="Exemple"), headers=PROOF)
    took = time.monotonic() - before
    house.services.engine.stop()

    assert (answer.status_code, took < 10) == (200, True)


def test_an_error_is_a_problem_whatever_the_reply(tmp_path: Path) -> None:
    house = saying(tmp_path, "wait: 0", "reply: ack")

    refused = house.door.post("/hooks/essai234", data=BODY)

    assert (refused.status_code, refused.mimetype) == (401, "application/problem+json")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("query", ["", "?a=1"])
def test_a_plain_handshake_is_200(tmp_path: Path, method: str, query: str) -> None:
    house = saying(tmp_path, "wait: 0", "handshake: plain")

    answer = house.door.open(f"/hooks/essai234{query}", method=method)

    assert (answer.status_code, answer.mimetype, count(house, tables.delivery)) == (200, "text/plain", 0)


def test_a_hook_that_takes_answers_by_get_still_takes_them(tmp_path: Path) -> None:
    house = saying(tmp_path, "wait: 0", "handshake: plain", "methods: [GET, POST]")

    taken = house.door.get("/hooks/essai234?mail=camille.exemple%40example.org", headers=PROOF)

    assert (taken.status_code, count(house, tables.event)) == (200, 1)
    assert house.door.get("/hooks/essai234?mail=camille.exemple%40example.org").status_code == 401


def test_meta_hears_its_challenge_and_nothing_else(tmp_path: Path) -> None:
    house = saying(tmp_path, "wait: 0", "handshake: meta")

    answer = house.door.get(f"/hooks/essai234?{META}")
    wrong = house.door.get(f"/hooks/essai234?{META}x")

    assert (answer.status_code, answer.mimetype, answer.data) == (200, "text/plain", b"1158201444")
    assert (wrong.status_code, b"1158201444" in wrong.data, TOKEN.encode() in wrong.data) == (401, False, False)
    assert house.door.get("/hooks/essai234?a=1").status_code == 405
    assert count(house, tables.delivery) == 0


def test_a_challenge_is_given_back_as_text_that_no_browser_runs(tmp_path: Path) -> None:
    house = saying(tmp_path, "wait: 0", "handshake: echo:challenge")

    answer = house.door.get("/hooks/essai234?challenge=%3Cscript%3E")

    assert (answer.status_code, answer.mimetype, answer.data) == (200, "text/plain", b"<script>")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert house.door.get("/hooks/essai234?other=1").status_code == 405


def test_without_a_handshake_a_challenge_is_405(tmp_path: Path) -> None:
    assert plain_house(tmp_path).door.get(f"/hooks/essai234?{META}").status_code == 405


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("reply: soap", "reply: must be report, empty, ack"),
        ("reply: text:été", "reply: must be report, empty, ack"),
        ("handshake: echo", "handshake: must be plain, meta or echo:"),
    ],
)
def test_a_reply_that_is_none_is_refused(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(Faults, match=told):
        saying(tmp_path, "wait: 0", line)
