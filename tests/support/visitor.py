"""Somebody in front of the pages, without a browser: logs in, opens pages, sends the forms that stand in them."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from werkzeug.test import TestResponse

from bridge.hooks.revisions import By
from bridge.operations.staff import Account, Role, Staff
from tests.support.whole_bridge import House

PASSWORD = "quatre mots bien choisis"
HERE = {"Sec-Fetch-Site": "same-origin"}


def account_of(house: House, role: Role = "staff", mail: str = "") -> Account:
    """An account of that role, made if there is none."""
    staff = Staff(house.services.store, house.services.vault)
    address = mail or f"{role}@example.org"
    found = staff.by_mail(address)
    if found is not None:
        return found
    by = By(house.clock(), "Léa")
    _made, token = staff.add(address, {"viewer": "Vera", "staff": "Sam", "admin": "Léa"}[role], role, by)
    return staff.use_link(token, PASSWORD, by)


@dataclass
class Visitor:
    """`language`: what the browser says. The last answer is `answer`, its words are `text`."""

    house: House
    role: Role | None = "staff"
    language: str = "en"
    answer: TestResponse = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.house.app.test_client()
        if self.role is not None:
            account = account_of(self.house, self.role)
            self.get("/login")
            self.send("/login", _mail=account.mail, _password=PASSWORD)
            assert self.answer.status_code == 303, self.text

    def get(self, path: str, **headers: str) -> "Visitor":
        self.answer = self.client.get(path, headers={"Accept-Language": self.language, **headers})
        return self

    def json(self, path: str) -> Any:
        """The twin of a page."""
        self.get(path)
        assert self.answer.status_code == 200, self.answer.get_data(as_text=True)
        return self.answer.get_json()

    def send(self, path: str, *, token: str | None = None, here: bool = True, **fields: Any) -> "Visitor":
        """A form: with the token of this session, from one of our pages. A list is a field said several times."""
        said = {"csrf_token": self.token if token is None else token, **fields}
        headers = {"Accept-Language": self.language, **(HERE if here else {})}
        self.answer = self.client.post(path, data=said, headers=headers)
        return self

    def follow(self) -> "Visitor":
        return self.get(self.answer.headers["Location"])

    @property
    def token(self) -> str:
        """Of this session."""
        if not hasattr(self, "answer") or 'name="csrf_token"' not in self.answer.get_data(as_text=True):
            self.get("/")
            while self.status == 303:  # to the login, or to the first account
                self.follow()
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.answer.get_data(as_text=True))
        assert found is not None
        return html.unescape(found[1])

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def source(self) -> str:
        return self.answer.get_data(as_text=True)

    @property
    def text(self) -> str:
        """What a reader sees of the page: one space between words."""
        reader = _Words()
        reader.feed(self.source)
        return " ".join(" ".join(reader.said).split())

    @property
    def title(self) -> str:
        found = re.search(r"<title>(.*?)</title>", self.source, re.DOTALL)
        return html.unescape(found[1]).strip() if found else ""


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "head")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "head")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(data)
