"""Calls from a number of threads, each with a connection of its own: a bounded list, timed one by one."""

import http.client
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Timed:
    """`each`: the seconds of every call, sorted."""

    seconds: float
    each: Sequence[float]

    @property
    def per_second(self) -> float:
        return len(self.each) / self.seconds

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        return self.each[min(len(self.each) - 1, int(len(self.each) * share))] * 1000

    def __add__(self, other: "Timed") -> "Timed":
        return Timed(self.seconds + other.seconds, sorted([*self.each, *other.each]))


NONE = Timed(0.0, ())


def hammer(port: int, calls: Sequence[Call], threads: int) -> Timed:
    """Every call is made once. Raises RuntimeError on the first answer that is no 200."""
    left, each, wrong = iter(calls), list[float](), list[str]()
    workers = [threading.Thread(target=_work, args=(port, left, each, wrong)) for _ in range(threads)]
    began = time.monotonic()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if wrong:
        raise RuntimeError(wrong[0])
    return Timed(time.monotonic() - began, sorted(each))


def ask(port: int, call: Call) -> bytes:
    """One call by itself; its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    status, body = _asked(connection, call)
    connection.close()
    if status != http.client.OK:
        raise RuntimeError(f"{call.method} {call.path}: {status}")
    return body


def _work(port: int, left: "object", each: list[float], wrong: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while not wrong and (call := next(left, None)) is not None:  # type: ignore[call-overload]
        began = time.monotonic()
        try:
            status, _ = _asked(connection, call)
        except (ConnectionError, http.client.HTTPException):  # the server had closed the idle connection
            connection.close()
            status, _ = _asked(connection, call)
        each.append(time.monotonic() - began)
        if status != http.client.OK:
            wrong.append(f"{call.method} {call.path}: {status}")
    connection.close()


def _asked(connection: http.client.HTTPConnection, call: Call) -> tuple[int, bytes]:
    connection.request(call.method, call.path, call.body or None, dict(call.headers))
    answer = connection.getresponse()
    return answer.status, answer.read()
