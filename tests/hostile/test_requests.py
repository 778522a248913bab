"""The same hostility in addresses, queries, forms, headers and bodies: an answer below 500, whatever is asked.

Bodies that are too large, too slow, chunked without end or broken off are in tests/live/test_intake.py, streams
nobody reads in tests/live/test_streams.py.
"""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.parsing import MOST_BYTES
from accounts.throttling import PersonThrottle
from consilium.asgi import application
from tests.hostile.conftest import World

pytestmark = pytest.mark.django_db

PAGES = (
    "/", "/boards/", "/boards/tiny/", "/boards/tiny.csv", "/boards/tiny.json", "/boards/tiny/charts/",
    "/compare/", "/changes/", "/boards/tiny/changes/", "/benchmarks/", "/benchmarks/tiny/items/", "/queue/", "/studies/",
    "/rubrics/", "/submissions/", "/submit/", "/submit/model/", "/methods/", "/live/", "/account/login/",
    "/api/v1/boards/", "/api/v1/boards/tiny/", "/api/v1/boards/tiny/pairs/", "/api/v1/systems/",
    "/api/v1/benchmarks/tiny/items.jsonl", "/api/v1/submissions/", "/api/v1/assignments/next/",
    "/studies/drafted/items/", "/studies/drafted/design/", "/studies/drafted/quality/", "/studies/drafted/agreement/",
)  # fmt: skip
NAMES = (
    "q", "sort", "page", "split", "mode", "group", "as_of", "columns", "weight", "compare", "limit", "offset", "row",
    "task", "kind", "benchmark", "study", "after", "next", "language", "version", "variable", "from", "format", "system",
)  # fmt: skip
HOSTILE = (
    "\0", "a\0b", "%00", "\ud800".encode("utf-16", "surrogatepass").decode("latin-1"), "\u202e", "é" * 2000, "9" * 5000,
    "-1", "0", "1e400", "NaN", "2147483648", "9223372036854775808", "٣", "²", "../../etc/passwd", "' OR 1=1 --",
    "{{7*7}}", "<script>alert(1)</script>", "(" * 3000, "a" * 50_000, "0001-01-01T00:00:00+14:00", "9999-12-31",
    "a:nan", "a:1e999", "x\r\nSet-Cookie: a=b", "[]", "{}", "null", "//evil.example", "javascript:alert(1)", "",
)  # fmt: skip


