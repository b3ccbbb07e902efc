"""What stands between a draft and its publishing: is every question decided, is anything lost, what is kept beside it.

It reads the store and decides; commands and pages ask people.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bridge.hooks.check import check, pin
from bridge.hooks.registry import Hook
from bridge.hooks.revisions import Known
from bridge.mapping.compile import compile_hook
from bridge.model import Question
from bridge.operations.authoring import drift, samples
from bridge.operations.authoring.questions import as_asked, meant
from bridge.operations.authoring.rehearsal import Rehearsal, Version, rehearse
from bridge.operations.authoring.samples import LAST, Sample, questions_of
from bridge.qomon.catalogue import Catalogue
from bridge.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Publisher:
    """Works in the caller's transaction, on one moment of Qomon's forms."""

    vault: Vault

    def past(self, tx: Connection, hook: Hook, most: int = LAST) -> list[Sample]:
        """The newest submissions that the store still holds, read as this hook reads them."""
        return samples.last(tx, self.vault, hook, most)

    def known(self, hook: Hook, catalogue: Catalogue | None, past: Sequence[Sample]) -> Known:
        """What is kept beside a revision that says this. What its rules follow already, they go on to follow."""
        questions = questions_of(past)
        sources = {rule.number: rule.source for rule in hook.rules if rule.source is not None}
        forms = {rule.number: rule.form_id for rule in hook.rules if rule.form_id is not None}
        keys = {rule.number: rule.key for rule in hook.rules if rule.key is not None}
        return Known(
            {**(pin(hook, catalogue) if catalogue is not None else {}), **forms},
            {**meant(questions, sources), **keys},
            self.vault.seal(drift.as_plain(questions)) if questions else None,
            json.dumps(drift.named_forms(hook, catalogue)) if catalogue is not None else None,
        )

    def rehearsed(self, old: Hook, new: Hook, catalogue: Catalogue, past: Sequence[Sample]) -> Rehearsal:
        """Both over the same submissions; the newer one follows what it would follow once published."""
        keys = self.known(new, catalogue, past)
        rules = tuple(
            replace(rule, form_id=keys.forms.get(rule.number), key=keys.keys.get(rule.number)) for rule in new.rules
        )
        hooks = (old, replace(new, rules=rules))
        before, after = (Version(hook, compile_hook(hook, catalogue, hook.region)) for hook in hooks)
        return rehearse(before, after, ((one.event, one.submission) for one in past))


def undecided(hook: Hook, questions: Sequence[Question]) -> list[Question]:
    """Those that no rule names, be it to send nothing."""
    asked = as_asked(questions)
    named = {at for rule in hook.rules for at, _ in asked.of(rule.source, None, rule.key)}
    return [question for at, question in enumerate(questions) if at not in named]


def faults(hook: Hook, catalogue: Catalogue, questions: Sequence[Question]) -> list[str]:
    """What would hold its submissions, as far as Qomon's forms and the form's choices tell."""
    return [*check(hook, catalogue), *drift.consent_gaps(hook, questions, catalogue)]
