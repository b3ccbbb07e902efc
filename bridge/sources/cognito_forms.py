"""Cognito Forms: an object by the names of the questions, among what Cognito says of form and entry
(docs/tools.md 5).
"""

from zoneinfo import ZoneInfo

from bridge.model import Json, Record, Submission
from bridge.sources.kit import Source, load, records, submission, table
from bridge.sources.kit.answers import members
from schemas.sources.cognito_forms import CognitoFormsSchema

_CALL = CognitoFormsSchema()
_NOT_ANSWERS = ("Id", "Form", "Entry", "$version", "$etag")
_FILE = {"File", "ContentType", "IsEncrypted"}
_MADE = """
FirstAndLast MiddleInitial CityStatePostalCode FullAddress FullInternationalAddress InternationalAddress StreetAddress
"""
"""Parts that Cognito puts together from the others, of a name and of an address."""


def read(record: Record, zone: ZoneInfo) -> Submission:
    """An edited entry comes again, under its id."""
    call = load(_CALL, record.body, "Cognito Forms", zone)
    at = call["entry"]["updated"] or call["entry"]["submitted"]
    said = {name: _own(value) for name, value in table(record.body).items()}
    return submission(record, at, members(said, hidden=_NOT_ANSWERS))


def _own(value: Json) -> Json:
    """What the person gave of it; of a file its address and its name."""
    if isinstance(value, list):
        return [_own(one) for one in value]
    if not isinstance(value, dict):
        return value
    if _FILE & value.keys():
        return {"url": value.get("File"), "name": value.get("Name")}
    return {name: part for name, part in value.items() if name not in _MADE.split()}


SOURCE = Source(
    title="Cognito Forms",
    split=records("Cognito Forms", _CALL, key="Id"),
    read=read,
    never_sends="a signature; labels as people see them: a question is its name without spaces",
    hides=("Entry.Origin", "Entry.AdminLink", "Entry.EditLink", "Entry.ViewLink", "Entry.PublicLink"),
)
