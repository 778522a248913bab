"""Pages run in threads: whole answers in one piece, streams piece by piece, and nothing is left behind."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from consilium.page_threads import PageThreads, environ


def asked(method: str = "GET", path: str = "/", **more: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "http_version": "1.1",
        "headers": [],
        **more,
    }


class Whole:
    """An answer that is there whole, as Django gives it."""

    streaming = False

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces
        self.closed_by: list[int] = []

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        self.closed_by.append(threading.get_ident())


class Stream(Whole):
    """An answer that is made while it is sent."""

    streaming = True

    def __init__(self, pieces: Callable[[], Iterator[bytes]]) -> None:
        super().__init__()
        self._make = pieces

    def __iter__(self) -> Iterator[bytes]:
        return self._make()


class Site:
    """An application with one answer, and what it was asked."""

    def __init__(self, answer: Whole, status: str = "200 OK", headers: Any = (("X-Kind", "page"),)) -> None:
        self._answer = answer
        self._status = status
        self._headers = headers
        self.asked: list[Any] = []
        self.threads: list[int] = []

    def __call__(self, environ: Any, start_response: Any) -> Whole:
        self.asked.append(environ)
        self.threads.append(threading.get_ident())
        start_response(self._status, list(self._headers))
        return self._answer


class Client:
    def __init__(self, leaves_after: int | None = None) -> None:
        self.got: list[Any] = []
        self._left = asyncio.Event()
        self._leaves_after = leaves_after

    async def receive(self) -> Any:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.got.append(message)
        if self._leaves_after is not None and len(self.got) > self._leaves_after:
            self._left.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.got)


def played(site: Any, scope: dict[str, Any], body: bytes = b"", client: Client | None = None) -> Client:
    async def play() -> Client:
        there = client or Client()
        await PageThreads(site, 2)(scope, io.BytesIO(body), there.receive, there.send)
        return there

    return asyncio.run(play())


def test_a_whole_answer_is_two_messages_and_closed_in_the_thread_that_made_it() -> None:
    answer = Whole(b"one", b"two")
    site = Site(answer, "404 Not Found")
    client = played(site, asked())
    assert client.got == [
        {"type": "http.response.start", "status": 404, "headers": [(b"x-kind", b"page")]},
        {"type": "http.response.body", "body": b"onetwo"},
    ]
    assert answer.closed_by == site.threads
    assert site.threads != [threading.get_ident()]


def test_the_page_reads_the_body_as_it_was_received() -> None:
    site = Site(Whole())
    played(site, asked("POST", headers=[(b"content-length", b"5")]), b"12345")
    assert site.asked[0]["CONTENT_LENGTH"] == "5"
    assert site.asked[0]["wsgi.input"].read() == b"12345"


def test_a_stream_arrives_while_it_is_made() -> None:
    went_on = threading.Event()

    class Waiting(Client):
        async def send(self, message: Any) -> None:
            await super().send(message)
            if message.get("body") == b"first":
                went_on.set()

    def pieces() -> Iterator[bytes]:
        yield b"first"
        assert went_on.wait(20), "the second piece is made only when the first was sent"
        yield b"second"

    async def play() -> Client:
        client = Waiting()
        await PageThreads(Site(Stream(pieces)), 1)(asked(), io.BytesIO(), client.receive, client.send)
        return client

    client = asyncio.run(play())
    assert client.body == b"firstsecond"
    assert not client.got[-1].get("more_body", False)


def test_a_stream_ends_and_is_closed_when_its_client_leaves() -> None:
    made = 0

    def endless() -> Iterator[bytes]:
        nonlocal made
        while True:
            made += 1
            time.sleep(0.001)
            yield b"x" * 1000

    answer = Stream(endless)

    async def play() -> None:
        client = Client(leaves_after=3)
        pages = PageThreads(Site(answer), 1)
        async with asyncio.timeout(30):
            await pages(asked(), io.BytesIO(), client.receive, client.send)

    asyncio.run(play())
    assert made >= 3
    assert len(answer.closed_by) == 1


def test_head_is_answered_without_making_the_stream() -> None:
    def never() -> Iterator[bytes]:
        raise AssertionError("nobody reads this")
        yield b""

    answer = Stream(never)
    client = played(Site(answer, headers=[("Content-Length", "12")]), asked("HEAD"))
    assert client.got[0]["headers"] == [(b"content-length", b"12")]
    assert client.body == b""
    assert len(answer.closed_by) == 1


@pytest.mark.parametrize("after", [0, 2])
def test_a_page_that_breaks_is_the_servers_to_report_and_is_closed(after: int) -> None:
    def breaking() -> Iterator[bytes]:
        for _ in range(after):
            yield b"x"
        raise ZeroDivisionError

    answer = Stream(breaking)
    with pytest.raises(ZeroDivisionError):
        played(Site(answer), asked())
    assert len(answer.closed_by) == 1


def test_a_broken_page_frees_its_thread() -> None:
    calls = 0

    def site(environ: Any, start_response: Any) -> Whole:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ZeroDivisionError
        start_response("200 OK", [])
        return Whole(b"fine")

    async def play() -> Client:
        pages = PageThreads(site, 1)
        client = Client()
        with pytest.raises(ZeroDivisionError):
            await pages(asked(), io.BytesIO(), client.receive, client.send)
        await pages(asked(), io.BytesIO(), client.receive, client.send)
        return client

    assert asyncio.run(play()).body == b"fine"


def test_no_more_pages_run_at_once_than_there_are_threads() -> None:
    running, most = 0, 0
    counting = threading.Lock()

    def site(environ: Any, start_response: Any) -> Whole:
        nonlocal running, most
        with counting:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with counting:
            running -= 1
        start_response("200 OK", [])
        return Whole(b".")

    async def play() -> None:
        pages = PageThreads(site, 3)
        clients = [Client() for _ in range(12)]
        await asyncio.gather(*(pages(asked(), io.BytesIO(), one.receive, one.send) for one in clients))
        assert all(one.body == b"." for one in clients)

    asyncio.run(play())
    assert most == 3


def test_the_request_is_told_as_wsgi_has_it() -> None:
    headers = [
        (b"host", b"example.org"),
        (b"content-type", b"application/json"),
        (b"content-length", b"2"),
        (b"x-forwarded-for", b"192.0.2.1"),
        (b"x-forwarded-for", b"192.0.2.2"),
        (b"x-name", "Zoë".encode("latin-1")),
    ]
    told = environ(
        asked(
            "POST",
            "/behind/söme path/",
            root_path="/behind",
            query_string=b"a=%C3%B6&b",
            scheme="https",
            server=("example.org", 443),
            client=("198.51.100.7", 50000),
            headers=headers,
        ),
        io.BytesIO(b"{}"),
    )
    expected = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "/behind",
        "PATH_INFO": "/söme path/".encode().decode("latin-1"),
        "QUERY_STRING": "a=%C3%B6&b",
        "SERVER_NAME": "example.org",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "198.51.100.7",
        "wsgi.url_scheme": "https",
        "HTTP_HOST": "example.org",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "2",
        "HTTP_X_FORWARDED_FOR": "192.0.2.1,192.0.2.2",
        "HTTP_X_NAME": "Zoë",
    }
    assert {name: told.get(name) for name in expected} == expected


def test_a_header_written_with_an_underscore_does_not_pass_for_the_one_a_proxy_guards() -> None:
    told = environ(asked(headers=[(b"x_forwarded_proto", b"https")]), io.BytesIO())
    assert "HTTP_X_FORWARDED_PROTO" not in told
