"""The vault: what is sealed opens with the right key only; fingerprints tell equality and nothing else."""

import json
import stat
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from bridge.store.vault import BrokenSeal, NewerSeal, Opened, Vault, WrongKey, kept_key, open_vault
from tests.support.whole_bridge import House, sample

OLD, NEW = "an invented key, the old one, for tests", "an invented key, the new one, for tests"
KEYS = [OLD, NEW, "an invented key, a third one, for tests"]
VAULT = Vault([OLD], b"f" * 32)

jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(jsons)
def test_what_is_sealed_opens_as_it_was(value: Any) -> None:
    assert VAULT.unseal(VAULT.seal(value)) == value
    assert VAULT.unseal_text(VAULT.seal_text(value)) == value


@pytest.mark.parametrize("odd", [{"\ud800": "\udfff"}, [2**64, -(2**63) - 1, 10**40], {1: "one"}])
def test_what_no_other_json_takes_is_sealed_too(odd: Any) -> None:
    assert VAULT.unseal(VAULT.seal(odd)) == ({"1": "one"} if odd == {1: "one"} else odd)


@given(jsons)
def test_the_version_before_reads_what_is_sealed_now(value: Any) -> None:
    _id, text = VAULT._seals.opened(VAULT.seal(value))  # noqa: SLF001

    assert json.loads(text.decode("utf-8", "surrogatepass")) == value


@given(jsons)
def test_what_the_version_before_sealed_opens(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")

    assert VAULT.unseal(VAULT._seals.put(text)) == value  # noqa: SLF001


def test_the_sealed_bytes_do_not_hold_the_value() -> None:
    assert b"hunter2" not in VAULT.seal("hunter2" * 20)


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert VAULT.seal("a") != VAULT.seal("a")


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(BrokenSeal):
        Vault([NEW], b"f" * 32).unseal(VAULT.seal("a"))


@given(place=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255), named=st.booleans())
def test_changed_bytes_do_not_open(place: int, flip: int, *, named: bool) -> None:
    both = Vault([OLD, NEW], b"f" * 32, named=named)
    sealed = bytearray(both.seal({"mail": "camille@example.org"}))
    sealed[place % len(sealed)] ^= flip

    with pytest.raises(BrokenSeal):
        both.unseal(bytes(sealed))


@given(st.binary(max_size=40))
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    for begun in (b"", b"\x01", b"\x02", b"\x02" + bytes.fromhex(VAULT.keys[0])):
        with pytest.raises(BrokenSeal):
            VAULT.unseal(begun + sealed)


@given(
    sealing=st.lists(st.sampled_from(KEYS), min_size=1, unique=True),
    opening=st.permutations(KEYS),
    named=st.booleans(),
    value=jsons,
)
def test_a_seal_opens_under_any_order_of_keys_that_has_its_own(
    sealing: list[str], opening: list[str], value: Any, *, named: bool
) -> None:
    sealed = Vault(sealing, b"f" * 32, named=named).seal(value)
    has, lacks = opening, [key for key in opening if key != sealing[0]]

    assert Vault(has, b"g" * 32).unseal(sealed) == value
    assert Vault(has, b"g" * 32).key_of(sealed) == Vault(sealing, b"f" * 32).keys[0]
    with pytest.raises(BrokenSeal):
        Vault(lacks, b"g" * 32).unseal(sealed)


def test_a_seal_names_its_key_in_the_clear_unless_it_is_for_the_version_before() -> None:
    before, now = Vault([OLD], b"f" * 32, named=False).seal("a"), VAULT.seal("a")

    assert (before[:1], now[:1], now[1:5].hex()) == (b"\x01", b"\x02", VAULT.keys[0])
    assert Vault([OLD], b"f" * 32).unseal(before) == "a"


def test_a_seal_under_a_key_that_is_not_there_says_which() -> None:
    with pytest.raises(BrokenSeal, match=VAULT.keys[0]):
        Vault([NEW], b"f" * 32).unseal(VAULT.seal("a"))


def test_who_opens_a_seal_that_names_its_key_names_it_too_from_then_on() -> None:
    running = Vault([OLD], b"f" * 32, named=False)
    before = running.seal("a")
    running.unseal(VAULT.seal("a"))

    assert (before[:1], running.seal("a")[:1]) == (b"\x01", b"\x02")


@pytest.mark.parametrize("begun", [b"\x03", b"\x1f"])
def test_a_seal_of_a_newer_version_says_so(begun: bytes) -> None:
    with pytest.raises(NewerSeal, match="newer version"):
        VAULT.unseal(begun + VAULT.seal("a")[1:])


@pytest.mark.parametrize("begun", [b"", b"\x00", b"\x20", b"\xff"])
def test_what_no_version_wrote_is_damaged(begun: bytes) -> None:
    with pytest.raises(BrokenSeal, match="damaged") as told:
        VAULT.unseal(begun)
    assert type(told.value) is BrokenSeal


