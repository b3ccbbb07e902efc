"""The Procfile as a platform runs it, in short; `make deploy-check` does it at length, on packages of its own."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.platform import HERE, Answer, Platform, until
from tests.support.json_hook import ESSAI, ZOES


@pytest.fixture
def platform(empty: str, tmp_path: Path) -> Iterator[Platform]:
    made = Platform(empty, tmp_path)
    yield made
    made.close()


def test_release_web_and_worker_deliver_and_sigterm_answers_the_call_in_hand(platform: Platform) -> None:
    released = platform.release(HERE)
    imported = platform.run(HERE, "flask", "hooks", "import", "-", stdin=ESSAI)
    running = platform.start(HERE, "web", "worker").serving()
    first = running.post(ZOES)
    until(lambda: platform.outcomes() == ["delivered"])
    answers: list[Answer] = []
    caller = threading.Thread(target=lambda: answers.append(running.post(ZOES.replace(b"Boulang", b"Fromag"))))
    with platform.busy():
        caller.start()
        until(platform.waiting)
        running.ask_to_end()
    caller.join()
    seconds = running.stop()

    assert (released.returncode, imported.returncode) == (0, 0), released.stdout + imported.stderr
    assert (first[0], [answer[0] for answer in answers]) == (200, [200])
    assert len(platform.outcomes()) == 2
    assert "Shutting down: Master" in running.told()
    assert "Traceback" not in running.told()
    assert seconds < 10
