"""The version before, which runs beside this one at a release: taken from git, with this campaign's own files."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
BEFORE = "dbb1952"
"""The last commit whose tables are those of the migrations before ours. To be moved on at each release."""
_PARTS = ("app.py", "bridge", "schemas", "Procfile", "gunicorn.conf.py")


def before(folder: Path) -> Path | None:
    """Where it is, unpacked into this folder; None where git does not have it."""
    folder.mkdir()
    packed = subprocess.run(["git", "archive", BEFORE, *_PARTS], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        return None
    subprocess.run(["tar", "x"], cwd=folder, input=packed.stdout, check=True)
    shutil.copytree(ROOT / "chaos", folder / "chaos", ignore=shutil.ignore_patterns("__pycache__"))
    return folder
