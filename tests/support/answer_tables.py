"""What people say to a form, and what of it arrives: the tables behind the submissions of `tests/support/worlds.py`."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.oracle import phone
from tests.support.strategies import MAILS, PHONES, TAGS, TEXTS

REGION = "FR"
EMPTY: Sequence[Any] = (None, "", "  ", "\x00", (), ("",), {})

PLAIN: Mapping[str, str] = {
    **dict.fromkeys(("firstname", "surname", "married_name", "birth_city", "birth_country", "birth_dept"), "text"),
    **dict.fromkeys(("nationality", "address.street", "address.city", "address.country", "address.floor"), "text"),
    "address.housenumber": "text",
    "address.postalcode": "postcode",
    "mail": "mail",
    "phone": "phone",
    "mobile": "phone",
    "birthdate": "date",
}
SAID: Mapping[str, Sequence[Any]] = {
    "text": (*TEXTS, "Brest", "France", "Belgique", "rue  des tilleuls", "Nul\x00le", 12, True),
    "postcode": ("01000", "1000", 1000, "75011", "29200"),
    "mail": (*MAILS, "neuve@example.org", "pas un mail"),
    "phone": (*PHONES, "02 61 91 00 24", "06 trop court", "0639980188"),
    "date": ("1988-02-29", "1990-12-01", "1990-02-31", "avant-hier"),
    "numeric": ("7", 7, "12", "1 000", "sept"),
    "tags": (TAGS[:1], TAGS[1:], "bénévole", "Nouvelle", ("Nouvelle", "nouvelle")),
    "bool": ("oui", "non", True, False, "peut-être"),
}
"""What people answer, by what the rule wants: good, odd, and wrong."""

MEANS: Mapping[Any, str | None] = {
    12: "12",
    True: "true",
    1000: "1000",
    7: "7",
    "Nul\x00le": "Nulle",
    "N\u0303andu": "Ñandu",
    "1 000": "1000",
    **dict.fromkeys(("sept", "1990-02-31", "avant-hier", "pas un mail", "06 trop court", "peut-être")),
    **{day: f"{day}T00:00:00.000Z" for day in ("1988-02-29", "1990-12-01")},
    **{said: phone(said, REGION) for said in PHONES},
    **{said: phone(said, REGION) for said in ("02 61 91 00 24", "0639980188")},
}
"""What of SAID arrives otherwise than it was written; None for what is wrong."""
