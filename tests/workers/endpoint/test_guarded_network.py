"""An endpoint that a stranger named harms nothing, whatever its address is and whatever it sends."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.workers.endpoint.faulty_server import (
    FaultyServer,
    answers,
    http,
    pours,
    raw,
    running,
    sends,
    waits_for,
)
from workers.backends.endpoint.guarded_addresses import (
    Place,
    read_place,
)
from workers.backends.endpoint.guarded_network import (
    Answered,
    GuardedNetwork,
    NetworkFaultError,
    Patience,
    Resolver,
)

PUBLIC = "3ffe::1"  # by the rules on the internet, and since 2006 given to nobody
MEGABYTE = 1_000_000
SAFETY_SECONDS = 60  # only so that a hanging test ends


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    yield from running()


def ask(
    url: str, allowed: list[str], patience: Patience | None = None, times: int = 1, **more: Any
) -> list[Answered | NetworkFaultError]:
    """So many requests at once, and what came of each."""

    async def work() -> list[Any]:
        network = GuardedNetwork(read_place(url, allowed), (), times, patience, **more)
        asked = [network.exchange("POST", "/chat/completions", b"{}", MEGABYTE) for _ in range(times)]
        async with asyncio.timeout(SAFETY_SECONDS):
            came = await asyncio.gather(*asked, return_exceptions=True)
        await network.close()
        return came

    came = asyncio.run(work())
    for each in came:
        if isinstance(each, BaseException) and not isinstance(each, NetworkFaultError):
            raise each
    return came


def fault(server: FaultyServer, patience: Patience | None = None) -> NetworkFaultError:
    came = ask(server.url, ["127.0.0.1"], patience)[0]
    assert isinstance(came, NetworkFaultError), came
    return came


def resolving(*turns: list[str]) -> tuple[Resolver, list[str]]:
    """A resolver that says something else each time, and what it was asked."""
    left, asked = list(turns), []

    async def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return left.pop(0) if len(left) > 1 else left[0]

    return resolver, asked


def test_an_allowed_local_endpoint_is_asked_by_its_name(server: FaultyServer) -> None:
    resolver, asked = resolving(["127.0.0.1"])
    url = f"http://gpu.internal:{server.port}/v1"
    [came] = ask(url, ["gpu.internal"], resolver=resolver)
    assert isinstance(came, Answered) and came.status == 200
    assert server.heard[0].headers["host"] == f"gpu.internal:{server.port}"
    assert server.heard[0].path == "/v1/chat/completions"
    assert asked == ["gpu.internal"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
def test_a_local_endpoint_is_not_connected_to_unless_it_is_allowed(server: FaultyServer, host: str) -> None:
    [came] = ask(f"https://{host}:{server.port}/v1", [])
    assert isinstance(came, NetworkFaultError) and came.code == "address_refused" and not came.passing
    assert server.connections == 0


def test_a_name_with_one_bad_address_among_good_ones_is_refused_whole(server: FaultyServer) -> None:
    resolver, _ = resolving([PUBLIC, "127.0.0.1"])
    [came] = ask(f"https://two.example.org:{server.port}", [], resolver=resolver)
    assert isinstance(came, NetworkFaultError) and came.code == "address_refused"
    assert server.connections == 0


def test_a_name_that_leads_elsewhere_after_the_check_is_never_followed(server: FaultyServer) -> None:
    """First public, then this machine: the connection goes to what was checked, and is checked again next time."""
    resolver, asked = resolving([PUBLIC], ["127.0.0.1"])
    url, patience = f"https://rebinding.example.org:{server.port}", Patience(connect=1)
    first, second = (ask(url, [], patience, resolver=resolver)[0] for _ in range(2))
    assert isinstance(first, NetworkFaultError) and first.code == "unreachable"
    assert isinstance(second, NetworkFaultError) and second.code == "address_refused"
    assert len(asked) == 2
    assert server.connections == 0


def test_each_connection_goes_to_the_address_of_its_one_resolution(server: FaultyServer) -> None:
    """Were the name resolved again to connect, nobody would listen at 127.0.0.2."""
    resolver, asked = resolving(["127.0.0.1"], ["127.0.0.2"])
    [came] = ask(f"http://gpu.internal:{server.port}", ["gpu.internal"], resolver=resolver)
    assert isinstance(came, Answered)
    assert len(asked) == 1


def test_the_next_address_is_tried_where_nobody_listens(server: FaultyServer) -> None:
    resolver, _ = resolving(["127.0.0.2", "127.0.0.1"])
    [came] = ask(f"http://gpu.internal:{server.port}", ["gpu.internal"], resolver=resolver)
    assert isinstance(came, Answered)


@pytest.mark.parametrize("found", [[], ["nonsense"]])
def test_a_resolver_that_finds_nothing_sensible_is_refused(found: list[str]) -> None:
    resolver, _ = resolving(found)
    [came] = ask("https://api.example.org", [], resolver=resolver)
    assert isinstance(came, NetworkFaultError) and came.code == "address_refused"


def test_an_unknown_name_is_unreachable_and_may_be_tried_again() -> None:
    async def resolver(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    [came] = ask("https://no.such.host.example", [], resolver=resolver)
    assert isinstance(came, NetworkFaultError) and came.code == "unreachable" and came.passing


def test_a_resolver_that_hangs_is_given_up() -> None:
    async def resolver(host: str, port: int) -> list[str]:
        await asyncio.sleep(3600)
        return []

    [came] = ask("https://slow.example", [], Patience(connect=0.2), resolver=resolver)
    assert isinstance(came, NetworkFaultError) and came.code == "unreachable"


def test_proxies_of_the_environment_are_ignored(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    [came] = ask(server.url, ["127.0.0.1"])
    assert isinstance(came, Answered)


# TLS


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


# Replies


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_the_metadata_of_a_cloud_is_not_followed(server: FaultyServer, status: int) -> None:
    server.otherwise = raw(http(b"", status, {"Location": "http://169.254.169.254/latest/meta-data/"}))
    found = fault(server)
    assert found.code == "redirected" and not found.passing
    assert "169.254.169.254" in found.message and "final address" in found.message
    assert len(server.heard) == 1


def test_a_redirect_to_a_second_server_never_reaches_it(server: FaultyServer) -> None:
    for second in running():
        server.otherwise = raw(http(b"", 307, {"Location": second.url}))
        assert fault(server).code == "redirected"
        assert second.connections == 0


def test_ten_gigabytes_announced_are_not_read(server: FaultyServer) -> None:
    head = b"HTTP/1.1 200 X\r\nContent-Length: 10000000000\r\n\r\n"
    server.otherwise = pours(head, b"x" * 65536)
    assert fault(server).code == "too_large"


ENDLESS = {
    "ten gigabytes in parts": b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n",
    "until the connection ends": b"HTTP/1.1 200 X\r\n\r\n",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_body_without_end_is_cut_early_and_takes_no_memory(server: FaultyServer, kind: str) -> None:
    part = b" " * 65536
    if "parts" in kind:
        part = b"10000\r\n" + part + b"\r\n"
    server.otherwise = pours(ENDLESS[kind], part, 10_000_000_000)
    process = psutil.Process()
    before = process.memory_info().rss
    came = ask(server.url, ["127.0.0.1"], times=16)
    grown = process.memory_info().rss - before
    assert {each.code for each in came if isinstance(each, NetworkFaultError)} == {"too_large"}
    assert len(came) == 16
    assert grown < 100 * MEGABYTE


def test_an_endless_error_is_read_in_its_beginning_only(server: FaultyServer) -> None:
    head = b"HTTP/1.1 500 X\r\nContent-Length: 10000000000\r\n\r\n"
    server.otherwise = pours(head, b"no" * 32768)
    [came] = ask(server.url, ["127.0.0.1"])
    assert isinstance(came, Answered)
    assert came.status == 500 and 0 < len(came.body) <= 65536


@pytest.mark.parametrize("name", ["gzip", "br", "deflate", "gzip, gzip"])
def test_a_compressed_reply_is_not_unpacked(server: FaultyServer, name: str) -> None:
    bomb = gzip.compress(bytes(50 * MEGABYTE))
    server.otherwise = raw(http(bomb, headers={"Content-Encoding": name}))
    assert fault(server).code == "compressed_reply"
    assert server.heard[0].headers["accept-encoding"] == "identity"


def test_headers_without_end_are_given_up(server: FaultyServer) -> None:
    server.otherwise = pours(b"HTTP/1.1 200 X\r\n", b"X-Header: " + b"y" * 1000 + b"\r\n")
    assert fault(server).code == "cut_off"


def test_one_header_line_without_end_is_given_up(server: FaultyServer) -> None:
    server.otherwise = pours(b"HTTP/1.1 200 X\r\nX-Header: ", b"y" * 65536)
    assert fault(server).code == "cut_off"


def test_interim_replies_without_end_run_into_the_time_limit(server: FaultyServer) -> None:
    server.otherwise = pours(b"", b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01)
    assert fault(server, Patience(total=1)).code == "timeout"


def test_silence_runs_into_the_time_limit(server: FaultyServer) -> None:
    server.otherwise = waits_for()
    found = fault(server, Patience(total=0.5))
    assert found.code == "timeout" and found.passing and found.may_be_billed


def test_a_body_that_stops_flowing_runs_into_the_idle_limit(server: FaultyServer) -> None:
    server.otherwise = pours(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n", b"{", pause=3600)
    assert fault(server, Patience(idle=0.3)).code == "timeout"


def test_a_slow_drip_runs_into_the_time_limit(server: FaultyServer) -> None:
    server.otherwise = pours(b"HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n", b" ", pause=0.05)
    assert fault(server, Patience(idle=30, total=1)).code == "timeout"


def test_a_body_shorter_than_announced_is_cut_off(server: FaultyServer) -> None:
    server.otherwise = raw(http(b'{"choices"', headers={"Content-Length": "500"}), close=True)
    found = fault(server)
    assert found.code == "cut_off" and found.passing


@pytest.mark.parametrize(
    "text",
    [b"", b"no HTTP at all\r\n\r\n", b"HTTP/1.1 200 X\r\nContent-Length: -5\r\n\r\n",
     b"HTTP/1.1 200 X\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
     b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", b"\x16\x03\x01\x02\x00\x01"],
)  # fmt: skip
def test_what_is_not_http_is_cut_off(server: FaultyServer, text: bytes) -> None:
    server.otherwise = raw(text, close=True)
    assert fault(server).code == "cut_off"


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        [came] = ask(f"http://127.0.0.1:{bound.getsockname()[1]}", ["127.0.0.1"])
    assert isinstance(came, NetworkFaultError) and came.code == "unreachable" and came.passing


def test_a_connection_is_used_again(server: FaultyServer) -> None:
    async def work() -> None:
        network = GuardedNetwork(read_place(server.url, ["127.0.0.1"]))
        for _ in range(5):
            assert (await network.exchange("POST", "/chat/completions", b"{}", MEGABYTE)).status == 200
        await network.close()

    asyncio.run(work())
    assert server.connections == 1 and len(server.heard) == 5


def test_after_any_fault_the_next_request_fares_well(server: FaultyServer) -> None:
    server.script.extend(
        [
            raw(http(b"{}", headers={"Content-Length": "500"}), close=True),
            pours(
                b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"
            ),
            raw(http(b"", 302, {"Location": "http://169.254.169.254/"})),
            sends({}, 500),
            answers("fine"),
        ]
    )

    async def work() -> list[str]:
        network = GuardedNetwork(read_place(server.url, ["127.0.0.1"]), connections=1)
        seen = []
        for _ in range(5):
            try:
                seen.append(str((await network.exchange("POST", "/x", b"{}", MEGABYTE)).status))
            except NetworkFaultError as found:
                seen.append(found.code)
        await network.close()
        return seen

    assert asyncio.run(work()) == ["cut_off", "too_large", "redirected", "500", "200"]


def test_a_place_is_a_plain_value() -> None:
    assert read_place("https://a.example/v1") == Place("https", "a.example", 443, "/v1", False)
