"""What code, tests and docs cite is in this repository: pages, their numbers, links, the tests that prove laws."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
FOLDERS = ("bench", "bin", "bridge", "chaos", "docs", "hooks", "schemas", "tests")
FOREIGN = ("tests/payloads/", "tests/cases/")
"""What tools sent, and where that is from: pages of theirs too."""
READ = (".py", ".md", ".toml", ".yaml", ".meta.json", ".html", ".js", ".gs", "Makefile", "Procfile", "bin/run")

NUMBER = r"(?:A\d+|\d+[a-z]?(?:\.\d+)*)(?!\w)"
NUMBERS = rf"{NUMBER}(?:(?:, | and | to |-){NUMBER})*"
PLACE = re.compile(rf"^(?:#+ |\*\*|\| )({NUMBER})", re.MULTILINE)
CITED = re.compile(rf"(?<![\w/])docs/([\w-]+\.md)(?:,? ({NUMBERS}))?")
LINKED = re.compile(rf"\[(?:docs/)?([\w-]+\.md)(?: ({NUMBERS}))?\]\(")
LAW = re.compile(rf"\blaws? ({NUMBERS})", re.IGNORECASE)
PAGE = re.compile(r"(?<![\w/.-])([\w-]+\.md)\b(?: (\d))?")
OUTSIDE = re.compile(r"\bdesign (?:section )?D?\d|\bdesign section|\bledger \d|\bsources \d+\.\d", re.IGNORECASE)
STEP = re.compile(r"`((?:bridge|schemas|tests|bench|chaos)/[\w/]+\.py)`(?: `(\w+)`)?")
"""A file of ours, and what of it a page speaks of."""
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)\s#]+)")


def files() -> Iterator[tuple[str, str]]:
    """Each text of ours, in one line, so that no reference is cut in two: name, text."""
    within = (path for folder in FOLDERS for path in ROOT.joinpath(folder).rglob("*"))
    for path in sorted([*ROOT.glob("*"), *within]):
        name = str(path.relative_to(ROOT))
        if path.is_file() and name.endswith(READ) and path != Path(__file__):
            yield name, re.sub(r"\s*\n\s*(?:# )?\s*", " ", path.read_text(encoding="utf-8"))


FILES = dict(files())
PLACES = {page.name: set(PLACE.findall(page.read_text(encoding="utf-8"))) for page in DOCS.glob("*.md")}


def missing(page: str, numbers: str) -> list[str]:
    """The numbers that the page does not have."""
    return [f"{page} {number}" for number in re.findall(NUMBER, numbers) if number not in PLACES.get(page, ())]


def test_the_pages_that_are_cited_by_number_have_numbers() -> None:
    assert [page for page in ("ledger.md", "laws.md", "qomon.md", "tools.md") if len(PLACES[page]) < 10] == []


def test_a_cited_page_is_there() -> None:
    cited = {(name, page) for name, text in FILES.items() for page, _ in CITED.findall(text)}

    assert [(name, page) for name, page in sorted(cited) if page not in PLACES] == []


def test_a_cited_place_is_on_its_page() -> None:
    faults = {
        name: [
            *(one for page, numbers in CITED.findall(text) for one in missing(page, numbers)),
            *(one for page, numbers in LINKED.findall(text) for one in missing(page, numbers)),
            *(one for numbers in LAW.findall(text) for one in missing("laws.md", numbers)),
        ]
        for name, text in FILES.items()
    }

    assert {name: places for name, places in faults.items() if places} == {}


def test_nothing_points_outside_the_repository() -> None:
    inside = {page.name for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]}
    faults = {
        name: [
            *(page for page, _ in PAGE.findall(text) if page not in inside and not name.startswith(FOREIGN)),
            *(f"{page} {number}" for page, number in PAGE.findall(text) if number and not name.startswith("docs/")),
            *OUTSIDE.findall(text),
        ]
        for name, text in FILES.items()
    }

    assert {name: pages for name, pages in faults.items() if pages} == {}


@pytest.mark.parametrize("page", [*DOCS.rglob("*.md"), ROOT / "README.md"], ids=lambda page: page.name)
def test_a_link_leads_to_a_file(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_each_test_that_proves_a_law_is_there() -> None:
    laws = (DOCS / "laws.md").read_text(encoding="utf-8")
    tests = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.joinpath("tests").rglob("test_*.py"))

    assert [file for file in re.findall(r"tests/[\w/]+\.py", laws) if not (ROOT / file).exists()] == []
    assert [name for name in re.findall(r"`(test_\w+)`", laws) if f"def {name}(" not in tests] == []


@pytest.mark.parametrize("page", [*DOCS.rglob("*.md")], ids=lambda page: page.name)
def test_the_files_and_names_of_code_on_a_page_are_there(page: Path) -> None:
    """Not those of the guide, which makes them."""
    text = page.read_text(encoding="utf-8") if page.name != "add-a-source.md" else ""
    steps = [(ROOT / file, name) for file, name in STEP.findall(text)]

    assert [file for file, _ in steps if not file.exists()] == []
    assert [
        (file.name, name)
        for file, name in steps
        if not re.search(rf"^(?:def|class) {name}\b" if name else "", file.read_text(encoding="utf-8"), re.MULTILINE)
    ] == []


def test_the_reading_order_names_what_is_there() -> None:
    order = (ROOT / "bridge" / "__init__.py").read_text(encoding="utf-8")
    named = re.findall(r"(bridge/[\w/]+\.py)\s+`(\w+)`", order)

    assert len(named) > 10
    assert [
        (file, name)
        for file, name in named
        if not re.search(rf"^(?:def|class) {name}\b", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    ] == []
