"""Certificates are checked against the name, whatever address is connected to."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers.endpoint.faulty_server import (
    FaultyServer,
    waits_for,
)
from tests.workers.endpoint.network.guarded import ask, resolving
from workers.backends.endpoint.guarded_network import (
    Answered,
    NetworkFaultError,
    Patience,
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for gpu.internal that signed itself, with its key in the same file."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=gpu.internal",
         "-addext", "subjectAltName=DNS:gpu.internal", "-keyout", str(path) + ".key", "-out", str(path)],
        check=True, capture_output=True,
    )  # fmt: skip
    path.with_suffix(".all").write_bytes(path.read_bytes() + Path(f"{path}.key").read_bytes())
    return path


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[FaultyServer]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.with_suffix(".all"))
    server = FaultyServer(context)
    yield server
    server.stop()


def test_a_certificate_nobody_vouches_for_is_refused_and_says_so(tls_server: FaultyServer) -> None:
    resolver, _ = resolving(["127.0.0.1"])
    [came] = ask(f"https://gpu.internal:{tls_server.port}", ["gpu.internal"], resolver=resolver)
    assert isinstance(came, NetworkFaultError) and came.code == "certificate" and not came.passing
    assert tls_server.heard == []


def test_tls_is_checked_against_the_name_while_the_address_is_connected_to(
    tls_server: FaultyServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    resolver, _ = resolving(["127.0.0.1"])
    [came] = ask(f"https://gpu.internal:{tls_server.port}", ["gpu.internal"], resolver=resolver)
    assert isinstance(came, Answered)
    assert tls_server.heard[0].headers["host"] == f"gpu.internal:{tls_server.port}"
    [other] = ask(f"https://other.internal:{tls_server.port}", ["other.internal"], resolver=resolver)
    assert isinstance(other, NetworkFaultError) and other.code == "certificate"


def test_plain_http_on_a_tls_address_is_explained(server: FaultyServer) -> None:
    server.otherwise = waits_for()
    [came] = ask(server.url.replace("http:", "https:"), ["127.0.0.1"], Patience(connect=1, total=3))
    assert isinstance(came, NetworkFaultError) and came.code in {"no_tls", "unreachable", "timeout"}
