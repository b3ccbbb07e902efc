"""Where alerts go in tests: a real server on loopback that takes what Apprise's json:// sends, and fails when told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`status`: what it answers from now on. `asked`: the paths of GET calls."""

    port: int = 0
    status: int = 200
    got: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    asked: list[str] = field(default_factory=list[str])
    came: threading.Event = field(default_factory=threading.Event)
    """Set once anything was got."""

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/alerts"

    @property
    def texts(self) -> list[str]:
        return [f"{one['title']}\n{one['message']}" for one in self.got]

    @property
    def subjects(self) -> list[str]:
        return [one["title"] for one in self.got]

    def taken(self) -> list[str]:
        """What came since, in whole."""
        texts = self.texts
        self.got.clear()
        return texts


@contextmanager
def receiving() -> Iterator[Receiver]:
    there = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if there.status < 400:
                there.got.append(body)
                there.came.set()
            self._answer()

        def do_GET(self) -> None:
            there.asked.append(self.path)
            self._answer()

        def _answer(self) -> None:
            self.send_response(there.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
