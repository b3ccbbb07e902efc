"""Over TLS only the host whose certificate a known authority signed hears the token (docs/qomon.md 1)."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bridge.qomon.client import Qomon
from bridge.qomon.pace import Pace
from bridge.qomon.reply import Lost, Reply

TOKEN = "an-invented-token"


def certificate(folder: Path) -> Path:
    """For localhost, signed by itself; with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    signed = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    kept = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "localhost.pem"
    path.write_bytes(signed + key.private_bytes(*kept))
    return path


class Server:
    """Answers each call, and keeps what it was told."""

    def __init__(self, listening: socket.socket, context: ssl.SSLContext) -> None:
        self.heard = b""
        self.port = int(listening.getsockname()[1])
        self._listening, self._context = listening, context
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                with suppress(OSError), self._context.wrap_socket(caller, server_side=True) as told:
                    self.heard += told.recv(65536)
                    told.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture
def server(pem: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Server(listening, context)


def asked(server: Server, host: str) -> Reply | Lost:
    now = datetime.now(UTC)
    qomon = Qomon(f"https://{host}:{server.port}", TOKEN, Pace(), now=lambda: now, clock=monotonic)
    return qomon.call("GET", "/contacts/7", 1)


def test_who_signed_itself_hears_nothing(server: Server) -> None:
    assert asked(server, "localhost") is Lost.CUT
    assert server.heard == b""


def test_whom_an_authority_knows_is_asked(server: Server, pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch, pem)

    assert isinstance(asked(server, "localhost"), Reply)
    assert TOKEN.encode() in server.heard


def test_a_certificate_for_another_host_is_none(server: Server, pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch, pem)

    assert asked(server, "127.0.0.1") is Lost.CUT
    assert server.heard == b""


def trust(monkeypatch: pytest.MonkeyPatch, pem: Path) -> None:
    """As if an authority had signed it."""
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(pem))
