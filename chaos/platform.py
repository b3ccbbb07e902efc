"""What runs the processes of a campaign: of which version, and under which key."""

import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from chaos.fleet import ROOT, Process, Web, flask, free_port, release

_ROTATION = 40.0


class Platform:
    """`old`: the version before runs now. `stays`: this one does, and there is no way back. `before`: where the other
    one is, if git has it.
    """

    def __init__(
        self, environ: Mapping[str, str], before: Path | None, log: IO[bytes], ending: ExitStack, *, worker: bool
    ) -> None:
        self._environ, self._before, self._log, self._ending, self._worker = environ, before, log, ending, worker
        self.key = "an invented key of a chaos campaign"
        self.old, self.stays = before is not None, before is None

    @property
    def environ(self) -> dict[str, str]:
        return {**self._environ, "BRIDGE_KEY": self.key}

    @property
    def root(self) -> Path:
        return self._before if self.old and self._before else ROOT

    def upgrade(self) -> None:
        """To this version: its release phase, while the others run."""
        self.old = False
        release(self.environ, self._log)

    def set_up(self, hook: str, folder: Path) -> None:
        """The release phase of the version that begins, and the hook."""
        release(self.environ, self._log, self.root)
        file = folder / "chaos.yaml"
        file.write_text(hook, encoding="utf-8")
        if flask(self.environ, self._log, "hooks", "import", str(file), root=self.root).wait(60):
            raise RuntimeError("the hook was not imported")

    def start(self) -> tuple[Web, Process | None]:
        """The processes of one release; a store in a file has no worker process."""
        web = Web(free_port(), self.environ, self._log, self.root)
        self._ending.callback(web.kill)
        work = Process("worker", self.environ, self._log, root=self.root) if self._worker else None
        if work:
            self._ending.callback(work.kill)
        return web, work

    def command(self, *words: str) -> "subprocess.Popen[bytes]":
        """One that begins, of this version."""
        return flask(self.environ, self._log, *words)

    def rotate(self, killed_after: float | None = None) -> bool:
        """Whether `flask keys rotate` said that it sealed everything anew."""
        running = flask(self.environ, self._log, "keys", "rotate")
        try:
            return running.wait(killed_after or _ROTATION) == 0
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            return False
