"""The line over real sockets: each answer means what the library alone makes of it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from bridge.qomon import line
from bridge.qomon.line import Deadline

FIELDS = b"Content-Type: application/json\r\nX-RateLimit-Cost: 5\r\n"
OK = b"HTTP/1.1 200 OK\r\n" + FIELDS
ANSWERS = {
    "plain": OK + b"Content-Length: 2\r\n\r\n{}",
    "another status": OK.replace(b"200 OK", b"404 Not Found") + b"Content-Length: 2\r\n\r\n{}",
    "no reason": OK.replace(b"200 OK", b"200 ") + b"Content-Length: 2\r\n\r\n{}",
    "nothing behind the status": OK.replace(b"200 OK", b"200") + b"Content-Length: 2\r\n\r\n{}",
    "no content": OK.replace(b"200 OK", b"204 No Content") + b"\r\n",
    "go on": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\n{}",
    "1.0": OK.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Content-Length: 2\r\n\r\n{}",
    "small letters": OK.lower().replace(b"http", b"HTTP") + b"content-length:2\r\n\r\n{}",
    "spaces and tabs": OK + b"Content-Length: \t 2 \t\r\nX-Empty:\r\nX-Also: \r\n\r\n{}",
    "folded": OK + b"X-More: one\r\n  two\r\nContent-Length: 2\r\n\r\n{}",
    "folded length": OK + b"Content-Length:\r\n 2\r\n\r\n{}",
    "bare line ends": OK.replace(b"\r\n", b"\n") + b"Content-Length: 2\n\n{}",
    "a bare return": OK + b"X-More: one\rX-Not: two\r\nContent-Length: 2\r\n\r\n{}",
    "accents": OK + "X-Name: Zoé\x85\x00\r\nContent-Length: 2\r\n\r\n{}".encode("latin-1"),
    "twin fields": OK + b"X-More: one\r\nx-more: two\r\nSet-Cookie: a=1\r\nContent-Length: 2\r\n\r\n{}",
    "twin lengths": OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a listed length": OK + b"Content-Length: 2, 2\r\n\r\n{}",
    "less than nothing": OK + b"Content-Length: -2\r\n\r\n{}",
    "a signed length": OK + b"Content-Length: +2\r\n\r\n{}",
    "a length in words": OK + b"Content-Length: two\r\n\r\n{}",
    "an empty length": OK + b"Content-Length:\r\n\r\n{}",
    "no length": OK + b"\r\n{}",
    "nothing": OK + b"Content-Length: 0\r\n\r\n",
    "more than said": OK + b"Content-Length: 2\r\n\r\n{}{}",
    "less than said": OK + b"Content-Length: 3\r\n\r\n{}",
    "chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\nX-Last: 1\r\n\r\n",
    "great chunks": OK + b"Transfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks and a length": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "cut chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{",
    "broken chunks": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "another coding": OK + b"Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "hanging up": OK + b"Connection: Close\r\nContent-Length: 2\r\n\r\n{}",
    "a nameless field": OK + b": nobody\r\nContent-Length: 2\r\n\r\n{}",
    "no field": OK + b"not a field\r\nContent-Length: 2\r\n\r\n{}",
    "a name in two words": OK + b"X More: one\r\nContent-Length: 2\r\n\r\n{}",
    "a letter": OK + b"From me\r\nContent-Length: 2\r\n\r\n{}",
    "97 more fields": OK + b"X-More: 1\r\n" * 96 + b"Content-Length: 2\r\n\r\n{}",
    "98 more fields": OK + b"X-More: 1\r\n" * 97 + b"Content-Length: 2\r\n\r\n{}",
    "a long field": OK + b"X-More: " + b"1" * 60_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "too long a field": OK + b"X-More: " + b"1" * 70_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "half a head": OK,
    "no head": b"\r\n\r\n",
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "an unknown version": OK.replace(b"HTTP/1.1", b"HTTP/2") + b"Content-Length: 2\r\n\r\n{}",
    "silence": b"",
}


class Qomon:
    """Says the same to everybody, in two pieces, and hangs up."""

    def __init__(self, listening: socket.socket) -> None:
        self.said, self.cut = b"", 0
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/contacts/7"
        self._listening = listening
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                with suppress(OSError), caller:
                    caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    caller.recv(65536)
                    caller.sendall(self.said[: self.cut])
                    if 0 < self.cut < len(self.said):
                        threading.Event().wait(0.002)
                    caller.sendall(self.said[self.cut :])


@pytest.fixture(scope="module")
def qomon() -> Iterator[Qomon]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Qomon(listening)
        listening.shutdown(socket.SHUT_RDWR)


def heard(adapter: HTTPAdapter, url: str) -> object:
    request = requests.Request("GET", url).prepare()
    try:
        answer = adapter.send(request, stream=True, timeout=(5, 5))
        body = b"".join(iter(lambda: answer.raw.read1(65536, decode_content=True), b""))
    except (HTTPError, HTTPException, OSError):
        return "lost"
    finally:
        adapter.close()
    headers = {name.lower(): answer.headers[name] for name in answer.headers}
    return answer.status_code, headers, body


@pytest.mark.parametrize("cut", [0, 1, 30, 75, -1])
@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
def test_each_answer_is_heard_as_the_library_hears_it(qomon: Qomon, said: bytes, cut: int) -> None:
    qomon.said, qomon.cut = said, cut % len(said) if said else 0
    with line.under(Deadline(60, 5, lambda: 0)):
        assert heard(line.Line(), qomon.url) == heard(HTTPAdapter(), qomon.url)
