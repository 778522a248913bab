"""What was made once is sent again byte for byte, to who asks the same question."""

from __future__ import annotations

import asyncio
import gzip
import time

import pytest

from tests.platform.visiting import BOARD, LONG, Front, Pages, played


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


def test_a_herd_is_answered_by_one_page() -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        pages.while_made = lambda: time.sleep(0.05)
        crowd = await asyncio.gather(*(front.ask(accept_encoding="gzip") for _ in range(200)))
        assert all(gzip.decompress(one.body) == LONG for one in crowd)

    played(play)
    assert len(pages.asked) == 1


def test_what_is_kept_stays_within_its_room_and_what_was_asked_for_lately_stays() -> None:
    pages = Pages(BOARD)
    room = 10 * (len(LONG) + 6000)

    async def play() -> None:
        front = Front(pages, room)
        for n in range(100):
            await front.ask(f"/boards/b{n}/", accept_encoding="gzip")
            await front.ask("/boards/b0/")
            assert front.kept.store.size <= room
        assert 5 < len(front.kept.store) < 25
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


def test_what_was_compressed_is_no_longer_held_plain_and_is_had_all_the_same() -> None:
    pages = Pages(BOARD, body=LONG * 10)

    async def play() -> None:
        front = Front(pages)
        plain = await front.ask()
        await front.ask(accept_encoding="gzip")
        assert front.kept.store.size < 4000 + len(LONG)
        again = await front.ask()
        assert (again.headers, again.body) == (plain.headers, LONG * 10)
        asked = ["gzip", "identity", "br", "identity"] * 5
        answers = await asyncio.gather(*(front.ask(accept_encoding=one) for one in asked))
        for coding, got in zip(asked, answers, strict=True):
            body = gzip.decompress(got.body) if coding == "gzip" else got.body
            assert body == LONG * 10 or got.headers["content-encoding"] == "br"

    played(play)
    assert len(pages.asked) == 1
