"""The shape of the house: the face of each room, who reads the clock, how long a file may be. Layers: `make lint`."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import bridge.commands

ROOT = Path(__file__).parent.parent

ENVIRONMENT = re.compile(r"os\.(environb?|getenvb?|putenv)")
CLOCK = re.compile(r"datetime\.(now|utcnow|today)|date\.today|time\.(time|monotonic|perf_counter|sleep)(_ns)?")
CLOCKS = {
    *("app.py", "bridge/door/worker.py", "bridge/store/patience.py"),
    *("bridge/commands/keys.py", "bridge/commands/sandbox.py"),
}
"""Who reads the clock or sleeps: the edges. Everybody else is given `now` and `sleep`."""


def sources() -> Iterator[Path]:
    yield from ROOT.glob("*.py")
    yield from (path for folder in ("bridge", "schemas") for path in ROOT.joinpath(folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {name_of(path): path for path in sorted(sources()) if path.name != "gunicorn.conf.py"}
ROOMS = [path.parent for path in sorted(ROOT.glob("bridge/*/__init__.py"))]
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}
BY_PATH = {str(path.relative_to(ROOT)): TREES[name] for name, path in FILES.items()}


def room(name: str) -> str:
    """The folder right below bridge/ that a file lies in; the few files beside the rooms are their own."""
    parts = name.split(".")
    return ".".join(parts[:2])


def imports(name: str) -> set[str]:
    """Our files that this one imports; `from bridge import find` is bridge.crossing.find."""
    found = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: imports are written in full"
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {one if one in FILES else str(node.module) for one in whole}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {one for one in found if one.partition(".")[0] in {"app", "bridge", "schemas"}}


def says(path: str, names: re.Pattern[str]) -> bool:
    """Whether the file uses such a name, as `module.name` or imported by itself."""
    for node in ast.walk(BY_PATH[path]):
        whole = [f"{node.module}.{one.name}" for one in node.names] if isinstance(node, ast.ImportFrom) else []
        if any(
            names.fullmatch(one) for one in [*whole, *([ast.unparse(node)] if isinstance(node, ast.Attribute) else [])]
        ):
            return True
    return False


def defined(path: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (one for one in ast.walk(BY_PATH[path]) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


def face(folder: Path) -> set[str]:
    """The files of a room that others may import, as its __init__ names them."""
    said = ast.get_docstring(ast.parse(folder.joinpath("__init__.py").read_text(encoding="utf-8"))) or ""
    return {*re.findall(r"`([\w.]+)`", said.partition("Face:")[2])}


@pytest.mark.parametrize("folder", ROOMS, ids=[folder.name for folder in ROOMS])
def test_a_room_names_its_face_and_others_use_no_more_of_it(folder: Path) -> None:
    name = name_of(folder / "__init__.py")
    used = {other for one in FILES if room(one) != name for other in imports(one) if room(other) == name}

    assert {one.removeprefix(f"{name}.") for one in used - {name}} == face(folder)


def test_nothing_imports_the_application() -> None:
    assert [name for name in FILES if "app" in imports(name)] == []


def test_no_test_imports_a_test() -> None:
    """What several tests need lies in tests/support, their fixtures in a conftest."""
    found = []
    for path in sorted(ROOT.glob("tests/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            whole = [f"{node.module}.{one.name}" for one in node.names] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path.relative_to(ROOT)}: {one}" for one in whole if re.match(r"tests\..*\btest_", one)]

    assert found == []


def test_only_settings_look_at_the_environment() -> None:
    assert {path for path in BY_PATH if says(path, ENVIRONMENT)} == {"bridge/settings.py"}


def test_only_the_listed_files_read_the_clock() -> None:
    assert {path for path in BY_PATH if says(path, CLOCK)} == CLOCKS


@pytest.mark.parametrize("path", sorted(BY_PATH))
def test_a_file_says_what_it_is_for_and_is_not_too_long(path: str) -> None:
    text = ROOT.joinpath(path).read_text(encoding="utf-8")

    assert ast.get_docstring(BY_PATH[path]) or not text
    assert text.count("\n") <= 400


@pytest.mark.parametrize("path", sorted(path for path in BY_PATH if "/migrations/" not in path))
def test_no_function_is_over_45_lines(path: str) -> None:
    long = [one.name for one in defined(path) if (one.end_lineno or 0) - one.lineno + 1 > 45]

    assert long == []


def commands() -> Iterator[tuple[str, click.Command]]:
    """Each command with its words behind `flask`, groups left out."""
    for module in pkgutil.iter_modules(bridge.commands.__path__, "bridge.commands."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, click.Command) and value.callback is not None:
                yield from named(value, "")


def named(command: click.Command, before: str) -> Iterator[tuple[str, click.Command]]:
    words = f"{before} {command.name}".strip()
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from named(inner, words)
    else:
        yield words, command


def test_every_command_has_an_example_and_every_option_a_sentence() -> None:
    grouped = {id(command) for words, command in commands() if " " in words}
    faults = []
    for words, command in commands():
        if " " not in words and id(command) in grouped:
            continue  # an attribute of its module too; its full words are looked at
        if f"flask {words}" not in (command.help or ""):
            faults.append(f"flask {words}: no example")
        options = [one for one in command.params if isinstance(one, click.Option)]
        faults += [f"flask {words} {one.opts[0]}: no help" for one in options if not one.help]

    assert faults == []


@pytest.mark.parametrize("file", ["requirements.txt", "tests/requirements.txt"])
def test_every_package_is_pinned_with_hashes_and_without_an_address(file: str) -> None:
    text = ROOT.joinpath(file).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]

    assert [line for line in lines if not re.match(r"[\w.-]+==[\w.]+ .*--hash=sha256:[0-9a-f]{64}", line)] == []
    assert "://" not in text


def test_everything_that_requirements_in_asks_for_is_pinned() -> None:
    for folder in (ROOT, ROOT / "tests"):
        asked = re.findall(r"^([\w-]+)", folder.joinpath("requirements.in").read_text(encoding="utf-8"), re.MULTILINE)
        pinned = re.findall(
            r"^([\w.-]+)==", folder.joinpath("requirements.txt").read_text(encoding="utf-8"), re.MULTILINE
        )

        assert {name.lower() for name in asked} - {"-c"} <= set(pinned)
