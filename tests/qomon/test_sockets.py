"""The client over real sockets: what no mounted app can show (deadline, connections, proxies)."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import ClassVar

import pytest
from flask import Flask

from bridge.commands.sandbox import server
from bridge.errors import Rejected, TryLater, Unanswered
from bridge.qomon.client import Patience, Qomon, Visit
from bridge.qomon.pace import Pace
from bridge.qomon.sandbox import TOKEN, create_sandbox
from bridge.qomon.sandbox.people import ZOE

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


def visit_to(port: int, patience: Patience | None = None) -> Visit:
    return Qomon(f"http://127.0.0.1:{port}", TOKEN, Pace(), now=now, patience=patience).visit()


class Patient(ThreadingHTTPServer):
    request_queue_size = 32  # with 5 of them, who connects with eight others may wait for a second


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    with Patient(("127.0.0.1", 0), handler) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        yield listening.server_port
        listening.shutdown()


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        raise NotImplementedError


class Trickling(Quiet):
    """Never silent for as long as the read timeout, and far too long in all."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(ConnectionError):
            for _ in range(200):
                self.wfile.write(b" ")
                threading.Event().wait(0.02)


class Dribbling(Quiet):
    """A head that comes byte by byte, without an end."""

    def do_GET(self) -> None:
        with suppress(ConnectionError):
            for byte in b"HTTP/1.1 200 OK\r\nX-More: " + b"x" * 200:
                self.wfile.write(bytes([byte]))
                threading.Event().wait(0.02)


class Silent(Quiet):
    def do_GET(self) -> None:
        threading.Event().wait(0.5)


