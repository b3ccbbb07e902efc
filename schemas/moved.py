"""What `flask hooks check` tells of what moved around a hook: each code with its sentence.

The parts in braces are those of a fact (`bridge.operations.authoring.drift.Moved`).
"""

from collections.abc import Callable, Mapping

from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

MOVED: Mapping[str, LazyString] = {
    "question_renamed": _("‘{subject}’ is now called ‘{detail}’ (same id): followed by rule {rules}."),
    "question_lost": _(
        "‘{subject}’ is now called ‘{detail}’: rule {rules} finds it no more. Write the new name there."
    ),
    "question_type": _("‘{subject}’ has another type: {detail} (rule {rules})."),
    "label_twice": _(
        "Two questions are called ‘{subject}’, so rule {rules} reads neither. Write the key of the one that is meant."
    ),
    "choice_new": _("‘{subject}’ has a choice that rule {rules} does not know: ‘{detail}’."),
    "choice_unknown": _(
        "‘{subject}’ offers ‘{detail}’, which is no choice in Qomon: add it to the table (values) of rule {rules}."
    ),
    "choice_left": _("‘{subject}’ does not offer ‘{detail}’ any more (rule {rules})."),
    "form_gone": _("Qomon: the field {subject} is gone; rule {rules} writes it. What answers it will be held."),
    "form_renamed": _("Qomon: the field {subject} is now called {detail}; rule {rules} still writes it."),
    "form_type": _("Qomon: the field {subject} has another type: {detail} (rule {rules})."),
    "choice_gone": _("Qomon: the choice ‘{detail}’ of {subject} is gone (rule {rules}). What answers it will be held."),
    "choice_renamed": _("Qomon: a choice of {subject} is called otherwise: {detail} (rule {rules})."),
    "held_share": _("Of the last {count} submissions {subject} are held; {detail} before."),
    "created_share": _("Of the last {count} submissions {subject} create a contact; {detail} before."),
    "silence": _("Nothing since {since}, where about {detail} a day are usual. Is the webhook still on?"),
}

COUNTED: Mapping[str, Callable[[int], str]] = {
    "question_new": lambda count: ngettext(
        "New question ‘{subject}’: {count} answer since {since}, not sent. Map it, or write to: nothing.",
        "New question ‘{subject}’: {count} answers since {since}, not sent. Map it, or write to: nothing.",
        count,
    ),
    "question_open": lambda count: ngettext(
        "Question ‘{subject}’ is not decided: {count} answer since {since}, not sent. Map it, or write to: nothing.",
        "Question ‘{subject}’ is not decided: {count} answers since {since}, not sent. Map it, or write to: nothing.",
        count,
    ),
    "question_gone": lambda count: ngettext(
        "Rule {rules} matches nothing: ‘{subject}’ was not asked in the last submission.",
        "Rule {rules} matches nothing: ‘{subject}’ was not asked in the last {count} submissions.",
        count,
    ),
}
"""Those that say otherwise where it is one."""
