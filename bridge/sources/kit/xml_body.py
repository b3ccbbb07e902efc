"""A delivery's XML into plain JSON values, strictly and within bounds. It knows no tool.

Names lose their namespaces; an element that comes again becomes a list. Nothing is fetched, and nothing is expanded.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError
from flask_babel import gettext as _

from bridge.errors import Unreadable
from bridge.model import Json
from bridge.sources.kit.json_body import MAX_DEPTH, MAX_VALUES, named
from bridge.sources.kit.php_names import append

TYPE = "xsi:type"
"""The member that says what an object is; no name of an element holds a colon."""

_TEXT = "#text"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def parse_xml(body: bytes, hidden: Collection[str] = ()) -> Json:
    """`{root: content}` without the elements of the hidden names, wherever they are. xsi:nil is None, an empty element
    "". Unreadable tells the place, not the text."""
    tree = _Tree(frozenset(hidden))
    parser = DefusedXMLParser(target=tree, forbid_dtd=True)
    try:
        parser.feed(body)
        parser.close()
    except ParseError as fault:
        line, column = fault.position
        raise Unreadable(
            _("The body is not XML (line %(line)s, column %(column)s).", line=line, column=column)
        ) from None
    except DefusedXmlException:
        raise Unreadable(_("The XML has a DTD or entities of its own, which the bridge does not read.")) from None
    except (LookupError, ValueError):
        raise Unreadable(_("The XML declares an encoding that the bridge does not read. Send UTF-8.")) from None
    return tree.top.members


@dataclass(slots=True)
class _Node:
    """An element that is still open."""

    name: str
    attributes: Mapping[str, str]
    members: dict[str, Json] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def value(self) -> Json:
        text = "".join(self.texts)
        if not self.members:
            nil = self.attributes.get(f"{_XSI}nil", "").strip() in ("true", "1")
            return None if nil and not text.strip() else text
        kind = self.attributes.get(f"{_XSI}type")
        stray = {_TEXT: text.strip()} if text.strip() else {}
        return {**({TYPE: kind} if kind else {}), **self.members, **stray}


class _Tree:
    """What the parser tells, counted while it is read: a body that is too deep is never built."""

    def __init__(self, hidden: frozenset[str]) -> None:
        self.top = _Node("", {})
        self._open = [self.top]
        self._hidden = hidden
        self._seen = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._seen += 1 + len(attributes)
        if len(self._open) > MAX_DEPTH:
            raise Unreadable(_("The XML is nested deeper than %(most)s levels.", most=MAX_DEPTH))
        if self._seen > MAX_VALUES:
            raise Unreadable(_("The XML holds more than %(most)s elements and attributes.", most=MAX_VALUES))
        self._open.append(_Node(named(tag.rpartition("}")[2]), attributes))

    def data(self, text: str) -> None:
        self._open[-1].texts.append(text)

    def end(self, _tag: str) -> None:
        node = self._open.pop()
        if node.name not in self._hidden:
            append(self._open[-1].members, node.name, node.value())
