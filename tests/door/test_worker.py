"""Callers who are slow, stop half way or announce more than they send: nobody else waits for them
(docs/ledger.md 24).
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event

import pytest

from tests.support.gunicorn_server import BODY, HEAD, Wire, answer, call, on_the_wire

QUICK = """
from bridge.door.worker import Worker
class Quick(Worker):
    idle, head, whole, tick = {idle}, {head}, {whole}, 0.05
    room = 200_000
worker_class = Quick
"""
LONG = {"Content-Length": "1000000"}
NOBODY = HEAD.replace("essai234", "nobody99")


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with on_the_wire(tmp_path_factory.mktemp("quick"), QUICK.format(idle=0.4, head=0.8, whole=1.2)) as wire:
        yield wire


def dribble(one: socket.socket, text: bytes, seconds: float = 0.05) -> int:
    """How many bytes the other side took, one by one, until it answered or all were said."""
    one.setblocking(False)
    for at, byte in enumerate(text):
        try:
            one.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            one.send(bytes([byte]))
            Event().wait(seconds)
        else:
            one.settimeout(10)
            return at
    one.settimeout(10)
    return len(text)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"P",
        call().partition(b"\r\n\r\n")[0],
        call()[:-1],
        call(b"{", **LONG),
        call(b"", Transfer_Encoding="chunked"),
    ],
    ids=["nothing", "a byte", "no end of the head", "all but a byte", "a long body", "no chunk"],
)
def test_forty_callers_who_do_not_go_on_hold_nobody_up(wire: Wire, begun: bytes) -> None:
    with ExitStack() as held:
        for _ in range(40):
            one = held.enter_context(wire.open())
            one.sendall(begun)
        status, said = wire.say(call())

    assert (status, len(said["events"])) == (200, 1)


@pytest.mark.parametrize("begun", [b"P", call()[:-1], call(b"{", **LONG)], ids=["head", "body", "long body"])
def test_who_says_nothing_more_is_told_so(quick: Wire, begun: bytes) -> None:
    before = quick.events

    status, said = quick.say(begun)

    assert (status, said["status"], quick.events) == (408, 408, before)


def test_who_never_said_anything_is_parted_with(quick: Wire) -> None:
    with quick.open() as one:
        assert answer(one) == (0, {})


@pytest.mark.parametrize(
    ("text", "at_most"),
    [(call(), 0.8), (call(b"", **{"Content-Length": "500"}) + b" " * 500, 1.2)],
    ids=["head", "whole"],
)
def test_dribbling_bytes_do_not_buy_more_time(quick: Wire, text: bytes, at_most: float) -> None:
    head = text.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if at_most > 1 else b""
    with quick.open() as one:
        one.sendall(head)
        taken = dribble(one, text[len(head) :])
        status, _ = answer(one)

    assert status == 408
    assert taken * 0.05 <= at_most + 0.3


def test_a_call_in_single_bytes_is_one_event(wire: Wire) -> None:
    before = wire.events
    with wire.open() as one:
        dribble(one, call(BODY.replace(b"camille", b"zoe")), 0.001)
        status, _ = answer(one)

    assert (status, wire.events) == (200, before + 1)


@pytest.mark.parametrize(
    ("begun", "status"),
    [
        (call(b"", NOBODY, **LONG), 404),
        (call(b"", HEAD.replace("POST", "PUT"), **LONG), 405),
        (call(b"", **{"Content-Length": "9000000"}), 413),
        (call(b"", NOBODY, Content_Length="10", Expect="100-continue"), 404),
    ],
    ids=["no such address", "wrong method", "too large", "asked before"],
)
def test_what_is_refused_for_its_head_is_answered_without_its_body(wire: Wire, begun: bytes, status: int) -> None:
    assert wire.say(begun)[0] == status


def test_a_body_that_is_refused_is_never_read_as_the_next_call(wire: Wire) -> None:
    before = wire.events
    hidden = call() + b" " * 100_000
    with wire.open() as one:
        one.sendall(call(b"", NOBODY, **{"Content-Length": str(len(hidden))}))
        first = answer(one)
        one.sendall(hidden)
        second = answer(one)

    assert (first[0], second, wire.events) == (404, (0, {}), before)


def test_who_asks_first_is_told_to_go_on(wire: Wire) -> None:
    with wire.open() as one:
        one.sendall(call(b"", Content_Length=str(len(BODY)), Expect="100-continue"))
        told = one.recv(100)
        one.sendall(BODY)
        status, _ = answer(one)

    assert (told, status) == (b"HTTP/1.1 100 Continue\r\n\r\n", 200)


def test_a_long_body_is_asked_for_and_read(wire: Wire) -> None:
    with wire.open() as one:
        for size in (500_000, 1_999_000):
            one.sendall(call(BODY + b" " * size))
            status, said = answer(one)
            assert (status, len(said["events"])) == (200, 1)


def test_the_bytes_that_wait_are_bounded(quick: Wire) -> None:
    with ExitStack() as held:
        for _ in range(4):
            held.enter_context(quick.open()).sendall(call(b" " * 60_000, **{"Content-Length": "60001"}))
        statuses = [quick.say(call(b" " * 60_000, **{"Content-Length": "60001"}))[0], quick.say(call())[0]]

    assert statuses[0] == 503
    assert quick.say(call())[0] == 200


def test_a_call_that_is_coming_in_is_finished_at_a_stop(tmp_path_factory: pytest.TempPathFactory) -> None:
    with on_the_wire(tmp_path_factory.mktemp("stop")) as wire, wire.open() as silent, wire.open() as one:
        one.sendall(call()[:-5])
        assert wire.say(call(BODY.replace(b"camille", b"zoe")))[0] == 200  # it serves, and has read the others' bytes
        wire.process.terminate()
        Event().wait(0.3)
        one.sendall(BODY[-5:])
        status, _ = answer(one)
        assert answer(silent) == (0, {})
        wire.process.wait(timeout=8)

    assert (status, wire.events) == (200, 2)


def test_no_answer_names_the_version_of_a_server(wire: Wire) -> None:
    """gunicorn gives its name, and no number with it."""
    with wire.open() as one:
        one.sendall(call(b"{}"))
        head = one.recv(65536).partition(b"\r\n\r\n")[0].decode("latin-1").lower()

    servers = [line for line in head.split("\r\n") if line.startswith("server:")]
    assert (len(servers), [sign for sign in servers[0] if sign.isdigit()]) == (1, [])
