"""Bodies are received whole before a page's thread is taken, and refused when too large, slow or many."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from consilium import intake

MIB = 2**20


def connected(site: Any, request: str, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=10)
    connection.sendall(request.replace("\n", "\r\n").encode() + sent)
    return connection


def files_on_disk(site: Any) -> list[str]:
    """Temporary files the web processes hold, nameless ones too."""
    web = psutil.Process(site.pid("web"))
    held = []
    for process in [web, *web.children(recursive=True)]:
        for entry in Path(f"/proc/{process.pid}/fd").iterdir():
            try:
                held.append(str(entry.readlink()))
            except FileNotFoundError:  # closed while we looked
                continue
    return [name for name in held if name.startswith(tempfile.gettempdir()) and name.endswith("(deleted)")]


def example(site: Any, note: int, padding: int = 0) -> bytes:
    """The site's own example file, made unlike any other by a count of tokens, padded with white space."""
    lines = httpx.get(f"{site.address}/benchmarks/sample/example.jsonl").text.splitlines()
    rows = [json.dumps(json.loads(lines[0]) | {"tokens_in": note}), *lines[1:]]
    return "\n".join(row + " " * (padding // len(rows)) for row in rows).encode() + b"\n"


def test_nine_half_sent_bodies_leave_the_site_answering(site: Any) -> None:
    start = "POST /account/login/ HTTP/1.1\nHost: localhost\nContent-Length: 1000000\n\n"
    stalled = [connected(site, start, b"login") for _ in range(9)]
    try:
        assert httpx.get(f"{site.address}/healthz", timeout=10).text == "ok"
        assert httpx.get(f"{site.address}/", timeout=10).status_code == 200
    finally:
        for connection in stalled:
            connection.close()


def test_a_file_declared_too_large_is_refused_before_it_is_sent(site: Any) -> None:
    start = f"POST /api/v1/submissions/ HTTP/1.1\nHost: localhost\nContent-Length: {300 * MIB}\n\n"
    with connected(site, start) as connection:
        answer = connection.recv(65536)
        while not answer.endswith(b"}"):
            answer += connection.recv(65536)
    head, content = answer.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 413 ")
    verdict = json.loads(content)
    assert verdict["counts"] == {"file_too_large": 1}
    assert [(each["line"], each["key"], each["code"]) for each in verdict["problems"]] == [
        (None, "file", "file_too_large")
    ]
    assert "200 MB" in verdict["problems"][0]["message"]


def test_a_form_declared_too_large_is_refused_in_words_the_sender_can_read(site: Any) -> None:
    # 12 MiB are sent all the same: the answer must outlive a sender who reads only after writing
    refused = httpx.post(f"{site.address}/account/login/", content=b"x" * (12 * MIB), timeout=30)
    assert refused.status_code == 413
    assert "4 MB" in refused.text


def test_a_body_of_no_declared_length_is_counted_and_nothing_of_it_stays(
    site: Any, eventually: Callable[..., None]
) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(12):
            yield b"x" * MIB

    refused = httpx.post(f"{site.address}/account/login/", content=endless(), timeout=30)
    assert refused.status_code == 413
    eventually(lambda: files_on_disk(site) == [], 20)


def test_a_body_is_on_disk_while_it_arrives_and_gone_when_its_sender_leaves(
    site: Any, eventually: Callable[..., None]
) -> None:
    start = f"POST /submit/ HTTP/1.1\nHost: localhost\nContent-Length: {100 * MIB}\n\n"
    connection = connected(site, start, b"x" * MIB)
    eventually(lambda: len(files_on_disk(site)) == 1, 20)
    connection.close()
    eventually(lambda: files_on_disk(site) == [], 20)


def multipart(content: bytes, system: str) -> tuple[str, bytes]:
    """The content type and body of an upload, built by the client library itself."""
    data = {"benchmark": "sample", "system": system}
    request = httpx.Request("POST", "http://x/", data=data, files={"file": ("p.jsonl", content)})
    return request.headers["content-type"], request.read()


def test_a_good_file_sent_in_chunks_is_accepted(site: Any) -> None:
    content_type, body = multipart(example(site, 41), "Sent in chunks")
    pieces = (body[at : at + 1000] for at in range(0, len(body), 1000))
    with site.client() as client:
        received = client.post("/api/v1/submissions/", content=pieces, headers={"content-type": content_type})
        assert received.request.headers["transfer-encoding"] == "chunked"
        assert received.status_code == 201, received.text


def test_thirty_megabytes_arrive_whole(site: Any, eventually: Callable[..., None]) -> None:
    content = example(site, 42, padding=30 * 1000**2)
    assert len(content) > 29 * 1000**2
    with site.client() as client:
        files = {"file": ("p.jsonl", content)}
        sent = {"benchmark": "sample", "system": "Thirty megabytes"}
        received = client.post("/api/v1/submissions/", data=sent, files=files)
        assert received.status_code == 201, received.text
        submission = client.get(f"/api/v1/submissions/{received.json()['id']}/").json()
    assert submission["sha256"] == hashlib.sha256(content).hexdigest()
    eventually(lambda: files_on_disk(site) == [], 20)


@pytest.mark.parametrize("method", ["POST", "HEAD", "DELETE"])
def test_streams_answer_only_get(site: Any, method: str) -> None:
    refused = httpx.request(method, f"{site.address}/live/?topic=queue", timeout=10)
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET"


class Exchange:
    """One request to an intake without a server: what the client sends, and what it is answered."""

    def __init__(self, path: str, *pieces: bytes, ends: bool = True, headers: Any = ()) -> None:
        framing = [(b"transfer-encoding", b"chunked")]
        self.scope = {"type": "http", "method": "POST", "path": path, "headers": [*framing, *headers]}
        self._pieces = list(pieces)
        self._ends = ends
        self.answers: list[Any] = []

    async def receive(self) -> Any:
        if self._pieces:
            piece = self._pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self._pieces) or not self._ends}
        if self._ends:
            return {"type": "http.disconnect"}
        return await asyncio.Event().wait()

    async def send(self, message: Any) -> None:
        self.answers.append(message)

    @property
    def status(self) -> int:
        return int(self.answers[0]["status"])


