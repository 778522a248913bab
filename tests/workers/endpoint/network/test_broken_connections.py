"""Connections that stall, break or speak no HTTP end in words, and the next request fares well."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.workers.endpoint.faulty_server import (
    FaultyServer,
    answers,
    http,
    pours,
    raw,
    sends,
    waits_for,
)
from tests.workers.endpoint.network.guarded import MEGABYTE, ask, fault
from workers.backends.endpoint.guarded_addresses import (
    read_place,
)
from workers.backends.endpoint.guarded_network import (
    GuardedNetwork,
    NetworkFaultError,
    Patience,
)


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