class HangingUp(Quiet):
    """Reads the request and closes without a word."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.close_connection = True


@pytest.mark.parametrize("handler", [Trickling, Dribbling, Silent, HangingUp])
def test_a_call_ends_in_time_and_a_write_without_an_answer_is_not_finished(handler: type[Quiet]) -> None:
    with serving(handler) as port:
        visit = visit_to(port, Patience(connect=0.2, read=0.2, total=0.3))
        began = monotonic()
        with pytest.raises(Unanswered) as caught:
            visit.replace(ZOE, {"firstname": "Zoé"})
        with pytest.raises(TryLater) as later:
            visit.contact(ZOE)
        assert monotonic() - began < 2
    assert (caught.value.finished, later.value.reason) == (False, "qomon_down")


class Half(Dribbling):
    """Writes dribble, reads do not."""

    def do_PATCH(self) -> None:
        super().do_GET()

    def do_GET(self) -> None:
        body = json.dumps({"status": "success", "data": {"contact": {"id": ZOE}}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_eight_writes_whose_answers_dribble_end_together_and_reads_go_on_meanwhile() -> None:
    """One client, as the threads of a process share it; and somebody puts the clock back by three hours meanwhile."""
    times = iter([NOON] * 20)
    with serving(Half) as port, ThreadPoolExecutor(8) as pool:
        patience = Patience(connect=0.5, read=0.2, total=0.5)
        url = f"http://127.0.0.1:{port}"
        jumps: Callable[[], datetime] = lambda: next(times, NOON - timedelta(hours=3))  # noqa: E731
        qomon = Qomon(url, TOKEN, Pace(), now=jumps, patience=patience, clock=monotonic)
        began = monotonic()
        writes = [pool.submit(qomon.visit().replace, ZOE, {"firstname": "Zoé"}) for _ in range(8)]
        assert qomon.visit().contact(ZOE) == {"id": ZOE}
        during = [write.done() for write in writes]
        errors = [write.exception(timeout=5) for write in writes]
        assert monotonic() - began < 2
        assert qomon.visit().contact(ZOE) == {"id": ZOE}

    assert during == [False] * 8
    assert [(type(error), getattr(error, "finished", None)) for error in errors] == [(Unanswered, False)] * 8


def test_a_write_that_found_nobody_listening_was_surely_not_applied() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        with pytest.raises(TryLater) as caught:
            visit_to(free.getsockname()[1]).replace(ZOE, {"firstname": "Zoé"})
    assert caught.value.reason == "qomon_down"


def test_a_name_that_does_not_resolve_was_surely_not_reached() -> None:
    qomon = Qomon("http://qomon.invalid", TOKEN, Pace(), now=now)
    with pytest.raises(TryLater) as caught:
        qomon.visit().replace(ZOE, {"firstname": "Zoé"})
    assert caught.value.reason == "qomon_down"


class Leaving(Half):
    """Promises to stay, and goes after each answer."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[str]] = []

    def do_PATCH(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:
        self.seen.append(self.command)
        super().do_GET()
        self.close_connection = True


def test_a_connection_that_the_other_side_left_is_made_anew_before_anything_is_sent() -> None:
    with serving(Leaving) as port:
        visit = visit_to(port)
        for _ in range(3):
            assert visit.contact(ZOE) == {"id": ZOE}
            threading.Event().wait(0.05)  # it goes
            assert visit.replace(ZOE, {"firstname": "Zoé"}) == {"id": ZOE}
            threading.Event().wait(0.05)
    assert Leaving.seen == ["GET", "PATCH"] * 3


class Lingering(Half):
    """Says that it leaves, and has not gone yet."""

    protocol_version = "HTTP/1.1"
    met: ClassVar[list[object]] = []

    def setup(self) -> None:
        super().setup()
        self.met.append(self.client_address)

    def end_headers(self) -> None:
        self.send_header("Connection", "close")
        super().end_headers()

    def do_GET(self) -> None:
        super().do_GET()
        threading.Event().wait(0.2)


def test_a_connection_that_the_other_side_will_leave_is_not_used_again() -> None:
    with serving(Lingering) as port:
        visit = visit_to(port)
        assert [visit.contact(ZOE), visit.contact(ZOE)] == [{"id": ZOE}] * 2
    assert len(Lingering.met) == 2


class Fickle(Half):
    """Answers once, and hangs up on the next call when it has heard it."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[str]] = []

    def do_PATCH(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(self.command)
        self.close_connection = True


def test_a_write_that_an_old_connection_lost_may_have_been_applied_and_is_not_sent_again() -> None:
    with serving(Fickle) as port:
        visit = visit_to(port)
        assert visit.contact(ZOE) == {"id": ZOE}
        with pytest.raises(Unanswered) as caught:
            visit.replace(ZOE, {"firstname": "Zoé"})
        assert visit.contact(ZOE) == {"id": ZOE}
    assert (caught.value.finished, Fickle.seen) == (False, ["PATCH"])


class Refusing(Quiet):
    """Says no before it has read all, and stops to listen."""

    def do_GET(self) -> None:
        self.send_response(413)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
        self.connection.shutdown(socket.SHUT_WR)
        threading.Event().wait(0.2)


def test_a_no_that_comes_before_all_was_sent_is_heard() -> None:
    with serving(Refusing) as port, pytest.raises(Rejected) as caught:
        visit_to(port, Patience(total=2)).replace(ZOE, {"firstname": "Zoé", "notes": [{"data": "x" * 12_000_000}]})
    assert str(caught.value) == "Qomon answered 413."


@contextmanager
def served(app: Flask) -> Iterator[int]:
    with server(app, 0) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        yield listening.server_port
        listening.shutdown()


def test_the_served_sandbox_keeps_the_connection_and_no_proxy_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    connections: set[object] = set()
    app = create_sandbox({}, now=now, sleep=lambda _: None)
    app.before_request(lambda: connections.add(threading.current_thread()))  # the server has one for each
    with served(app) as port:
        visit = visit_to(port)
        read = visit.contact(ZOE)
        echo = visit.replace(ZOE, {"firstname": read["firstname"]})
        again = visit.contact(ZOE)
    assert (again["firstname"], echo["mail"], len(connections)) == ("Zoé", "", 1)


def test_the_served_sandbox_hands_out_a_head_byte_by_byte() -> None:
    app = create_sandbox({}, now=now, sleep=lambda _: None)
    for ms in (200, 4000):
        asked = {"method": "PATCH", "path": "contacts", "fault": "dribble", "ms": ms}
        app.test_client().post("/_sandbox/faults", json=asked)
    with served(app) as port:
        visit = visit_to(port, Patience(connect=1, read=1, total=1))
        assert visit.replace(ZOE, {"firstname": "Zoë"})["firstname"] == "Zoë"
        began = monotonic()
        with pytest.raises(Unanswered) as caught:
            visit.replace(ZOE, {"firstname": "Zoé"})
    assert (caught.value.finished, monotonic() - began < 2) == (False, True)


def test_whoever_connects_too_late_sends_nothing() -> None:
    seen: list[object] = []
    app = create_sandbox({}, now=now, sleep=lambda _: None)
    app.before_request(lambda: seen.append(1))
    times = iter((0, 25))
    with served(app) as port:
        late = Qomon(f"http://127.0.0.1:{port}", TOKEN, Pace(), now=now, clock=lambda: next(times, 25))
        with pytest.raises(TryLater) as caught:
            late.visit().replace(ZOE, {"firstname": "Zoé"})
    assert (caught.value.reason, seen) == ("qomon_down", [])


def test_the_served_sandbox_cuts_an_answer_off_at_once() -> None:
    app = create_sandbox({}, now=now, sleep=lambda _: None)
    asked = {"method": "PATCH", "path": "contacts", "fault": "cut"}
    app.test_client().post("/_sandbox/faults", json=asked)
    began = monotonic()
    with served(app) as port, pytest.raises(Unanswered) as caught:
        visit_to(port).replace(ZOE, {"firstname": "Zoé"})
    assert (caught.value.finished, monotonic() - began < 5) == (False, True)
