"""Lanes as Procrastinate's jobs, where worker processes share a Postgres store: put there, worked off, swept away.

A job is a hint and carries a lane's name, nothing else. The rows are the truth: a job that is lost, doubled or late
harms nothing (docs/ledger.md 23). Only a worker process loads Procrastinate itself; a web process writes to its table.
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from bridge.store.postgres import CONNECT

if TYPE_CHECKING:
    from procrastinate import App

log = logging.getLogger(__name__)

CONNECTIONS = 1
"""Of a worker for its jobs, beside those for the store. It polls: to listen would take another (docs/ledger.md 25)."""

POLL = 0.25
"""Seconds between two looks for a job: less than the sweep takes to find the lane itself, or jobs were useless."""

_GONE = 22
"""Seconds after SIGTERM when what is still in hand is left to the sweep: the platform would end it a little later."""

_FORGOTTEN = 3600
"""Seconds after which a worker is none any more. One that only stood still for a while says so and is alive again."""

_ALIVE = "last_heartbeat > now() - interval '30 seconds'"  # three heartbeats
_PUT = text(f"""
    WITH alive AS (SELECT FROM procrastinate_workers WHERE {_ALIVE} LIMIT 1), put AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args)
        SELECT 'lanes', 'drain', lane, jsonb_build_object('lane', lane)
        FROM unnest(CAST(:lanes AS text[])) AS lane, alive
        ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
    )
    SELECT count(*) FROM alive
""")  # noqa: S608  # nothing of anybody's is in it
_FORGET = text(f"DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - interval '{_FORGOTTEN} seconds'")  # noqa: S608
_PRUNE = text(f"""
    WITH alive AS (SELECT id FROM procrastinate_workers WHERE {_ALIVE})
    DELETE FROM procrastinate_jobs AS job WHERE NOT EXISTS (SELECT FROM alive)
    OR status = 'doing' AND NOT EXISTS (SELECT FROM alive WHERE alive.id = job.worker_id)
    OR id IN (SELECT job_id FROM procrastinate_events WHERE type = 'started' AND at < now() - interval '5 minutes')
""")  # noqa: S608


def put(tx: Connection, lanes: Sequence[str]) -> bool:
    """A job for each lane that has none waiting, in the caller's transaction; False if no worker is there to take it.

    Not by Procrastinate's own function: where a job of the lane waits already, that one fails, and the transaction
    of what is being accepted with it.
    """
    return bool(tx.execute(_PUT, {"lanes": list(lanes)}).scalar())


def prune(tx: Connection) -> None:
    """Delete the jobs that killed workers had, and all jobs while no worker is alive: the sweep has their lanes.

    And those that a living worker could not put an end to because the store was away.
    """
    tx.execute(_PRUNE)
    tx.execute(_FORGET)


def work(url: str, drain: Callable[[str], None], halt: Callable[[], None], concurrency: int) -> None:
    """Work off jobs until SIGTERM or SIGINT: then `halt` is called, no more are taken, those in hand are finished.

    Outlives the store's absence. `drain` is called with a lane's name, in `concurrency` threads.
    """
    asyncio.run(_work(url, drain, halt, concurrency))


async def _work(url: str, drain: Callable[[str], None], halt: Callable[[], None], concurrency: int) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(concurrency, "job"))
    working = asyncio.create_task(_work_on(lambda: _app(url, drain), concurrency))

    def end() -> None:
        signal.alarm(_GONE)
        halt()
        working.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    with suppress(asyncio.CancelledError):
        await working


async def _work_on(new: Callable[[], "App"], concurrency: int) -> None:
    """As one worker after the other: Procrastinate's ends when the store is away, or took it for dead."""
    from procrastinate.exceptions import ConnectorException
    from psycopg import Error

    ending = asyncio.current_task()
    while ending and not ending.cancelling():
        try:
            async with new().open_async() as app:
                await app.run_worker_async(
                    concurrency=concurrency,
                    delete_jobs="always",
                    fetch_job_polling_interval=POLL,
                    listen_notify=False,
                    install_signal_handlers=False,
                    stalled_worker_timeout=_FORGOTTEN,
                )
        except (ConnectorException, Error):
            log.warning("the store of the jobs is down")
        except Exception:
            log.exception("the worker failed")
        await asyncio.sleep(POLL)


def _app(url: str, drain: Callable[[str], None]) -> "App":
    from procrastinate import App, PsycopgConnector

    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connector = PsycopgConnector(conninfo=plain, kwargs=CONNECT, min_size=1, max_size=CONNECTIONS, timeout=5)
    app = App(connector=connector)

    @app.task(name="drain", queue="lanes")
    def _drain(lane: str) -> None:
        drain(lane)

    return app
