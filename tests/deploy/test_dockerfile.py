"""The form of the Dockerfile; that what it makes starts and delivers is shown by `make deploy-check`."""

import re
from pathlib import Path

import pytest

from tests.deploy.dockerfile import Image, ignored, read
from tests.deploy.platform import ROOT

TEXT = ROOT.joinpath("Dockerfile").read_text(encoding="utf-8")
LEFT_OUT = ROOT.joinpath(".dockerignore").read_text(encoding="utf-8")
BUILD, LAST = read(TEXT)
SENT = [name for line in BUILD.all("COPY") for name in line.paths[0]]


def test_both_stages_have_the_same_small_base_pinned_by_version() -> None:
    minor = ROOT.joinpath(".python-version").read_text(encoding="utf-8").strip()

    assert BUILD.base == LAST.base
    assert re.fullmatch(rf"python:{re.escape(minor)}\.\d+-slim-[a-z]+", LAST.base)


def test_it_runs_as_a_user_by_number_that_is_not_root() -> None:
    user, group = LAST.last("USER").rest.split(":")

    assert int(user) > 0
    assert int(group) > 0
    assert LAST.lines.index(LAST.last("USER")) > LAST.lines.index(LAST.all("COPY")[-1])


def test_it_starts_what_the_procfile_starts() -> None:
    procfile = dict(line.split(": ", 1) for line in ROOT.joinpath("Procfile").read_text(encoding="utf-8").splitlines())

    assert " ".join(LAST.last("CMD").words) == procfile["web"]


def test_its_health_check_asks_where_it_listens() -> None:
    words = LAST.last("HEALTHCHECK").words

    assert words[:2] == ["python", "-c"]
    compile(words[2], "health", "exec")
    assert "os.environ['PORT']" in words[2]
    assert "/health" in words[2]
    assert [line.rest for line in LAST.all("ENV") if line.rest.startswith("PORT=")] == ["PORT=8000"]


def test_packages_are_checked_and_leave_no_pip_and_no_cache() -> None:
    (install,) = [line.rest for line in BUILD.all("RUN") if "requirements.txt" in line.rest]

    assert {"--require-hashes", "--no-cache-dir", "--no-compile", "--without-pip"} <= set(install.split())
    assert LAST.all("RUN") == []
    assert all("from" in line.flags for line in LAST.all("COPY"))


@pytest.mark.parametrize("name", SENT)
def test_what_it_copies_is_there_and_not_left_out(name: str) -> None:
    assert ROOT.joinpath(name).exists()
    assert not ignored(name, LEFT_OUT)


@pytest.mark.parametrize(
    "name",
    [
        ".git",
        ".env",
        ".venv/bin/python",
        "data/bridge.key",
        "tests/conftest.py",
        "docs/img",
        "bridge/__pycache__/a.pyc",
    ],
)
def test_keys_data_history_and_tests_are_left_out(name: str) -> None:
    assert ignored(name, LEFT_OUT)


def test_all_that_is_ours_and_runs_is_in_it() -> None:
    assert {"bridge", "schemas", "hooks", "app.py", "gunicorn.conf.py", "requirements.txt"} <= set(SENT)


@pytest.mark.parametrize(
    ("lines", "told"),
    [("ADD a b", "ADD: not read here"), ("RUN false", "returned non-zero"), ("COPY away.txt .", "away.txt")],
)
def test_the_reader_passes_over_nothing(tmp_path: Path, lines: str, told: str) -> None:
    tmp_path.joinpath("Dockerfile").write_text(f"FROM python:3\nWORKDIR /app\n{lines}\nUSER 1:1\n", encoding="utf-8")
    tmp_path.joinpath(".dockerignore").write_text("*", encoding="utf-8")
    image = Image(tmp_path, tmp_path)

    with pytest.raises(Exception, match=told):
        image.build()
