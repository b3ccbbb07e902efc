"""HTTP under one deadline for the whole call, from connecting to the last byte (docs/ledger.md 28).

The timeouts of requests start anew with each byte: a head that dribbles would hold a lease for ever.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from socket import socket
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError
from urllib3.util import Timeout


@dataclass(frozen=True, slots=True)
class Deadline:
    """`silence`: seconds between two pieces of an answer. `clock` is one that nobody puts back: a call that dribbles
    would else last until it has caught up."""

    until: float
    silence: float
    clock: Callable[[], float]

    def left(self) -> float:
        """Seconds to wait for the next piece. Raises TimeoutError."""
        seconds = self.until - self.clock()
        if seconds <= 0:
            raise TimeoutError
        return min(seconds, self.silence)


_DEADLINE: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def under(deadline: Deadline) -> Iterator[None]:
    """Every connection and answer that begins inside ends by then."""
    before = _DEADLINE.set(deadline)
    try:
        yield
    finally:
        _DEADLINE.reset(before)


def session() -> requests.Session:
    """Obeys `under`."""
    made = requests.Session()
    for scheme in ("http://", "https://"):
        made.mount(scheme, Line())
    return made


class Line(HTTPAdapter):
    """Straight to Qomon's host, which is looked up once: no proxy, and no certificate but the host's own."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        self._pools: dict[str, HTTPConnectionPool] = {}

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        host = (request.url or "").removesuffix(request.path_url)
        if host not in self._pools:
            found = cast("HTTPConnectionPool", super().get_connection_with_tls_context(request, verify, proxies, cert))
            self.cert_verify(found, request.url, verify, cert)  # type: ignore[no-untyped-call]
            self._pools[host] = found
        return self._pools[host]

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002  # as requests has it
        timeout: Any = None,
        verify: Any = True,  # noqa: FBT002
        cert: Any = None,
        proxies: Any = None,  # noqa: ARG002
    ) -> requests.Response:
        """Raises what urllib3 raises. Without what surfing needs: cookies, redirects, retries, proxies."""
        pool = self.get_connection_with_tls_context(request, verify, cert=cert)
        connect, read = timeout
        raw = pool.urlopen(
            request.method or "",
            request.path_url,
            request.body,
            request.headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=Timeout(connect=connect, read=read),
            preload_content=False,
            decode_content=False,
        )
        answer = requests.Response()
        answer.status_code, answer.raw = raw.status, raw
        answer.headers = raw.headers  # type: ignore[assignment]  # it looks names up as requests' own does
        return answer


class _Pieces(RawIOBase):
    """What a socket hands over, piece by piece, while there is time."""

    def __init__(self, line: socket, raw: RawIOBase, deadline: Deadline) -> None:
        self._line, self._raw, self._deadline = line, raw, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        self._line.settimeout(self._deadline.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        deadline = _DEADLINE.get()
        if deadline is not None:
            self.fp = BufferedReader(_Pieces(sock, self.fp.detach(), deadline))


class _Connection(HTTPConnection):
    response_class = _Answer

    def connect(self) -> None:
        """Each address of a host, and the handshake, has a patience of its own: nothing is sent when all are over."""
        super().connect()
        deadline = _DEADLINE.get()
        try:
            if deadline is not None:
                deadline.left()
        except TimeoutError:
            self.close()
            raise ConnectTimeoutError(self, "connected too late") from None


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
