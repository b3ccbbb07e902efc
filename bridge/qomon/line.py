"""HTTP under one deadline for the whole call, from connecting to the last byte (docs/ledger.md 28).

The timeouts of requests start anew with each byte: a head that dribbles would hold a lease for ever.
"""

import http.client
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from errno import ECONNRESET, EPIPE, EPROTOTYPE
from io import BufferedReader, RawIOBase
from socket import socket
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError

_PIECE = 65536
_HUNG_UP = (EPIPE, ECONNRESET, EPROTOTYPE)
_PLAIN = re.compile(rb"HTTP/1\.1 200 ([ -~]*)\r\n((?:[!-9;-~]+:[^\r\n]*\r\n){1,99})\r\n")
_FIELD = re.compile(r"([^:]+):[ \t]*([^\r]*)\r\n")
_FOLD = re.compile(r"[ \t]*\r\n[ \t]+")
_LENGTH = re.compile(r"[0-9]{1,18}")


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
        self._pools: dict[str, _Pool] = {}

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> "_Pool":
        host = (request.url or "").removesuffix(request.path_url)
        if host not in self._pools:
            found = cast("_Pool", super().get_connection_with_tls_context(request, verify, proxies, cert))
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
        """Raises what a connection raises. Without what surfing needs: cookies, redirects, retries, proxies."""
        pool = self.get_connection_with_tls_context(request, verify, cert=cert)
        raw = pool.ask(request, *timeout)
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


class _Answer(http.client.HTTPResponse):
    headers: Any

    def __init__(self, sock: socket, method: str | None) -> None:
        super().__init__(sock, method=method)
        deadline = _DEADLINE.get()
        if deadline is not None:
            self.fp = BufferedReader(_Pieces(sock, self.fp.detach(), deadline), _PIECE)

    def begin(self) -> None:
        """A plain head is read at a glance. Every other one as the library does, which parses each as that of a mail:
        one that comes in pieces, that is no 200, or that does not say in one way where the body ends.
        """
        head = _PLAIN.match(self.fp.peek())
        headers = HTTPHeaderDict(_FIELD.findall(head[2].decode("latin-1")) if head else ())
        if head is None or not _framed(headers):
            super().begin()
            self.headers = HTTPHeaderDict((name, _FOLD.sub(" ", value)) for name, value in self.headers.items())
            return
        self.fp.read(head.end())
        self.version, self.status, self.reason, self.headers = 11, 200, head[1].decode("latin-1").strip(), headers
        self.chunked, self.chunk_left = "transfer-encoding" in headers, None
        self.length = None if self.chunked else int(headers["content-length"])
        self.will_close = "close" in headers.get("connection", "").lower()


def _framed(headers: HTTPHeaderDict) -> bool:
    """Whether it is said, once, where the body ends."""
    length, coding = headers.get("content-length"), headers.get("transfer-encoding")
    return length is None if coding == "chunked" else coding is None and bool(_LENGTH.fullmatch(length or ""))


class _Connection(HTTPConnection):
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

    def ask(self, request: requests.PreparedRequest, silence: float) -> _Answer:
        """Head and body go together. Who hangs up on them may have answered before."""
        if self.is_closed:
            self.connect()
        line = cast("socket", self.sock)
        line.settimeout(self.timeout)
        try:
            line.sendall(self._head(request) + cast("bytes", request.body or b""))
        except OSError as failure:
            if failure.errno not in _HUNG_UP:
                raise
        line.settimeout(silence)
        answer = _Answer(line, request.method)
        try:
            answer.begin()
        except BaseException:
            answer.close()
            raise
        if answer.will_close:
            self.close()  # the answer keeps the socket until it is read
        return answer

    def _head(self, request: requests.PreparedRequest) -> bytes:
        host = f"[{self.host.partition('%')[0]}]" if ":" in self.host else self.host
        port = "" if self.port == self.default_port else f":{self.port}"
        lines = [f"{request.method} {request.path_url} HTTP/1.1", f"Host: {host}{port}", "Accept-Encoding: identity"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection

    def ask(self, request: requests.PreparedRequest, connect: float, silence: float) -> HTTPResponse:
        """Once, over a connection that is there, unless the other side has closed it, or over a new one."""
        connection = cast("_Connection", self._get_conn())
        try:
            connection.timeout = connect
            self._validate_conn(connection)
            answer = connection.ask(request, silence)
        except BaseException:
            connection.close()
            self._put_conn(None)
            raise
        return HTTPResponse(
            answer,
            answer.headers,
            answer.status,
            preload_content=False,
            original_response=answer,
            pool=self,
            connection=connection,
            request_method=request.method,
        )


class _SecurePool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
