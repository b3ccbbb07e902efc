"""The pages for people: two languages in step, their commands run, their menu words are those of the pages."""

import re
import shlex
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import click
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from flask.cli import FlaskGroup

from app import create_app
from bridge.translations import CATALOGUES
from tests.support import connect_page, setting_file
from tests.support.commands import run
from tests.support.whole_bridge import BENEVOLES, House, sample, tally_signature

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TASKS, FRENCH = DOCS / "tasks", DOCS / "fr"
PAGES = sorted(TASKS.glob("*.md"))
BLOCK = re.compile(r"(?:<!-- not run: ([^\n]+?) -->\s*)?```console\n(.*?)```", re.DOTALL)
CODE = re.compile(r"```.*?```|`[^`\n]*`|\]\([^)]*\)|<!--.*?-->|https?://\S+", re.DOTALL)
INLINE = re.compile(r"`(flask [^`\n]+)`")
MENU = re.compile(r"(?<!\*)\*([^*\n]+)\*(?!\*)")
QOMONS = {"Test Pont"}
"""In menu's letters, and no word of ours: a contact's name."""
SHAPES = re.compile(r"\bCOMMAND\b|[A-Z]{2,}\|[A-Z]|\.\.\.|…|\[|, ")
"""A command that is only described: with alternatives, or its options left out."""

NEXT = "a-secret-of-next-year"
NARROW, WIDE = "\u202f", "\u00a0"
SLIPS = {
    "a straight apostrophe": re.compile(r"\w'\w"),
    "no narrow no-break space before ; ! ?": re.compile(rf"(?<!{NARROW})[;!?](?=\s|$)", re.MULTILINE),
    "no no-break space before a colon": re.compile(rf"(?<![{WIDE}{NARROW}|-]):(?=\s|$)", re.MULTILINE),
    "no no-break space inside quotes": re.compile(rf"«(?![{WIDE}{NARROW}])|(?<![{WIDE}{NARROW}])»"),
}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return read_po(BytesIO((CATALOGUES / "fr" / "LC_MESSAGES" / "messages.po").read_bytes()))


def first(said: str | Sequence[str] | None) -> str:
    """The singular."""
    return said if isinstance(said, str) else (said or ("",))[0]


def blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Of each block of commands why it is not run, and its lines."""
    for reason, body in BLOCK.findall(text):
        whole = re.sub(r"\\\n\s*", "", body)
        yield reason, re.findall(r"^\$ (.+)$", whole, re.MULTILINE)


def words(line: str) -> list[str]:
    """Behind `flask`, without what a shell does with it."""
    typed = shlex.split(line, comments=True)[1:]
    return typed[: typed.index(">")] if ">" in typed else typed


def everywhere() -> Iterator[tuple[str, str]]:
    """Each command of ours that a page names whole: the page, the line."""
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        lines = [line for _, block in blocks(text) for line in block if line.startswith("flask ")]
        inline = [line for line in INLINE.findall(text) if not SHAPES.search(line)]
        yield from ((str(page.relative_to(ROOT)), line) for line in [*lines, *inline])


def unknown(group: click.Command, typed: list[str]) -> str:
    """What of it there is not: a command or an option."""
    while isinstance(group, click.Group) and typed and not typed[0].startswith("-"):
        name, *typed = typed
        found = group.commands.get(name)
        if found is None:
            return name
        group = found
    options = {option for one in group.params for option in (*one.opts, *one.secondary_opts)}
    asked = [one.partition("=")[0] for one in typed if one.startswith("--")]
    return " ".join(one for one in asked if one not in {*options, "--help"})


def test_every_command_that_a_page_names_is_there() -> None:
    commands = create_app({"QOMON_TOKEN": "x"}).cli
    assert not isinstance(commands, FlaskGroup)
    faults = [(page, line) for page, line in everywhere() if unknown(commands, words(line))]

    assert faults == []


def test_the_pages_name_commands_at_all() -> None:
    assert len(list(everywhere())) > 150


def test_every_target_that_a_page_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
    named = {name for page in pages for name in re.findall(r"[`$] ?make ([a-z-]+)", page.read_text(encoding="utf-8"))}

    assert named - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_task_do_what_they_say(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order, after one submission was written, one is held, and one call was refused."""
    monkeypatch.chdir(tmp_path)
    house = House(tmp_path, (f"{BENEVOLES}owner: pages\n",), TALLY_SECRET_NEW=NEXT).read_catalogue()
    refused = sample(**{"Adresse e-mail": "ada.petit@example.org", "Prénom": "Ada"})
    written = house.cross(sample())["event"]
    held = house.cross(sample(**{"Comment souhaitez-vous aider ?": ["Apporter un gâteau"], "Code postal": "01001"}))
    assert (held["outcome"], held["reason"]) == ("held", "unknown_choice")
    headers = {"Content-Type": "application/json", **tally_signature(refused, NEXT)}
    assert house.door.post("/hooks/k3f9x2m7", data=refused, headers=headers).status_code == 401
    meant = {"EVENT": written, "HELD": held["event"]}

    for reason, lines in blocks(page.read_text(encoding="utf-8")):
        for line in lines if not reason else ():
            ran = run(house, *(meant.get(word, word) for word in words(line)))
            assert ran.exit_code == 0, f"{line}\n{ran.output}"


