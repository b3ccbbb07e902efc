"""The release before this one, taken from the history and run in a process of its own beside ours.

At a release both run on one store for a while, and one step back is promised safe (docs/ledger.md 26, 33).
"""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PREVIOUS = "dbb1952"
"""Its commit: to be moved on at each release."""
_ONLY_DATA: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
"""Python 3.11.2, which Debian 12 has, does not know it yet."""
_PATIENCE = 60.0
"""Seconds to wait for what it was told to do."""

_PROGRAM = """
import json, sys
from pathlib import Path
from bridge.store.store import Store
from tests.support.json_hook import plain_house, said, sent, written

folder, environ = Path(sys.argv[1]), json.loads(sys.argv[2])
Store(environ["DATABASE_URL"]).upgrade()
house = plain_house(folder, **environ).read_catalogue()
vault = house.services.vault
do = {
    "accept": lambda answers: sent(house, written(**answers)),
    "drain": lambda _nothing: house.drain(),
    "report": lambda event: said(house.report(event)),
    "seal": lambda value: vault.seal(value).hex(),
    "unseal": lambda sealed: vault.unseal(bytes.fromhex(sealed)),
}
print(json.dumps("started"), flush=True)
for line in sys.stdin:
    what, of = json.loads(line)
    print(json.dumps(do[what](of)), flush=True)
"""


@dataclass(frozen=True)
class Previous:
    """A bridge of the release before that runs, and does what it is told."""

    process: "subprocess.Popen[str]"

    def __call__(self, what: str, of: Any = None) -> Any:
        """accept answers, drain, report an event, seal, unseal."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([what, of]) + "\n")
        self.process.stdin.flush()
        return self.heard()

    def heard(self) -> Any:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        ready, _, _ = select([self.process.stdout], [], [], _PATIENCE)  # it says one line, and waits
        assert ready, "the release before hangs"
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.stderr.read())
        return json.loads(line)


def code_of_previous(folder: Path) -> Path:
    """Its files in this folder; the test is skipped where there is no history."""
    asked = ["git", "-C", str(ROOT), "archive", PREVIOUS, "app.py", "bridge", "schemas", "tests/support", "hooks"]
    done = subprocess.run(asked, capture_output=True, check=False, timeout=60)
    if done.returncode:
        pytest.skip(f"the release before, {PREVIOUS}, is not in the git history here")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as files:
        files.extractall(folder, **_ONLY_DATA)
    folder.joinpath("tests", "__init__.py").touch()
    return folder


@contextmanager
def previous(code: Path, house: Path, **environ: str) -> Iterator[Previous]:
    """It runs until the block ends; what it says when it does not start is the error."""
    command = [sys.executable, "-c", _PROGRAM, str(house), json.dumps(environ)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=code, env={"PATH": os.environ["PATH"]}, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        made = Previous(process)
        try:
            assert made.heard() == "started"
            yield made
        finally:
            process.kill()
