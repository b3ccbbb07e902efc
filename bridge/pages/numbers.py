"""Numbers that stand in an address or a form, where anybody can type anything: none is too large for the store."""

from flask import request

LARGEST = 2**63 - 1
"""That a column of the store takes, and no number of ours reaches."""
VERSION = 2**31 - 1
"""The same of a webhook's version."""
_DIGITS = len(str(LARGEST))


def number(said: str | None, most: int = LARGEST) -> int | None:
    """What is said in digits and nothing else, `most` where it is more; else None."""
    if not said or not said.isascii() or not said.isdigit():
        return None
    digits = said.lstrip("0")
    return most if len(digits) > _DIGITS else min(int(digits or "0"), most)


def asked(name: str) -> int | None:
    """The number of that name in the address."""
    return number(request.args.get(name))
