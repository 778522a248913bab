"""Which endpoints a stranger may name: odd spellings and addresses inside are refused."""

from __future__ import annotations

import pytest

from workers.backends.endpoint.guarded_addresses import (
    AddressRefusedError,
    check_addresses,
    read_place,
    standing,
)

PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://api.example.org/v1", "api.example.org", 443, "/v1"),
        ("https://API.Example.ORG./v1/", "api.example.org", 443, "/v1"),
        ("https://api.example.org:8443", "api.example.org", 8443, ""),
        ("https://api。example．org/v1", "api.example.org", 443, "/v1"),
        ("https://bücher.example/v1", "xn--bcher-kva.example", 443, "/v1"),
        ("https://xn--bcher-kva.example/v1", "xn--bcher-kva.example", 443, "/v1"),
        ("https://[2606:4700::1111]:8443/v1", "2606:4700::1111", 8443, "/v1"),
        ("https://api.example.org/v1/chat/completions", "api.example.org", 443, "/v1"),
        ("https://api.example.org/ä b/".replace(" ", ""), "api.example.org", 443, "/%C3%A4b"),
        ("https://１２７.０.０.１/v1", "127.0.0.1", 443, "/v1"),
        ("https://127。0。0。1/v1", "127.0.0.1", 443, "/v1"),
        ("https://127.0.0.1./v1", "127.0.0.1", 443, "/v1"),
        ("https://[::ffff:127.0.0.1]/v1", "::ffff:7f00:1", 443, "/v1"),
    ],
)
def test_an_address_is_read_once_into_one_spelling(url: str, host: str, port: int, path: str) -> None:
    place = read_place(url)
    assert (place.host, place.port, place.path) == (host, port, path)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "Give the address"),
        ("api.example.org/v1", "starts with https://"),
        ("ftp://api.example.org/v1", "starts with https://"),
        ("file:///etc/passwd", "starts with https://"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "starts with https://"),
        ("http://api.example.org/v1", "Without https"),
        ("https://user:pass@api.example.org/v1", "user and password"),
        ("https://api.example.org@127.0.0.1/v1", "user and password"),
        ("https://api.example.org\\@127.0.0.1/v1", "backslashes"),
        ("https://api.example.org/v1?key=1", "base address"),
        ("https://api.example.org#@127.0.0.1/", "user and password"),
        ("https://api.example.org/#v1", "base address"),
        ("https://127.1/v1", "odd way"),
        ("https://0x7f.1/v1", "odd way"),
        ("https://0x7f000001/v1", "odd way"),
        ("https://2130706433/v1", "odd way"),
        ("https://0177.0.0.1/v1", "odd way"),
        ("https://127.0.0.0x1/v1", "odd way"),
        ("https://127.0.0.1%2f@api.example.org/v1", "user and password"),
        ("https://127.0.0.1%00.example.org/v1", "percent sign"),
        ("https://[fe80::1%25eth0]/v1", "percent sign"),
        ("https://[::1]example.org/v1", "bracket"),
        ("https://[nonsense]/v1", "not an IPv6|cannot be read"),
        ("https://exa mple.org/v1", "blanks"),
        ("https://exam\tple.org/v1", "blanks"),
        ("https://exam\u200bple.org/v1", "hidden"),
        ("https://example..org/v1", "not the name of a host"),
        ("https://-example.org/v1", "not the name of a host"),
        (f"https://{'a' * 64}.org/v1", "not the name of a host"),
        ("https:///v1", "not the name of a host"),
        ("https://api.example.org:0/v1", "port 0"),
        ("https://api.example.org:99999/v1", "cannot be read"),
        ("https://api.example.org:22/v1", "Port 22"),
        ("https://" + "a." * 300 + "org/v1", "500 characters"),
    ],
)
def test_an_odd_address_is_refused_in_words(url: str, says: str) -> None:
    with pytest.raises(AddressRefusedError, match=says):
        read_place(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
        "100.100.100.200", "169.254.169.254", "169.254.1.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1",
        "240.0.0.1", "255.255.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.1", "168.63.129.16", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "fc00::1",
        "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1",
        "2002:7f00:1::", "2002:5db8:d70e::", "3fff::1", "4000::1", "nonsense",
    ],
)  # fmt: skip
def test_what_is_not_on_the_internet_is_not_spoken_to(address: str) -> None:
    assert standing(address) != "public"
    with pytest.raises(AddressRefusedError, match="does not connect"):
        check_addresses(read_place("https://api.example.org"), [PUBLIC, address])


@pytest.mark.parametrize(
    "address",
    [PUBLIC, "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "2606:4700::1111",
     "::ffff:8.8.8.8", "64:ff9b::808:808"],
)  # fmt: skip
def test_what_is_on_the_internet_is(address: str) -> None:
    assert standing(address) == "public"
    assert check_addresses(read_place("https://api.example.org"), [address]) == [address]


def test_the_refusal_does_not_tell_a_stranger_how_the_inside_is_numbered() -> None:
    with pytest.raises(AddressRefusedError) as refusal:
        check_addresses(read_place("https://db.example.org"), ["10.7.7.7"])
    assert "10.7.7.7" not in str(refusal.value)


@pytest.mark.parametrize(
    ("allowed", "is_allowed"),
    [
        ([], False), (["gpu.example.org"], True), (["gpu.example.org:8000"], True), (["GPU.example.org."], True),
        (["gpu.example.org:9000"], False), (["example.org"], False), (["other", "gpu.example.org"], True),
    ],
)  # fmt: skip
def test_the_administrator_allows_a_host_or_one_of_its_ports(allowed: list[str], is_allowed: bool) -> None:
    assert read_place("https://gpu.example.org:8000", allowed).is_allowed is is_allowed


@pytest.mark.parametrize("entry", ["::1", "[::1]", "[::1]:8000"])
def test_an_ipv6_address_may_be_allowed_with_and_without_brackets(entry: str) -> None:
    assert read_place("http://[::1]:8000/v1", [entry]).is_allowed


@pytest.mark.parametrize("entry", ["host:port", "http://host", "a b"])
def test_a_broken_list_of_allowed_hosts_is_named_as_such(entry: str) -> None:
    with pytest.raises(AddressRefusedError, match="ENDPOINT_ALLOWED_HOSTS"):
        read_place("https://gpu.example.org", [entry])


def test_an_allowed_host_may_be_inside_but_a_name_never_leads_to_cloud_metadata() -> None:
    place = read_place("http://gpu.internal:8000", ["gpu.internal"])
    assert check_addresses(place, ["10.0.0.7"]) == ["10.0.0.7"]
    for address in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "0.0.0.0"):
        with pytest.raises(AddressRefusedError):
            check_addresses(place, [address])


def test_the_host_header_has_a_port_where_it_is_not_the_usual_one() -> None:
    assert read_place("https://api.example.org").authority == "api.example.org"
    assert read_place("https://[2606:4700::1]:8443").authority == "[2606:4700::1]:8443"
