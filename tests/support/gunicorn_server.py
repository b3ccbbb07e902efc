"""gunicorn itself in front of a bridge, spoken to byte by byte."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from bridge.qomon.sandbox import TOKEN as QOMON_TOKEN
from bridge.store import tables
from tests.support.json_hook import ESSAI, TOKEN, rows
from tests.support.whole_bridge import KEY, QOMON, House

ROOT = Path(__file__).parents[2]
HEAD = (
    "POST /hooks/essai234 HTTP/1.1\r\nHost: bridge.example.org\r\n"
    f"X-Token: {TOKEN}\r\nContent-Type: application/json\r\n"
)
_NO_MORE: Mapping[str, str] = MappingProxyType({})
BODY = b'{"mail": "camille.exemple@example.org", "prenom": "Camille"}'


@dataclass(frozen=True)
class Wire:
    house: House
    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    def open(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def say(self, call: bytes, *, leave: bool = False) -> tuple[int, dict[str, Any]]:
        """One call and its answer; `leave`: nothing more comes."""
        with self.open() as wire:
            wire.sendall(call)
            if leave:
                wire.shutdown(socket.SHUT_WR)
            return answer(wire)

    @property
    def events(self) -> int:
        return len(rows(self.house, tables.event))


def call(body: bytes = BODY, head: str = HEAD, **headers: str) -> bytes:
    """With a Content-Length, if nothing else is said."""
    said = headers or {"Content-Length": str(len(body))}
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in said.items())
    return f"{head}{more}\r\n".encode() + body


def answer(wire: socket.socket) -> tuple[int, dict[str, Any]]:
    """Status and body of the next answer; (0, {}) where the connection ends without one."""
    came = b""
    while b"\r\n\r\n" not in came:
        piece = wire.recv(65536)
        if not piece:
            return 0, {}
        came += piece
    head, _, body = came.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]):
        piece = wire.recv(65536)
        assert piece, "the answer was cut"
        body += piece
    return int(head.split()[1]), cast("dict[str, Any]", json.loads(body)) if body.startswith(b"{") else {}


@contextmanager
def on_the_wire(
    folder: Path,
    config: str = "",
    hooks: tuple[str, ...] = (ESSAI,),
    secrets: Mapping[str, str] = _NO_MORE,
    **environ: str,
) -> Iterator[Wire]:
    """`config`: Python behind that of gunicorn.conf.py. `secrets`: of the hooks, beside JSON_TOKEN."""
    house = House(folder, hooks, JSON_TOKEN=TOKEN, BRIDGE_KEY=KEY, **secrets)
    conf = folder / "gunicorn.conf.py"
    conf.write_text(ROOT.joinpath("gunicorn.conf.py").read_text(encoding="utf-8") + config, encoding="utf-8")
    said: dict[str, str] = {
        "PATH": os.environ["PATH"],
        "QOMON_URL": QOMON,
        "QOMON_TOKEN": QOMON_TOKEN,
        "DATABASE_URL": f"sqlite:///{folder}/bridge.db",
        "BRIDGE_KEY": KEY,
        "JSON_TOKEN": TOKEN,
        "WRITING": "off",
        **secrets,
        **environ,
    }
    log = folder / "log"
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("wb") as out:
        port = listener.getsockname()[1]
        command = [Path(sys.executable).with_name("gunicorn"), "-c", conf, "-w", "1", "--threads", "16"]
        command += ["--no-control-socket", "--chdir", ROOT, "-b", f"fd://{listener.fileno()}", "app:app"]
        with subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, env=said, stdout=out, stderr=out, pass_fds=[listener.fileno()]
        ) as process:
            listener.close()
            try:
                yield Wire(house, process, port, log)
            finally:
                process.terminate()
                process.wait(timeout=25)
                house.close()
