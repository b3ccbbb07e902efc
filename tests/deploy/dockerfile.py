"""A small reader of our Dockerfile, and its steps without Docker: COPY copies, RUN runs in a shell of this machine.

The paths of the image lie below a folder. What the base image has, this machine must have: Python, sh and its tools.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from tests.deploy.platform import ROOT

FILE = ROOT / "Dockerfile"
_OURS = re.compile(r"(?<![\w./])/(venv|app|build)\b")
"""The image's folders that are not of its base."""


@dataclass(frozen=True)
class Line:
    step: str
    rest: str

    @property
    def flags(self) -> dict[str, str]:
        return dict(re.findall(r"--([\w-]+)=(\S+)", self.rest.partition("[")[0]))

    @property
    def words(self) -> list[str]:
        """Of CMD and HEALTHCHECK: the program and its arguments, no shell between."""
        said: list[str] = json.loads(self.rest[self.rest.index("[") :])
        return said

    @property
    def paths(self) -> tuple[list[str], str]:
        """Of COPY: what, and where to."""
        *what, to = (word for word in shlex.split(self.rest) if not word.startswith("--"))
        return what, to


@dataclass(frozen=True)
class Stage:
    base: str
    name: str
    lines: list[Line] = field(default_factory=list[Line])

    def all(self, step: str) -> list[Line]:
        return [line for line in self.lines if line.step == step]

    def last(self, step: str) -> Line:
        return self.all(step)[-1]


def read(text: str) -> list[Stage]:
    whole = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    stages: list[Stage] = []
    for word, rest in re.findall(r"^([A-Z]+)\s+(.+)$", whole, re.MULTILINE):
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(base.strip(), name.strip()))
        else:
            stages[-1].lines.append(Line(word, rest.strip()))
    return stages


def ignored(path: str, patterns: str) -> bool:
    """Whether .dockerignore leaves it out: the last pattern that fits it, or a folder above it, decides."""
    out = False
    above = ["/".join(path.split("/")[:count]) for count in range(1, path.count("/") + 2)]
    for pattern in patterns.split():
        bare = pattern.removeprefix("!").removeprefix("**/")
        if any(fnmatch(one if "**" not in pattern else one.rpartition("/")[2], bare) for one in above):
            out = not pattern.startswith("!")
    return out


class Image:
    """Its stages, each in the place of the one before: a virtual environment knows where it lies."""

    def __init__(self, context: Path, folder: Path) -> None:
        self._context, self._folder = context, folder
        self.root = folder / "image"
        self.stages = read(context.joinpath("Dockerfile").read_text(encoding="utf-8"))
        self._base = folder / "base"  # the programs of the base image
        self.environ: dict[str, str] = {}
        self._where = Path("/")

    @property
    def last(self) -> Stage:
        return self.stages[-1]

    def lay_base(self) -> None:
        """This machine's Python with a pip, for what the base image brings."""
        subprocess.run([Path(sys.base_prefix, "bin", "python3"), "-m", "venv", self._base], check=True)

    def build(self) -> None:
        for number, stage in enumerate(self.stages):
            self.root.mkdir()
            self.environ = {"PATH": f"{self._base}/bin:/usr/bin:/bin", "HOME": str(self._folder)}
            self._where = Path("/")
            for line in stage.lines:
                self._do(line)
            if number + 1 < len(self.stages):
                self.root.rename(self._folder / stage.name)

    def inside(self, path: str) -> Path:
        return self.root / str(self._where / path).lstrip("/")

    def mapped(self, text: str) -> str:
        """With the image's folders where they are here; who is not root owns everything."""
        mine = text if os.geteuid() == 0 else text.replace(self.user, str(os.geteuid()))
        return _OURS.sub(rf"{self.root}/\1", mine)

    @property
    def user(self) -> str:
        return self.last.last("USER").rest.partition(":")[0]

    def start(self, words: list[str], out: int, **more: str) -> "subprocess.Popen[bytes]":
        """As its user, where that may be chosen."""
        environ = {**self.environ, **more}
        program = shutil.which(words[0], path=environ["PATH"]) or words[0]
        whom = _as(self.user) if os.geteuid() == 0 else []
        command, where = [*whom, program, *words[1:]], self.inside(".")
        return subprocess.Popen(command, cwd=where, env=environ, stdin=subprocess.PIPE, stdout=out, stderr=out)

    def _do(self, line: Line) -> None:
        match line.step:
            case "WORKDIR":
                self._where = Path(line.rest)
                self.inside(".").mkdir(parents=True, exist_ok=True)
            case "ENV":
                name, _, value = line.rest.partition("=")
                self.environ[name] = self.mapped(value).replace("$PATH", self.environ["PATH"])
            case "COPY":
                self._copy(line)
            case "RUN":
                command = ["/bin/sh", "-ec", self.mapped(line.rest)]
                subprocess.run(command, cwd=self.inside("."), env=self.environ, check=True, timeout=600)
            case "USER" | "VOLUME" | "EXPOSE" | "HEALTHCHECK" | "CMD":
                pass  # read where they are used
            case _:
                raise ValueError(f"{line.step}: not read here")

    def _copy(self, line: Line) -> None:
        what, to = line.paths
        stage = line.flags.get("from")
        patterns = self._context.joinpath(".dockerignore").read_text(encoding="utf-8")

        def left_out(folder: str, names: list[str]) -> list[str]:
            inside = Path(folder).relative_to(self._context)
            return [one for one in names if ignored(str(inside / one), patterns)]

        for name in what:
            source = self._folder / str(stage) / name.lstrip("/") if stage else self._context / name
            assert stage or not ignored(name, patterns), f"{name} is left out by .dockerignore"
            goal = self.inside(to)
            if source.is_dir():
                shutil.copytree(source, goal, symlinks=True, dirs_exist_ok=True, ignore=None if stage else left_out)
                _owned_as(source, goal)
            else:
                shutil.copy2(source, goal)


def _as(user: str) -> list[str]:
    """Who may write nothing of root's, but read it: this machine's Python may lie where only root goes."""
    reads = "+dac_read_search"
    return [
        "setpriv",
        f"--reuid={user}",
        f"--regid={user}",
        "--clear-groups",
        f"--inh-caps={reads}",
        f"--ambient-caps={reads}",
    ]


def _owned_as(source: Path, goal: Path) -> None:
    """Folders keep whose they are, as in COPY --from."""
    for one in source.rglob("*"):
        if one.is_dir() and one.stat().st_uid != goal.stat().st_uid:
            os.chown(goal / one.relative_to(source), one.stat().st_uid, one.stat().st_gid)
