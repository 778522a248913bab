"""Public answers are kept as sent, until what they depend on changes, and never for anybody in particular."""

from __future__ import annotations

import asyncio
import gzip
import io
import time
from collections.abc import Callable
from typing import Any

import pytest

from consilium.kept_answers import KeptAnswers
from consilium.page_threads import PageThreads

HTML = ("Content-Type", "text/html; charset=utf-8")
BOARD = ("X-Depends-On", "board:sample")
LONG = b"<p>A row of a board.</p>" * 100


class Whole(list[bytes]):
    streaming = False


class Pieces(list[bytes]):
    streaming = True


class Pages:
    """A WSGI application whose answers the test sets; it remembers what it was asked."""

    def __init__(self, *headers: tuple[str, str], body: bytes = LONG, status: str = "200 OK") -> None:
        self.headers, self.body, self.status = [HTML, *headers], body, status
        self.asked: list[dict[str, Any]] = []
        self.kind: type[list[bytes]] = Whole
        self.while_made: Callable[[], None] = lambda: None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.asked.append(environ)
        body = self.body
        self.while_made()
        start_response(self.status, self.headers)
        return self.kind([body])


class Visitor:
    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    async def receive(self) -> Any:
        await asyncio.Event().wait()

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message["body"]


class Front:
    """Kept answers in front of pages, with a database that is heard."""

    def __init__(self, pages: Pages, room: int = 2**20) -> None:
        threads = PageThreads(pages, 4)
        self.kept = KeptAnswers(threads, lambda *ask: threads(ask[0], io.BytesIO(), *ask[1:]), room)
        self.kept.listening()

    async def ask(self, path: str = "/boards/sample/", method: str = "GET", **headers: str) -> Visitor:
        path, _, query = path.partition("?")
        sent = {"host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {
            "type": "http", "method": method, "scheme": "http", "http_version": "1.1", "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        }  # fmt: skip
        visitor = Visitor()
        await self.kept(scope, visitor.receive, visitor.send)
        return visitor


def played(play: Callable[[], Any]) -> Any:
    return asyncio.run(play())


def test_what_was_made_once_is_sent_again_byte_for_byte() -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        first, second = await front.ask(), await front.ask()
        assert (first.status, first.body) == (200, LONG)
        assert (second.headers, second.body) == (first.headers, first.body)
        assert "x-depends-on" not in first.headers

    played(play)
    assert len(pages.asked) == 1


@pytest.mark.parametrize("different", ["/boards/other/", "/boards/sample/?split=private", "/boards/sample/?"])
def test_another_address_is_another_answer(different: str) -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        await front.ask("/boards/sample/?split=all")
        await front.ask(different)

    played(play)
    assert len(pages.asked) == 2


def test_a_page_that_prints_its_own_address_is_kept_for_each_host() -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        for host in ("localhost", "evil.example", "localhost"):
            await front.ask(host=host)

    played(play)
    assert [asked["HTTP_HOST"] for asked in pages.asked] == ["localhost", "evil.example"]


def test_the_fragment_and_the_page_are_two_answers_where_the_page_says_so() -> None:
    pages = Pages(BOARD, ("Vary", "HX-Request, Cookie"))

    async def play() -> None:
        front = Front(pages)
        pages.body = b"page"
        await front.ask()
        pages.body = b"fragment"
        await front.ask(hx_request="true")
        assert (await front.ask()).body == b"page"
        assert (await front.ask(hx_request="true")).body == b"fragment"
        assert (await front.ask(hx_request="true", accept_language="es")).body == b"fragment"

    played(play)
    assert len(pages.asked) == 2


def test_languages_are_kept_apart_where_the_page_says_so() -> None:
    pages = Pages(BOARD, ("Vary", "Accept-Language"))

    async def play() -> None:
        front = Front(pages)
        for language in ("en", "es", "en", "es"):
            pages.body = language.encode()
            assert (await front.ask(accept_language=language)).body == language.encode()

    played(play)
    assert len(pages.asked) == 2


def test_each_coding_has_a_strong_tag_of_its_own_and_the_same_content() -> None:
    async def play() -> None:
        front = Front(Pages(BOARD, ("Vary", "HX-Request")))
        plain = await front.ask()
        zipped = await front.ask(accept_encoding="gzip")
        assert zipped.headers["content-encoding"] == "gzip"
        assert gzip.decompress(zipped.body) == plain.body == LONG
        assert len({plain.headers["etag"], zipped.headers["etag"]}) == 2
        assert all(one.headers["etag"].startswith('"') for one in (plain, zipped))
        assert all(one.headers["vary"] == "HX-Request, Accept-Encoding" for one in (plain, zipped))
        assert all(int(one.headers["content-length"]) == len(one.body) for one in (plain, zipped))
        assert (await front.ask(accept_encoding="gzip;q=0, deflate")).body == LONG

    played(play)


def test_who_has_this_very_coding_is_told_that_it_is_unchanged() -> None:
    async def play() -> None:
        front = Front(Pages(BOARD, ("Vary", "HX-Request"), ("Cache-Control", "no-cache")))
        etag = (await front.ask(accept_encoding="gzip")).headers["etag"]
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            unchanged = await front.ask(accept_encoding="gzip", if_none_match=known)
            assert (unchanged.status, unchanged.body) == (304, b"")
            assert unchanged.headers == {
                "cache-control": "no-cache", "vary": "HX-Request, Accept-Encoding", "etag": etag,
            }  # fmt: skip
        assert (await front.ask(if_none_match=etag)).status == 200  # not the coding that was asked for
        assert (await front.ask(accept_encoding="gzip", if_none_match='"other"')).status == 200

    played(play)


def test_head_says_what_get_would_and_sends_no_body() -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        before, got, after = await front.ask(method="HEAD"), await front.ask(), await front.ask(method="HEAD")
        assert before.headers == got.headers == after.headers
        assert before.body == after.body == b""

    played(play)
    assert [asked["REQUEST_METHOD"] for asked in pages.asked] == ["GET"]


@pytest.mark.parametrize(
    ("depends", "changed", "calls"),
    [
        ("board:sample", "board:sample", 2),
        ("board:sample", "board:other", 1),
        ("board:sample board:other", "board:other", 2),
        ("board:*", "board:anything", 2),
        ("board:*", "queue", 1),
        ("", "board:sample", 1),
    ],
)
def test_an_answer_goes_when_what_it_depends_on_changes(depends: str, changed: str, calls: int) -> None:
    pages = Pages(("X-Depends-On", depends))

    async def play() -> None:
        front = Front(pages)
        await front.ask()
        front.kept.heard(changed)
        await front.ask()

    played(play)
    assert len(pages.asked) == calls


def test_an_answer_begun_before_a_change_and_ready_after_it_is_not_kept() -> None:
    pages = Pages(BOARD, body=b"before")

    async def play() -> None:
        front = Front(pages)
        loop = asyncio.get_running_loop()

        def change_meanwhile() -> None:
            changed = asyncio.run_coroutine_threadsafe(heard(), loop)
            changed.result(20)
            pages.while_made = lambda: None

        async def heard() -> None:
            pages.body = b"after"
            front.kept.heard("board:sample")

        pages.while_made = change_meanwhile
        assert (await front.ask()).body == b"before"
        assert (await front.ask()).body == b"after"

    played(play)


def test_a_herd_is_answered_by_one_page() -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        pages.while_made = lambda: time.sleep(0.05)
        crowd = await asyncio.gather(*(front.ask(accept_encoding="gzip") for _ in range(200)))
        assert all(gzip.decompress(one.body) == LONG for one in crowd)

    played(play)
    assert len(pages.asked) == 1


def test_who_asks_after_a_change_does_not_get_the_page_that_was_being_made_before_it() -> None:
    pages = Pages(BOARD, body=b"old")

    async def play() -> None:
        front = Front(pages)
        await front.ask()  # what the page depends on is known from now on
        front.kept.heard("board:sample")
        began, go_on = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait() -> None:
            loop.call_soon_threadsafe(began.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(20)

        pages.while_made = wait
        first = asyncio.create_task(front.ask())
        await began.wait()
        pages.body, pages.while_made = b"new", lambda: None
        alike = asyncio.create_task(front.ask())
        await asyncio.sleep(0)
        front.kept.heard("board:sample")
        assert (await front.ask()).body == b"new"
        go_on.set()
        assert (await first).body == (await alike).body == b"old"
        assert (await front.ask()).body == b"new"

    played(play)


def test_who_has_heard_of_a_change_is_not_answered_from_before_it() -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        await front.ask()
        heard = str(time.time_ns() // 1000 + 1)
        await asyncio.sleep(0.001)
        await front.ask(x_heard=heard)
        assert len(pages.asked) == 2
        await front.ask(x_heard=heard)
        await front.ask(x_heard="nonsense")
        await front.ask(x_heard=str(10**18))  # a time to come is nobody's
        assert len(pages.asked) == 2

    played(play)


@pytest.mark.parametrize(
    "own", [{"cookie": "csrftoken=a; sessionid=b"}, {"authorization": "Token t"}, {"cookie": "messages=m"}]
)
def test_people_are_never_answered_from_memory_and_nothing_of_theirs_is_kept(own: dict[str, str]) -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        pages.body = b"theirs"
        assert (await front.ask(**own)).body == b"theirs"
        pages.body = b"everybody's"
        assert (await front.ask()).body == b"everybody's"
        pages.body = b"theirs again"
        answer = await front.ask(**own)
        assert answer.body == b"theirs again"
        assert "x-depends-on" not in answer.headers

    played(play)


def test_an_answer_to_be_kept_is_made_for_nobody_in_particular() -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        await Front(pages).ask(
            cookie="csrftoken=secret", referer="http://a/", user_agent="a browser", x_anything="poison",
            hx_current_url="http://b/", if_none_match='"x"', accept_encoding="gzip", accept="text/html",
        )  # fmt: skip

    played(play)
    told = {name for name in pages.asked[0] if name.startswith("HTTP_")}
    assert told == {"HTTP_HOST", "HTTP_ACCEPT"}


def test_a_header_sent_twice_reaches_the_page_as_it_stands_in_the_question() -> None:
    pages = Pages(BOARD, ("Vary", "HX-Request"))

    async def play() -> None:
        front, visitor = Front(pages), Visitor()
        twice = [(b"host", b"localhost"), (b"hx-request", b"poison"), (b"hx-request", b"true")]
        scope = {
            "type": "http", "method": "GET", "scheme": "http", "http_version": "1.1",
            "path": "/boards/sample/", "query_string": b"", "headers": twice,
        }  # fmt: skip
        await front.kept(scope, visitor.receive, visitor.send)

    played(play)
    assert pages.asked[0]["HTTP_HX_REQUEST"] == "true"


@pytest.mark.parametrize(
    "pages",
    [
        Pages(BOARD, ("Set-Cookie", "csrftoken=x")),
        Pages(BOARD, ("Cache-Control", "max-age=60, private")),
        Pages(BOARD, ("Cache-Control", "no-store")),
        Pages(BOARD, ("Vary", "*")),
        Pages(BOARD, ("Vary", "User-Agent")),
        Pages(BOARD, status="404 Not Found"),
        Pages(BOARD, status="302 Found"),
        Pages(),
    ],
    ids=["cookie", "private", "no-store", "any", "unknown header", "404", "302", "says nothing"],
)
def test_what_may_not_be_shared_is_asked_for_every_time(pages: Pages) -> None:
    async def play() -> None:
        front = Front(pages)
        for body in (b"one", b"two", b"three"):
            pages.body = body
            answer = await front.ask()
            assert answer.body == body
            assert answer.status == int(pages.status[:3])
            assert "x-depends-on" not in answer.headers
        assert len(front.kept.store) == 0

    played(play)


def test_a_visitor_whose_page_sets_a_cookie_is_known_by_the_cookies_they_have() -> None:
    pages = Pages(BOARD, ("Set-Cookie", "csrftoken=new"))

    async def play() -> None:
        await Front(pages).ask(cookie="csrftoken=old")

    played(play)
    assert pages.asked[-1]["HTTP_COOKIE"] == "csrftoken=old"


def test_a_stream_is_sent_as_it_comes_and_not_kept() -> None:
    pages = Pages(BOARD)
    pages.kind = Pieces

    async def play() -> None:
        front = Front(pages)
        assert (await front.ask()).body == LONG
        assert (await front.ask()).body == LONG
        assert len(front.kept.store) == 0

    played(play)


def test_nothing_is_answered_from_memory_while_the_database_is_not_heard() -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        await front.ask()
        front.kept.deaf()
        await front.ask()
        await front.ask()
        assert len(pages.asked) == 3
        front.kept.listening()
        await front.ask()  # what was missed may have changed anything: made anew
        await front.ask()
        assert len(pages.asked) == 4

    played(play)


def test_an_answer_begun_while_the_database_was_lost_is_not_kept() -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        loop = asyncio.get_running_loop()

        def lose_it() -> None:
            pages.while_made = lambda: None
            asyncio.run_coroutine_threadsafe(lost(), loop).result(20)

        async def lost() -> None:
            front.kept.deaf()
            front.kept.listening()

        pages.while_made = lose_it
        await front.ask()
        assert len(front.kept.store) == 0

    played(play)


def test_what_is_kept_stays_within_its_room_and_what_was_asked_for_lately_stays() -> None:
    pages = Pages(BOARD)
    room = 10 * (len(LONG) + 6000)

    async def play() -> None:
        front = Front(pages, room)
        for n in range(100):
            await front.ask(f"/boards/b{n}/", accept_encoding="gzip")
            await front.ask("/boards/b0/")
            assert front.kept.store.size <= room
        assert 5 < len(front.kept.store) < 20
        before = len(pages.asked)
        await front.ask("/boards/b0/")
        assert len(pages.asked) == before
        pages.body = LONG * 100
        await front.ask("/boards/large/")
        assert front.kept.store.size <= room

    played(play)


@pytest.mark.parametrize(
    "path", ["/submissions/", "/account/", "/live", "/boardsx/", "/static/x.css", "//boards/"]
)
def test_other_pages_go_straight_through(path: str) -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        await front.ask(path, cookie="a=b")
        await front.ask(path, cookie="a=b")

    played(play)
    assert [asked.get("HTTP_COOKIE") for asked in pages.asked] == ["a=b", "a=b"]
