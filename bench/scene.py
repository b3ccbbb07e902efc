"""One measure's stage: a sandbox Qomon with its people, a store with the hooks, and what both say afterwards."""

import json
import sqlite3
import time
from collections import Counter
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

from app import create_app
from bench import people, typeform
from bench.load import Call, ask, hammer
from bench.process import Process, flask, free_port, on_one_core, web
from bridge.qomon.sandbox import TOKEN

LATENCY = 20
_LONGEST = 120.0
_JSON = {"Content-Type": "application/json"}


class Scene:
    """`folder` is the scene's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        port = free_port()
        self.qomon = Process(
            flask("sandbox", "--port", str(port)), port, "/_sandbox/switches", folder / "sandbox.log", {}
        )
        self.switch(burst=1e9, rate=1e9, soft_deleted=False)  # contacts of one length, whatever was written before

    def end(self) -> None:
        self.qomon.end()

    def move_in(self, numbers: range) -> None:
        hammer(self.qomon.port, list(people.moving_in(numbers)), 4)

    def switch(self, **switches: Any) -> None:
        ask(self.qomon.port, Call("PATCH", "/_sandbox/switches", json.dumps(switches).encode(), _JSON))

    def read(self, contact: int) -> dict[str, Any]:
        """A contact as Qomon shows it."""
        answer = ask(self.qomon.port, Call("GET", f"/contacts/{contact}", headers={"Authorization": f"Bearer {TOKEN}"}))
        shown: dict[str, Any] = json.loads(answer)["data"]["contact"]
        return shown

    def calls(self) -> list[dict[str, Any]]:
        """All calls that Qomon saw."""
        seen: list[dict[str, Any]] = json.loads(ask(self.qomon.port, Call("GET", "/_sandbox/calls")))
        return seen

    def store(self, name: str) -> "Store":
        """A new one, with the hooks, and with Qomon's forms read."""
        store = Store(self.folder / f"{name}.db", self.qomon.port)
        made = create_app(store.environ)
        services = made.extensions["bridge"].open()
        with services.store.write() as tx:
            for text in (people.HOOK, *typeform.HOOKS):
                services.hooks.import_text(tx, text, pinned=None, now=services.now())
        services.catalogues.refresh("default", services.spaces["default"].visit(), services.now())
        services.store.close()
        return store

    def serve(self, app: str, store: "Store", *, one_core: bool = False, **environ: str) -> Process:
        """gunicorn as the Procfile writes it."""
        port = free_port()
        log = self.folder / f"{app.partition(':')[0]}.log"
        with on_one_core() if one_core else nullcontext():
            return Process(web(app), port, "/health", log, {**store.environ, "PORT": str(port), **environ})


class Store:
    """A SQLite file that a bridge serves from, and which the bench reads beside it."""

    def __init__(self, path: Path, qomon: int) -> None:
        self.path = path
        self.environ = {
            "QOMON_URL": f"http://127.0.0.1:{qomon}",
            "QOMON_TOKEN": TOKEN,
            "DATABASE_URL": f"sqlite:///{path}",
            "BENCH_TOKEN": people.TOKEN,
            "BENCH_SECRET": typeform.SECRET,
            "BARE_STORE": str(path.with_name("bare.db")),
        }

    def open(self) -> int:
        """Events that wait."""
        return int(self._read("SELECT count(*) FROM event WHERE status = 'open'")[0][0])

    def done(self) -> int:
        """Events that are over."""
        return int(self._read("SELECT count(*) FROM event WHERE status = 'done'")[0][0])

    def outcomes(self) -> Counter[str]:
        return Counter(dict(self._read("SELECT outcome, count(*) FROM event GROUP BY outcome")))

    def drained(self) -> float:
        """Seconds until no event waits."""
        began = time.monotonic()
        while self.open():
            if time.monotonic() - began > _LONGEST:
                raise RuntimeError(f"{self.open()} events still wait after {_LONGEST:.0f} s")
            time.sleep(0.02)
        return time.monotonic() - began

    def _read(self, asked: str) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=5)) as connection:
            return connection.execute(asked).fetchall()