class Echo:
    """Pages that remember what they were given; `opened` lets them answer."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.lengths: list[bytes] = []
        self.opened = asyncio.Event()

    async def __call__(self, scope: Any, body: Any, receive: Any, send: Any) -> None:
        self.bodies.append(body.read())
        self.lengths.append(dict(scope["headers"])[b"content-length"])
        await self.opened.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})


@pytest.mark.parametrize("size", [1, intake.IN_MEMORY_BYTES, intake.IN_MEMORY_BYTES + 1, 3 * MIB + 7])
def test_a_body_reaches_the_page_byte_for_byte_with_its_length(size: int) -> None:
    whole = random.Random(size).randbytes(size)

    async def play() -> Echo:
        pages = Echo()
        pages.opened.set()
        exchange = Exchange("/", whole[: size // 3], whole[size // 3 :])
        await intake.Intake(pages, idle_seconds=20)(exchange.scope, exchange.receive, exchange.send)
        assert exchange.status == 200
        return pages

    pages = asyncio.run(play())
    assert pages.bodies == [whole]
    assert pages.lengths == [str(size).encode()]


def test_a_silent_sender_is_told_that_it_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "LINGER_SECONDS", 0.1)
    exchange = Exchange("/", b"half", ends=False)

    async def play() -> Echo:
        pages = Echo()
        await intake.Intake(pages, idle_seconds=0.1)(exchange.scope, exchange.receive, exchange.send)
        return pages

    assert asyncio.run(play()).bodies == []
    assert exchange.status == 408
    assert (b"connection", b"close") in exchange.answers[0]["headers"]


def test_the_limit_of_an_upload_is_the_configured_one(settings: Any) -> None:
    settings.UPLOAD_LIMIT_BYTES = 3 * MIB
    # the file's 3 MiB and 1 MiB for the rest of the form: one byte more is too much
    piece = b"x" * MIB
    exact = Exchange("/submit/", piece, piece, piece, piece)
    above = Exchange("/submit/", piece, piece, piece, piece, b"x")

    async def play() -> None:
        pages = Echo()
        pages.opened.set()
        door = intake.Intake(pages, idle_seconds=20)
        for exchange in (exact, above):
            await door(exchange.scope, exchange.receive, exchange.send)

    asyncio.run(play())
    assert exact.status == 200
    assert above.status == 413
    assert b"3 MB" in above.answers[1]["body"]


def test_one_body_too_many_on_the_disk_is_sent_away_until_another_is_done() -> None:
    large = b"x" * (intake.IN_MEMORY_BYTES + 1)
    first, refused, small, later = (Exchange("/", body) for body in (large, large, b"small", large))

    async def play() -> None:
        pages = Echo()
        door = intake.Intake(pages, idle_seconds=20, most_on_disk=1)
        holding = asyncio.create_task(door(first.scope, first.receive, first.send))
        while not pages.bodies:
            await asyncio.sleep(0)
        await door(refused.scope, refused.receive, refused.send)
        pages.opened.set()
        await door(small.scope, small.receive, small.send)
        await holding
        await door(later.scope, later.receive, later.send)

    asyncio.run(play())
    assert [each.status for each in (first, refused, small, later)] == [200, 503, 200, 200]
    assert b"retry-after" in dict(refused.answers[0]["headers"])


def test_streams_end_when_the_server_stops() -> None:
    from consilium.live import LiveStreams

    exchange = Exchange("/live/", ends=False)
    exchange.scope |= {"method": "GET", "query_string": b"topic=queue"}

    async def play() -> None:
        live = LiveStreams()
        stream = asyncio.create_task(live.serve(exchange.scope, exchange.receive, exchange.send))
        while len(exchange.answers) < 2:  # opened, and told how to come back
            await asyncio.sleep(0)
        live.end()
        await stream
        late = Exchange("/live/", ends=False)
        late.scope |= {"method": "GET", "query_string": b"topic=queue"}
        await live.serve(late.scope, late.receive, late.send)
        assert late.status == 503

    asyncio.run(play())
    assert exchange.status == 200
    assert not exchange.answers[-1].get("more_body", False)
