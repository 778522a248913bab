"""Kept answers and many streams on the whole site: real processes, a real database that notifies."""

from __future__ import annotations

import gzip
import re
import select
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

BOARD = "/boards/sample/"
STREAMS = 400
RENAME = (
    "from evaluation.models import BenchmarkVersion as V;"
    "V.objects.filter(benchmark__slug='sample').update(name={name!r})"
)


def board(site: Any, **headers: str) -> httpx.Response:
    return httpx.get(f"{site.address}{BOARD}", headers={"accept-encoding": "gzip", **headers}, timeout=30)


@pytest.fixture
def renamed(site: Any) -> Iterator[Callable[[str], None]]:
    """Give the benchmark another name; it has its own again afterwards."""
    own = re.search(r"<h1>(.*?)</h1>", board(site).text)
    assert own

    def rename(name: str) -> None:
        site.manage("shell", "-v", "0", "-c", RENAME.format(name=name))

    yield rename
    rename(own[1].strip())


def test_a_board_is_sent_unchanged_until_the_database_says_that_it_changed(
    site: Any, renamed: Callable[[str], None], eventually: Callable[..., None]
) -> None:
    first = board(site)
    assert first.status_code == 200
    assert "x-depends-on" not in first.headers
    answers = [board(site) for _ in range(20)]  # of every web process
    assert {answer.headers["etag"] for answer in answers} == {first.headers["etag"]}
    assert {answer.content for answer in answers} == {first.content}
    assert board(site, **{"if-none-match": first.headers["etag"]}).status_code == 304
    renamed("Sample under another name")
    # every process is told by itself; none may answer from memory for longer than that takes
    eventually(lambda: all("another name" in board(site).text for _ in range(20)), 20)
    assert board(site, **{"if-none-match": first.headers["etag"]}).status_code == 200


def test_somebody_signed_in_gets_their_own_page(site: Any) -> None:
    for _ in range(10):
        board(site)
    with httpx.Client(base_url=site.address, timeout=30) as person:
        token = person.get("/account/login/").cookies["csrftoken"]
        form = {
            "login": "submitter", "password": "submitter-consilium-demo", "csrfmiddlewaretoken": token,
        }  # fmt: skip
        assert person.post("/account/login/", data=form).status_code == 302
        assert "Sign out" in person.get(BOARD).text
    assert all("Sign out" not in board(site).text for _ in range(10))


def spoken(site: Any, *requests: str) -> bytes:
    """What comes back on one connection for requests sent in one piece, until the server closes it."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
        connection.sendall("".join(requests).replace("\n", "\r\n").encode())
        answer = b""
        while piece := connection.recv(2**16):
            answer += piece
    return answer


def test_requests_sent_at_once_are_answered_in_their_order(site: Any) -> None:
    board(site)
    kept = f"GET {BOARD} HTTP/1.1\nHost: 127.0.0.1:{site.port}\nAccept-Encoding: gzip\n\n"
    made = "GET /healthz HTTP/1.1\nHost: localhost\n\n"
    last = "GET /healthz HTTP/1.1\nHost: localhost\nConnection: close\n\n"
    answer = spoken(site, kept, made, kept, kept.replace("GET", "HEAD"), last)
    heads = re.findall(rb"HTTP/1.1 (\d+) .*?content-type: ([a-z/]+)", answer, re.DOTALL | re.IGNORECASE)
    assert heads == [
        (b"200", kind) for kind in (b"text/html", b"text/plain", b"text/html", b"text/html", b"text/plain")
    ]
    assert answer.endswith(b"ok")


def test_a_kept_answer_closes_the_connection_when_asked_to(site: Any) -> None:
    board(site)
    asked = f"GET {BOARD} HTTP/1.1\nHost: 127.0.0.1:{site.port}\nAccept-Encoding: gzip\nConnection: close\n\n"
    head, _, body = spoken(site, asked).partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    assert b"</html>" in gzip.decompress(body)


def test_an_address_written_otherwise_is_the_same_page(site: Any) -> None:
    written = f"GET /boards/s%61mple/?split=all HTTP/1.1\nHost: 127.0.0.1:{site.port}\nConnection: close\n\n"
    assert (
        spoken(site, written).partition(b"\r\n\r\n")[2]
        == spoken(site, written.replace("s%61mple", "sample")).partition(b"\r\n\r\n")[2]
    )


def test_of_hundreds_of_streams_none_is_lost(site: Any) -> None:
    watched = [opened(site) for _ in range(STREAMS)]
    poll = select.epoll()
    for number in range(STREAMS):
        watched[number].setblocking(False)
        poll.register(watched[number].fileno(), select.EPOLLIN)
    by_number = {each.fileno(): each for each in watched}
    told = dict.fromkeys(by_number, b"")
    try:
        notify(site, "board:crowd", 25)
        last = time.time_ns() // 1000
        notify(site, "board:crowd", 1)
        deadline = time.monotonic() + 60
        while any(last_told(text) < last for text in told.values()):
            assert time.monotonic() < deadline, "somebody never heard of the last change"
            for number, _ in poll.poll(1):
                told[number] += by_number[number].recv(2**16)
    finally:
        for each in watched:
            each.close()


def opened(site: Any) -> socket.socket:
    stream = socket.create_connection(("127.0.0.1", site.port), timeout=30)
    stream.sendall(b"GET /live/?topic=board:crowd HTTP/1.1\r\nHost: localhost\r\n\r\n")
    said = b""
    while b"retry: 2000" not in said:
        said += stream.recv(4096)
    return stream


def notify(site: Any, topic: str, times: int) -> None:
    words = (
        "from django.db import connection as c\n"
        f"for n in range({times}): c.cursor().execute(\"SELECT pg_notify('consilium', %s)\", [{topic!r}])"
    )
    site.manage("shell", "-v", "0", "-c", words)


def last_told(text: bytes) -> int:
    return max((int(each) for each in re.findall(rb"data: (\d+)\n", text)), default=0)
