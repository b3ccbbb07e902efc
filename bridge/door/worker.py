"""gunicorn's threaded worker, for callers who are slow or never come to an end (docs/door.md, docs/ledger.md 24).

The poller reads each call, however its bytes dribble; a thread takes it when all of it is there, and reads nothing from
the socket. A long body is asked for: the application looks at the head first, and what it refuses is never read.
gunicorn judges what a call is; this file only finds where it ends, and gives gunicorn no byte behind that.
"""

import socket
import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import TYPE_CHECKING, Any

from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import LimitRequestHeaders, NoMoreData
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker
from werkzeug.exceptions import RequestEntityTooLarge

from bridge.door.problems import LARGEST, RETRY, problem

if TYPE_CHECKING:
    from concurrent.futures import Future

ROOM = 48_000_000
"""Bytes of all calls that are coming in or in hand: beyond that nobody is read."""

SMALL = 64 * 1024
"""Bytes of a body that are read without asking the application first, and of a head at most."""

PIECE = 64 * 1024
LINE = 8190
IDLE = 10.0
LEAVING = 2.0
"""Seconds for a caller to read its answer and go; also what is left to one that says nothing when we stop."""


class NotHere(BaseException):
    """The application wants the body of a call whose body has not come: past every handler of errors, to the worker."""


class Body:
    """The body of a call that is not all there."""

    def __init__(self, instead: BaseException) -> None:
        self._instead = instead

    def read(self, *_size: int) -> bytes:
        raise self._instead

    readline = readlines = __next__ = read

    def __iter__(self) -> "Body":
        return self


class Chunks:
    """Finds the end of a chunked body in pieces as they come. `size`: of what the chunks have announced."""

    def __init__(self) -> None:
        self.size = 0
        self._line = b""
        self._left = 0
        self._last = False

    def end(self, data: bytes) -> int | None:
        """How many bytes of this piece are the body's if it ends here. Raises ValueError when the chunks are broken."""
        at = 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left, at = self._left - step, at + step
                continue
            line, newline, _ = data[at : at + LINE].partition(b"\n")
            self._line += line
            if len(self._line) > LINE:
                raise ValueError("no end of a line")
            at += len(line) + len(newline)
            if newline and self._ends(self._line.strip()):
                return at
        return None

    def _ends(self, line: bytes) -> bool:
        self._line = b""
        if self._last:
            return not line
        size = int(line.partition(b";")[0], 16)
        if size < 0:
            raise ValueError("a negative size")
        self._last = size == 0
        self._left = size + 2 if size else 0  # the line's end is behind the data
        self.size += size
        return False


class Call(RequestParser):
    """One call as far as it has come. gunicorn's thread takes it as the parser of its connection."""

    def __init__(self, cfg: Any, client: Any) -> None:
        self.came = bytearray()
        super().__init__(cfg, self, client)
        self.began: float | None = None
        self.size = 0
        self.whole = False
        self.ended = False
        self.asked = False
        self.expects = False
        self._broken: Exception | None = None
        self._chunks: Chunks | None = None
        self._length = 0
        self._had = 0

    def recv(self, size: int) -> bytes:
        """As a socket, for gunicorn; empty at the end of what has come."""
        data = bytes(self.came[:size])
        del self.came[:size]
        return data

    def __next__(self) -> Any:
        if self._broken:
            raise self._broken
        return self.mesg or super().__next__()

    @property
    def ready(self) -> bool:
        """Whether a thread can do something with it."""
        long = self.expects or (self._chunks.size if self._chunks else self._length) > SMALL
        return self.whole or self.ended or self.too_large or (long and not self.asked)

    @property
    def too_large(self) -> bool:
        """Of chunks only: a length is the application's to judge, before it reads."""
        return self._chunks is not None and self._chunks.size > LARGEST

    def feed(self, data: bytes) -> bytes:
        """Take what is this call's, and give the rest back."""
        self.size += len(data)
        self.came += data
        if self.mesg is None:
            data = self._head()
        return self._body(data) if self.mesg and not self.whole else b""

    def _head(self) -> bytes:
        """Read the head once it is all there; what has come of the body."""
        if self.came.find(b"\r\n\r\n", max(0, len(self.came) - PIECE - 3)) < 0 and len(self.came) <= SMALL:
            return b""
        try:
            message = super().__next__()
        except NoMoreData:
            self._broken, self.whole = LimitRequestHeaders("no end of the head"), True
            return b""
        except Exception as broken:  # noqa: BLE001  # a thread tells the caller, as gunicorn does
            self._broken, self.whole = broken, True
            return b""
        reader = message.body.reader
        if isinstance(reader, ChunkedReader):
            self._chunks = Chunks()
        else:
            self._length = reader.length
        self.expects = message._expected_100_continue  # noqa: SLF001
        message._expected_100_continue = False  # noqa: SLF001  # said when the application has asked for the body
        self.came[:] = self.unreader.take_buffered() + self.came
        return bytes(self.came)

    def _body(self, data: bytes) -> bytes:
        try:
            end = self._chunks.end(data) if self._chunks else self._length - self._had
        except ValueError:  # gunicorn says what is wrong with it
            end = len(data)
        if end is None or end > len(data):
            self._had += len(data)
            return b""
        self.whole = True
        rest = data[end:]
        del self.came[len(self.came) - len(rest) :]
        self.size -= len(rest)
        return rest


