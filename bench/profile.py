"""`make profile`: where the processor time of an event goes, step by step, and as a flame graph in `data/`.

py-spy looks at the web process from outside, 400 times a second, while signed calls of Typeform are crossed, 8 at once.
"""

import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from bench import typeform
from bench.load import hammer
from bench.process import ROOT, Process
from bench.scene import Scene

_FOLDER = ROOT / "data" / "profile"
_PEOPLE, _CALLERS, _RATE = 600, 8, 400
_STEPS = (
    ("the seals and their JSON", ("vault.py",)),
    ("Qomon: HTTP and JSON of its calls", ("line.py", "client.py", "reply.py")),
    ("proof", ("verify.py", "signatures.py")),
    ("reading what Typeform sent", ("typeform.py",)),
    ("split and duplicates' digest", ("split.py",)),
    ("map", ("compile.py",)),
    ("the contact, read and compared", ("contact.py", "compare.py", "entries.py")),
    ("merge", ("merge.py", "precedence.py", "address.py", "rescue.py", "consent.py", "history.py")),
    ("report", ("report.py",)),
    ("the log's lines", ("logging/__init__.py", "log.py")),
    ("the store: statements", ("prepared.py", "sqlalchemy/")),
    ("the store: begin and commit", ("sqlite.py", "store.py", "group_commit.py")),
    ("the engine's queue", ("engine.py", "queue.py", "threads.py")),
    ("the rest of a crossing", ("crossing/",)),
    ("inbox", ("inbox/",)),
    ("the rest of the door", ("door/receive.py", "door/call.py", "door/limits.py", "schemas/", "flask_babel/")),
    ("Flask", ("flask/", "werkzeug/")),
    ("gunicorn", ("gunicorn/", "door/worker.py")),
)
"""By the places of their frames."""


def main() -> None:
    shutil.rmtree(_FOLDER, ignore_errors=True)
    scene = Scene(_FOLDER)
    flames, stacks = ROOT / "data" / "flames.svg", _FOLDER / "stacks"
    try:
        scene.move_in(range(_PEOPLE))
        store = scene.store("profile")
        with scene.serve("bench.fast:app", store) as bridge:
            _load(bridge, 1)
            _watched(bridge, 2, "flamegraph", flames)
            spent = _watched(bridge, 4, "raw", stacks)
    finally:
        scene.end()
    print(_told(stacks.read_text(encoding="utf-8"), spent))
    print(f"\nFlame graph: {flames.relative_to(ROOT)}")
    shutil.rmtree(_FOLDER)


def _load(bridge: Process, turn: int) -> None:
    hammer(bridge.port, typeform.events(range(_PEOPLE), turn, wait="10s"), _CALLERS)


def _watched(bridge: Process, turn: int, kind: str, into: Path) -> float:
    """Ms of processor time of one event meanwhile."""
    spy = Path(sys.executable).with_name("py-spy")
    asked = ("record", "--pid", str(bridge.pids()[-1]), "--rate", str(_RATE), "--full-filenames", "--gil")
    with subprocess.Popen(  # noqa: S603  # our own words
        [str(spy), *asked, "--format", kind, "--output", str(into)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as watching:
        before = bridge.cpu()
        for more in range(2):
            _load(bridge, turn + more)
        spent = (bridge.cpu() - before) / (2 * _PEOPLE) * 1000
        watching.send_signal(signal.SIGINT)
        if watching.wait(30):
            raise SystemExit(f"py-spy: {watching.stderr.read().decode() if watching.stderr else ''}")
    return spent


def _told(stacks: str, spent: float) -> str:
    """Each step's share, and what that is of the processor time of one event."""
    counted = Counter[str]()
    for line in stacks.splitlines():
        stack, _, many = line.rpartition(" ")
        counted[_step(stack)] += int(many)
    whole = sum(counted.values()) or 1
    lines = [f"processor time of one event: {spent:.2f} ms", ""]
    lines += [f"{many / whole:6.1%}  {many / whole * spent:5.2f} ms  {step}" for step, many in counted.most_common()]
    return "\n".join(lines)


def _step(stack: str) -> str:
    """By the innermost frame that is any step's."""
    for frame in reversed(stack.split(";")):
        found = next((step for step, places in _STEPS if any(f"/{place}" in frame for place in places)), None)
        if found is not None:
            return found
    return "other"


if __name__ == "__main__":
    main()
