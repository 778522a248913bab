"""Nothing personal is kept, and nobody with a session is answered from memory."""

from __future__ import annotations

import pytest

from tests.platform.visiting import BOARD, LONG, Front, Pages, Visitor, played


class Pieces(list[bytes]):
    streaming = True


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
    assert told == {"HTTP_HOST", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE"}


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
