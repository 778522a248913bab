"""A reply without end costs neither memory nor time, and redirects are not followed."""

from __future__ import annotations

import gzip

import psutil
import pytest

from tests.workers.endpoint.faulty_server import (
    FaultyServer,
    http,
    pours,
    raw,
    running,
)
from tests.workers.endpoint.network.guarded import MEGABYTE, ask, fault
from workers.backends.endpoint.guarded_network import (
    Answered,
    NetworkFaultError,
    Patience,
)


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
