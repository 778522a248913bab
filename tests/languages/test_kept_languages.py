"""Kept pages are kept once for each language of ours, and nobody gets another reader's."""

from __future__ import annotations

import itertools

from tests.platform.test_kept_answers import BOARD, Front, Pages, played

VARY = ("Vary", "Accept-Language, Cookie, HX-Request")
ENGLISH = ["", "en-GB,en;q=0.9", "de-DE,de;q=0.9", "*", "x" * 3000]
SPANISH = ["es", "es-MX,es;q=0.9,en;q=0.1", "ES-419"]
CHINESE = ["zh-CN,zh;q=0.9", "zh", "zh-Hans-CN"]


class InItsLanguage(Pages):
    """Says which language it was asked for, as the pages do."""

    def __call__(self, environ, start_response):  # type: ignore[no-untyped-def]
        self.body = environ.get("HTTP_ACCEPT_LANGUAGE", "none").encode() * 200
        assert "HTTP_COOKIE" not in environ
        return super().__call__(environ, start_response)


def said(visitor) -> str:  # type: ignore[no-untyped-def]
    return str(visitor.body[: len(visitor.body) // 200].decode())


def test_a_page_is_made_once_for_each_language_of_ours_however_it_is_asked_for() -> None:
    pages = InItsLanguage(BOARD, VARY)

    async def play() -> None:
        front = Front(pages)
        for _ in range(2):
            for language, asked in (("en", ENGLISH), ("es", SPANISH), ("zh-hans", CHINESE)):
                for each in asked:
                    headers = {"accept_language": each} if each else {}
                    assert said(await front.ask(**headers)) == language

    played(play)
    assert len(pages.asked) == 3


def test_a_choice_kept_in_a_cookie_comes_before_what_the_browser_asks_for_and_is_kept_too() -> None:
    pages = InItsLanguage(BOARD, VARY)

    async def play() -> None:
        front = Front(pages)
        for _ in range(2):
            assert said(await front.ask(accept_language="en", cookie="a=b; language=es")) == "es"
            assert said(await front.ask(accept_language="zh", cookie="language=en; c=d")) == "en"
            assert said(await front.ask(accept_language="es")) == "es"
            assert said(await front.ask(accept_language="es", cookie="language=klingon")) == "es"
            assert (
                said(await front.ask(accept_language="es", cookie="language=\xff\xfe; xlanguage=zh-hans"))
                == "es"
            )

    played(play)
    assert len(pages.asked) == 2


def test_no_order_of_readers_gives_anybody_the_language_of_another() -> None:
    readers = [
        ("en", {}), ("es", {"accept_language": "es"}), ("zh-hans", {"cookie": "language=zh-hans"}),
        ("en", {"accept_language": "es", "cookie": "language=en"}),
    ]  # fmt: skip

    async def play() -> None:
        for order in itertools.permutations(readers):
            front = Front(InItsLanguage(BOARD, VARY))
            for language, headers in (*order, *order):
                assert said(await front.ask(**headers)) == language

    played(play)


def test_each_language_has_a_tag_of_its_own() -> None:
    async def play() -> None:
        front = Front(InItsLanguage(BOARD, VARY))
        english, spanish = await front.ask(), await front.ask(accept_language="es")
        assert english.headers["etag"] != spanish.headers["etag"]
        known = {"if_none_match": english.headers["etag"]}
        assert (await front.ask(**known)).status == 304
        assert (await front.ask(accept_language="es", **known)).status == 200
        assert "Accept-Language" in spanish.headers["vary"]

    played(play)


def test_what_does_not_vary_by_language_is_kept_once_for_all() -> None:
    pages = Pages(BOARD, ("Vary", "HX-Request"))

    async def play() -> None:
        front = Front(pages)
        for asked in ({}, {"accept_language": "es"}, {"cookie": "language=zh-hans"}):
            await front.ask(**asked)

    played(play)
    assert len(pages.asked) == 1
