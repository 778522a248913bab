"""Which endpoints a stranger may name: the address is read once, and every IP address behind it is judged.

What a browser, a resolver and a library each make of an odd address differs, and the gaps between them are
how such checks are passed. So it is read here and nowhere else, and what cannot be read plainly is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

import idna

IPAddress = IPv4Address | IPv6Address
Standing = Literal["public", "inside", "never"]

LEAST_FREE_PORT = 1024  # below it only the ports of the web are spoken to at public hosts
_WEB_PORTS = {"https": 443, "http": 80}
_ENDINGS = ("/chat/completions", "/completions")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")

# An administrator may allow these by naming the host.
_INSIDE: list[IPv4Network | IPv6Network] = [
    *map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")),
    *map(IPv6Network, ("::1/128", "fc00::/7")),
]
# Keys to a cloud machine are handed out here. Only the bare address, allowed as such, opens them.
_METADATA: set[IPAddress] = {
    ip_address(each)
    for each in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "fd20:ce::254")
}
_NEVER_IPV4 = [
    IPv4Network(each)
    for each in (
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
_PUBLIC_IPV6 = IPv6Network("2000::/3")  # all that is given out; what is not is refused
_NEVER_IPV6 = [  # of that: Teredo and other protocols, documentation, 6to4
    IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressRefusedError(Exception):
    """The endpoint may not be spoken to; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """An endpoint as it was read: what is checked is what is connected to."""

    scheme: str
    host: str  # ASCII, lower case, no trailing dot, no brackets
    port: int
    path: str  # percent-encoded, no slash at the end
    is_allowed: bool  # named by the administrator

    @property
    def authority(self) -> str:
        """Host and, where it is not the usual one, port: the Host header, and what people are shown."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _WEB_PORTS[self.scheme] else f"{host}:{self.port}"


def read_place(url: str, allowed: Iterable[str] = ()) -> Place:
    """The endpoint a base URL names; AddressRefusedError where it may not be used or cannot be read plainly.

    `allowed` are hosts or host:port which the administrator lets be private, loopback or without TLS.
    """
    url = url.strip()
    _refuse_odd_text(url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefusedError(f"The address cannot be read: {error}.") from None
    if parts.scheme not in _WEB_PORTS:
        raise AddressRefusedError("The address of an endpoint starts with https://.")
    host = read_host(parts.netloc)
    port = _WEB_PORTS[parts.scheme] if port is None else port
    if port == 0:
        raise AddressRefusedError("There is no port 0: leave the port out, or name the right one.")
    place = Place(parts.scheme, host, port, _path(parts.path), _names(allowed, host, port))
    if not place.is_allowed:
        _refuse_for_strangers(place)
    return place


def read_host(netloc: str) -> str:
    """The host of `host`, `host:port` or `[v6]:port`, in the one spelling that is used from here on."""
    if netloc.startswith("["):
        return _ipv6(netloc)
    host = netloc.rpartition(":")[0] if ":" in netloc else netloc
    try:
        host = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise AddressRefusedError(f"{host[:80]!r} is not the name of a host.") from None
    host = host.removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(host)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefusedError(f"{host[:80]!r} is not the name of a host.")
    return host


def check_addresses(place: Place, found: Sequence[str]) -> list[str]:
    """The IP addresses behind a place, if each of them may be connected to; AddressRefusedError otherwise."""
    if not found:
        raise AddressRefusedError(f"{place.host} has no address: check the name.")
    for each in found:
        state = standing(each)
        is_named = place.is_allowed and place.host == each
        if state == "public" or is_named or (state == "inside" and place.is_allowed):
            continue
        what = "a private or local address" if state == "inside" else "an address that is not on the internet"
        raise AddressRefusedError(
            f"{place.host} leads to {what}, which this platform does not connect to. Use an endpoint on the "
            "public internet, or ask the administrator to allow the host (ENDPOINT_ALLOWED_HOSTS)."
        )
    return list(found)


def standing(address: str) -> Standing:
    """Whether an IP address is on the internet, in somebody's own network, or never to be spoken to."""
    try:
        parsed: IPAddress = ip_address(address)
    except ValueError:
        return "never"
    if isinstance(parsed, IPv6Address):
        if parsed.scope_id is not None:
            return "never"
        if wrapped := _wrapped(parsed):
            parsed = wrapped
    if parsed in _METADATA:
        return "never"
    if _is_within(parsed, _INSIDE):
        return "inside"
    if isinstance(parsed, IPv4Address):
        return "never" if _is_within(parsed, _NEVER_IPV4) else "public"
    return "public" if parsed in _PUBLIC_IPV6 and not _is_within(parsed, _NEVER_IPV6) else "never"


def _is_within(address: IPAddress, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that is really spoken to. Teredo and 6to4 are refused whatever they wrap."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None


def _refuse_odd_text(url: str) -> None:
    if not url:
        raise AddressRefusedError("Give the address of the endpoint, for example https://host/v1.")
    if len(url) > 500:
        raise AddressRefusedError("The address is longer than 500 characters.")
    if any(sign.isspace() or not sign.isprintable() or sign == "\\" for sign in url):
        raise AddressRefusedError("The address has blanks, backslashes or hidden characters: type it again.")
    authority = url.partition("://")[2].partition("/")[0]
    if "@" in authority:
        raise AddressRefusedError("Leave user and password out of the address: the key has its own field.")
    if "%" in authority:
        raise AddressRefusedError("The host has a percent sign: write it in plain letters.")
    if "?" in url or "#" in url:
        raise AddressRefusedError("Leave out everything from the ? or # on: give the base address.")


def _refuse_for_strangers(place: Place) -> None:
    if place.scheme != "https":
        raise AddressRefusedError(
            "Without https everybody on the way could read the key and the answers. Use an https:// address, "
            "or ask the administrator to allow the host (ENDPOINT_ALLOWED_HOSTS)."
        )
    if place.port < LEAST_FREE_PORT and place.port not in _WEB_PORTS.values():
        raise AddressRefusedError(
            f"Port {place.port} belongs to another service: use 443 or a port from {LEAST_FREE_PORT} on."
        )


def _names(allowed: Iterable[str], host: str, port: int) -> bool:
    """Whether the administrator's list names this host, with this port or without one."""
    for each in allowed:
        try:
            given = urlsplit(f"//[{each}]" if each.count(":") > 1 and "[" not in each else f"//{each}")
            if given.path:
                raise ValueError(each)
            if given.port in {None, port} and read_host(given.netloc) == host:
                return True
        except (AddressRefusedError, ValueError):
            raise AddressRefusedError(
                f"ENDPOINT_ALLOWED_HOSTS has {each[:80]!r}, which is neither host nor host:port: "
                "the administrator must mend it."
            ) from None
    return False


def _path(path: str) -> str:
    clean = quote(unquote(path), safe="/-._~!$&'()*+,;=:@").rstrip("/")
    for ending in _ENDINGS:
        clean = clean.removesuffix(ending)
    return clean.rstrip("/")


def _ipv4(host: str) -> str:
    try:
        return str(IPv4Address(host))
    except ValueError:
        raise AddressRefusedError(
            f"{host[:80]!r} is an odd way to write an address: write four decimal numbers, or a name."
        ) from None


def _ipv6(netloc: str) -> str:
    literal, _, rest = netloc[1:].partition("]")
    try:
        address = IPv6Address(literal)
    except ValueError:
        raise AddressRefusedError(f"{literal[:80]!r} is not an IPv6 address.") from None
    if rest and not rest.startswith(":"):
        raise AddressRefusedError(
            "After the bracket of an IPv6 address only a colon and the port may follow."
        )
    return str(address)
