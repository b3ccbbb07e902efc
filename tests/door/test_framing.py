"""Where a call ends: what was cut off, or says two things of its length, is never an event (docs/door.md)."""

import pytest

from tests.support.gunicorn_server import BODY, HEAD, Wire, call


def chunked(body: bytes, size: int = 7) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def in_chunks(body: bytes, **headers: str) -> bytes:
    return call(body, **{"Transfer-Encoding": "chunked", **headers})


CUT = {
    "shorter than it said": call(b'{"mail": "c@example.org", "pr', **{"Content-Length": "58"}),
    "sound JSON, shorter than it said": call(b'{"mail": "c@example.org"}', **{"Content-Length": "58"}),
    "nothing of it": call(b"", **{"Content-Length": "58"}),
    "chunks without an end": in_chunks(chunked(BODY).removesuffix(b"0\r\n\r\n")),
    "a chunk that is cut": in_chunks(b"20\r\n" + BODY[:20]),
    "no size": in_chunks(b"\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a size that is no number": in_chunks(b"zz\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a negative size": in_chunks(b"-5\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a size with a prefix": in_chunks(b"0x%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"),
    "a size with a line under it": in_chunks(b"1_0\r\n" + BODY[:16] + b"\r\n0\r\n\r\n"),
    "a chunk longer than its size": in_chunks(b"5\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a line of size without an end": in_chunks(b"5" * 20_000),
    "a trailer that is none": in_chunks(chunked(BODY).removesuffix(b"\r\n") + b"no colon here\r\n\r\n"),
    "both lengths": in_chunks(chunked(BODY), **{"Content-Length": str(len(BODY))}),
    "a negative length": call(BODY, **{"Content-Length": "-5"}),
    "a length that is no number": call(BODY, **{"Content-Length": "12abc"}),
    "a length with a sign": call(BODY, **{"Content-Length": f"+{len(BODY)}"}),
    "two lengths": call(BODY, HEAD + "Content-Length: 5\r\n", **{"Content-Length": str(len(BODY))}),
    "two lengths in one": call(BODY, **{"Content-Length": f"{len(BODY)}, {len(BODY)}"}),
    "chunked twice": call(chunked(BODY), **{"Transfer-Encoding": "chunked, chunked"}),
    "a coding that is not the last": call(chunked(BODY), **{"Transfer-Encoding": "chunked, gzip"}),
}


@pytest.mark.parametrize("sent", CUT.values(), ids=CUT)
def test_what_has_no_certain_end_is_refused_and_no_event(wire: Wire, sent: bytes) -> None:
    before = wire.events

    status, _ = wire.say(sent, leave=True)

    assert (status, wire.events) == (400, before)


@pytest.mark.parametrize("body", [BODY, b"{}" + b" " * 100_000], ids=["small", "of several reads"])
def test_chunks_are_one_body(wire: Wire, body: bytes) -> None:
    status, said = wire.say(in_chunks(chunked(body, 1000)))

    assert (status, len(said["events"])) == (200, 1)


@pytest.mark.parametrize(
    "sent",
    [
        in_chunks(chunked(BODY + b" " * 2_000_000, 65_536)),
        in_chunks(b"%x\r\n" % 3_000_000 + BODY),
        call(BODY, **{"Content-Length": "2000001"}),
    ],
    ids=["chunks", "one chunk that says so", "length"],
)
def test_what_is_too_large_is_refused_never_cut(wire: Wire, sent: bytes) -> None:
    before = wire.events

    status, _ = wire.say(sent)

    assert (status, wire.events) == (413, before)


def test_two_calls_at_once_on_one_connection_are_two(wire: Wire) -> None:
    with wire.open() as one:
        one.sendall(call() + in_chunks(chunked(BODY)))
        came = b""
        while came.count(b'"delivery"') < 2 and (piece := one.recv(65536)):
            came += piece

    assert came.count(b'"delivery"') == 2


def test_a_caller_cannot_say_what_was_called(wire: Wire) -> None:
    """gunicorn alone would believe a proxy on this machine, whatever PROXIES says."""
    events = wire.events
    said = call(b'{"mail": "camille.exemple@example.org", "prenom": "Zo"}', HEAD + "SCRIPT_NAME: /hooks\r\n")
    assert (wire.say(said)[0], wire.events) == (200, events + 1)


def test_a_short_body_is_refused_under_any_server(wire: Wire) -> None:
    before = wire.events
    headers = {"X-Token": "an-invented-token", "Content-Length": "58"}
    environ = {"wsgi.input_terminated": True}

    answer = wire.house.door.post(
        "/hooks/essai234", data=BODY[:29], headers=headers, environ_overrides={**environ, "CONTENT_LENGTH": "58"}
    )

    assert (answer.status_code, wire.events) == (400, before)
