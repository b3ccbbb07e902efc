"""What a try on a test contact showed, in sentences: one for each thing that Qomon may do, and why something was not
tried. What docs/qomon.md says is told in the same sentences.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from bridge.qomon.facts import BY_KEY

_SAID: Mapping[str, Mapping[str, LazyString]] = {
    "round_trip": {
        "same": _("A contact that is written as it was read stays the same."),
        "changed": _("A contact that is written as it was read does not stay the same."),
    },
    "missing_entry": {
        "deleted": _("An answer that is not sent is deleted."),
        "kept": _("An answer that is not sent stays."),
    },
    "entry_ids": {
        "new": _("Each write gives answers new numbers."),
        "kept": _("Answers keep their numbers."),
    },
    "other_fields": {
        "kept": _("Married name and nationality are kept as they are sent."),
        "respelled": _("Married name or nationality is spelt anew."),
        "changed": _("Married name or nationality becomes something else."),
        "lost": _("Married name or nationality is not kept."),
        "refused": _("Married name or nationality is refused."),
    },
    "age_category": {
        "kept": _("The age category is kept as it is sent."),
        "respelled": _("The age category is spelt anew."),
        "changed": _("The age category becomes another: Qomon makes its own."),
        "lost": _("The age category is not kept."),
        "refused": _("The age category is refused."),
    },
    "echo": {
        "whole": _("The answer to a write shows the whole contact."),
        "partial": _("The answer to a write shows less than the whole contact."),
    },
    "lastchange": {
        "moved": _("A write moves “lastchange”."),
        "still": _("A write does not move “lastchange”."),
    },
    "updated_at": {
        "moved": _("A write moves “UpdatedAt”."),
        "still": _("A write does not move “UpdatedAt”."),
    },
    "by_reading": {
        "still": _("Reading a contact moves neither “lastchange” nor “UpdatedAt”."),
        "moved": _("Between two reads “lastchange” or “UpdatedAt” moved by itself."),
    },
    "coordinates": {
        "kept": _("A write keeps the place on the map."),
        "lost": _("A write changes or loses the place on the map."),
    },
    "birthdate": {
        "kept": _("A birth date comes back as it was sent."),
        "respelled": _("A birth date comes back spelt in another way."),
        "changed": _("A birth date comes back as another day."),
        "lost": _("A birth date is not kept."),
        "refused": _("A birth date is refused."),
    },
    "date_answer": {
        "kept": _("An answer that is a date comes back as it was sent."),
        "respelled": _("An answer that is a date comes back spelt in another way."),
        "changed": _("An answer that is a date comes back as another one."),
    },
    "entry_date": {
        "kept": _("Qomon keeps when an answer was given, to the millisecond."),
        "changed": _("Qomon changes when an answer was given."),
        "lost": _("Qomon forgets when an answer was given."),
    },
    "surname": {
        "kept": _("A surname is kept as it is written."),
        "respelled": _("A surname is written anew: capitals, spaces or accents."),
        "changed": _("A surname becomes another one."),
        "lost": _("A surname is not kept."),
        "refused": _("A surname is refused."),
    },
    "mobile": {
        "kept": _("A mobile number is kept as it is written."),
        "respelled": _("A mobile number is written anew, and is still the same."),
        "changed": _("A mobile number becomes another one."),
        "lost": _("A mobile number is not kept."),
        "refused": _("A mobile number is refused."),
    },
    "phone": {
        "kept": _("A landline number is kept as it is written."),
        "respelled": _("A landline number is written anew, and is still the same."),
        "changed": _("A landline number becomes another one."),
        "lost": _("A landline number is not kept."),
        "refused": _("A landline number is refused."),
    },
    "black_list": {"cleared": _("A “Do not contact” that is not sent is lifted, so it is always sent.")},
    "consent_date": {
        "kept": _("Qomon keeps the consent’s date."),
        "changed": _("Qomon changes the consent’s date."),
        "lost": _("Qomon forgets the consent’s date."),
    },
    "consent_author": {
        "lost": _("Qomon forgets who recorded a consent."),
        "kept": _("Qomon remembers who recorded a consent."),
    },
    "tags": {
        "kept": _("A new tag is kept."),
        "respelled": _("A new tag is written anew: capitals, spaces or accents."),
        "changed": _("A new tag is kept only in part."),
        "lost": _("A new tag is not kept."),
        "refused": _("A new tag is refused."),
    },
    "free_input": {
        "replaced": _("Another text takes the place of the one that was there."),
        "beside": _("Another text stays beside the one that was there."),
        "lost": _("Another text is not kept."),
    },
    "checkbox": {
        "replaced": _("Of a checkbox only the choices that are sent stay."),
        "beside": _("Of a checkbox the choices that were there stay beside those that are sent."),
        "lost": _("Of a checkbox the choices that are sent are not kept."),
    },
    "radio": {
        "replaced": _("Another single choice takes the place of the one that was there."),
        "beside": _("Another single choice stays beside the one that was there."),
        "lost": _("Another single choice is not kept."),
    },
    "sent_again": {
        "once": _("An answer that is sent again is there once."),
        "twice": _("An answer that is sent again is there twice."),
        "lost": _("An answer that is sent again is lost."),
    },
    "custom_list": {
        "own": _("Custom fields have a list of their own."),
        "formdatas": _("Custom fields are shown among the other answers."),
        "lost": _("Custom fields that are sent in their own list are not kept."),
    },
    "empty_lists": {
        "shown": _("A list with nothing in it is shown."),
        "omitted": _("A list with nothing in it is left out of what Qomon shows."),
        "hidden": _("A list is never shown, so that what is in it is not known."),
    },
    "absent_field": {
        "cleared": _("A field that is not sent is emptied."),
        "kept": _("A field that is not sent stays."),
    },
    "birth_place": {
        "newer": _("City, country and department of birth are taken as “birth_city” and the like."),
        "older": _("City, country and department of birth are taken as “birthcity” and the like only."),
        "lost": _("City, country or department of birth is not kept, however it is spelt."),
    },
    "birth_place_read": {
        "newer": _("City, country and department of birth are shown as “birth_city” and the like."),
        "older": _("City, country and department of birth are shown as “birthcity” and the like."),
    },
    "actions": {
        "kept": _("A write keeps the contact’s actions."),
        "lost": _("A write loses the contact’s actions."),
    },
    "gender": {
        "kept": _("The gender is kept."),
        "respelled": _("The gender is spelt anew."),
        "changed": _("The gender becomes another one."),
        "lost": _("The gender is not kept."),
        "refused": _("The gender is refused."),
    },
    "strange_form": {
        "refused": _("An answer to a form that does not exist is refused."),
        "ignored": _("An answer to a form that does not exist is left out, and the rest is written."),
        "dropped": _("An answer to a form that does not exist drops all of the write, without a word."),
        "stored": _("An answer to a form that does not exist is kept."),
    },
    "notes": {
        "kept": _("A note is kept."),
        "lost": _("A note is not kept."),
        "refused": _("A note is refused."),
    },
    "upsert_id": {"dropped": _("An upsert of a number that nobody has is dropped.")},
    "strange_key": {
        "ignored": _("A key that Qomon does not know is ignored."),
        "refused": _("A key that Qomon does not know is refused."),
        "stored": _("A key that Qomon does not know is kept."),
    },
    "external_id": {
        "kept": _("A write keeps the number of another tool (“external_id”)."),
        "lost": _("A write loses the number of another tool (“external_id”)."),
    },
    "nationbuilder_id": {
        "kept": _("A write keeps the number of NationBuilder."),
        "lost": _("A write loses the number of NationBuilder."),
    },
    "membership": {
        "kept": _("A write keeps the membership."),
        "lost": _("A write loses the membership."),
    },
    "address": {
        "kept": _("An address comes back as it was sent, zeros included."),
        "respelled": _("An address comes back spelt in another way."),
        "changed": _("A part of an address comes back as another one."),
        "lost": _("A part of an address is not kept."),
        "refused": _("An address is refused."),
    },
    "deleted_entries": {
        "shown": _("Deleted answers are shown, marked as deleted."),
        "hidden": _("Deleted answers are not shown."),
    },
    "vanished": {"gone": _("A contact that was merged into another answers 404.")},
    "lost_updates": {"possible": _("What two write at once, the last one decides.")},
    "key": {"refused": _("A wrong key is refused with 401 or 403.")},
    "answer": {"contact": _("A write answers with the contact, under its number.")},
    "cost": {
        "five": _("A write costs 5 tokens."),
        "other": _("A write costs another number of tokens than 5."),
    },
    "presences": {"name_presences": _("An upsert takes presences as “name_presences”.")},
}
_DATE_ONLY = _("In your space Qomon keeps the consent’s date but forgets who recorded it.")
_WHY: Mapping[str, LazyString] = {
    "unsafe": _("nothing here lifts a “Do not contact”"),
    "other_call": _("the bridge does not use that call"),
    "erases": _("it would take a contact away"),
    "two_writers": _("it takes two who write at once"),
    "wrong_key": _("it takes a wrong key"),
    "refused": _("Qomon did not take what that needs"),
    "no_form": _("Qomon has no field of that sort that the contact holds nothing of"),
    "not_shown": _("Qomon does not show it"),
    "not_deleted": _("nothing was deleted"),
    "no_action": _("the contact has no action"),
    "no_place": _("the contact has no place on the map"),
    "no_consent": _("the contact has no consent: record one by hand in Qomon, and try again"),
    "no_author": _("Qomon does not show who recorded it"),
    "no_empty_list": _("no list of the contact is empty"),
    "blank": _("the contact has none"),
    "unreadable": _("what Qomon shows has a shape that is not known"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """`differs`: from what docs/qomon.md says."""

    fact: str
    code: str
    differs: bool
    sentence: str


def told(key: str, code: str) -> str | None:
    """None for what another version of the bridge noted."""
    sentence = _SAID.get(key, {}).get(code)
    return None if sentence is None else str(sentence)


def why_not(code: str) -> str:
    return str(_WHY[code])


def in_words(seen: Mapping[str, str]) -> list[Told]:
    """What is known of a space, first what is not as documented. Of a consent in one sentence, because one half alone
    misleads."""
    pair = {name: seen.get(name) for name in ("consent_date", "consent_author")}
    both = pair == {"consent_date": "kept", "consent_author": "lost"}
    found = [Told("consent", "date_only", differs=False, sentence=str(_DATE_ONLY))] if both else []
    for key, code in seen.items():
        sentence = None if both and key in pair else told(key, code)
        if sentence is not None:
            differs = key in BY_KEY and code not in BY_KEY[key].documented
            found.append(Told(key, code, differs=differs, sentence=sentence))
    return sorted(found, key=lambda one: not one.differs)
