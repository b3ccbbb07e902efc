"""`make deploy-check`: deploys this repository to a platform made of this machine, and does there what platforms do.

One line for each thing that was so, and the first that is not ends it with exit 1. It ends by itself.
"""

import logging
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import click

from tests.deploy import container, machine
from tests.deploy.dockerfile import Image
from tests.deploy.platform import Built, Platform
from tests.deploy.steps import STEPS, Stay
from tests.support.postgres import served

LONGEST = 600
"""Seconds."""
LARGEST = 150
"""MB of the packages' own files; what Python compiles of them comes on top, and is printed."""


def main() -> int:
    logging.getLogger().setLevel(logging.WARNING)  # of the bridge and of the database's wheel, within this process
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LONGEST)
    try:
        with ExitStack() as stack:
            _check(stack, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deploy-check-"))))
    except Exception as error:  # noqa: BLE001  # whatever it is: it is not so
        click.echo(f"NOT SO  {type(error).__name__}: {error}")
        return 1
    click.echo("deployed")
    return 0


def _too_long(*_signal: Any) -> None:
    raise TimeoutError(f"not over after {LONGEST} s")


def _check(stack: ExitStack, folder: Path) -> None:
    folder.chmod(0o755)  # others than root go through it
    old, new = (Built(folder / name, folder / "venv" / "bin") for name in ("old", "new"))
    _say(lambda: f"a copy of the repository: {machine.whole(machine.copied(old.app)):.1f} MB")
    _say(lambda: _installed(old.app, folder / "venv"))
    machine.copied(new.app)
    server = stack.enter_context(served())
    database = stack.enter_context(server.fresh("empty"))
    platform = Platform(database, folder)
    stack.callback(platform.close)
    stay = Stay(platform, server, database, old, new)
    for step in STEPS:
        _say(partial(step, stay))
    image = Image(machine.copied(folder / "context"), folder)
    _say(partial(container.build, image))
    _say(partial(container.live, image, platform, folder))


def _installed(app: Path, venv: Path) -> str:
    machine.install(app, venv)
    own, compiled = machine.size(venv)
    assert own < LARGEST, f"{own:.0f} MB of packages, {LARGEST} at most"
    return f"packages of requirements.txt: {own:.0f} MB, and {compiled:.0f} MB that Python compiled of them"


def _say(step: Callable[[], str]) -> None:
    began = time.monotonic()
    said = step()
    click.echo(f"{time.monotonic() - began:6.1f} s  {said}")


if __name__ == "__main__":
    sys.exit(main())
