"""`bin/audit`, which `make lint` runs: a known hole fails, none passes, and nobody to ask is said in a line."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parents[1]
HOLE = {
    "id": "OSV-2026-1",
    "summary": "invented",
    "affected": [
        {
            "package": {"name": "leaky", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}


class Known(BaseHTTPRequestHandler):
    """Knows of one hole, in one package."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = json.dumps({"vulns": [HOLE]} if asked["package"]["name"] == "leaky" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


@pytest.fixture
def service() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Known) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def audited(folder: Path, port: int, *packages: str) -> tuple[int, str]:
    """The script's end, and all that it says."""
    pinned = folder / "requirements.txt"
    pinned.write_text("".join(f"{one} --hash=sha256:{'0' * 64}\n" for one in packages), encoding="utf-8")
    command = [sys.executable, str(ROOT / "bin" / "audit"), "-r", str(pinned), "-s", "osv"]
    command += ["--osv-url", f"http://127.0.0.1:{port}/", "--cache-dir", str(folder / "cache")]
    environ = {"NO_PROXY": "127.0.0.1", "HOME": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_known_hole_fails_and_says_what_mends_it(tmp_path: Path, service: int) -> None:
    code, told = audited(tmp_path, service, "leaky==1.0", "sound==2.0")

    assert code == 1
    assert "leaky 1.0: OSV-2026-1, mended in 1.1" in told
    assert "1 in 2 packages; 0 could not be looked up." in told


def test_without_a_hole_it_passes(tmp_path: Path, service: int) -> None:
    assert audited(tmp_path, service, "sound==2.0") == (
        0, "Known holes of the packages: 0 in 1 packages; 0 could not be looked up.\n",
    )  # fmt: skip


def test_where_nobody_can_be_asked_it_says_so_in_a_line_and_passes(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    assert audited(tmp_path, port, "leaky==1.0") == (
        0, "Known holes of the packages: nobody could be asked, so nothing was looked up.\n",
    )  # fmt: skip


def test_lint_looks_up_both_files_of_pins() -> None:
    lint = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    script = (ROOT / "bin" / "audit").read_text(encoding="utf-8")

    assert "bin/audit" in lint
    assert all(name in script for name in ("requirements.txt", "tests/requirements.txt"))
