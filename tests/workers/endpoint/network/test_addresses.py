"""Requests go only where they may: names are resolved once, checked, and connected to as checked."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.workers.endpoint.faulty_server import (
    FaultyServer,
)
from tests.workers.endpoint.network.guarded import ask, resolving
from workers.backends.endpoint.guarded_addresses import (
    Place,
    read_place,
)
from workers.backends.endpoint.guarded_network import (
    Answered,
    NetworkFaultError,
    Patience,
)

PUBLIC = "3ffe::1"  # by the rules on the internet, and since 2006 given to nobody


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


def test_a_place_is_a_plain_value() -> None:
    assert read_place("https://a.example/v1") == Place("https", "a.example", 443, "/v1", False)
