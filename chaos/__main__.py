"""`make chaos`: starts everything, disturbs it, waits until nothing is open, and says what became of each event."""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import func, select, text

from bridge.qomon.sandbox import TOKEN as QOMON_TOKEN
from bridge.settings import environment
from bridge.store.store import Store
from bridge.store.tables import event, lane
from chaos import versions
from chaos.clock import Clock
from chaos.disk import Disk
from chaos.fleet import Qomon, free_port
from chaos.judge import Row, Verdict, World, judge
from chaos.people import HOOK, TOKEN, load
from chaos.platform import Platform
from chaos.postgres import Postgres
from chaos.senders import Senders
from chaos.trouble import Trouble
from schemas import normal

_SENDERS, _SHOWN = 12, 40
_SWEPT = timedelta(minutes=2)
_PASSED_ON = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "TMPDIR")


class Campaign:
    """Everything that runs, ended in the end whatever happened."""

    def __init__(self, asked: argparse.Namespace, folder: Path, ending: ExitStack) -> None:
        self.asked, self.folder, self.ending = asked, folder, ending
        self.clock = Clock.started(asked.speed, asked.deadline, folder / "clock")
        self.log = ending.enter_context(folder.joinpath("chaos.log").open("wb"))
        self.server = Postgres(self.clock, self.log) if asked.store == "postgres" else None
        if self.server:
            ending.callback(self.server.end)
        self.disk = None if self.server else Disk.made(folder / "disk")
        if self.disk:
            ending.callback(self.disk.end)
        url = self.server.url if self.server else f"sqlite:///{folder}/disk/bridge.db"
        port = free_port()
        kept = {name: value for name, value in environment().items() if name in _PASSED_ON}
        environ = kept | self.clock.telling() | {
            "QOMON_URL": f"http://127.0.0.1:{port}",
            "QOMON_TOKEN": QOMON_TOKEN,
            "DATABASE_URL": url,
            "CHAOS_TOKEN": TOKEN,
        }  # fmt: skip
        before = versions.before(folder / "before")
        self.platform = Platform(environ, before, self.log, ending, worker=self.server is not None)
        self.platform.set_up(HOOK, folder)
        self.qomon = Qomon(port, environ, self.log)
        ending.callback(self.qomon.end)
        self.store = Store(url.replace("postgresql:", "postgresql+psycopg:", 1))
        ending.callback(self.store.close)

    def jobs(self) -> str:
        """How many lanes went to workers as jobs, and how many of those are there still."""
        with self.store.read() as tx:
            counted = text("SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM procrastinate_jobs_id_seq")
            return f"{tx.scalar(counted)} jobs, {tx.scalar(text('SELECT count(*) FROM procrastinate_jobs'))} left"

    def contacts(self) -> dict[int, Any]:
        ids = cast("list[int]", self.qomon.ask("/_sandbox/contacts"))
        return {id_: self.qomon.ask(f"/_sandbox/contacts/{id_}") for id_ in ids}

    def rows(self) -> dict[str, Row]:
        """Every event. A lane that fell due long ago is one that the sweep does not see."""
        still = normal.epoch_ms(self.clock() - _SWEPT)
        stamp = (event.c.submitted_at, event.c.seq)
        told = (event.c.id, event.c.status, event.c.outcome, event.c.reason, *stamp, event.c.action, event.c.origin)
        with self.store.read() as tx:
            awaited = set(tx.execute(select(lane.c.lane).where(lane.c.due > still)).scalars())
            found = tx.execute(select(*told, event.c.lane)).all()
        return {one.id: _row(one, awaited=one.lane in awaited) for one in found}

    def settled(self, seconds: float) -> bool:
        """Waits until no event is open."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with self.store.read() as tx:
                if not tx.scalar(select(func.count()).select_from(event).where(event.c.status == "open")):
                    return True
            time.sleep(0.2)
        return False


def main() -> int:
    asked = _asked()
    began = time.monotonic()
    print(f"seed {asked.seed}, {asked.kills} kills, some {asked.kills * 2.5:.0f} s", file=sys.stderr, flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as ending:
        folder = ending.enter_context(tempfile.TemporaryDirectory(prefix="chaos-"))
        if asked.log:
            ending.callback(shutil.copyfile, Path(folder, "chaos.log"), asked.log)
        campaign = Campaign(asked, Path(folder), ending)
        threading.Thread(target=_give_up, args=(campaign,), daemon=True).start()
        before = campaign.contacts()
        web, work = campaign.platform.start()
        if not web.ready(30):
            raise RuntimeError("the bridge did not start")
        senders = Senders(load(asked.seed, asked.people, asked.rate), campaign.clock.right, [web.url])
        trouble = Trouble(
            random.Random(asked.seed), campaign.platform, web, work, campaign.server, campaign.disk, campaign.qomon,
            campaign.store, campaign.clock, senders.answered, senders.urls, time.monotonic() + asked.seconds,
            asked.often,
        )  # fmt: skip
        senders.start(_SENDERS)
        trouble.kills(asked.kills)
        unanswered = senders.finish(20)
        campaign.settled(asked.wait)
        writes = cast("Any", campaign.qomon.ask("/_chaos/writes"))
        acts = cast("Any", campaign.qomon.ask("/_chaos/acts"))
        world = World(senders.answered, campaign.rows(), before, campaign.contacts(), writes, acts, trouble.spoiled)
        verdict = judge(world)
        _print(trouble, senders, verdict, len(writes), unanswered)
        if campaign.server:
            print(campaign.jobs())
    print(f"seed {asked.seed}  duration {time.monotonic() - began:.0f} s")
    return 1 if verdict.faults or senders.refused or unanswered else 0


def _row(one: Any, *, awaited: bool) -> Row:
    stamp = (one.submitted_at, one.seq)
    return Row(one.id, one.status, one.outcome, one.reason, stamp, awaited, one.action, one.origin)


def _print(trouble: Trouble, senders: Senders, verdict: Verdict, writes: int, unanswered: int) -> None:
    for name, count in sorted(trouble.counted.items()):
        print(f"{name:<40}{count:>6}")
    print(f"longest end after SIGTERM {max(trouble.ends, default=0):.1f} s")
    promised, calls = len(senders.answered), senders.calls
    print(f"{promised} events answered 200 in {calls} calls, {unanswered} unanswered; {writes} writes")
    for name, count in sorted(verdict.ends.items()):
        print(f"  {name:<38}{count:>6}")
    faults = [*verdict.faults, *senders.refused]
    for line in faults[:_SHOWN]:
        print(f"FAULT {line}")
    if len(faults) > _SHOWN:
        print(f"... and {len(faults) - _SHOWN} more")
    for line in verdict.undone:
        print(f"a colleague's removal came back: {line}")
    lists = {"lost": verdict.lost, "wiped": verdict.wiped, "overtaken": verdict.overtaken}
    blocked = len(verdict.blocked)
    counts = " ".join(f"{name} {len(cases)}" for name, cases in lists.items())
    second = f", {len(verdict.doubled)} with one" if verdict.doubled else ""
    print(f"{counts} doubled {verdict.again} (without a second effect{second}) blocked {blocked}")


def _give_up(campaign: Campaign) -> None:
    """The hard deadline: nothing of this may go on for ever."""
    time.sleep(max(0.0, campaign.clock.until - time.monotonic()))
    print("The campaign took too long and was ended.", file=sys.stderr, flush=True)
    campaign.ending.close()
    os._exit(2)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite", help="both go away in the end")
    parser.add_argument("--people", type=int, default=120, help="newcomers")
    parser.add_argument("--rate", type=float, default=20.0, help="events a second")
    parser.add_argument("--often", type=float, default=0.5, help="how likely it is that a kill is not all")
    parser.add_argument("--speed", type=float, default=20.0, help="seconds of the campaign's clock in one of ours")
    parser.add_argument("--seconds", type=float, default=330.0, help="no more kills after these")
    parser.add_argument("--wait", type=float, default=60.0, help="seconds for what is still open in the end")
    parser.add_argument("--deadline", type=float, default=480.0)
    parser.add_argument("--log", default="", help="keep the processes' log there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
