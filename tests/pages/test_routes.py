"""Every route is guarded by a role, or open for a reason; no template says a word outside the catalogue."""

import re
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from app import create_app

APP = create_app({})
ROOT = Path(__file__).parents[2]
DOOR = {
    "door.": "tools call it: each webhook has its proof",
    "health.": "platforms ask whether it lives; no number is said",
    "pages.static": "styles and scripts of ours, the same for everybody",
    "bootstrap.static": "Bootstrap's own files",
    "static": "Flask's own folder, which is not there",
}
OPEN = {"login", "setup", "welcome", "language", "metrics", "openapi"}
RULES = [rule for rule in APP.url_map.iter_rules() if not rule.endpoint.startswith(tuple(DOOR))]


@pytest.mark.parametrize("rule", RULES, ids=[f"{rule.endpoint} {rule.rule}" for rule in RULES])
def test_a_route_asks_for_a_role_or_says_why_it_is_open(rule: Rule) -> None:
    view = APP.view_functions[rule.endpoint]
    open_ = getattr(view, "open", "")

    assert bool(getattr(view, "role", None)) != bool(open_)
    assert bool(open_) == (rule.endpoint.removeprefix("pages.") in OPEN)


@pytest.mark.parametrize("rule", RULES, ids=[rule.endpoint for rule in RULES])
def test_what_does_something_is_a_post_and_nothing_else(rule: Rule) -> None:
    if getattr(APP.view_functions[rule.endpoint], "open", ""):
        return
    assert (rule.methods or set()) - {"OPTIONS"} in ({"POST"}, {"GET", "HEAD"})


def templates() -> list[Path]:
    return sorted(ROOT.glob("bridge/pages/templates/*.html"))


@pytest.mark.parametrize("path", templates(), ids=[path.name for path in templates()])
def test_a_template_holds_no_word_outside_the_catalogue(path: Path) -> None:
    """What stands between tags is said through gettext; signs and the product's own commands aside."""
    text = re.sub(
        r"(?s){#.*?#}|{%.*?%}|{{.*?}}|<code>.*?</code>|<!doctype html>", " ", path.read_text(encoding="utf-8")
    )
    text = re.sub(r"(?s)<[^>]*>", " ", text)

    assert re.findall(r"[^\W\d_]{2,}", text) == []


@pytest.mark.parametrize("path", templates(), ids=[path.name for path in templates()])
def test_a_template_has_no_script_or_style_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", text) == []
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", text) == []


@pytest.mark.parametrize("path", templates(), ids=[path.name for path in templates()])
def test_a_template_escapes_what_it_shows(path: Path) -> None:
    assert re.findall(r"\|\s*safe\b|autoescape false|Markup", path.read_text(encoding="utf-8")) == []
