"""A new webhook that listens: nothing it receives reaches Qomon before its mapping is published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bridge.hooks.registry import Hook, Hooks, new_address
from bridge.hooks.revisions import By
from bridge.hooks.yaml import as_yaml
from bridge.operations import audit, secrets
from bridge.proofs.scheme import STORED
from bridge.store.store import lock
from bridge.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Connected:
    """A webhook that was just made. `secret`: the one that was made with it, where its proof says `stored`."""

    hook: Hook
    secret: str | None


def connect(
    tx: Connection,
    hooks: Hooks,
    vault: Vault,
    name: str,
    source: str,
    proof: Mapping[str, Any],
    by: By,
    space: str = "default",
) -> Connected:
    """Its first version, in capture mode, at an address of its own. Raises Faults, also where the name is taken."""
    lock(tx, ["hooks"])
    hooks.free(tx, name)
    said = {"hook": name, "address": new_address(), "source": source, "proof": {**proof}}
    text = as_yaml({**said, "mode": "capture", "owner": "pages", **({} if space == "default" else {"space": space})})
    made = hooks.import_text(tx, text, pinned=None, now=by.at, who=by.who, why=by.why).hook
    audit.note(tx, vault, by, "made", made.id, name=name)
    secret = secrets.make(tx, hooks, vault, name, by).value if proof.get("secret") == STORED else None
    return Connected(made, secret)
