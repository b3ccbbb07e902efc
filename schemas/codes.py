"""The closed lists of the report (docs/report.md), and of what people do (docs/commands.md): each code with its
sentence. Codes never change.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

Kind: TypeAlias = Literal["submitted", "subscribed", "unsubscribed", "mail_changed", "deleted", "ping", "test"]
"""What a tool says by an event."""
Op: TypeAlias = Literal["set", "fill", "add", "remove", "replace", "clear"]
"""What a rule does to its field."""

Sentences: TypeAlias = Mapping[str, LazyString]

OUTCOMES: Sentences = {
    "delivered": _("Written: the contact is up to date."),
    "created": _("New contact: nobody in Qomon had this address."),
    "unchanged": _("Nothing to change: Qomon already had all of it."),
    "queued": _("Waiting: received and safe."),
    "held": _("Held: it waits for your decision."),
    "ignored": _("Left aside: nothing was written."),
    "duplicate": _("Already received: it is handled once."),
    "captured": _("Kept: the webhook only listens, nothing was sent."),
    "previewed": _("Dry run: this is what would be written. Nothing was."),
    "skipped": _("Left out: somebody chose not to send it."),
    "failed": _("Given up after 7 days of tries; it waits for you."),
    "restored": _("Put back: the fields are as before."),
    "forgotten": _("Erased on request; only a fingerprint remains."),
    "accepted": _("Received and kept."),
}

QUEUED: Sentences = {
    "quota": _("Qomon limits how fast we may write."),
    "qomon_down": _("Qomon does not answer; nothing is lost."),
    "key_refused": _("Qomon refuses our key; all writing has stopped."),
    "paused": _("Writing is paused."),
    "behind": _("Another submission of this person comes first."),
    "catalogue": _("Qomon’s fields could not be read yet."),
    "backoff": _("The last try failed; the next one comes by itself."),
    "creating": _("Qomon was asked to create this person; what came of it does not show yet."),
    "hook_broken": _(
        "Its webhook does not load: something that it needs is not set. It crosses once that is put right."
    ),
}

IGNORED: Sentences = {
    "filter": _("The webhook’s filter leaves it out."),
    "hook_deleted": _("The webhook was deleted."),
    "ping": _("A call of the tool that holds no answers."),
    "test": _("A test of the tool."),
    "deleted": _("The tool says that an answer was deleted."),
    "missing_contact": _("Nobody found, and the webhook then leaves it out."),
}

HELD: Sentences = {
    "other_person": _("The address or number belongs to somebody with another first name in Qomon."),
    "several_contacts": _("Several contacts have this address or number."),
    "missing_contact": _("Nobody found, and this webhook does not create contacts."),
    "no_identity": _("No usable address, phone or number: we cannot know who this is."),
    "unknown_choice": _("A choice of the form is not in Qomon."),
    "unknown_field": _("A field of the mapping is not in Qomon any more."),
    "do_not_contact": _(
        "This person is marked Do not contact in Qomon and now says yes. The mark stays; only you can decide."
    ),
    "edited_since": _("Someone changed this contact in Qomon after the form was filled in."),
    "address_moved": _("The form’s address is not Qomon’s."),
    "contact_gone": _("The contact is no longer in Qomon (merged or deleted), and nobody else has this address."),
    "maybe_created": _("We asked Qomon to create this contact and got no answer. Look in Qomon before you create it."),
    "shape_unproved": _("What Qomon sent about this contact is incomplete; writing would risk erasing the rest."),
    "refused_by_qomon": _("Qomon refused what we sent."),
    "not_confirmed": _("Written, but Qomon does not show everything as we sent it."),
    "approval": _("One of the first ones: it waits for your yes."),
    "breaker": _("Stopped by itself: too many alike."),
    "unreadable": _("The tool sent something that we cannot read. Kept as it came."),
    "thin_ping": _(
        "This call only says that there is something new. Let the tool, Zapier, Make or n8n send the answers."
    ),
    "from_backup": _("Came back with a backup; it may be in Qomon already."),
    "crash": _("The bridge failed on this submission several times."),
    "qomon_fault": _("Qomon fails on this contact again and again."),
    "unopenable": _("What is stored of it cannot be opened: damaged, or written by a later version of the bridge."),
}

LATER = _("This version of the bridge does not know what became of it: damaged, or written by a later version.")
"""In the place of a code that is none of these."""

ANSWERS: Sentences = {
    "mapped": _("sent"),
    "unmapped": _("not sent: nobody decided"),
    "not_sent": _("not sent: decided so"),
    "empty": _("empty: what Qomon has stays"),
    "invalid": _("not sent: not readable as what it should be"),
    "held": _("held with the submission"),
    "older": _("not sent: older than what Qomon holds"),
    "kept": _("not sent: Qomon already has a value"),
    "blocked": _("not sent: the same person takes it back"),
}

CHANGES: Sentences = {
    "set": _("was blank, now filled"),
    "changed": _("changed"),
    "added": _("added to the list"),
    "removed": _("removed from the list"),
    "cleared": _("erased by your rule"),
    "unchanged": _("as before"),
}

CONFIRMED: Sentences = {
    "stored": _("confirmed by Qomon"),
    "normalised": _("stored by Qomon in its own spelling"),
    "dropped": _("dropped by Qomon"),
    "overwritten": _("changed since by someone"),
    "doubled": _("there twice in Qomon: look at it"),
    "rescued": _("changed by someone at that very moment: kept as they left it"),
}

LEFT: Sentences = {
    "changed_since": _("changed since: left as it is"),
    "consent": _("a consent is never given again, nor a refusal taken back"),
    "do_not_contact": _("Do not contact is never lifted"),
    "field_gone": _("this field is not in Qomon any more"),
}
"""Why a field is not put back."""

NOTES: Sentences = {
    "key_reused": _("The tool sent this number before, with other answers."),
    "bad_value": _("An answer is not what its field needs."),
    "not_a_choice": _("An answer is not among the choices."),
    "consent_conflict": _("The same form says yes and no; the withdrawal counts."),
    "phone_flag_reset": _("The number is new, so its mark as invalid is gone."),
}

DEEDS: Sentences = {
    "released": _("sent it after all"),
    "retried": _("had it tried again"),
    "skipped": _("left it out"),
    "decided": _("decided about it"),
    "corrected": _("corrected an answer"),
    "rechecked": _("had a refused call checked again"),
    "accepted": _("let a refused call in"),
    "refused_deleted": _("deleted refused calls"),
    "looked_at_refused": _("looked at refused calls"),
    "restored": _("put it back as it was before"),
    "replayed": _("sent it once more"),
    "job_stopped": _("stopped the batch"),
    "job_resumed": _("let the batch go on"),
    "forgotten": _("erased a person"),
    "exported": _("took a copy of a person’s data"),
    "looked_at": _("looked at a person"),
    "made": _("made the webhook"),
    "imported": _("imported the webhook’s file"),
    "published": _("published a version"),
    "discarded": _("threw the draft away"),
    "renamed": _("renamed the webhook"),
    "copied": _("copied the webhook"),
    "hook_deleted": _("deleted the webhook"),
    "secret_changed": _("changed the webhook’s secrets"),
    "secret_shown": _("looked at a new secret of the webhook"),
    "paused": _("paused writing"),
    "resumed": _("let writing go on"),
    "catalogue_forced": _("adopted Qomon’s fields though many were gone"),
    "keys_rotated": _("sealed everything anew"),
    "probed": _("tried what Qomon leaves out of a read"),
    "setup": _("made the first account"),
    "signed_in": _("logged in"),
    "login_locked": _("typed too many wrong passwords: logging in pauses"),
    "staff_added": _("added somebody who may open the pages"),
    "staff_linked": _("made somebody a new link"),
    "staff_removed": _("removed somebody’s account"),
    "role_changed": _("changed what somebody may do"),
    "password_changed": _("set a new password"),
    "second_factor_on": _("switched the second factor on"),
    "second_factor_off": _("switched the second factor off"),
    "account_renamed": _("changed the name that others see"),
    "activity_exported": _("took a list of the activity log"),
    "submission_seen": _("looked at a submission"),
    "submissions_exported": _("took a list of submissions"),
    "cause_noted": _("noted something at a cause in To do"),
    "alerts_chosen": _("chose what alerts say, and when"),
    "alert_muted": _("muted an alert for a while"),
    "alert_unmuted": _("let an alert be told of again"),
    "backup_told": _("said that there is a backup elsewhere"),
    "contact_page_learned": _("said where a contact’s page is in Qomon"),
}
"""What people do, as the audit keeps it."""
