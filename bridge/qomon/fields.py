"""Every field of a contact: how Qomon spells it, what kind it is, when two values are the same, what people call it.

One table, whatever its fields are asked for: reading and echoing (`contact`), comparing (`compare`), mapping, merging,
suggesting. The spellings are the request's (docs/qomon.md 2.2, 9 A4, 10). No forms: those are in the catalogue.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from schemas import normal

Kind: TypeAlias = Literal[
    "text", "postcode", "mail", "phone", "date", "bool", "number", "forms", "tags", "notes", "ids"
]
NormalForm: TypeAlias = Callable[[str, str], str]
"""Of a text, for a region."""

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Field:
    """`name`: as it is written. `older`: further spellings of a read. `mapped`: whether an answer may fill it.

    `own`: the `as` that only such a field takes. `who`: it says who somebody is; a contact has at least one of these.
    `called`: what forms in French and English ask for when they mean it, folded, without polite words, divided by |.
    """

    name: str
    kind: Kind = "text"
    older: tuple[str, ...] = ()
    mapped: bool = True
    own: str | None = None
    who: bool = False
    called: str = ""

    def asked_as(self, called: str) -> "Field":
        return replace(self, called=called)


SCALARS = (
    Field("firstname", own="split_name", who=True).asked_as(
        "prenom|prenoms|prenom usuel|prenom usage|first name|firstname|given name|given names|fname"
        "|first names|forename|prenom nom usuel|name first|prenom s"
    ),
    Field("surname", own="split_name", who=True).asked_as(
        "nom|nom famille|nomfamille|last name|lastname|surname|family name|lname|nom usage|patronyme"
        "|name last|second name|familyname|nom patronymique"
    ),
    Field("married_name", who=True).asked_as("nom epouse|nom marital|married name|nom mariage|nom jeune mariee"),
    Field("gender", own="gender").asked_as(
        "civilite|genre|sexe|gender|sex|salutation|titre civilite|title|titre|madame monsieur|mme m|m mme|pronom"
    ),
    Field("birthdate", "date").asked_as(
        "date naissance|naissance|ne|nee|ne nee|ne e|birth date|birthdate|date birth|dob|birthday"
        "|date anniversaire|anniversaire|jour naissance|date of birth|ne le|nee le|born|born on|datenaissance"
    ),
    Field("birth_city", older=("birthcity",)).asked_as(
        "ville naissance|lieu naissance|commune naissance|city birth|birth city|place birth|birthplace"
        "|birth place|ne a|town birth"
    ),
    Field("birth_country", older=("birthcountry",), own="country").asked_as(
        "pays naissance|country birth|birth country"
    ),
    Field("birth_dept", older=("birthdept",)).asked_as("departement naissance|dept naissance"),
    Field("nationality", own="country").asked_as("nationalite|nationality|citizenship|citoyennete"),
    Field("age_category", "number", mapped=False),
    Field("mail", "mail", who=True).asked_as(
        "mail|email|e mail|courriel|mel|adresse mail|adresse email|adresse e mail|adresse courriel"
        "|mail adresse|adresse electronique|adresse courrier electronique|courrier electronique|email address"
        "|mail address|e mail address|address email|address mail|adresse messagerie|boite mail|emailaddress"
    ),
    Field("mobile", "phone", who=True).asked_as(
        "mobile|portable|telephone portable|telephone mobile|tel portable|tel mobile|numero portable"
        "|numero mobile|numero telephone portable|numero telephone mobile|mobile phone|cell phone|cellphone"
        "|cell|gsm|mobile number|phone mobile|mobile phone number|cell phone number|cell number|n portable"
        "|num portable|tel port|portable numero|sms number|numero sms"
    ),
    Field("phone", "phone", who=True).asked_as(
        "telephone fixe|fixe|tel fixe|numero fixe|ligne fixe|numero telephone fixe|landline|home phone"
        "|landline number|home phone number|telephone domicile|phone landline"
    ),
    Field("mobile_invalid", "bool", mapped=False),
    Field("phone_invalid", "bool", mapped=False),
    Field("user_contact_id", "number", mapped=False),
)

ADDRESS = (
    Field("address.housenumber").asked_as("house number|housenumber|numero maison|street number"),
    Field("address.street").asked_as(
        "adresse|adresse postale|rue|street|street address|address|postal address|address line 1|address line"
        "|adresse 1|adresse ligne 1|voie|numero rue|numero voie|numero nom rue|rue numero|home address"
        "|adresse domicile|mailing address|address 1|address1|nom rue|street name|domicile|residence address"
        "|numero rue nom|numero et voie"
    ),
    Field("address.addition").asked_as(
        "complement adresse|complement|address line 2|adresse 2|adresse ligne 2|apt|apartment|suite|address 2"
        "|address2|adresse complement|appartement"
    ),
    Field("address.building").asked_as("batiment|building|immeuble|residence"),
    Field("address.building_type", mapped=False),
    Field("address.floor").asked_as("etage|floor"),
    Field("address.door").asked_as("porte|door|numero porte"),
    Field("address.infos"),
    Field("address.postalcode", "postcode").asked_as(
        "code postal|cp|codepostal|postal code|postcode|post code|zip|zip code|zipcode|postalcode"
        "|postal zip code|zip postal code|code postale|code postal commune|code postal residence"
    ),
    Field("address.city").asked_as(
        "ville|commune|city|town|localite|municipality|ville residence|commune residence|ville commune"
        "|city town|town city|commune ville|lieu residence|ville domicile|city residence"
    ),
    Field("address.county").asked_as("departement|county|dept|departement residence"),
    Field("address.state").asked_as("state|province|region|etat|state province|region administrative"),
    Field("address.country", own="country").asked_as("pays|country|pays residence|country residence"),
    Field("address.pollingstation"),
)

LISTS = (
    Field("formdatas", "forms", mapped=False),
    Field("custom_fields", "forms", older=("customfields",), mapped=False),
    Field("tags", "tags"),
    Field("notes", "notes", mapped=False),
    Field("action_ids", "ids", older=("actions_ids",), mapped=False),
)

FIELDS = (*SCALARS, Field("black_list", "bool"), *ADDRESS, *LISTS)

SPELLINGS: Mapping[str, tuple[str, ...]] = {field.name: (field.name, *field.older) for field in FIELDS}
ARRAYS = tuple(field.name for field in LISTS if field.kind == "forms")
NUMBERS = tuple(field.name for field in FIELDS if field.kind == "phone")


def plain(text: str, _region: str = "") -> str:
    """Of any other text, and of what an entry of a form holds: a moment in our spelling, else without stray spaces."""
    at = normal.in_ms(text) if text[4:5] == "-" and _ISO.match(text) else None
    return at or normal.cleaned(text)


_BY_KIND: Mapping[str, NormalForm] = {
    "mail": lambda text, _region: normal.mail(text) or normal.cleaned(text).casefold(),
    "phone": lambda text, region: normal.phone(text, region) or normal.cleaned(text),
    "postcode": lambda text, _region: re.sub(r"\s", "", normal.bare(text)).casefold(),
}
NORMAL_FORMS: Mapping[str, NormalForm] = {field.name: _BY_KIND.get(field.kind, plain) for field in FIELDS}
"""Two values with one normal form are the same."""
