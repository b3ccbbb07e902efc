"""`flask hooks export`: what comes out goes in again, byte for byte, whatever people call their questions."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from bridge.hooks.registry import Hook, Hooks
from bridge.hooks.yaml import ends_of, plain_of, read_yaml, secrets_of, with_name, with_secrets
from bridge.store import tables
from bridge.store.store import Store
from schemas.hook import NAME
from schemas.normal import folded
from tests.support.commands import hooks
from tests.support.json_hook import hook_in
from tests.support.sample_hook import SECRETS
from tests.support.whole_bridge import BENEVOLES_FILE, NOW, House

BYTES = BENEVOLES_FILE.read_bytes()


def test_the_sample_comes_out_as_it_went_in_comments_included(bare_house: House) -> None:
    hooks(bare_house, "import", BENEVOLES_FILE)
    exported = hooks(bare_house, "export", "benevoles")
    assert (exported.exit_code, exported.stdout_bytes, exported.stderr) == (0, BYTES, "")
    again = hooks(bare_house, "import", "-", stdin=exported.output)
    assert again.output.startswith("benevoles: unchanged, revision 1,")


@pytest.mark.parametrize("changed", [BYTES.replace(b"\n", b"\r\n"), BYTES.rstrip(b"\n"), BYTES + b"\n\n# fin\n\n"])
def test_line_ends_and_the_last_line_stay_as_they_are(bare_house: House, tmp_path: Path, changed: bytes) -> None:
    path = tmp_path / "hook.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + changed)
    hooks(bare_house, "import", path)
    exported = hooks(bare_house, "export", "benevoles").stdout_bytes
    assert exported == changed
    path.write_bytes(exported)
    assert "unchanged, revision 1" in hooks(bare_house, "import", path).output


def test_neither_pins_nor_secrets_come_out(bare_house: House) -> None:
    hooks(bare_house, "import", BENEVOLES_FILE)
    pins = [rule.form_id for rule in hook_in(bare_house).rules if rule.form_id]
    exported = hooks(bare_house, "export", "benevoles").output
    assert pins
    assert [pin for pin in pins if str(pin) in exported] == []
    assert (SECRETS["TALLY_SECRET"] in exported, "$TALLY_SECRET" in exported) == (False, True)


def test_the_newest_revision_comes_out(bare_house: House, tmp_path: Path) -> None:
    hooks(bare_house, "import", BENEVOLES_FILE)
    path = tmp_path / "hook.yaml"
    path.write_bytes(BYTES.replace(b"mode: live", b"mode: preview"))
    hooks(bare_house, "import", path)
    assert hooks(bare_house, "export", "benevoles").stdout_bytes == path.read_bytes()


def test_an_address_that_the_file_does_not_say_is_told_beside_it(bare_house: House, tmp_path: Path) -> None:
    path = tmp_path / "hook.yaml"
    path.write_bytes(BYTES.replace(b"address: k3f9x2m7\n", b""))
    hooks(bare_house, "import", path)
    exported = hooks(bare_house, "export", "benevoles")
    assert (exported.exit_code, exported.stdout_bytes) == (0, path.read_bytes())
    assert f"add:\naddress: {hook_in(bare_house).address}\n" in exported.stderr


def test_a_hook_that_does_not_load_comes_out_and_one_that_is_missing_does_not(
    bare_house: House, tmp_path: Path
) -> None:
    hooks(bare_house, "import", BENEVOLES_FILE)
    later = House(tmp_path, (), TALLY_SECRET="")
    assert hooks(later, "show", "benevoles").exit_code == 1
    assert hooks(later, "export", "benevoles").stdout_bytes == BYTES
    services = later.services
    with services.store.write() as tx:
        tx.execute(
            insert(tables.hook).values(id="x", name="nobody", address="gone1", owner="git", head=0, deleted_at=1)
        )
    nobody = hooks(later, "export", "nobody")
    assert (nobody.exit_code, nobody.stdout, "There is no hook nobody" in nobody.stderr) == (1, "", True)
    later.close()


ODD = (
    *("Métier ?", "Nom :", "@nom", "Oui", "no", "01000", "1e3", "~", "null", "- a", "#1", "{x}", "[y]", "a: b", "a #b"),
    *(
        "\"'",
        "'",
        "%",
        "!oui",
        "&a",
        "*b",
        "|",
        ">",
        "`c`",
        "? x",
        "=",
        "<<",
        "2026-11-22",
        "🗳",
        "e\u0301",
        "\x85a",
        "\t.",
    ),
)
TEXTS = (st.sampled_from(ODD) | st.text(min_size=1, max_size=12)).filter(str.strip)


@st.composite
def files(draw: st.DrawFn) -> str:
    """A hook file as somebody's YAML writer would write it: any style, any texts, quoted where that is needed."""
    rules: list[dict[str, Any]] = []
    for at in range(draw(st.integers(1, 4))):
        rule: dict[str, Any] = {"from": draw(TEXTS), "to": draw(st.sampled_from(["tags", "formdatas.A ?", "nothing"]))}
        if rule["to"] != "nothing" and draw(st.booleans()):
            said = draw(st.lists(TEXTS, min_size=1, max_size=3, unique_by=lambda text: folded(" ".join(text.split()))))
            rule |= {
                "values": {text: draw(TEXTS) for text in said},
                "otherwise": draw(st.sampled_from(["hold", "skip"])),
            }
        rules.append(rule if at else {"path": "a[?b=='c: d'] | [0]", "to": "mail"})
    proof = {"scheme": "tally-v1", "secret": draw(st.sampled_from(["$TALLY_SECRET", ["$TALLY_SECRET", "$OLD_SECRET"]]))}
    head = {
        "hook": "essai",
        "source": "tally",
        "proof": proof,
        "mode": "live",
        "only": {"answer": draw(TEXTS), "is": "x"},
    }
    style: dict[str, Any] = {
        "default_flow_style": draw(st.sampled_from([None, True, False])),
        "allow_unicode": draw(st.booleans()),
    }
    text: str = yaml.safe_dump(
        head | {"fields": rules}, sort_keys=False, width=draw(st.sampled_from([20, 80])), **style
    )
    return draw(st.sampled_from(["", "# à nous ?\n"])) + text + draw(st.sampled_from(["", "\n", "# fin"]))


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    folder = tmp_path_factory.mktemp("stores")
    made = (Store(f"sqlite:///{folder}/one.db"), Store(f"sqlite:///{folder}/other.db"))
    for store in made:
        store.upgrade()
    yield made
    for store in made:
        store.close()


