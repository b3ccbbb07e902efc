"""A payload that lies in a file becomes a delivery, for the commands that read, preview and send one."""

from collections.abc import Iterable

from bridge.model import Delivery


def delivery(body: bytes, headers: Iterable[str] = ()) -> Delivery:
    """`headers` are lines `Name: value`. Raises ValueError for a line without a colon."""
    return Delivery("POST", {"content-type": _content_type(body), **named(headers)}, body)


def named(headers: Iterable[str]) -> dict[str, str]:
    """Header lines by lower-case name. Raises ValueError."""
    pairs = [header.partition(":") for header in headers]
    if not all(colon and name.strip() for name, colon, _ in pairs):
        raise ValueError("write a header as 'Name: value'.")
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _content_type(body: bytes) -> str:
    """The content type that a body of this look would have, for a file that came without its headers."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"--"):
        boundary = start.splitlines()[0].removeprefix(b"--").decode("ascii", "replace").strip()
        return f'multipart/form-data; boundary="{boundary}"'
    return "application/json" if start[:1] in (b"{", b"[") else "application/x-www-form-urlencoded"
