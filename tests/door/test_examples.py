"""What the docs tell people to call: each curl line, and each program of docs/door.md, against a bridge that serves."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple, cast

import pytest

from bridge.store import tables
from tests.support.gunicorn_server import ROOT, Wire, on_the_wire
from tests.support.json_hook import rows
from tests.support.whole_bridge import BENEVOLES, SECRET, sample

SAYS = {
    "SITE_TOKEN": "an-invented-token",
    "SITE_SECRET": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "ZAP_TOKEN": "the value of ZAP_TOKEN",
    "TALLY_SECRET": SECRET,
    "METRICS_TOKEN": "an-invented-token-too",
}
HERE = re.compile(r"https://bridge\.example\.org|http://127\.0\.0\.1:8000")
PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")), *(ROOT / "docs").rglob("*.md")]
BLOCK = re.compile(r"(?:<!-- not run: ([^\n]+?) -->\s*)?```(?:console|sh)\n(.*?)```", re.DOTALL)
DOOR = (ROOT / "docs" / "door.md").read_text(encoding="utf-8")
PROGRAMS = {"python": [sys.executable], "javascript": ["node"]}


class Line(NamedTuple):
    """A command as it stands on a page, what the page shows of its answer, and why it is not run."""

    page: str
    typed: str
    shown: str
    reason: str


def lines() -> Iterator[Line]:
    for page in sorted(PAGES):
        for reason, block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for part in re.split(r"^\$ ", re.sub(r"\\\n\s*", "", block), flags=re.MULTILINE):
                typed, _, shown = part.partition("\n")
                if re.search(r"\bcurl\b", typed):
                    yield Line(str(page.relative_to(ROOT)), typed, shown.strip(), reason)


LINES = list(lines())
RUN = [line for line in LINES if not line.reason]


def yaml_of(page: str) -> list[str]:
    return re.findall(r"```yaml\n(hook: .*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """With the hooks that the pages show; the sample of `make run` came once already."""
    (zapier,) = yaml_of("docs/automation-tools.md")
    hooks = (BENEVOLES, f"{zapier}address: abcd1234\n", *yaml_of("docs/door.md"))
    folder = tmp_path_factory.mktemp("examples")
    with on_the_wire(folder, hooks=hooks, secrets=SAYS, PUBLIC_URL="https://bridge.example.org") as wire:
        wire.house.post(sample())
        yield wire


def environ(wire: Wire) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PUBLIC_URL": f"http://127.0.0.1:{wire.port}", **SAYS}


def alike(shown: str) -> str:
    """What an answer has to look like for a page to show it so: an id stands for any, `...` for whatever there is."""
    told = re.escape(" ".join(shown.split()))
    told = re.sub(r"(?<=\")(?:[0-9a-f]{16}|[0-9a-f]{20})(?=\")", lambda one: f"[0-9a-f]{{{len(one[0])}}}", told)
    return told.replace(re.escape("{...}"), r"\{.*\}").replace(re.escape("..."), ".*")


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize("line", RUN, ids=[f"{line.page}-{at}" for at, line in enumerate(RUN)])
def test_a_curl_line_of_the_docs_does_what_its_page_shows(line: Line, served: Wire) -> None:
    typed = HERE.sub(f"http://127.0.0.1:{served.port}", line.typed)
    command = re.sub(r"\bcurl\b", r"curl -sS --max-time 20 -w '\\n%{http_code}'", typed, count=1)
    ran = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environ(served), capture_output=True, text=True)
    answer, _, status = ran.stdout.rpartition("\n")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.fullmatch(alike(line.shown) or ".*", " ".join(answer.split()), re.DOTALL), answer
    assert status == ("200" if '"status":' not in line.shown else str(json.loads(answer)["status"]))


def test_the_docs_call_the_bridge_with_curl_at_all() -> None:
    assert len(RUN) >= 6
    assert {line.page for line in RUN} >= {"README.md", "docs/door.md", "docs/metrics.md", "docs/automation-tools.md"}


def program(language: str, address: str = "") -> str:
    """The one of docs/door.md, at another address, where nobody waits half a minute for the next try."""
    (text,) = re.findall(rf"```{language}\n(.*?)```", DOOR, re.DOTALL)
    assert text.count("pause = 30") == 1
    placed = re.sub(r'"https://bridge\.example\.org/[^"]*"', f'"{address}"', text).replace("pause = 30", "pause = 0")
    return placed if address else text


def address_of(language: str) -> str:
    found = re.search(r"https://bridge\.example\.org(/hooks/\w+)", program(language))
    assert found is not None
    return found[1]


def ran(folder: Path, language: str, address: str, wire: Wire) -> "subprocess.CompletedProcess[str]":
    if shutil.which(PROGRAMS[language][0]) is None:
        pytest.skip(f"there is no {PROGRAMS[language][0]} here")
    file = folder / f"form.{language}"
    file.write_text(program(language, address), encoding="utf-8")
    return subprocess.run(
        [*PROGRAMS[language], file], env=environ(wire), capture_output=True, text=True, timeout=60, check=False
    )


def outcome(printed: str) -> str:
    """Of the one event in an answer, whichever language wrote it."""
    (found,) = re.findall(r"\boutcome['\"]: ?['\"](\w+)", printed.partition("first")[0])
    return cast("str", found)


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_program_of_the_page_brings_an_answer_once(language: str, served: Wire, tmp_path: Path) -> None:
    before = len(rows(served.house, tables.event))
    address = f"http://127.0.0.1:{served.port}{address_of(language)}"
    first, second = (ran(tmp_path, language, address, served) for _ in range(2))

    assert (first.returncode, first.stderr) == (0, "")
    assert [outcome(one.stdout) for one in (first, second)] == ["accepted", "duplicate"]
    assert len(rows(served.house, tables.event)) == before + 1


@contextmanager
def answering(*statuses: int) -> Iterator[tuple[int, list[tuple[str, bytes]]]]:
    """A door that answers so, one call after the other (0: not at all), and the id and the bytes of what came."""
    left, came = list(statuses), list[tuple[str, bytes]]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((self.headers.get("Idempotency-Key") or self.headers["webhook-id"], body))
            status = left.pop(0)
            self.close_connection = True
            if status:
                told = json.dumps({"status": status, "detail": "Looked for the header X-Bridge-Token."}).encode()
                self.send_response(status)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1], came
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_program_of_the_page_comes_again_where_it_should(language: str, served: Wire, tmp_path: Path) -> None:
    """After no answer, a 503, a 429 and a 502: the same bytes under the same id, until it is taken."""
    with answering(0, 503, 429, 502, 200) as (port, came):
        done = ran(tmp_path, language, f"http://127.0.0.1:{port}/hooks/abc", served)

    assert (done.returncode, len(came), len(set(came))) == (0, 5, 1), done.stderr


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_program_of_the_page_says_what_is_wrong(language: str, served: Wire, tmp_path: Path) -> None:
    with answering(401) as (port, came):
        done = ran(tmp_path, language, f"http://127.0.0.1:{port}/hooks/abc", served)

    assert (done.returncode != 0, "Looked for the header" in done.stderr, len(came)) == (True, True, 1)
