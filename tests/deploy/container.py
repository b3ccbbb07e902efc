"""The image without Docker: built by its own steps, started by its CMD as its user, asked by its own health check."""

import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import requests

from bridge.qomon.sandbox import TOKEN
from tests.deploy import machine
from tests.deploy.dockerfile import Image
from tests.deploy.platform import ALLOWED, Platform, free_port, until
from tests.support.json_hook import ESSAI, PROOF, ZOES
from tests.support.json_hook import TOKEN as JSON_TOKEN

BASE = 130
"""MB of python:3.11-slim, as `docker images` has shown it for years (120 to 130); it cannot be weighed here."""
LARGEST = 250
_STYLES = re.compile(r'(?:href|src)="(/[^"]+\.(?:css|js|svg)[^"]*)"')


def build(image: Image) -> str:
    image.lay_base()
    image.build()
    own = machine.whole(image.root)
    parts = {name: machine.whole(image.inside(f"/{name}")) for name in ("venv", "app")}
    assert own + BASE < LARGEST, f"{own:.0f} MB, and {BASE} of the base image: {LARGEST} at most"
    told = ", ".join(f"/{name} {size:.0f} MB" for name, size in parts.items())
    return f"the Dockerfile's steps: {told}; with some {BASE} MB of its base {own + BASE:.0f} MB"


def live(image: Image, platform: Platform, folder: Path) -> str:
    """With a SQLite file in its volume, and nothing else set than what a person must."""
    port = free_port()
    given = {"QOMON_TOKEN": TOKEN, "QOMON_URL": platform.qomon, "JSON_TOKEN": JSON_TOKEN, "PORT": str(port)}
    log = folder / "container"
    with log.open("wb") as out:

        def run(words: list[str], stdin: bytes = b"") -> int:
            process = image.start(words, out.fileno(), **given)
            process.communicate(stdin, timeout=60)
            return process.returncode

        check = image.last.last("HEALTHCHECK").words
        assert run(check) == 1, "it is healthy before it began"
        began = time.monotonic()
        served = image.start(image.last.last("CMD").words, out.fileno(), **given)
        try:
            until(lambda: run(check) == 0)
            seconds = time.monotonic() - began
            assert run(["flask", "hooks", "import", "-"], ESSAI.encode()) == 0
            _use(f"http://127.0.0.1:{port}", platform)
            kept = {path.name for path in image.inside("data").iterdir()}
            assert {"bridge.db", "bridge.key"} <= kept, kept
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{log.read_text(encoding='utf-8')}") from failure
        finally:
            _end(served)
    assert served.returncode == 0, log.read_text(encoding="utf-8")
    whom = image.user if os.geteuid() == 0 else "this user"
    return f"started by its CMD as {whom}: healthy after {seconds:.1f} s, a submission is in Qomon, SIGTERM ends it"


def _use(url: str, platform: Platform) -> None:
    before = len(platform.writes())
    headers = {"Content-Type": "application/json", **PROOF}
    assert requests.post(f"{url}/hooks/essai234", ZOES.replace(b"Boulang", b"Patiss"), headers=headers, timeout=30).ok
    until(lambda: len(platform.writes()) == before + 1)
    page = requests.get(f"{url}/login", headers={"Accept-Language": "fr"}, timeout=30)
    needed = _STYLES.findall(page.text)
    assert len(needed) >= 4, page.text
    for path in needed:
        assert requests.get(f"{url}{path}", timeout=30).ok, path


def _end(served: "subprocess.Popen[bytes]") -> None:
    served.send_signal(signal.SIGTERM)
    killer = threading.Timer(ALLOWED, served.kill)
    killer.start()
    served.communicate()
    killer.cancel()
