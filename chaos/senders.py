"""The tools that send: each event until it is answered 200, with the same key and the same bytes, as tools do."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests

from chaos.clock import Clock
from chaos.people import TOKEN, Event
from schemas import normal

_TIMEOUT = 4.0
_AGAIN = 0.3


@dataclass(frozen=True, slots=True)
class Answered:
    """An event that was promised: `id` is the bridge's."""

    event: Event
    id: str
    tries: int


@dataclass
class Senders:
    """Threads that share one load. `urls`: where the bridge listens now; whoever releases it changes the list."""

    load: Iterator[Event]
    clock: Clock
    urls: list[str]
    answered: list[Answered] = field(default_factory=list[Answered])
    refused: list[str] = field(default_factory=list[str])
    calls: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def start(self, threads: int) -> None:
        for number in range(threads):
            thread = threading.Thread(target=self._send_all, args=(random.Random(number),), daemon=True)
            self._threads.append(thread)
            thread.start()

    def finish(self, seconds: float) -> int:
        """No new events; those in hand are sent until they are answered. How many never were."""
        self._over.set()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return sum(thread.is_alive() for thread in self._threads)

    def _send_all(self, dice: random.Random) -> None:
        http = requests.Session()
        while not self._over.is_set():
            with self._turn:
                event = next(self.load)
                self._over.wait(event.after)
                written = {
                    "prenom": event.person.firstname,
                    "nom": event.person.surname,
                    "mail": event.person.mail,
                    "metier": event.answer,
                    "etiquette": event.tag,
                    "submitted_at": normal.to_ms(self.clock() - timedelta(milliseconds=1)),
                }
            time.sleep(event.late)  # newer ones overtake it on the way
            self._send(http, event, written, dice)

    def _send(self, http: requests.Session, event: Event, written: dict[str, Any], dice: random.Random) -> None:
        tries = 0
        while True:
            tries += 1
            self.calls += 1
            headers = {"X-Token": TOKEN, "Idempotency-Key": event.tag}
            try:
                url = f"{dice.choice(self.urls)}/hooks/chaos"
                answer = http.post(url, json=written, headers=headers, timeout=_TIMEOUT)
                if answer.ok:
                    self.answered.append(Answered(event, answer.json()["events"][0]["event"], tries))
                    return
                if answer.status_code < 500:
                    self.refused.append(f"{event.tag}: {answer.status_code}")
                    return
            except (requests.RequestException, ValueError):
                pass
            time.sleep(dice.uniform(0.5, 1.5) * _AGAIN)
