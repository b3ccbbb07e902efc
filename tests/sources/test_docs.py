"""The pages on sources tell the truth: the table is that of the code, and who follows the guide gets a source."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.source_table import COMMAND, PAGE, page

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "add-a-source.md"
FILE = re.compile(r"^`([\w./]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_page_of_tools_is_the_table_of_sources() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"write it anew: {COMMAND}"


def test_who_follows_the_guide_gets_a_source_that_keeps_the_contract(tmp_path: Path) -> None:
    """Its files are made in a copy of the house, its commands are run."""
    guide, house = GUIDE.read_text(encoding="utf-8"), tmp_path / "house"
    _copy(house)
    for name, content in FILE.findall(guide):
        made = house / name
        made.parent.mkdir(parents=True, exist_ok=True)
        assert not made.exists()
        made.write_text(content, encoding="utf-8")
    told = [_run(house, command) for command in re.findall(r"^\$ \.venv/bin/(.+)$", guide, re.MULTILINE)]
    assert len(told) == 3
    assert int(re.findall(r"(\d+) passed", told[-1])[0]) > 20


def _copy(house: Path) -> None:
    """What the commands of the guide need."""
    for folder in ("bridge", "schemas", "tests", "docs", "hooks"):
        shutil.copytree(ROOT / folder, house / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / file, house / file)


def _run(house: Path, command: str) -> str:
    program, *words = command.split()
    ran = subprocess.run(
        [str(Path(sys.executable).parent / program), *words], cwd=house, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
