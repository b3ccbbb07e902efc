"""What people call the places in Qomon, and the list that they choose from, grouped as in Qomon."""

from collections.abc import Iterator, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from bridge.mapping.targets import MAPPED, NOTHING, form_target, forms_named, is_form
from bridge.operations.authoring.proposal import BOTH
from bridge.operations.authoring.suggest_forms import named
from bridge.qomon.catalogue import Catalogue, Form

Group = tuple[str, list[tuple[str, str]]]
WHOLE_NAME = "+".join(BOTH)

FIELDS: Mapping[str, LazyString] = {
    "firstname": lazy_gettext("First name"),
    "surname": lazy_gettext("Surname"),
    WHOLE_NAME: lazy_gettext("First name and surname in one"),
    "married_name": lazy_gettext("Married name"),
    "gender": lazy_gettext("Gender"),
    "birthdate": lazy_gettext("Birth date"),
    "birth_city": lazy_gettext("Town of birth"),
    "birth_country": lazy_gettext("Country of birth"),
    "birth_dept": lazy_gettext("Department of birth"),
    "nationality": lazy_gettext("Nationality"),
    "id": lazy_gettext("Number of the contact in Qomon"),
    "mail": lazy_gettext("Mail address"),
    "mobile": lazy_gettext("Mobile phone"),
    "phone": lazy_gettext("Landline"),
    "black_list": lazy_gettext("Do not contact"),
    "address.housenumber": lazy_gettext("House number"),
    "address.street": lazy_gettext("Street"),
    "address.addition": lazy_gettext("Address, second line"),
    "address.building": lazy_gettext("Building"),
    "address.floor": lazy_gettext("Floor"),
    "address.door": lazy_gettext("Door"),
    "address.infos": lazy_gettext("Address, remarks"),
    "address.postalcode": lazy_gettext("Postal code"),
    "address.city": lazy_gettext("Town"),
    "address.county": lazy_gettext("Department"),
    "address.state": lazy_gettext("Region"),
    "address.country": lazy_gettext("Country"),
    "address.pollingstation": lazy_gettext("Polling station"),
    "tags": lazy_gettext("Tags"),
    NOTHING: lazy_gettext("Do not send"),
}
_CONTACT = ("mail", "mobile", "phone", "id", "black_list")
_FORMS: tuple[tuple[str, LazyString], ...] = (
    ("consent", lazy_gettext("Consents")),
    ("level_of_support", lazy_gettext("Level of support")),
    ("custom_fields", lazy_gettext("Custom fields")),
    ("survey", lazy_gettext("Surveys")),
)
"""Categories of Qomon's forms; what is in no category of these stands with the surveys."""


def groups(catalogue: Catalogue | None) -> list[Group]:
    """Everything that a question may go to, but for "Do not send"."""
    address = [name for name in FIELDS if name.startswith("address.")]
    who = [name for name in FIELDS if name not in (*address, *_CONTACT, "tags", NOTHING)]
    made = [(_("Identity"), who), (_("Contact"), [*_CONTACT]), (_("Address"), address)]
    listed = [(title, [(name, str(FIELDS[name])) for name in names if _there(name)]) for title, names in made]
    if catalogue is not None:
        listed += _of_forms(catalogue)
    return [*listed, (str(FIELDS["tags"]), [("tags", _("A tag for each answer"))])]


def _there(name: str) -> bool:
    return name in MAPPED or name in ("id", WHOLE_NAME)


def _of_forms(catalogue: Catalogue) -> Iterator[Group]:
    known = {category for category, _title in _FORMS}
    for category, title in _FORMS:
        mine = [
            form
            for form in catalogue.forms.values()
            if form.category == category or (category == "survey" and form.category not in known)
        ]
        options = [(named(form, catalogue), _label(form, catalogue)) for form in mine if form_target(form) is not None]
        if options:
            yield str(title), sorted(options, key=lambda one: one[1].casefold())


def _label(form: Form, catalogue: Catalogue) -> str:
    alone = len(catalogue.labelled(form.array, form.label)) == 1 and form.label
    return form.label if alone else f"{form.label} ({form.id})"


def form_of(to: str | None, catalogue: Catalogue | None, form_id: int | None = None) -> Form | None:
    """The one form of Qomon that a rule means."""
    if to is None or catalogue is None or not is_form(to):
        return None
    found = forms_named(to, catalogue, form_id)
    return found[0] if len(found) == 1 else None


def option_of(to: str, catalogue: Catalogue | None, form_id: int | None = None) -> str:
    """As it stands in the list, however the file spells it."""
    form = form_of(to, catalogue, form_id)
    return named(form, catalogue) if form is not None and catalogue is not None else to


def called(to: str) -> str:
    """`custom_fields.Métier` is Métier for people."""
    return str(FIELDS[to]) if to in FIELDS else to.partition(".")[2] if is_form(to) else to