@pytest.fixture
def people(world: World, world_files: None, monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    """Nobody, a submitter and a coordinator, in browsers that see a fault as the 500 it would be."""
    from accounts.models import User

    monkeypatch.setattr(PersonThrottle, "rate", "1000000/min", raising=False)
    clients = [Client(raise_request_exception=False) for _ in range(3)]
    for client, name in zip(clients[1:], ("lab", "carla"), strict=True):
        client.force_login(User.objects.get(username=name))
    return clients


@pytest.fixture
def program(world: World, people: list[Client]) -> Client:
    return Client(headers=world.headers("submitter"), raise_request_exception=False)


@pytest.mark.parametrize("page", PAGES)
def test_whatever_is_asked_of_a_page_it_is_answered(page: str, people: list[Client]) -> None:
    """Every name with two hostile words, turn about, each by another person."""
    for n, name in enumerate(NAMES):
        for k, word in enumerate(HOSTILE):
            if (n + k) % 16 == 0:
                query = f"{quote(name)}={quote(word, safe='')}&{quote(name)}={quote(HOSTILE[k - 1], safe='')}"
                answer = people[n % 3].get(f"{page}?{query}")
                assert answer.status_code < 500, (name, word[:80], answer.status_code)
                assert "Set-Cookie: a=b" not in str(answer.headers)


@pytest.mark.parametrize("word", [word for word in HOSTILE if word and len(word) < 3000])
def test_whatever_stands_in_an_address_it_is_answered(word: str, people: list[Client]) -> None:
    for start in ("/boards/", "/systems/", "/studies/", "/rubrics/", "/benchmarks/", "/submissions/", "/api/v1/boards/",
                  "/api/v1/systems/", "/api/v1/receipts/", "/api/v1/studies/", "/api/v1/submissions/", "/raters/"):  # fmt: skip
        answer = people[2].get(f"{start}{quote(word, safe='')}/")
        assert answer.status_code < 500, start
        if start.startswith("/api/") and answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/json"
            assert len(answer.json()["detail"]) > 20


HEADERS = {
    "authorization": [
        "Token",
        "Token ",
        "Token a b c",
        "Token \xff\xfe",
        "Bearer x",
        "Basic =",
        "Token " + "x" * 6000,
    ],
    "accept": [
        "",
        "*",
        "a/b",
        "text/html;q=abc",
        "application/json;q=1e400",
        "/" * 2000,
        "application/*;x=" + "y" * 3000,
    ],
    "accept-language": ["xx-" * 500, "es;q=nan", "zh-Hans-" + "a" * 3000, "\0"],
    "if-none-match": ['"', "W/", '"a",' * 2000, "*"],
    "if-modified-since": ["yesterday", "Wed, 99 Foo 99999 99:99:99 GMT", "9" * 500],
    "range": ["bytes=0-", "bytes=9999999999999-", "bytes=-1,-2,-3", "lines=1-2"],
    "cookie": ["sessionid=" + "x" * 3000, "sessionid=\x01", ";;;=;", "csrftoken=" + "é", "messages=[["],
    "content-type": [
        "",
        "application/json; charset=utf-99",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "b" * 300,
        "x",
    ],
    "x-forwarded-for": ["'; DROP TABLE", "::ffff:1.2.3.4, " * 300],
    "hx-request": ["false", "x" * 3000],
    "if-match": ["", '"٣"', '"' + "9" * 400 + '"', "*", '"-1"'],
    "idempotency-key": ["", "k" * 5000, "\0", "\xff"],
}


@pytest.mark.parametrize("name", HEADERS)
def test_whatever_a_header_says_it_is_answered(name: str, program: Client) -> None:
    for word in HEADERS[name]:
        for page in ("/", "/boards/tiny.csv", "/api/v1/boards/tiny/", "/api/v1/submissions/"):
            assert program.get(page, headers={name: word}).status_code < 500, (page, word[:60])
        for page in ("/api/v1/submissions/", "/api/v1/assignments/next/", "/account/login/"):
            body = b'{"benchmark": "tiny"}'
            answer = program.generic("POST", page, body, "application/json", headers={name: word})
            assert answer.status_code < 500, (page, word[:60])


BODIES = {
    "nothing": (b"", "application/json", 400),
    "JSON beyond its size": (b'{"a": "' + b"x" * MOST_BYTES + b'"}', "application/json", 413),
    "JSON that is a list": (b"[1, 2]", "application/json", 400),
    "JSON in UTF-16": ('{"a": 1}'.encode("utf-16"), "application/json", 400),
    "NaN": (b'{"benchmark": NaN}', "application/json", 400),
    "deep JSON": (b"[" * 500_000, "application/json", 400),
    "JSON that says it has another character set": (b'{"benchmark": "tiny"}', "application/json; charset=latin-1", 400),
    "XML": (b"<a/>", "application/xml", 415),
    "a type there is not": (b"x", "x/y", 415),
    "a form of 5 000 fields": (b"&".join(b"f%d=1" % n for n in range(5000)), "application/x-www-form-urlencoded", 400),
    "a form of one field of 3 MB": (b"system=" + b"x" * 3_000_000, "application/x-www-form-urlencoded", 413),
    "parts without a boundary": (b"--x\r\n\r\n--x--", "multipart/form-data", 400),
    "parts that never end": (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n{', "multipart/form-data; boundary=b", 400),
    "a part of a thousand headers": (b"--b\r\n" + b"X: y\r\n" * 1000 + b"\r\nx\r\n--b--", "multipart/form-data; boundary=b", 400),
    "a part in base64 that is none": (b'--b\r\nContent-Disposition: form-data; name="system"\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n--b--', "multipart/form-data; boundary=b", 400),
    "a thousand files": (b"".join(b'--b\r\nContent-Disposition: form-data; name="f%d"; filename="a"\r\n\r\nx\r\n' % n for n in range(1000)) + b"--b--", "multipart/form-data; boundary=b", 400),
}  # fmt: skip


@pytest.mark.parametrize("what", BODIES)
def test_whatever_body_a_program_sends_it_is_told_what_is_wrong(what: str, program: Client) -> None:
    body, content_type, status = BODIES[what]
    answer = program.generic("POST", "/api/v1/submissions/", body, content_type)
    assert answer.status_code == status, answer.content[:300]
    told = answer.json()
    said = told.get("detail") or " ".join(problem["message"] for problem in told["problems"])
    assert len(said) > 20


def test_fields_said_twice_and_files_that_are_texts_are_refused_in_words(program: Client) -> None:
    twice = {"benchmark": ["tiny", "nowhere"], "system": ["A", "B"], "file": "not a file"}
    refused = program.post("/api/v1/submissions/", twice)
    assert refused.status_code == 400
    assert {problem["key"] for problem in refused.json()["problems"]} >= {"file"}
    file = SimpleUploadedFile("a.jsonl", b"{}\n")
    assert program.post("/api/v1/submissions/", {"file": [file, file]}).status_code == 400


@pytest.mark.parametrize(
    "scope", [{"type": "websocket", "path": "/live/"}, {"type": "websocket", "path": "/\0"}]
)
def test_a_web_socket_is_closed_before_it_is_opened(scope: dict[str, Any]) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1000}]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "topic=" + "a" * 200,
        "topic=board:%00",
        "&".join(["topic=board:tiny"] * 21),
        "topic=%ff",
        "topic=A:b",
    ],
)
def test_a_stream_of_no_topic_is_refused_in_words(query: str) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/live/", "query_string": query.encode(), "headers": []}
    asyncio.run(application(scope, lambda: asyncio.sleep(60), send))
    assert sent[0]["status"] == 400
    assert b"/live/?topic=" in sent[1]["body"]


def test_what_is_kept_of_a_refused_request_is_nothing(program: Client, world: World) -> None:
    from evaluation.models import Run

    before = Run.objects.count()
    for body in (b"\xff", json.dumps({"benchmark": "tiny", "system": "X"}).encode(), io.BytesIO(b"{").read()):
        program.generic("POST", "/api/v1/submissions/", body, "application/json")
    assert Run.objects.count() == before
