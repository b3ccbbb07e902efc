"""The closed lists of docs/report.md: no code is missing and there are no others."""

from collections.abc import Mapping

import pytest

from schemas import codes

DESIGN: Mapping[str, str] = {
    "OUTCOMES": "delivered created unchanged queued held ignored duplicate captured previewed skipped failed restored"
    " forgotten accepted",
    "QUEUED": "quota qomon_down key_refused paused behind catalogue backoff creating hook_broken",
    "IGNORED": "filter hook_deleted ping test deleted missing_contact",
    "HELD": "other_person several_contacts missing_contact no_identity unknown_choice unknown_field do_not_contact"
    " edited_since address_moved contact_gone maybe_created shape_unproved refused_by_qomon not_confirmed approval"
    " breaker unreadable thin_ping from_backup crash qomon_fault unopenable",
    "ANSWERS": "mapped unmapped not_sent empty invalid held older kept blocked",
    "CHANGES": "set changed added removed cleared unchanged",
    "CONFIRMED": "stored normalised dropped overwritten doubled rescued",
    "NOTES": "key_reused bad_value not_a_choice consent_conflict phone_flag_reset",
    "LEFT": "changed_since consent do_not_contact field_gone",
    "DEEDS": "released retried skipped decided corrected rechecked accepted refused_deleted looked_at_refused restored"
    " replayed job_stopped job_resumed forgotten exported looked_at made imported published discarded renamed copied"
    " hook_deleted secret_changed secret_shown paused resumed catalogue_forced keys_rotated probed"
    " setup signed_in login_locked staff_added staff_linked staff_removed role_changed password_changed"
    " second_factor_on second_factor_off account_renamed activity_exported submission_seen submissions_exported"
    " cause_noted alerts_chosen alert_muted alert_unmuted backup_told contact_page_learned",
}
"""As the design lists them; `accepted` is the caller's word. `null` is no code."""


@pytest.mark.parametrize("name", DESIGN)
def test_a_list_has_the_designs_codes_and_no_others(name: str) -> None:
    assert set(getattr(codes, name)) == set(DESIGN[name].split())


def test_there_is_no_other_list_of_codes() -> None:
    lists = {name for name, value in vars(codes).items() if name.isupper() and isinstance(value, Mapping)}

    assert lists == {*DESIGN}