class Connection(TConn):
    """A caller. `parser` is the call that is coming in or in hand, `rest` what came behind it."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.initialized = self.data_ready = True
        self.parser = Call(cfg, client)
        self.rest = b""
        self.last = time.monotonic()
        self.served = False
        self.leaving = False

    def init(self) -> None:
        """In a thread, before it answers: who does not take the answer does not keep the thread."""
        self.sock.settimeout(IDLE)


_ASKED = object()


class Worker(ThreadWorker):
    """`idle`: seconds without a byte; `head`, `whole`: for the head and for all of a call, from its first byte."""

    idle, head, whole = IDLE, 30.0, 60.0
    room = ROOM
    tick = 0.5
    """Seconds between two looks at who is late."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._coming: set[Connection] = set()
        self._held = 0
        self._looked = 0.0

    def accept(self, listener: socket.socket) -> None:
        """Take a caller, and read it here."""
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        self._watch(Connection(self.cfg, sock, client, listener.getsockname()))

    def handle(self, conn: Connection) -> Any:
        """In a thread: whether the connection is kept, or that the application wants the body."""
        try:
            kept = super().handle(conn)
        except NotHere:
            return _ASKED
        return kept and conn.parser.whole

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """In a thread: one call, or the head of one."""
        call = conn.parser
        if call.whole:
            return super().handle_request(req, conn)
        body, must_close = req.body, req.must_close
        req.must_close = True
        if not call.ended:
            req.body = Body(RequestEntityTooLarge() if call.too_large else NotHere())
        try:
            return super().handle_request(req, conn)
        except NotHere:
            req.body, req.must_close = body, must_close
            raise

    def finish_request(self, conn: Connection, future: "Future[Any]") -> None:
        """After a thread had it: read on, wait for the next call, or part."""
        result = None if future.cancelled() or future.exception() else future.result()
        call = conn.parser
        if result is _ASKED:
            call.asked = True
            self._watch(conn)
            if call.expects:
                self._send(conn, b"HTTP/1.1 100 Continue\r\n\r\n")
            return
        self._held -= call.size
        if not result:
            self._part(conn)
            return
        conn.parser, conn.served = Call(self.cfg, conn.client), True
        self._watch(conn)
        if conn.rest:
            self._take(conn, conn.rest)

    def murder_pending(self) -> None:
        """Part with those who are late."""
        now = time.monotonic()
        if now < self._looked + self.tick:
            return
        self._looked = now
        for conn in [one for one in self._coming if self._due(one) <= now]:
            if conn.leaving or conn.parser.began is None:
                self._drop(conn)
            else:
                self._refuse(conn, 408, "The call did not come to its end in time. Nothing was stored.")

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Never longer than until the next look."""
        super().wait_for_and_dispatch_events(min(timeout, self.tick))

    def _due(self, conn: Connection) -> float:
        began = conn.parser.began
        if conn.leaving:
            return conn.last + LEAVING
        if began is None:
            quiet = float(self.cfg.keepalive) if conn.served else self.idle
            return conn.last + (quiet if self.alive else min(quiet, LEAVING))
        return min(conn.last + self.idle, began + (self.whole if conn.parser.mesg else self.head))

    def _watch(self, conn: Connection) -> None:
        if conn.sock.fileno() < 0:  # gunicorn closes one whose answer broke off
            self.nr_conns -= 1
            return
        conn.sock.setblocking(False)
        conn.last = time.monotonic()
        self._coming.add(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._readable, conn))

    def _readable(self, conn: Connection, sock: socket.socket) -> None:
        try:
            data = sock.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            self._drop(conn)
            return
        if conn.leaving or not (data or conn.parser.mesg):
            if not data:
                self._drop(conn)
        elif data:
            self._take(conn, data)
        else:
            conn.parser.ended = True  # a short body: the application says so
            self._give(conn)

    def _take(self, conn: Connection, data: bytes) -> None:
        call, now = conn.parser, time.monotonic()
        conn.last, call.began = now, call.began or now
        before = call.size
        conn.rest = call.feed(data)
        self._held += call.size - before
        if self._held > self.room and not call.whole:
            self._refuse(conn, 503, "Too many calls at once. Please try again later.")
        elif call.ready:
            self._give(conn)

    def _give(self, conn: Connection) -> None:
        self._unwatch(conn)
        self.enqueue_req(conn)

    def _refuse(self, conn: Connection, status: int, why: str) -> None:
        said = problem(status, why, Connection="close", **({"Retry-After": RETRY} if status == 503 else {}))  # noqa: PLR2004
        said.headers["Content-Length"] = str(len(said.get_data()))
        head = [f"HTTP/1.1 {said.status}", *(f"{name}: {value}" for name, value in said.headers), "", ""]
        self._held -= conn.parser.size
        self._unwatch(conn)
        self._send(conn, "\r\n".join(head).encode() + said.get_data())
        self._part(conn)

    def _send(self, conn: Connection, said: bytes) -> None:
        with suppress(OSError):
            conn.sock.send(said)

    def _part(self, conn: Connection) -> None:
        """Half close and wait for the caller to go, here: a close while bytes come in would take the answer away."""
        conn.leaving = True
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
        self._watch(conn)

    def _unwatch(self, conn: Connection) -> None:
        self._coming.discard(conn)
        self.poller.unregister(conn.sock)

    def _drop(self, conn: Connection) -> None:
        self._unwatch(conn)
        if not conn.leaving:
            self._held -= conn.parser.size
        self.nr_conns -= 1
        conn.close()
