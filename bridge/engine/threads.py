"""The engine of a store in a file: the threads of the one process that serves it, and a sweep each second."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bridge.crossing.work import Due
from bridge.engine.engine import Engine, Task
from bridge.errors import StoreDown

log = logging.getLogger(__name__)

SWEEP = 1.0
"""Seconds between two looks for what fell due."""

_AT_REST = timedelta(minutes=1)
"""Nothing periodic is done at once: a clock that is wrong when a machine starts is mostly put right within this."""


class Threads(Engine):
    def ask(self, tx: Connection, due: Sequence[Due]) -> Sequence[Due]:
        return self._claimed(tx, due) if self._writing else due

    def sweep(self) -> None:
        self.begin(self.due())

    def _runner(self) -> tuple[str, Callable[[], None]]:
        return "sweep", self._sweep_forever

    def _short(self, due: Due) -> None:
        self.begin([due])

    def _follow(self, due: Sequence[Due]) -> None:
        """The sweep finds what waits until later."""
        now = self._now()
        self.begin([one for one in due if one.at <= now])

    def _sweep_forever(self) -> None:
        began = self._now()
        next_ = {task.name: began + min(_AT_REST, task.interval) for task in self._tasks}
        while True:
            try:
                self.revive()
                if self._writing:
                    self.sweep()
                self._periodic(next_)
            except StoreDown:
                log.warning("the store is down")
            except Exception:
                log.exception("sweep failed")
            if self._stopping.wait(SWEEP):
                return

    def _periodic(self, next_: dict[str, datetime]) -> None:
        """Each in a thread of its own: what takes minutes must not keep lanes waiting."""
        now = self._now()
        for task in self._tasks:
            ahead = next_[task.name] - now
            if timedelta(0) < ahead <= task.interval or f"task-{task.name}" in self._threads_of_tasks():
                continue
            next_[task.name] = now + task.interval
            threading.Thread(target=self._do_task, args=(task,), name=f"task-{task.name}", daemon=True).start()

    @staticmethod
    def _threads_of_tasks() -> set[str]:
        return {thread.name for thread in threading.enumerate() if thread.name.startswith("task-")}

    @staticmethod
    def _do_task(task: Task) -> None:
        try:
            task.do()
        except StoreDown:
            log.warning("the store is down", extra={"task": task.name})
        except Exception:
            log.exception("a task failed", extra={"task": task.name})
