"""Disks and files that go wrong, really: a small disk that is full, one's own file exchanged."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(at: Path, size: str = "3m") -> Iterator[Path]:
    """A disk of this size, in memory. Skips the test where this user may mount none."""
    at.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at], capture_output=True).returncode:
        pytest.skip("needs root: mounts a small disk")
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", at], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Not a byte is left on it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as out:
        for size in (65536, 4096, 1):
            try:
                while True:
                    out.write(b"\1" * size)
            except OSError:
                pass
    assert os.statvfs(disk).f_bavail == 0
    yield
    ballast.unlink()