def test_each_task_is_told_in_both_languages() -> None:
    others = {"README.md", "connect.md", "deploy.md", "glossary.md", "records-of-processing.md"}

    assert {page.name for page in FRENCH.glob("*.md")} - others == {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_task_has_the_same_parts_and_commands_in_both_languages(page: Path) -> None:
    english, french = (folder.joinpath(page.name).read_text(encoding="utf-8") for folder in (TASKS, FRENCH))

    assert re.findall(r"^(#+) ", english, re.MULTILINE) == re.findall(r"^(#+) ", french, re.MULTILINE)
    assert list(blocks(english)) == list(blocks(french))
    assert re.findall(r"^(\d+)\. ", english, re.MULTILINE) == re.findall(r"^(\d+)\. ", french, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_words_of_menus_are_those_of_the_pages(page: Path, catalogue: Catalog) -> None:
    said = {first(message.id) for message in catalogue}
    french = {first(message.string) for message in catalogue}

    assert set(MENU.findall((TASKS / page.name).read_text(encoding="utf-8"))) - said - QOMONS == set()
    assert set(MENU.findall((FRENCH / page.name).read_text(encoding="utf-8"))) - french - QOMONS == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_task_fits_a_screen(page: Path) -> None:
    for folder in (TASKS, FRENCH):
        assert len((folder / page.name).read_text(encoding="utf-8").splitlines()) <= 80


@pytest.mark.parametrize("page", sorted(FRENCH.glob("*.md")), ids=lambda page: page.stem)
def test_french_is_set_as_french_is(page: Path) -> None:
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    slips = [
        (why, text[max(0, at.start() - 20) : at.end() + 5]) for why, one in SLIPS.items() for at in one.finditer(text)
    ]

    assert slips == []


@pytest.mark.parametrize(("page", "english", "french"), [("glossary.md", 0, 1), ("fr/glossary.md", 1, 0)])
def test_the_glossary_says_what_the_pages_say(page: str, english: int, french: int, catalogue: Catalog) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ][1:]
    messages = {first(message.id): message for message in catalogue}
    said = {row[english]: first(messages[row[english]].string) for row in rows if row[english] in messages}

    assert len(rows) > 20
    assert said == {row[english]: row[french] for row in rows}


@pytest.mark.parametrize("language", connect_page.PAGES)
def test_the_page_of_set_ups_is_what_connect_a_form_shows(language: str) -> None:
    told = connect_page.PAGES[language].read_text(encoding="utf-8")

    assert told == connect_page.page(language), f"write it anew: {connect_page.COMMAND}"


def test_the_file_of_settings_has_every_setting() -> None:
    assert setting_file.PAGE.read_text(encoding="utf-8") == setting_file.page(), (
        f"write it anew: {setting_file.COMMAND}"
    )
