"""What `make deploy-check` does on a platform, one after the other; each says what it saw, or fails."""

import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.deploy.platform import Answer, Built, Platform, Running, until
from tests.support.json_hook import ESSAI, ZOES, written
from tests.support.postgres import Server

_HALF = """
from alembic import op

revision = "{number}"
down_revision = "{last}"


def upgrade() -> None:
    op.get_bind().exec_driver_sql("CREATE TABLE planted (id INTEGER)")
    op.get_bind().exec_driver_sql("ALTER TABLE event ADD COLUMN planted INTEGER")
    op.get_bind().exec_driver_sql("{then}")
"""
_FAILS = "INSERT INTO nowhere VALUES (1)"
_WORKS = "INSERT INTO planted VALUES (1)"
_DONE = {"delivered", "created", "unchanged"}


@dataclass
class Stay:
    """From the first release to the last process: `old` is the version that serves, `new` the one to come."""

    platform: Platform
    server: Server
    database: str
    old: Built
    new: Built
    running: list[Running] = field(default_factory=list[Running])
    sent: int = 0

    def send(self, by: Running, **answers: str) -> Answer:
        self.sent += 1
        return by.post(written(**answers))

    def settled(self) -> bool:
        """Everything that was sent is there once, and over."""
        outcomes = self.platform.outcomes()
        return len(outcomes) == self.sent and set(outcomes) <= _DONE


def release(stay: Stay) -> str:
    done = stay.platform.release(stay.old)
    assert done.returncode == 0, done.stdout
    return f"release phase: {len(stay.platform.tables())} columns of tables"


def bring_a_hook(stay: Stay) -> str:
    done = stay.platform.run(stay.old, "flask", "hooks", "import", "-", stdin=ESSAI)
    assert done.returncode == 0, done.stderr
    return "a hook from stdin: flask hooks import -"


def deliver(stay: Stay) -> str:
    web = stay.platform.start(stay.old, "web", "worker").serving()
    stay.running.append(web)
    stay.sent += 1
    assert web.post(ZOES)[0] == 200
    until(stay.settled)
    assert stay.platform.writes() == ["PATCH"]
    return "web and worker by honcho: a submission was accepted, and is in Qomon"


def fail_a_release(stay: Stay) -> str:
    before = stay.platform.tables()
    plant(stay.new.app, _FAILS)
    failed = stay.platform.release(stay.new)
    assert failed.returncode != 0, failed.stdout
    assert "Nothing was changed" in failed.stdout, failed.stdout
    assert stay.platform.tables() == before, "the tables are not as they were"
    assert stay.send(stay.running[0], mail="ada.exemple@example.org", prenom="Ada")[0] == 200
    until(stay.settled)
    return "a release whose migration fails half-way: exit 1, tables as before, the old version serves on"


def overlap(stay: Stay) -> str:
    plant(stay.new.app, _WORKS)
    good = stay.platform.release(stay.new)
    assert good.returncode == 0, good.stdout
    old, new = stay.running[0], stay.platform.start(stay.new, "web", "worker").serving()
    stay.running.append(new)
    for number in range(10):
        who = {"mail": f"personne{number}@example.org", "prenom": "Camille"}
        assert stay.send((old, new)[number % 2], **who)[0] == 200
        again = (new, old)[number % 2].post(written(**who))
        assert [one["outcome"] for one in again[1]["events"]] == ["duplicate"], again
    until(stay.settled)
    created = stay.platform.writes().count("POST")
    assert created == 11, f"{created} creations for 11 people"
    return "a good release, two versions at once: 10 submissions to one, the same to the other, each in Qomon once"


def end_the_old(stay: Stay) -> str:
    """With a call in hand, which waits for the store."""
    old, new = stay.running
    answers: list[Answer] = []
    caller = threading.Thread(
        target=lambda: answers.append(stay.send(old, mail="lea.exemple@example.org", prenom="Léa"))
    )
    with stay.platform.busy():
        caller.start()
        until(stay.platform.waiting)
        old.ask_to_end()
    caller.join(30)
    seconds = old.stop()
    stay.running = [new]
    assert [answer[0] for answer in answers] == [200], answers
    assert "Shutting down: Master" in old.told(), old.told()
    until(stay.settled)
    return f"SIGTERM to the old one with a call in hand: answered 200, all gone after {seconds:.1f} s"


def restart_without_a_database(stay: Stay) -> str:
    stay.running.pop().stop()
    with stay.server.refusing(stay.database):
        web = stay.platform.start(stay.new, "web", "worker")
        stay.running.append(web)
        until(lambda: web.health()[0])
        away = web.health(), web.post(written(mail="noe.exemple@example.org"))
        assert [answer[0] for answer in away] == [503, 503], away
    until(lambda: web.health()[0] == 200)
    assert stay.send(web, mail="noe.exemple@example.org", prenom="Noé")[0] == 200
    until(stay.settled)
    return f"a restart while the database is away: 503, then up by itself, {stay.sent} of {stay.sent} there"


def end(stay: Stay) -> str:
    running = stay.running.pop()
    seconds = running.stop()
    left = re.findall(r"SIGKILL|Traceback", running.told())
    assert left == [], running.told()
    return f"SIGTERM: web and worker gone after {seconds:.1f} s"


STEPS: tuple[Callable[[Stay], str], ...] = (
    *(release, bring_a_hook, deliver, fail_a_release, overlap, end_the_old),
    *(restart_without_a_database, end),
)


def plant(app: Path, then: str) -> None:
    """A migration behind the last one, whose third statement is this one."""
    versions = app / "bridge" / "store" / "migrations" / "versions"
    last = max(path.name[:4] for path in versions.glob("[0-9]*.py") if "_planted" not in path.name)
    number = f"{int(last) + 1:04}"
    text = _HALF.format(number=number, last=last, then=then)
    versions.joinpath(f"{number}_planted.py").write_text(text, encoding="utf-8")
    shutil.rmtree(versions / "__pycache__", ignore_errors=True)
