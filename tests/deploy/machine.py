"""A machine that has only what the repository says: its tracked files, and packages of requirements.txt alone."""

import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from tests.deploy.platform import ROOT

_OF_THE_MACHINE = {"pip", "setuptools"}
"""In every new virtual environment of Python 3.11."""


def copied(folder: Path) -> Path:
    """What git knows, as it lies here."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().strip("\0").split("\0"):
        if ROOT.joinpath(name).is_file():
            folder.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def install(app: Path, folder: Path) -> None:
    """By pip as it is, from where this machine's pip gets its packages."""
    base = Path(sys.base_prefix, "bin", "python3")
    subprocess.run([base, "-m", "venv", folder], check=True)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*pip, "-r", str(app / "requirements.txt")], check=True, timeout=600, stderr=subprocess.DEVNULL)


def size(folder: Path) -> tuple[float, float]:
    """Of the packages in a virtual environment, in MB: their own files, and what Python compiled of them."""
    own = compiled = 0
    (packages,) = folder.glob("lib/python3*/site-packages")
    for one in distributions(path=[str(packages)]):
        if one.name not in _OF_THE_MACHINE:
            for path in (Path(str(one.locate_file(name))) for name in one.files or ()):
                if path.suffix == ".pyc":
                    compiled += path.stat().st_size if path.exists() else 0
                else:
                    own += path.stat().st_size if path.exists() else 0
    return own / 1e6, compiled / 1e6


def whole(folder: Path) -> float:
    """Everything that lies there, in MB."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) / 1e6
