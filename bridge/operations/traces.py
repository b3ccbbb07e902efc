"""Whether an address stands somewhere in what came, however the tool wrote it: for calls and submissions of which
nobody can say whom they are about. Pure.
"""

import base64
import binascii
import json
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import unquote_plus

import phonenumbers

from bridge.merge.addressed import Address

_BETWEEN = re.compile(r"[\s.()/\-]")
"""What people write between digits."""


def holds(text: str, addresses: Collection[Address]) -> bool:
    """`text` as `text_of` gives it. A number is told by its digits without the country: in doubt it is hers."""
    digits = _BETWEEN.sub("", text)
    for kind, address in addresses:
        if kind == "mail":
            if re.search(rf"(?<![\w.+%-]){re.escape(address)}(?![\w-]|\.\w)", text):
                return True
        elif str(phonenumbers.parse(address).national_number) in digits:
            return True
    return False


def text_of(sealed: Mapping[str, Any]) -> str:
    """All that came, of a call or of one record, in every way in which it may be written."""
    whole = json.dumps(sealed, ensure_ascii=False)
    parts = [whole, unquote_plus(whole)]
    for name in ("raw", "body"):  # a whole call is kept in Base64
        part = sealed.get(name)
        parts += _decoded(part) if isinstance(part, str) else []
    return "\n".join(parts).casefold()


def _decoded(part: str) -> list[str]:
    try:
        body = base64.b64decode(part, validate=True)
    except (binascii.Error, ValueError):
        return []
    texts = [body.decode(coding, errors="replace") for coding in ("utf-8", "utf-16")]
    return [*texts, unquote_plus(texts[0]), *_unescaped(texts[0])]


def _unescaped(text: str) -> list[str]:
    r"""As JSON has it: `\u0040` is an @."""
    try:
        return [json.dumps(json.loads(text), ensure_ascii=False)]
    except (ValueError, RecursionError):
        return []
