"""The shape of the house: which file may import which, who reads the clock, how long a file may be."""

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

FLOORS = (
    "app",
    "bridge.commands",
    "bridge.door.receive bridge.door.worker bridge.commands.*",
    "bridge.commands.opened bridge.door.problems",
    "bridge.services",
    "bridge.engine.dispatch",
    "bridge.operations.authoring.watching",
    "bridge.crossing.drain bridge.operations.authoring.publishing",
    "bridge.crossing.preview",
    "bridge.crossing.update bridge.crossing.identify bridge.crossing.failures",
    "bridge.crossing.gate bridge.crossing.unsubscribe",
    "bridge.crossing.lane_run bridge.operations.release bridge.door.quarantine",
    "bridge.crossing.batch bridge.crossing.settling",
    "bridge.crossing.settle",
    "bridge.crossing.cases bridge.crossing.plan bridge.door.split",
    "bridge.operations.authoring.samples",
    "bridge.report.report bridge.operations.authoring.rehearsal",
    "bridge.operations.authoring.drift_flow",
    "bridge.operations.authoring.suggest bridge.operations.authoring.drift bridge.mapping.compile bridge.crossing.find bridge.merge.merge bridge.crossing.send bridge.merge.history bridge.qomon.profile",
    "bridge.merge.consent bridge.report.receipts bridge.merge.rescue",
    "bridge.hooks.registry bridge.mapping.choices bridge.merge.address",
    "bridge.operations.authoring.suggest_forms",
    "bridge.operations.authoring.suggest_people",
    "bridge.operations.authoring.proposal bridge.operations.authoring.lexicon",
    "bridge.hooks.check bridge.hooks.warnings",
    "bridge.mapping.binding bridge.merge.precedence bridge.operations.authoring.questions bridge.hooks.diff",
    "bridge.hooks.hook",
    "bridge.proofs.scheme bridge.hooks.layout",
    "bridge.mapping.rules",
    "bridge.sources.kit.custom_layout",
    "bridge.sources bridge.inbox.events bridge.inbox.lanes bridge.inbox.captured bridge.crossing.retry bridge.mapping.targets bridge.engine.procrastinate",
    "bridge.sources.*",
    "bridge.sources.kit.flat",
    "bridge.sources.kit.automation",
    "bridge.sources.kit.plain_json",
    "bridge.sources.kit.any_json bridge.sources.kit.answers bridge.sources.kit.records bridge.sources.kit.jotform_labels",
    "bridge.sources.kit.source bridge.sources.kit.choices bridge.sources.kit.people bridge.sources.kit.withdrawals",
    "bridge.sources.kit.form_body",
    "bridge.sources.kit.multipart",
    "bridge.sources.kit.paths bridge.sources.kit.submission bridge.sources.kit.dates bridge.sources.kit.wordpress",
    "bridge.sources.kit.values bridge.sources.kit.from_file bridge.sources.kit.replies bridge.sources.kit.xml_body bridge.sources.kit.labels",
    "bridge.hooks.written",
    "bridge.proofs.verify bridge.mapping.lookup bridge.hooks.yaml bridge.report.wording bridge.mapping.links",
    "bridge.proofs.signatures",
    "bridge.proofs.php_json bridge.proofs.hubspot bridge.proofs.jwt bridge.proofs.shared_secret bridge.proofs.body_secret",
    "bridge.proofs.vendors",
    "bridge.proofs.proof",
    "bridge.qomon.catalogue bridge.store.group_commit bridge.qomon.account bridge.inbox.known_contacts bridge.qomon.shared_pace bridge.merge.withdrawn",
    "bridge.hooks.drafts bridge.hooks.revisions bridge.hooks.brakes bridge.hooks.breaker",
    "bridge.qomon.compare",
    "bridge.qomon.client bridge.qomon.contact bridge.qomon.sandbox",
    "bridge.qomon.entries",
    "bridge.qomon.pace bridge.qomon.reply bridge.qomon.line",
    "bridge.store.store bridge.store.vault bridge.store.migrations.*",
    "bridge.store.sqlite bridge.store.postgres",
    "bridge.store.clock bridge.store.prepared bridge.merge.addressed bridge.door.limits",
    "bridge.store.hook_tables",
    "bridge.store.tables",
    "bridge.sources.kit.php_names",
    "bridge.sources.kit.json_body",
    "schemas.hook schemas.report schemas.sources.*",
    "schemas.lines",
    "schemas.fields schemas.codes bridge.settings bridge.log",
    "schemas.countries schemas.dates schemas.genders schemas.names schemas.numbers schemas.refusals",
    "schemas.paths schemas.places schemas.moved",
    "schemas.normal",
    "bridge.errors bridge.model",
)
"""Top to bottom (design.md 2). A file imports from lower floors only. `.*`: each file of a folder by itself;
the sandbox is a foreign country, whose inside is its own affair."""

SANDBOX = "bridge.qomon.sandbox"
ENVIRONMENT = re.compile(r"os\.(environb?|getenvb?|putenv)")
CLOCK = re.compile(r"datetime\.(now|utcnow|today)|date\.today|time\.(time|monotonic|perf_counter|sleep)(_ns)?")
CLOCKS = {"app.py", "bridge/door/worker.py", "bridge/commands/sandbox.py"}
"""Who reads the clock or sleeps: the edges. Everybody else is given `now` and `sleep`."""


def sources() -> Iterator[Path]:
    yield from ROOT.glob("*.py")
    yield from (path for folder in ("bridge", "schemas") for path in ROOT.joinpath(folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {name_of(path): path for path in sorted(sources()) if path.name != "gunicorn.conf.py"}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}
FOLDERS = {name for name, path in FILES.items() if path.name == "__init__.py"} - {
    "bridge.commands",
    "bridge.sources",
    SANDBOX,
}
"""Their __init__ holds words at most: it imports nothing, and nothing imports from it."""
BY_PATH = {str(path.relative_to(ROOT)): TREES[name] for name, path in FILES.items()}


def room(name: str) -> str:
    return SANDBOX if f"{name}.".startswith(f"{SANDBOX}.") else name


def floor(name: str) -> int | None:
    """A file that is named has its own floor, wherever the rest of its folder lies."""
    inside = f"{name.rpartition('.')[0]}.*"
    floors = {one: number for number, names in enumerate(FLOORS) for one in names.split()}
    return floors.get(name, floors.get(inside))


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


def test_every_file_has_a_floor() -> None:
    migrations = "bridge.store.migrations."
    known = {name for name in FILES if floor(room(name)) is not None or name in FOLDERS or name.startswith(migrations)}

    assert sorted(set(FILES) - known) == []


def test_every_floor_is_inhabited() -> None:
    names = [one for names in FLOORS for one in names.split() if not one.endswith(".*")]

    assert [one for one in names if one not in FILES] == []


def test_imports_go_down_never_up_and_never_sideways() -> None:
    climbs = []
    for name in sorted(set(FILES) - FOLDERS):
        here = floor(room(name))
        for other in sorted(imports(name)):
            there = floor(room(other))
            if room(other) != room(name) and (there is None or here is None or there <= here):
                climbs.append(f"{name} imports {other}")

    assert climbs == []


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_a_folder_itself_imports_nothing(folder: str) -> None:
    assert imports(folder) == set()


def test_only_commands_import_the_sandbox() -> None:
    who = {name for name in FILES if any(room(other) == SANDBOX for other in imports(name)) and room(name) != SANDBOX}

    assert [name for name in sorted(who) if not name.startswith("bridge.commands.")] == []


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
