"""`flask sandbox`: the small Qomon behind a real HTTP server on this machine. For development only."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from werkzeug.test import Client


@click.command("sandbox")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of SANDBOX_PORT.")
@with_appcontext
def sandbox_command(port: int | None) -> None:
    """A play Qomon with invented people, until Ctrl-C. Everything is forgotten then.

    \b
    Example:
      flask sandbox --port 8001
      QOMON_URL=http://127.0.0.1:8001 QOMON_TOKEN=sandbox-token flask catalogue
    """
    from bridge.qomon.sandbox import TOKEN, create_sandbox

    settings = current_app.extensions["bridge"].settings
    try:
        app = create_sandbox(settings.environ, now=lambda: datetime.now(UTC), sleep=time.sleep)
        serving = server(app, port or settings.sandbox_port)
    except (RuntimeError, OSError) as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"Sandbox Qomon: http://127.0.0.1:{serving.server_port}  token: {TOKEN}  state: /_sandbox/contacts")
    with suppress(KeyboardInterrupt):
        serving.serve_forever()


def server(app: Flask, port: int) -> ThreadingHTTPServer:
    """Bound and ready on 127.0.0.1; port 0 takes a free one. The caller serves and closes it."""

    class Handler(_Handler):
        client = Client(app, use_cookies=False)

    return _Server(("127.0.0.1", port), Handler)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    """Hands each request to the app and keeps the connection, which Werkzeug's own server never does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # it would hold each small answer back for 40 ms
    client: Client

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever asked has given up
            super().handle()

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = list(self.headers.items())
        answer = self.client.open(self.path, method=self.command, headers=headers, data=body)
        sent = answer.get_data()
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)
        self.close_connection |= answer.content_length != len(sent)  # the fault `cut`

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  # names that http.server looks for

    def log_message(self, *_: object) -> None:
        """Says nothing."""
