"""Hook files of the repository at a release: all or none, told with file and line, and over nobody's decision."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.changes import begin_draft
from tests.support.commands import done, hooks, run
from tests.support.json_hook import ESSAI, TOKEN, ZOES, send
from tests.support.whole_bridge import BENEVOLES, House

SHORTER = ESSAI.replace("  - {from: metier, to: custom_fields.Métier}\n", "")
FASTER = ESSAI.replace("wait: 0", "wait: 1s")


def placed(folder: Path, **texts: str) -> Path:
    """Hook files of these names, in the place of those there were."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, text in texts.items():
        folder.joinpath(f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return placed(tmp_path / "webhooks", essai=ESSAI, benevoles=BENEVOLES)


@pytest.fixture
def deployed(tmp_path: Path, folder: Path) -> Iterator[House]:
    """A store without a hook, and a folder of two."""
    house = House(tmp_path, (), JSON_TOKEN=TOKEN, HOOKS_FOLDER=str(folder))
    yield house
    house.close()


def listed(house: House) -> list[str]:
    return [f"{line.split()[0]} {line.split()[4]}" for line in hooks(house, "list").stdout.splitlines()]


def test_a_release_puts_each_file_in_service(deployed: House) -> None:
    said = done(run(deployed, "upgrade"))

    assert said == (
        "The store is up to date.\n"
        "benevoles: revision 1, live, https://bridge.example.org/hooks/k3f9x2m7\n"
        "essai: revision 1, live, https://bridge.example.org/hooks/essai234\n"
    )
    assert listed(deployed) == ["benevoles 1", "essai 1"]


def test_the_next_release_of_the_same_files_says_and_asks_nothing(deployed: House) -> None:
    run(deployed, "upgrade")
    deployed.sandbox.calls.clear()

    assert done(run(deployed, "upgrade")) == "The store is up to date.\n"
    assert deployed.sandbox.calls == []


def test_a_changed_file_is_a_new_version_made_by_the_release(deployed: House, folder: Path) -> None:
    run(deployed, "upgrade")
    placed(folder, essai=FASTER, benevoles=BENEVOLES)

    assert "essai: revision 2, live" in done(run(deployed, "upgrade"))
    assert listed(deployed) == ["benevoles 1", "essai 2"]
    assert "by HOOKS_FOLDER" in hooks(deployed, "show", "essai", "--versions").output


def test_a_file_that_goes_back_to_an_earlier_text_is_a_change_too(deployed: House, folder: Path) -> None:
    for text in (ESSAI, FASTER, ESSAI):
        placed(folder, essai=text)
        run(deployed, "upgrade")

    assert listed(deployed) == ["essai 3"]


def test_a_file_that_is_taken_away_leaves_its_hook_in_service(deployed: House, folder: Path) -> None:
    run(deployed, "upgrade")
    placed(folder, essai=ESSAI)
    run(deployed, "upgrade")

    assert listed(deployed) == ["benevoles 1", "essai 1"]


def test_every_fault_of_every_file_is_told_with_its_line_and_nothing_changes(deployed: House, folder: Path) -> None:
    placed(
        folder,
        a=ESSAI.replace("source: json", "source: jsonn").replace("to: surname", "to: surnom"),
        b=BENEVOLES.replace("$TALLY_SECRET", "$NOWHERE_SET"),
        c=FASTER.replace("essai", "autre"),
    )
    folder.joinpath("d.yml").write_bytes(b"hook: \xff")
    refused = run(deployed, "upgrade")

    assert refused.exit_code == 1
    assert f"{folder}/a.yaml: line 4: source: `jsonn` is not available yet" in refused.stderr
    assert f"{folder}/a.yaml: line 12: to: " in refused.stderr
    assert f"{folder}/b.yaml: line 6: secret: $NOWHERE_SET is not set" in refused.stderr
    assert f"{folder}/d.yml: this is not UTF-8 text" in refused.stderr
    assert listed(deployed) == []


def test_what_qomon_lacks_is_a_fault_of_a_release_with_file_and_line(deployed: House, folder: Path) -> None:
    placed(folder, essai=ESSAI.replace("custom_fields.Métier", "custom_fields.Metiers"), benevoles=BENEVOLES)
    refused = run(deployed, "upgrade")

    assert refused.exit_code == 1
    assert f"{folder}/essai.yaml: line 16: to: Qomon has no `custom_fields.Metiers`" in refused.stderr
    assert listed(deployed) == []


def test_an_address_of_another_hook_ends_it_whole(deployed: House, folder: Path) -> None:
    placed(folder, essai=ESSAI, zebra=ESSAI.replace("hook: essai", "hook: zebra"))
    refused = run(deployed, "upgrade")

    assert (refused.exit_code, "zebra.yaml: address: `essai234` belongs to the hook `essai`" in refused.stderr) == (
        1,
        True,
    )
    assert listed(deployed) == []


def test_two_files_about_one_hook_are_a_fault(deployed: House, folder: Path) -> None:
    placed(folder, essai=ESSAI, other=FASTER)

    assert f"{folder}/other.yaml: about the hook essai, as {folder}/essai.yaml is" in run(deployed, "upgrade").stderr


@pytest.mark.parametrize("texts", [None, {}], ids=["no folder", "an empty one"])
def test_a_folder_without_files_is_a_slip_that_is_told(deployed: House, folder: Path, texts: object) -> None:
    placed(folder)
    if texts is None:
        folder.rmdir()
    refused = run(deployed, "upgrade")

    assert (refused.exit_code, refused.stderr.startswith("Error: HOOKS_FOLDER: ")) == (1, True)


def test_a_file_that_is_too_large_is_not_cut(deployed: House, folder: Path) -> None:
    placed(folder, essai=ESSAI + "# " + "x" * 400_000)

    assert "larger than 400000 bytes" in run(deployed, "upgrade").stderr


def test_nothing_is_brought_while_qomon_cannot_be_read(tmp_path: Path, folder: Path) -> None:
    house = House(tmp_path, (), JSON_TOKEN=TOKEN, HOOKS_FOLDER=str(folder), QOMON_TOKEN="revoked")
    refused = run(house, "upgrade")

    assert (refused.exit_code, "Qomon’s fields could not be read, so no hook was changed" in refused.stderr) == (
        1,
        True,
    )
    assert listed(house) == []
    house.close()


def test_without_a_folder_a_release_only_upgrades(bare_house: House) -> None:
    assert done(run(bare_house, "upgrade")) == "The store is up to date.\n"


# what people decided here


def test_a_version_that_people_went_back_to_stays_until_the_file_changes(deployed: House, folder: Path) -> None:
    for text in (ESSAI, FASTER):
        placed(folder, essai=text)
        run(deployed, "upgrade")
    done(hooks(deployed, "publish", "essai", "--version", "1", "--why", "2 was wrong"))
    left = done(run(deployed, "upgrade"))

    assert "essai.yaml: left out: the file has not changed, and another version is in service here since" in left
    assert listed(deployed) == ["essai 3"]
    placed(folder, essai=ESSAI.replace("wait: 0", "wait: 2s"))
    assert "essai: revision 4" in done(run(deployed, "upgrade"))


def test_a_deleted_hook_stays_deleted(deployed: House) -> None:
    run(deployed, "upgrade")
    done(hooks(deployed, "delete", "essai", "--yes"))

    assert "essai.yaml: left out: the hook was deleted here" in done(run(deployed, "upgrade"))
    assert listed(deployed) == ["benevoles 1"]


@pytest.mark.parametrize("text", [ESSAI, FASTER], ids=["the same file", "a changed one"])
def test_a_renamed_hook_is_not_made_a_second_time(deployed: House, folder: Path, text: str) -> None:
    run(deployed, "upgrade")
    done(hooks(deployed, "rename", "essai", "nouveau", "--force"))
    placed(folder, essai=text, benevoles=BENEVOLES)

    assert "essai.yaml: left out: the hook is called nouveau here since" in done(run(deployed, "upgrade"))
    assert listed(deployed) == ["benevoles 1", "nouveau 2"]


def test_a_hook_that_is_kept_on_the_pages_is_left_to_them(deployed: House) -> None:
    deployed.import_hook(f"{ESSAI}owner: pages\n")

    assert "essai.yaml: left out: the hook is kept on the pages" in done(run(deployed, "upgrade"))
    assert listed(deployed) == ["benevoles 1", "essai 1"]


def test_somebodys_draft_is_not_gone_over(deployed: House, folder: Path) -> None:
    run(deployed, "upgrade")
    begin_draft(deployed, SHORTER)
    placed(folder, essai=FASTER)

    assert "essai.yaml: left out: there is a draft that somebody began" in done(run(deployed, "upgrade"))
    assert listed(deployed) == ["benevoles 1", "essai 1"]


def test_what_changes_while_qomons_fields_are_read_waits_for_the_next_release(deployed: House, folder: Path) -> None:
    deployed.import_hook(ESSAI)
    begin_draft(deployed, SHORTER)
    placed(folder, essai=FASTER, benevoles=BENEVOLES)

    @deployed.qomon.before_request
    def discarded() -> None:
        with deployed.services.store.write() as tx:
            deployed.services.hooks.discard(tx, "essai")

    assert "essai.yaml: left out: somebody changed the hook a moment ago" in done(run(deployed, "upgrade"))
    assert listed(deployed) == ["benevoles 1", "essai 1"]
    assert "essai: revision 2" in done(run(deployed, "upgrade"))


def test_a_file_that_would_lose_answers_waits_as_a_draft_and_the_release_goes_on(deployed: House, folder: Path) -> None:
    run(deployed, "upgrade")
    send(deployed, ZOES)
    deployed.drain()
    placed(folder, essai=SHORTER)

    assert "essai: kept as a draft, not in service" in done(run(deployed, "upgrade"))
    assert "essai.yaml: left out: it waits as a draft since an earlier release" in done(run(deployed, "upgrade"))
    assert listed(deployed) == ["benevoles 1", "essai 1"]


def test_a_file_put_right_takes_the_draft_of_the_release_away(deployed: House, folder: Path) -> None:
    run(deployed, "upgrade")
    send(deployed, ZOES)
    deployed.drain()
    for text in (SHORTER, FASTER):
        placed(folder, essai=text)
        run(deployed, "upgrade")

    assert listed(deployed) == ["benevoles 1", "essai 2"]
    assert "no draft" in hooks(deployed, "rehearse", "essai").stderr


# a look before


def test_a_look_says_what_would_change_and_changes_nothing(deployed: House, folder: Path) -> None:
    looks = [run(deployed, "upgrade", "--check") for _ in range(2)]
    files = [f"to do: {folder}/benevoles.yaml: benevoles, live", f"to do: {folder}/essai.yaml: essai, live"]

    for look in looks:
        assert (look.exit_code, look.stdout.splitlines()) == (1, ["The store is up to date.", *files])
    assert listed(deployed) == []
    run(deployed, "upgrade")
    assert done(run(deployed, "upgrade", "--check")) == "The store is up to date.\n"


def test_a_look_says_what_would_wait_as_a_draft(deployed: House, folder: Path) -> None:
    run(deployed, "upgrade")
    send(deployed, ZOES)
    deployed.drain()
    placed(folder, essai=SHORTER)
    look = run(deployed, "upgrade", "--check")

    assert (look.exit_code, look.stdout.splitlines()[1:]) == (
        1,
        [f"to do: {folder}/essai.yaml would wait as a draft: 1 answer would not be sent any more."],
    )
    assert "no draft" in hooks(deployed, "rehearse", "essai").stderr


def test_a_store_that_is_not_there_yet_is_made_before_the_files_come(tmp_path: Path, folder: Path) -> None:
    new = {"DATABASE_URL": f"sqlite:///{tmp_path}/new.db", "JSON_TOKEN": TOKEN, "HOOKS_FOLDER": str(folder)}
    house = House(tmp_path, (), **new)
    look = run(house, "upgrade", "--check")

    assert (look.exit_code, look.stdout.splitlines()[-1]) == (
        1,
        "Each hook file is right by itself; what it would change is seen once the store is up to date.",
    )
    assert not (tmp_path / "new.db").exists()
    assert "essai: revision 1, live" in done(run(house, "upgrade"))
    house.close()


@pytest.mark.usefixtures("both_stores")
def test_a_release_beside_a_bridge_that_serves_is_seen_by_it(tmp_path: Path, folder: Path) -> None:
    serving = House(tmp_path, (ESSAI,), JSON_TOKEN=TOKEN)
    placed(folder, essai=FASTER)
    releasing = House(tmp_path, (), JSON_TOKEN=TOKEN, HOOKS_FOLDER=str(folder))
    done(run(releasing, "upgrade"))
    with serving.services.store.read() as tx:
        seen = serving.services.hooks.by_address(tx, "essai234")

    assert (seen and seen.revision, seen and seen.text) == (2, FASTER)
