"""The engine of a store on a server: Procrastinate's jobs, which web and worker processes share (docs/ledger.md 23).

A job is a hint and carries a piece of work, what comes before it, and nothing else: its priority is the class, it is
scheduled for when the work is due, and a lane has one waiting job at most (`queueing_lock`). The rows are the truth: a
job that is lost, doubled or late harms nothing, for a sweep of one process a minute asks for what is due.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from psycopg import Error
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from bridge.crossing.lane_run import AHEAD
from bridge.crossing.work import Due, read_work
from bridge.engine.engine import THREADS, Engine, Task
from bridge.engine.queue import FAIR, LIVE, Turn, aged
from bridge.errors import StoreDown
from bridge.inbox.lanes import LONGEST
from bridge.model import Class
from bridge.qomon.pace import FLOORS, RATE
from bridge.store.postgres import CONNECT
from schemas import normal

if TYPE_CHECKING:
    from collections.abc import Awaitable

log = logging.getLogger(__name__)

CONNECTIONS = 1
"""Of a process for its jobs, beside those for the store. It polls: to listen would take another, and NOTIFY makes the
commits of the door wait for each other (docs/ledger.md 25).
"""

POLL = 0.5
"""Seconds between two looks for a job."""

_AWAY = 1.0
"""Seconds before a worker begins anew whose store was away."""

STALLED = 30.0
"""Seconds without a heartbeat, three of them, after which what a worker had in hand is nobody's."""

_FORGOTTEN = 3600
"""Seconds after which a worker is none any more. One that only stood still for a while says so and is alive again."""

_STEP = timedelta(seconds=AHEAD / RATE)
"""Between two lanes that look whether their tokens have come: so long as one lane's tokens take to come."""

_HOUR, _DAY = 60, 24
_LANES, _TASKS = "lanes", "tasks"
_PUT_FORWARD = text("""
    WITH asked AS (
        SELECT * FROM unnest(
            CAST(:locks AS text[]), CAST(:priorities AS int[]), CAST(:looks AS timestamptz[]), CAST(:args AS jsonb[])
        ) AS asked(lock, priority, look, args)
    ), waiting AS (
        SELECT job.id, asked.* FROM procrastinate_jobs AS job JOIN asked ON asked.lock = job.queueing_lock
        WHERE job.status = 'todo' ORDER BY asked.lock FOR UPDATE OF job SKIP LOCKED
    ), forward AS (
        UPDATE procrastinate_jobs AS job SET
            args = CASE WHEN waiting.priority > job.priority OR NOT job.args ? 'work'
                THEN waiting.args ELSE job.args END,
            priority = GREATEST(job.priority, waiting.priority),
            scheduled_at = LEAST(COALESCE(job.scheduled_at, waiting.look), waiting.look)
        FROM waiting WHERE job.id = waiting.id AND (
            waiting.priority > job.priority OR NOT job.args ? 'work' OR job.scheduled_at > waiting.look
            AND NOT (
                :swept AND CAST(job.args->>'told' AS boolean) AND job.scheduled_at < waiting.look + interval '1 hour'
            )
        )
    )
    SELECT lock FROM waiting
""")
"""What waits already is put forward. A sweep leaves what waits for its tokens where it is (`Jobs._short`). A job of the
version before names a lane and nothing else.
"""
_FORGET = text("""
    DELETE FROM procrastinate_jobs WHERE status = 'doing' AND id IN (
        SELECT job_id FROM procrastinate_events WHERE type = 'started' AND at < now() - interval '1 day'
    )
""")
"""Jobs whose end could not be written: of a worker that lives Procrastinate calls none stalled."""


