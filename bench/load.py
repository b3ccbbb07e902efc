"""Calls on a number of connections at once: a bounded list, timed one by one.

One thread over plain sockets, each call written out before the clock runs: what is measured shares the processor.
"""

import re
import selectors
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

_PATIENCE = 30.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LAST = re.compile(rb"HTTP/1\.0|.*\r\nconnection: *close", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def written(self) -> bytes:
        """As it goes over the wire."""
        said = {"Host": "127.0.0.1", **self.headers, "Content-Length": str(len(self.body))}
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


@dataclass(frozen=True, slots=True)
class Timed:
    """`each`: the seconds of every call, sorted. `spent`: seconds of processor time, of the load itself."""

    seconds: float
    each: Sequence[float]
    spent: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.each) / self.seconds

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        return self.each[min(len(self.each) - 1, int(len(self.each) * share))] * 1000

    def __add__(self, other: "Timed") -> "Timed":
        return Timed(self.seconds + other.seconds, sorted([*self.each, *other.each]), self.spent + other.spent)


NONE = Timed(0.0, ())


def hammer(port: int, calls: Sequence[Call], at_once: int) -> Timed:
    """Every call is made once. Raises RuntimeError on the first answer that is no 200."""
    left = iter([(call, call.written()) for call in calls])
    each = list[float]()
    began, spent = time.monotonic(), time.process_time()
    with selectors.DefaultSelector() as selector:
        for call, wire in [next(left) for _ in range(min(at_once, len(calls)))]:
            _Line(port, selector).send(call, wire)
        while selector.get_map():
            for line in _ready(selector):
                if line.read() is None:
                    continue
                each.append(time.monotonic() - line.began)
                after = next(left, None)
                line.send(*after) if after else line.close()
    return Timed(time.monotonic() - began, sorted(each), time.process_time() - spent)


def ask(port: int, call: Call) -> bytes:
    """One call by itself; its answer."""
    with selectors.DefaultSelector() as selector:
        line = _Line(port, selector)
        line.send(call, call.written())
        while (body := line.read()) is None:
            pass
        line.close()
    return body


class _Line:
    """A connection: one call at a time; opened anew where the server closes after each."""

    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self._port, self._selector = port, selector
        self._socket: socket.socket | None = None

    def send(self, call: Call, wire: bytes) -> None:
        self._call, self._got, self.began = call, b"", time.monotonic()
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(self._socket, selectors.EVENT_READ, self)
        self._socket.sendall(wire)

    def read(self) -> bytes | None:
        """The body, once it is there whole."""
        more = self._socket.recv(1 << 18) if self._socket else b""
        self._got += more
        head, end, body = self._got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not more or (end and not length):
            raise RuntimeError(f"{self._call.method} {self._call.path}: an answer without an end")
        if not end or not length or len(body) < int(length[1]):
            return None
        status = int(head.split(None, 2)[1])
        if status != HTTPStatus.OK:
            raise RuntimeError(f"{self._call.method} {self._call.path}: {status}")
        if _LAST.match(head):
            self.close()
        return body

    def close(self) -> None:
        if self._socket is not None:
            self._selector.unregister(self._socket)
            self._socket.close()
            self._socket = None


def _ready(selector: selectors.BaseSelector) -> list[_Line]:
    ready = selector.select(_PATIENCE)
    if not ready:
        raise RuntimeError(f"no answer within {_PATIENCE:.0f} s")
    return [key.data for key, _ in ready]
