"""HTTP to an endpoint that a stranger named, so that neither its address nor what it sends can do harm.

The host is resolved here, every address is judged, and the connection is made to a judged address while TLS
and the Host header keep the name: a name that leads elsewhere a moment later changes nothing. Redirects,
proxies from the environment, cookies and compressed bodies do not exist at this level. What is read is
bounded in bytes and in time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import certifi
import httpcore

from workers.backends.endpoint.guarded_addresses import AddressRefusedError, Place, check_addresses

Resolver = Callable[[str, int], Awaitable[list[str]]]  # host, port → IP addresses, in order of preference

MOST_TRIED = 4  # addresses of one host
ERROR_BYTES = 64 * 1024  # of the body of an error; the rest is not read
HELD_BYTES = 64 * 1024 * 1024  # of all replies that are being read at a time


class NetworkFaultError(Exception):
    """No whole reply came; the text says why and what to do. `may_be_billed`: the request had been sent."""

    def __init__(self, code: str, message: str, *, passing: bool, may_be_billed: bool = False) -> None:
        super().__init__(message)
        self.code, self.message, self.passing, self.may_be_billed = code, message, passing, may_be_billed


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes  # of an error, its beginning


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that are waited: for a connection, between two parts of a body, for a whole reply."""

    connect: float = 10
    idle: float = 60
    total: float = 600


async def system_resolver(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=2)  # SOCK_STREAM
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedNetwork:
    """Connections to one place, kept open between requests. All of it belongs to one event loop."""

    def __init__(
        self,
        place: Place,
        headers: Iterable[tuple[bytes, bytes]] = (),
        connections: int = 8,
        patience: Patience | None = None,
        resolver: Resolver = system_resolver,
    ) -> None:
        self.place, self.patience = place, patience or Patience()
        self._held = 0
        self._headers = [
            (b"Host", place.authority.encode()),
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", b"identity"),
            (b"Content-Type", b"application/json"),
            (b"User-Agent", b"consilium"),
            *headers,
        ]
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_trust() if place.scheme == "https" else None,
            max_connections=connections,
            keepalive_expiry=30,
            network_backend=_CheckedDialler(place, resolver),
        )

    async def exchange(
        self, method: str, path: str, body: bytes | None, most_bytes: int, seconds: float | None = None
    ) -> Answered:
        """One request and its whole reply; NetworkFaultError where there is none within the limits."""
        total = min(self.patience.total, seconds or self.patience.total)
        sent = {"connect": self.patience.connect, "write": self.patience.idle, "read": total}
        url = httpcore.URL(
            scheme=self.place.scheme.encode(), host=self.place.host.encode(), port=self.place.port,
            target=(self.place.path + path).encode(),
        )  # fmt: skip
        try:
            async with (
                asyncio.timeout(total),
                self._pool.stream(
                    method, url, headers=self._headers, content=body, extensions={"timeout": sent}
                ) as response,
            ):
                return await self._received(response, most_bytes)
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            TimeoutError,
        ) as error:
            raise self._fault(error) from None

    async def close(self) -> None:
        await self._pool.aclose()

    async def _received(self, response: httpcore.Response, most_bytes: int) -> Answered:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
        }
        if 300 <= response.status < 400:
            raise _refused_redirect(headers.get("location", ""))
        if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise NetworkFaultError(
                "compressed_reply",
                "The endpoint compresses replies although it was asked not to: turn that off there.",
                passing=False,
                may_be_billed=True,
            )
        is_error = response.status >= 400
        most = ERROR_BYTES if is_error else most_bytes
        length = headers.get("content-length", "")
        if not is_error and length.isdecimal() and int(length[:20]) > most:
            raise _too_large(most)
        return Answered(response.status, headers, await self._body(response, most, is_error))

    async def _body(self, response: httpcore.Response, most: int, may_be_cut: bool) -> bytes:
        body = bytearray()
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(self.patience.idle) as watch:
                async for part in response.aiter_stream():
                    watch.reschedule(clock() + self.patience.idle)
                    self._held += len(part)
                    body += part
                    if len(body) > most and may_be_cut:
                        break
                    if len(body) > most or self._held > HELD_BYTES:
                        raise _too_large(most)
        finally:
            self._held -= len(body)
        return bytes(body[:most])

    def _fault(self, error: Exception) -> NetworkFaultError:
        host = self.place.authority
        if isinstance(error, httpcore.ConnectTimeout | httpcore.ConnectError):
            return _unreachable(host, error)
        if isinstance(error, httpcore.TimeoutException | TimeoutError):
            return NetworkFaultError(
                "timeout",
                f"{host} sent no whole reply in time ({self.patience.total:g} s in all, "
                f"{self.patience.idle:g} s between two parts). Ask for fewer tokens, or fewer at a time.",
                passing=True,
                may_be_billed=True,
            )
        return NetworkFaultError(
            "cut_off",
            f"The connection to {host} ended before the reply was whole, or it was not HTTP. Try again; "
            "if it stays so, look at the log of the endpoint.",
            passing=True,
            may_be_billed=True,
        )


class _CheckedDialler(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were judged, never to a name."""

    def __init__(self, place: Place, resolver: Resolver) -> None:
        self._place, self._resolver = place, resolver
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        error: Exception = httpcore.ConnectError("no address was tried")
        for address in (await self._addresses(host, port, timeout))[:MOST_TRIED]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error

    async def _addresses(self, host: str, port: int, seconds: float | None) -> list[str]:
        try:
            async with asyncio.timeout(seconds):
                found = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:  # a timeout is an OSError too
            raise httpcore.ConnectError(f"no address: {error}") from error
        try:
            return check_addresses(self._place, found)
        except AddressRefusedError as refusal:
            raise NetworkFaultError("address_refused", str(refusal), passing=False) from None


def _trust() -> ssl.SSLContext:
    """Whom the machine trusts (SSL_CERT_FILE included) and the authorities of the web, for bare machines."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _unreachable(host: str, error: Exception) -> NetworkFaultError:
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, ssl.SSLError):
        seen = seen.__cause__ or seen.__context__
    if isinstance(seen, ssl.SSLCertVerificationError):
        message = (
            f"The certificate of {host} is not trusted ({seen.verify_message}): it must be mended there."
        )
        return NetworkFaultError("certificate", message, passing=False)
    if seen is not None:
        message = f"{host} does not speak TLS as it should: check the port, and https:// against http://."
        return NetworkFaultError("no_tls", message, passing=True)
    message = f"{host} cannot be reached: check the address, and whether the endpoint runs and lets us in."
    return NetworkFaultError("unreachable", message, passing=True)


def _refused_redirect(location: str) -> NetworkFaultError:
    target = "".join(sign for sign in location if sign.isprintable())[:100]
    return NetworkFaultError(
        "redirected",
        f"The endpoint sends us on to {target!r}. Redirects are not followed: give the final address.",
        passing=False,
    )


def _too_large(most: int) -> NetworkFaultError:
    return NetworkFaultError(
        "too_large",
        f"The reply is larger than {most / 1_000_000:.1f} MB, far more than was asked for; it was not read. "
        "Look at what the endpoint sends.",
        passing=False,
        may_be_billed=True,
    )