class Jobs(Engine):
    """`url`: of the database. The pool takes what this process accepted while a thread is free; the rest are jobs, for
    the threads of any process that are there for them.
    """

    def __init__(self, url: str, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._putting = JobManager(SyncPsycopgConnector())  # on the caller's connection: it never opens any
        self._jobs = THREADS
        self._turns = 0
        self._slots: dict[tuple[str, Class], datetime] = {}
        self._working: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None

    def start(self, threads: int = THREADS // 2) -> None:
        """`threads` for what this process accepts; the others of as many as every process has, for jobs."""
        self._jobs = THREADS - threads
        super().start(threads)

    def halt(self) -> None:
        super().halt()
        if self._working is not None:
            loop, working = self._working
            with suppress(RuntimeError):  # it has ended by itself
                loop.call_soon_threadsafe(working.cancel)

    def ask(self, tx: Connection, due: Sequence[Due]) -> Sequence[Due]:
        if not (due and self._writing):
            return []
        live = [one for one in due if one.rank is Class.LIVE]
        free = max(0, self._idle - len(self._queue))  # asked of nobody: a thread that waits may hold what we wait for
        mine = live[:free]
        self._put(tx, [one for one in due if one not in mine])
        return self._claimed(tx, mine)

    def sweep(self) -> None:
        due = self.due()
        with self._store.write() as tx:
            tx.execute(_FORGET)
            self._put(tx, due, swept=True)

    def _runner(self) -> tuple[str, Callable[[], None]]:
        return "jobs", lambda: asyncio.run(self._work())

    def _follow(self, due: Sequence[Due]) -> None:
        if not due or self._stopping.is_set():
            return
        now, mine = self._now(), list[Due]()
        with suppress(StoreDown), self._store.write() as tx:
            mine += self.ask(tx, [one for one in due if one.at <= now])
            self._put(tx, [one for one in due if one.at > now])
        self.begin(mine)

    def _short(self, due: Due) -> None:
        """Again when its tokens may be there. Each that waits has a moment of its own: a thousand that look at the same
        one would do nothing else. Of what just came the moments are never far, and so lie closer where it is much.
        """
        now, key = self._now(), (due.work.space, due.rank)
        first = now + self._wait_for(due.work, FLOORS[due.rank])
        slot = max(first, self._slots.get(key, now) + _STEP)
        if slot - now > (LIVE / 2 if due.rank is Class.LIVE else LONGEST):
            slot = first
        self._slots[key] = slot
        with suppress(StoreDown), self._store.write() as tx:
            self._put(tx, [replace(due, told=True)], look=slot)

    def _put(self, tx: Connection, due: Sequence[Due], *, look: datetime | None = None, swept: bool = False) -> None:
        """A job for each, in the caller's transaction; one that waits already is put forward. `look`: when it is to be
        taken, where that is not when it is due.

        Where another process puts the same at this moment, its job will do, and what is accepted here is not lost: a
        conflict ends with the savepoint.
        """
        asked = {str(one.work): one for one in sorted(due, key=lambda one: -one.rank)}
        for _ in range(2):
            waiting = tx.execute(_PUT_FORWARD, {**_columns(asked, look), "swept": swept}).scalars() if asked else ()
            asked = {lock: asked[lock] for lock in asked.keys() - set(waiting)}
            if not asked:
                return
            jobs = [_job(asked[lock], look) for lock in sorted(asked)]
            with suppress(AlreadyEnqueued, ConnectorException), tx.begin_nested():  # the latter: a deadlock, too
                self._putting.batch_defer_jobs(jobs, tx.connection.driver_connection)
                return

    def _drain_job(  # what a job says, and `lane` one of the version before
        self,
        work: str = "",
        space: str = "",
        rank: int = Class.BACKLOG,
        at: int = 0,
        told: bool = False,  # noqa: FBT001, FBT002
        lane: str = "",
    ) -> None:
        """Every fifth turn goes to whoever has waited longest of all, at no floor (docs/ledger.md 23)."""
        found = read_work(work or lane, space)
        if not found.space:  # an event's own lane, in a job of the version before: a sweep finds it
            return
        due = aged(Due(found, Class(rank), normal.from_epoch_ms(at), told), self._now())
        self._turns += 1
        try:
            if self._turns % FAIR == 0:
                self._longest()
            self._turn(due)
        except StoreDown as down:
            log.warning("the store is down", exc_info=down)
        except Exception:  # a sweep comes back to it
            log.exception("a job failed")

    def _turn(self, due: Due) -> None:
        if self._stopping.is_set():  # another process, or a sweep, has it
            return
        if self._affords(due.work, FLOORS[due.rank]):
            self._do(Turn(due, FLOORS[due.rank]))
        elif due.rank is Class.LIVE and not due.told:
            self._do(Turn(due, FLOORS[due.rank], short=True))
        else:
            self._short(due)

    def _longest(self) -> None:
        """Of those whose space has the tokens."""
        waits = [one for one in self.due() if self._affords(one.work, 0)]
        if waits and not self._stopping.is_set():
            self._do(Turn(min(waits, key=lambda one: one.at), 0))

    async def _work(self) -> None:
        """As one worker after the other: Procrastinate's ends when the store is away, or took it for dead."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(max(1, self._jobs), "job"))
        while not self._stopping.is_set():
            try:
                async with self._app().open_async() as app:
                    await self._sweep(app)
                    await self._work_with(app, loop)
            except (ConnectorException, Error, StoreDown):
                log.warning("the store of the jobs is down")
            except Exception:
                log.exception("the worker failed")
            await asyncio.to_thread(self._stopping.wait, _AWAY)

    async def _work_with(self, app: App, loop: asyncio.AbstractEventLoop) -> None:
        """Until `halt`. Only this is cancelled: a pool that is just being opened would not end."""
        working = asyncio.create_task(
            app.run_worker_async(
                queues=[_LANES, _TASKS] if self._writing else [_TASKS],
                concurrency=max(1, self._jobs),
                delete_jobs="always",
                fetch_job_polling_interval=POLL,
                listen_notify=False,
                install_signal_handlers=False,
                stalled_worker_timeout=_FORGOTTEN,
            )
        )
        self._working = loop, working
        if self._stopping.is_set():
            working.cancel()
        with suppress(asyncio.CancelledError):
            await working

    def _app(self) -> App:
        connector = PsycopgConnector(
            conninfo=self._conninfo, kwargs=CONNECT, min_size=1, max_size=CONNECTIONS, timeout=5
        )
        app = App(connector=connector)
        app.task(name="drain", queue=_LANES)(self._drain_job)

        async def sweep(timestamp: int) -> None:  # noqa: ARG001  # when it was to be
            await self._sweep(app)

        _periodic(app, "sweep", "* * * * *", sweep)
        for task in self._tasks:
            _periodic(app, task.name, _cron(task), _once(task))
        return app

    async def _sweep(self, app: App) -> None:
        """Forget the jobs that died with their worker, and ask anew for what is due; also when this process begins."""
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
            with suppress(ConnectorException):  # another process has just forgotten it
                assert job.id is not None  # noqa: S101  # it is of the store
                await app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
        self.revive()
        if self._writing:
            await asyncio.to_thread(self.sweep)


def _periodic(app: App, name: str, cron: str, do: "Callable[[int], Awaitable[None]]") -> None:
    app.periodic(cron=cron)(app.task(name=name, queue=_TASKS, queueing_lock=name)(do))


def _once(task: Task) -> "Callable[[int], Awaitable[None]]":
    async def do(timestamp: int) -> None:  # noqa: ARG001
        try:
            await asyncio.to_thread(task.do)
        except StoreDown:
            log.warning("the store is down", extra={"task": task.name})

    return do


def _cron(task: Task) -> str:
    """An interval as Procrastinate knows it: minutes that divide an hour, or hours that divide a day."""
    minutes, hours = task.interval // timedelta(minutes=1), task.interval // timedelta(hours=1)
    if minutes and _HOUR % minutes == 0 and minutes < _HOUR:
        return f"*/{minutes} * * * *"
    if hours and _DAY % hours == 0:
        return "17 3 * * *" if hours == _DAY else f"17 */{hours} * * *"
    raise ValueError(f"{task.name}: not a part of an hour or a day")


def _args(due: Due) -> dict[str, Any]:
    at = normal.epoch_ms(due.at)
    return {"work": str(due.work), "space": due.work.space, "rank": int(due.rank), "at": at, "told": due.told}


def _job(due: Due, look: datetime | None) -> Job:
    return Job(
        queue=_LANES, task_name="drain", lock=None, queueing_lock=str(due.work), task_kwargs=_args(due),
        priority=-due.rank, scheduled_at=look or due.at,
    )  # fmt: skip


def _columns(asked: dict[str, Due], look: datetime | None) -> dict[str, list[Any]]:
    return {
        "locks": list(asked),
        "priorities": [-one.rank for one in asked.values()],
        "looks": [look or one.at for one in asked.values()],
        "args": [Jsonb(_args(one)) for one in asked.values()],
    }