def through(store: Store, text: str) -> tuple[str, Hook]:
    """What a store gives back of a file, and what it understood."""
    hooks = Hooks(SECRETS.get, ["default"])
    with store.write() as tx:
        understood = hooks.import_text(tx, text, pinned={1: 830}, now=NOW).hook
        exported = hooks.exported(tx, "essai")
    assert exported is not None
    return exported[0], replace(understood, id="", address="", revision=0)


@settings(max_examples=60)
@given(files())
def test_export_and_import_round_trip_between_stores(stores: tuple[Store, Store], text: str) -> None:
    first, understood = through(stores[0], text)
    second, again = through(stores[1], first)
    assert text == first == second
    assert understood == again
    assert [secret for secret in SECRETS.values() if secret in second] == []


COMMENTED = """\
# Le formulaire
hook: benevoles   # son nom
source: tally
proof: {scheme: tally-v1, secret: $TALLY_SECRET}   # de Tally
mode: live
contact: {address: keep}
fields:
  - {from: "hook: x", to: mail}   # le courriel
"""


@pytest.mark.parametrize("written", ["benevoles", "'benevoles'", '"benevoles"', ">-\n  benevoles", "|-\n  benevoles"])
@pytest.mark.parametrize("name", ["volontaires", "a: b", "01", "- x", "été # 2"])
def test_a_name_is_changed_in_place_and_all_else_stays(name: str, written: str) -> None:
    before = COMMENTED.replace("benevoles   # son nom", written)
    after = with_name(before, name)
    spelt = after.partition("hook: ")[2].partition("\nsource")[0]

    assert after == before.replace(written, spelt)
    assert read_yaml(after).plain == {**plain_of(before), "hook": name}


def test_the_comment_beside_a_name_stays_too() -> None:
    assert with_name(COMMENTED, "x") == COMMENTED.replace("benevoles   #", "x   #")


@pytest.mark.parametrize(
    "written",
    [
        "{scheme: tally-v1, secret: $TALLY_SECRET}",
        "{scheme: tally-v1, secret: [$TALLY_SECRET, $OLD]}",
        "\n  scheme: tally-v1\n  secret: $TALLY_SECRET",
        "\n  secret:\n    - $TALLY_SECRET\n    - $OLD\n  scheme: tally-v1",
    ],
)
@pytest.mark.parametrize(("new", "spelt"), [(("$A", "$B"), "[$A, $B]"), (("$A",), "$A")])
def test_secrets_are_changed_in_place(written: str, new: tuple[str, ...], spelt: str) -> None:
    before = COMMENTED.replace("{scheme: tally-v1, secret: $TALLY_SECRET}", written)
    after = with_secrets(before, new, {})

    assert (secrets_of(after), spelt in after) == (new, True)
    assert [line for line in COMMENTED.splitlines() if "#" in line and "proof" not in line] == [
        line for line in after.splitlines() if "#" in line and "proof" not in line and "Tally" not in line
    ]
    assert "# de Tally" in after


def test_last_days_come_change_in_place_and_go_again() -> None:
    first = with_secrets(COMMENTED, ["$A", "$B"], {"$B": "2026-12-31"})
    later = with_secrets(first + "# kept\n", ["$A", "$B"], {"$B": "2027-01-31"})

    assert (ends_of(COMMENTED), ends_of(first), ends_of(later)) == ({}, {"$B": "2026-12-31"}, {"$B": "2027-01-31"})
    assert later.endswith("# kept\n")
    assert plain_of(with_secrets(later, ["$A"], {})) == plain_of(with_secrets(COMMENTED, ["$A"], {}))


def test_what_has_no_secret_yet_is_written_anew() -> None:
    before = COMMENTED.replace(", secret: $TALLY_SECRET", "")

    assert (secrets_of(before), secrets_of(with_secrets(before, ["$A"], {}))) == ((), ("$A",))
    assert secrets_of(COMMENTED.replace("{scheme: tally-v1, secret: $TALLY_SECRET}", "none")) == ()


@given(TEXTS)
def test_any_name_is_read_again_as_it_was_written(name: str) -> None:
    assume(re.fullmatch(NAME, name))
    assert read_yaml(with_name(COMMENTED, name)).plain == {**plain_of(COMMENTED), "hook": name}
