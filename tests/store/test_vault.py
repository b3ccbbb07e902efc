"""The vault: what is sealed opens with the right key only; fingerprints tell equality and nothing else."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.store.vault import BrokenSeal, Vault, WrongKey, kept_key, open_vault
from tests.support.whole_bridge import House, sample

OLD, NEW = "an invented key, the old one, for tests", "an invented key, the new one, for tests"
VAULT = Vault([OLD], b"f" * 32)

jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(jsons)
def test_what_is_sealed_opens_as_it_was(value: Any) -> None:
    assert VAULT.unseal(VAULT.seal(value)) == value
    assert VAULT.unseal_text(VAULT.seal_text(value)) == value


def test_half_a_character_is_sealed_too() -> None:
    assert VAULT.unseal(VAULT.seal({"\ud800": "\udfff"})) == {"\ud800": "\udfff"}


def test_the_sealed_bytes_do_not_hold_the_value() -> None:
    assert b"hunter2" not in VAULT.seal("hunter2" * 20)


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert VAULT.seal("a") != VAULT.seal("a")


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(BrokenSeal):
        Vault([NEW], b"f" * 32).unseal(VAULT.seal("a"))


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_changed_bytes_do_not_open(place: int, flip: int) -> None:
    sealed = bytearray(VAULT.seal({"mail": "camille@example.org"}))
    sealed[place % len(sealed)] ^= flip

    with pytest.raises(BrokenSeal):
        VAULT.unseal(bytes(sealed))


@given(st.binary(max_size=40))
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    for begun in (b"", b"\x01"):
        with pytest.raises(BrokenSeal):
            VAULT.unseal(begun + sealed)


@given(st.text())
def test_a_text_that_was_never_sealed_does_not_open(text: str) -> None:
    sealed = VAULT.seal_text("a")
    for damaged in (text, sealed[:-1], f"é{sealed}"):
        with pytest.raises(BrokenSeal):
            VAULT.unseal_text(damaged)


def test_after_a_rotation_old_and_new_seals_open_and_new_ones_are_under_the_first_key() -> None:
    both = Vault([NEW, OLD], b"f" * 32)

    assert both.unseal(VAULT.seal("old")) == "old"
    assert Vault([NEW], b"f" * 32).unseal(both.seal("new")) == "new"


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_fingerprints_are_equal_exactly_when_all_parts_are(these: list[str], those: list[str]) -> None:
    assert (VAULT.fingerprint(*these) == VAULT.fingerprint(*those)) == (these == those)


def test_a_fingerprint_is_32_digits_and_depends_on_the_key_of_the_store() -> None:
    here, elsewhere = (Vault([OLD], key * 32).fingerprint("mail", "a@example.org") for key in (b"f", b"g"))

    assert len(here) == 32
    assert set(here) <= set("0123456789abcdef")
    assert here != elsewhere


def test_the_first_start_makes_a_canary_and_a_fingerprint_key() -> None:
    first, made = open_vault([OLD], {})
    again, more = open_vault([OLD], made)

    assert (sorted(made), more) == (["canary", "fingerprint"], {})
    assert again.fingerprint("mail", "a@example.org") == first.fingerprint("mail", "a@example.org")


def test_two_stores_have_different_fingerprint_keys() -> None:
    assert open_vault([OLD], {})[0].fingerprint("a") != open_vault([OLD], {})[0].fingerprint("a")


def test_a_new_first_key_reseals_both_rows_and_keeps_the_fingerprints() -> None:
    before, made = open_vault([OLD], {})
    _, resealed = open_vault([NEW, OLD], made)
    after, nothing = open_vault([NEW], resealed)

    assert (sorted(resealed), nothing) == (["canary", "fingerprint"], {})
    assert after.fingerprint("mail", "a@example.org") == before.fingerprint("mail", "a@example.org")


def test_the_wrong_key_refuses_to_start_and_says_what_to_do() -> None:
    _, made = open_vault([OLD], {})

    with pytest.raises(WrongKey, match="BRIDGE_KEY does not open this store"):
        open_vault([NEW], made)


@pytest.mark.parametrize("lost", ["canary", "fingerprint"])
def test_a_store_that_lost_one_of_its_rows_does_not_get_a_new_fingerprint_key(lost: str) -> None:
    _, made = open_vault([OLD], {})

    with pytest.raises(WrongKey):
        open_vault([OLD], {name: row for name, row in made.items() if name != lost})


def test_the_kept_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "bridge.key"
    first = kept_key(path, new=True)

    assert kept_key(path, new=True) == kept_key(path, new=False) == first
    assert len(first) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["bridge.key"]


@pytest.mark.parametrize("held", [None, b"", b" \n", b"half of a ke", b"\xff" * 40])
def test_a_key_that_is_lost_or_damaged_is_never_made_anew(tmp_path: Path, held: bytes | None) -> None:
    path = tmp_path / "bridge.key"
    if held is not None:
        path.write_bytes(held)

    with pytest.raises(WrongKey, match=r"The file bridge\.key beside the database is missing, empty or damaged\."):
        kept_key(path, new=False)
    assert (path.read_bytes() if path.exists() else None) == held


@pytest.mark.parametrize("loss", [Path.unlink, lambda path: path.write_bytes(b"")], ids=["gone", "empty"])
def test_a_store_whose_key_is_lost_does_not_start_and_opens_again_with_it(tmp_path: Path, loss: Any) -> None:
    path = tmp_path / "bridge.key"
    House(tmp_path).post(sample())
    key = path.read_bytes()
    loss(path)

    with pytest.raises(WrongKey, match="No new key is made"):
        _ = House(tmp_path).services.vault
    assert not path.exists() or path.read_bytes() == b""
    path.write_bytes(key)
    assert House(tmp_path).post(sample())["events"][0]["outcome"] == "duplicate"


def test_processes_that_race_for_the_key_get_the_same_one(tmp_path: Path) -> None:
    gate = threading.Barrier(8)

    def start(turn: int) -> str:
        gate.wait()
        return kept_key(tmp_path / str(turn // 8) / "bridge.key", new=True)

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(start, range(8 * 40)))

    assert len(keys) == 40
