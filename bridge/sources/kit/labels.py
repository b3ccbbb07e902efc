"""Labels as people see them: authors write HTML into them, and for Typeform its own marks. The key stays as sent."""

import re
from html import unescape

_TAGS = """
a abbr b big br center cite code del div em font h1 h2 h3 h4 h5 h6 hr i img input ins label li mark ol p q s small
span strike strong sub sup svg tt u ul
"""
_BREAKING = "br|div|h[1-6]|hr|li|ol|p|ul"
_TAG = re.compile(rf"</?(?:{'|'.join(_TAGS.split())})(?:\s[^<>]*)?/?>", re.IGNORECASE)
"""Of HTML only: `Nom <prénom>` and `< 18 ans` are words."""

_BREAK = re.compile(rf"</?(?:{_BREAKING})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BOLD = re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*]+)(?<=[^\s*\\])\*(?![\w*])")
_ITALIC = re.compile(r"(?<![\w\\])_(?=[^\s_])([^_]+)(?<=[^\s_\\])_(?!\w)")
_ESCAPED = re.compile(r"\\([*_\\])")
_RECALL = re.compile(r"\{\{\s*(?:field|hidden|var|calc|calculated|variable)\s*:[^{}]*\}\}")


def seen(label: str) -> str:
    """Without the tags of HTML and with its entities read; as it was sent where nothing would be left."""
    if "<" not in label and "&" not in label:
        return label
    bare = _TAG.sub("", _BREAK.sub(" ", label))
    read = _ENTITY.sub(lambda found: unescape(found[0]), bare)
    return label if read == label else " ".join(read.split()) or label


def unmarked(label: str) -> str:
    """The same of Typeform's `*bold*` and `_italic_`. What somebody said elsewhere, `{{field:x}}`, differs from person
    to person: `…` stands for it, so that the question keeps one name."""
    bare = _ITALIC.sub(r"\1", _BOLD.sub(r"\1", _RECALL.sub("…", label)))
    return _ESCAPED.sub(r"\1", bare).strip() or label
