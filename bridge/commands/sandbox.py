"""`flask sandbox`: the small Qomon behind a real HTTP server on this machine. For development only."""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import click
from flask import Flask
from flask_babel import gettext as _

from bridge.commands.command import Refused, command, unopened
from bridge.services import Services

DRIBBLE = "X-Sandbox-Dribble"  # of bridge.qomon.sandbox.faults, which is loaded when it is used


@command("sandbox", opened=unopened)
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True, help="Where it listens.")
def sandbox_command(services: Services, *, port: int) -> None:
    """A play Qomon with invented people, until Ctrl-C. Everything is forgotten then.

    \b
    Example:
      flask sandbox --port 8001
      QOMON_URL=http://127.0.0.1:8001 QOMON_TOKEN=sandbox-token flask catalogue
    """
    from bridge.qomon.sandbox import TOKEN, create_sandbox

    try:
        app = create_sandbox(services.settings.environ, now=lambda: datetime.now(UTC), sleep=time.sleep)
        serving = server(app, port)
    except (RuntimeError, OSError) as refusal:
        raise Refused(str(refusal)) from None
    url = f"http://127.0.0.1:{serving.server_port}"
    click.echo(_("Sandbox Qomon: %(url)s  token: %(token)s  state: /_sandbox/contacts", url=url, token=TOKEN))
    with suppress(KeyboardInterrupt):
        serving.serve_forever()


def server(app: Flask, port: int) -> ThreadingHTTPServer:
    """Bound and ready on 127.0.0.1; port 0 takes a free one. The caller serves and closes it."""

    class Handler(_Handler):
        wsgi = staticmethod(app)

    return _Server(("127.0.0.1", port), Handler)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    """Hands each request to the app and keeps the connection, which Werkzeug's own server never does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # it would hold each small answer back for 40 ms
    wbufsize = -1  # head and body of an answer leave as one
    wsgi: Callable[..., Any]

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever asked has given up
            super().handle()

    def finish(self) -> None:
        with suppress(ConnectionError):
            super().finish()

    def answer(self) -> None:
        answer = self.wsgi(self._environ(), self._begin)
        sent = b"".join(answer)
        answer.close()
        self._head()
        self.wfile.write(sent)
        self.close_connection |= self._announced != len(sent)  # the fault `cut`

    def _begin(self, status: str, headers: Sequence[tuple[str, str]], *_rest: object) -> None:
        self.send_response(int(status[:3]))
        told = dict(headers)
        self._announced, self._over = int(told.get("Content-Length", -1)), float(told.pop(DRIBBLE, 0)) / 1000
        for name, value in headers:
            if name in told:
                self.send_header(name, value)

    def _head(self) -> None:
        """At once or, for the fault `dribble`, byte by byte."""
        if self._over:
            head = b"".join(self._headers_buffer)
            self._headers_buffer: list[bytes] = []
            for place in range(len(head)):
                self.wfile.write(head[place : place + 1])
                self.wfile.flush()
                time.sleep(self._over / len(head))
        self.end_headers()

    def _environ(self) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        return {
            **given,
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
        }

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  # names that http.server looks for

    def log_message(self, *_: object) -> None:
        """Says nothing."""
