"""Commands as somebody types them behind `flask`, in front of a house."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from click.testing import Result
from werkzeug.serving import make_server

from tests.support.whole_bridge import House


def run(house: House, *words: object, stdin: bytes | str | None = None) -> Result:
    return house.app.test_cli_runner().invoke(args=[str(word) for word in words], input=stdin)


def hooks(house: House, *words: object, stdin: bytes | str | None = None) -> Result:
    """Nobody tried the account of a house on a test contact: what is published to it is published unproved."""
    unproved = ("--unproved",) if words[:1] == ("publish",) else ()
    return run(house, "hooks", *words, *unproved, stdin=stdin)


def done(result: Result) -> str:
    """What a command said that went well."""
    assert result.exit_code == 0, result.output
    return result.output


def printed(result: Result) -> Any:
    """What it printed as JSON."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@contextmanager
def served(house: House) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, house.app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
