"""`make run` as a newcomer sees it: real gunicorn, real sandbox, real sample; what it prints, logs and leaves."""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from bridge.proofs.verify import Proof, sign

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "tests/payloads/tally/composed_french_volunteer_nulls.json"
PROOF = Proof("tally-v1", ("test-secret-do-not-use",))


@dataclass(frozen=True)
class Running:
    process: "subprocess.Popen[str]"
    port: int
    sandbox_port: int
    printed: str

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.printed[self.printed.index("\n{") : self.printed.rindex("}") + 1])
        return found

    @property
    def log(self) -> str:
        return (ROOT / f"data/run/{self.port}/bridge.log").read_text(encoding="utf-8")

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> requests.Response:
        sent = {"Content-Type": "application/json", **headers}
        return requests.post(f"http://127.0.0.1:{self.port}{path}", body, headers=sent, timeout=20)


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


def start(port: int, sandbox_port: int) -> "subprocess.Popen[str]":
    environ = {**os.environ, "LC_ALL": "C.UTF-8", "PORT": str(port), "SANDBOX_PORT": str(sandbox_port)}
    return subprocess.Popen(
        ["bin/run"], cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    port, sandbox_port = free_ports()
    with start(port, sandbox_port) as process:
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith("Serving"):
                break
        yield Running(process, port, sandbox_port, printed)
        process.send_signal(signal.SIGTERM)
    shutil.rmtree(ROOT / f"data/run/{port}")


def test_the_sample_is_delivered_and_both_addresses_are_printed(running: Running) -> None:
    assert f"http://127.0.0.1:{running.port} " in running.printed
    assert f"http://127.0.0.1:{running.sandbox_port} " in running.printed
    assert running.report["outcome"] == "delivered"


def test_the_same_bytes_again_are_a_duplicate_of_the_first(running: Running) -> None:
    body = SAMPLE.read_bytes()
    answer = running.post("/hooks/k3f9x2m7", body, sign(body, PROOF, datetime.now(UTC)))

    (event,) = answer.json()["events"]
    assert (answer.status_code, event["outcome"], event["event"]) == (200, "duplicate", running.report["event"])


def test_a_wrong_signature_is_refused(running: Running) -> None:
    assert running.post("/hooks/k3f9x2m7", SAMPLE.read_bytes(), {"Tally-Signature": "bm8="}).status_code == 401


def test_a_second_start_says_that_the_port_is_in_use(running: Running) -> None:
    with start(running.port, running.sandbox_port) as second:
        printed, _ = second.communicate(timeout=20)

    assert (second.returncode, printed) == (
        1,
        f"Port {running.port} is in use. Choose another: make run PORT={running.port + 10}\n",
    )


def test_the_log_holds_no_answer_and_no_secret_path(running: Running) -> None:
    running.post("/hooks/k3f9x2m7/hunter2", b"\x00{", {"X-Mail": "camille@example.org"})
    said = [str(answer["sent"]) for answer in running.report["answers"] if len(str(answer.get("sent", ""))) > 3]

    assert said != []
    assert [word for word in [*said, "hunter2", "camille", PROOF.secrets[0]] if word in running.log] == []


def test_a_request_that_is_no_http_is_not_quoted_in_the_log(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as raw:
        raw.sendall(b"GET /hooks/k3f9x2m7/hunter2 camille@example.org HTTP/1.1\r\nBad Header\r\n\r\n")
        raw.recv(1000)

    assert "WARNING gunicorn.error Invalid request" in running.log
    assert [word for word in ("hunter2", "camille") if word in running.log] == []


def test_sigterm_ends_it_and_both_servers(running: Running) -> None:
    running.process.send_signal(signal.SIGTERM)
    code = running.process.wait(timeout=25)

    assert code == 0
    assert "Worker exiting" in running.log
    for port in (running.port, running.sandbox_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
