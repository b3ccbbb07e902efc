"""The process that sends alerts, kept for many messages: a test of what is said does not wait for each start."""

import json
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest

from bridge.operations.alerts import sending


@contextmanager
def lasting_sender() -> Iterator[None]:
    """The same process, told and answering in the same lines; it ends with the block."""
    with (
        subprocess.Popen(
            sending.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=sending.ROOT, env={}
        ) as process,
        pytest.MonkeyPatch.context() as patch,
    ):
        told, answers = process.stdin, process.stdout
        assert told is not None
        assert answers is not None

        one_at_a_time = threading.Lock()

        def answered(_environ: Mapping[str, str], work: Mapping[str, str | Sequence[str]]) -> list[bool]:
            with one_at_a_time:
                told.write(json.dumps(work).encode() + b"\n")
                told.flush()
                return [json.loads(answers.readline()) for _ in work["addresses"]]

        patch.setattr(sending, "answers", answered)
        yield
        told.close()