@pytest.mark.parametrize("inside", [b"\x81\xa1a\x01", b"{", b"\xff"])
def test_an_authentic_seal_of_something_else_than_json_is_of_a_newer_version(inside: bytes) -> None:
    key = AESGCM(HKDF(SHA256(), 32, salt=None, info=b"qomon-bridge aes-gcm").derive(OLD.encode()))
    head = b"\x02" + bytes.fromhex(VAULT.keys[0])
    with pytest.raises(NewerSeal):
        VAULT.unseal(head + b"n" * 12 + key.encrypt(b"n" * 12, inside, head))


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


def started(keys: list[str], rows: Mapping[str, bytes]) -> tuple[Opened, dict[str, bytes]]:
    """What a start makes of the rows, and the rows after it."""
    opened = open_vault(keys, rows)
    return opened, {name: row for name, row in {**rows, **opened.renewed}.items() if row is not None}


def of_before(keys: list[str]) -> dict[str, bytes]:
    """The rows that the version before makes."""
    seals = Vault(keys, b"f" * 32, named=False)._seals  # noqa: SLF001
    return {"canary": seals.put(b"canary"), "fingerprint": seals.put(b"f" * 32)}


def key(key: str) -> str:
    return Vault([key], b"").keys[0]


def test_the_first_start_makes_a_canary_a_fingerprint_key_and_the_key_in_use() -> None:
    first, made = started([OLD], {})
    again, _rows = started([OLD], made)

    assert (sorted(made), again.renewed) == (["canary", "fingerprint", "format", f"key:{key(OLD)}"], {})
    assert again.vault.fingerprint("mail", "a@example.org") == first.vault.fingerprint("mail", "a@example.org")


def test_two_stores_have_different_fingerprint_keys() -> None:
    assert open_vault([OLD], {}).vault.fingerprint("a") != open_vault([OLD], {}).vault.fingerprint("a")


def test_a_new_store_names_keys_in_seals_and_one_of_before_does_not_until_it_is_told_to() -> None:
    new, rows = started([OLD], {})
    before, their = started([OLD], of_before([OLD]))
    told, _rows = started([OLD], {**their, "format": b"\x02"})

    assert [one.vault.seal("a")[:1] for one in (new, before, told)] == [b"\x02", b"\x01", b"\x02"]
    assert [row[:1] for row in (rows["canary"], their["canary"])] == [b"\x02", b"\x01"]


def test_a_new_first_key_is_in_use_from_then_on_and_the_fingerprints_stay() -> None:
    before, made = started([OLD], {})
    after, rows = started([NEW, OLD], made)

    assert list(after.renewed) == [f"key:{key(NEW)}"]
    assert after.vault.fingerprint("mail", "a@example.org") == before.vault.fingerprint("mail", "a@example.org")
    assert {name: rows[name] for name in made} == made


@pytest.mark.parametrize("keys", [[NEW], [OLD]])
def test_dropping_a_key_that_is_in_use_refuses_to_start_and_says_which(keys: list[str]) -> None:
    _, made = started([OLD], {})
    _, both = started([NEW, OLD], made)

    with pytest.raises(WrongKey, match=f"{key(NEW if keys == [OLD] else OLD)}.*behind the new one.*keys rotate"):
        open_vault(keys, both)


def test_what_a_store_of_before_was_given_is_all_in_use() -> None:
    opened, rows = started([NEW, OLD], of_before([NEW]))

    assert sorted(opened.renewed) == sorted([f"key:{key(NEW)}", f"key:{key(OLD)}"])
    with pytest.raises(WrongKey, match=key(OLD)):
        open_vault([NEW], rows)


def test_a_retired_key_may_go_once_it_was_looked_for_and_is_in_use_again_when_it_comes_first() -> None:
    _, made = started([OLD], {})
    _, both = started([NEW, OLD], made)
    seals = Vault([NEW], b"f" * 32)._seals  # noqa: SLF001
    resealed = {"canary": seals.put(b"canary"), "fingerprint": seals.put(b"f" * 32)}
    canary = both.pop(f"key:{key(OLD)}")
    retired = {**both, **resealed, f"retired:{key(OLD)}": canary}

    assert (open_vault([NEW, OLD], retired).renewed, open_vault([NEW, OLD], retired).dropped) == ({}, [])
    gone, rows = started([NEW], retired)
    assert (gone.dropped, gone.renewed) == ([key(OLD)], {f"retired:{key(OLD)}": None})
    assert started([NEW], rows)[0].dropped == []
    again, _rows = started([OLD, NEW], retired)
    assert (again.dropped, again.renewed[f"retired:{key(OLD)}"]) == ([], None)
    assert f"key:{key(OLD)}" in again.renewed


def test_the_wrong_key_refuses_to_start_and_says_what_to_do() -> None:
    for made in (started([OLD], {})[1], of_before([OLD])):
        with pytest.raises(WrongKey, match="BRIDGE_KEY does not open this store"):
            open_vault([NEW], made)


@pytest.mark.parametrize("lost", ["canary", "fingerprint"])
def test_a_store_that_lost_one_of_its_rows_does_not_get_a_new_fingerprint_key(lost: str) -> None:
    _, made = started([OLD], {})

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
