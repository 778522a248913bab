"""What is computed with, cited or kept is the same, byte for byte, whatever language its reader asks for."""

from __future__ import annotations

import gc
import re
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from tests.leaderboard.published_runs import answers, load, submitter

pytestmark = pytest.mark.django_db
ASKED = ("en", "es-MX,es;q=0.9", "zh-CN,zh;q=0.9", "")
SAME = [
    "/api/v1/boards/", "/api/v1/boards/deep/", "/api/v1/boards/deep/pairs/", "/api/v1/boards/deep/tasks/",
    "/api/v1/boards/deep/changes/", "/api/v1/boards/deep/?nonsense=", "/api/v1/benchmarks/", "/api/v1/benchmarks/deep/",
    "/api/v1/systems/", "/api/v1/schema/", "/api/v1/submissions/", "/api/v1/nothing/",
    "/boards/deep.csv", "/boards/deep.json", "/boards/deep.parquet", "/boards/deep.tex", "/boards/deep/badge.svg",
    "/boards/deep/charts/forest.csv", "/boards/deep/charts/wins.csv", "/changes/feed.atom",
    "/boards/deep/changes/feed.atom", "/benchmarks/deep/template.csv", "/benchmarks/deep/template.jsonl",
]  # fmt: skip
PAST = ["/boards/deep.csv", "/boards/deep.json", "/boards/deep.tex", "/boards/deep/", "/boards/deep/charts/"]


@pytest.fixture
def deep(db: None, lab: Any, tmp_path: Path) -> Any:
    hand_in = submitter(lab, load(tmp_path))
    hand_in("Alpha", answers())
    return hand_in("Beta", answers(wrong=["set/c1", "set/c4"]))


def read(where: str, accepted: str, cookie: str = "") -> tuple[int, bytes, str]:
    client = Client()
    if cookie:
        client.cookies["language"] = cookie
    response = client.get(where, headers={"Accept-Language": accepted} if accepted else {})
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, content, response.headers.get("Content-Disposition", "")


def test_answers_and_files_are_the_same_for_all(deep: Any) -> None:
    for where in SAME:
        first, *others = [read(where, accepted) for accepted in ASKED] + [read(where, "en", "es")]
        assert all(other == first for other in others), where
        assert "Accept-Language" not in Client().get(where).headers.get("Vary", ""), where


def test_a_board_of_the_past_is_the_same_for_all(deep: Any) -> None:
    from django.utils import timezone

    at = f"{timezone.now():%Y-%m-%dT%H:%M:%S.%fZ}"
    for where in PAST:
        first, *others = [read(f"{where}?as_of={at}", accepted) for accepted in ASKED]
        assert first[0] == 200, where
        assert all(other == first for other in others), where


def test_a_receipt_is_the_same_for_all_and_its_page_is_not(deep: Any) -> None:
    page = Client().get("/boards/deep/").content.decode()
    key = deep.run.receipts.latest("pk").sha256 if hasattr(deep.run, "receipts") else ""
    assert page
    if key:
        kept = {read(f"/receipts/{key}.json", accepted)[1] for accepted in ASKED}
        assert len(kept) == 1
        assert len({read(f"/receipts/{key}/", accepted)[1] for accepted in ("en", "es", "zh")}) == 3


def test_a_citation_is_the_same_in_every_page_language(deep: Any) -> None:
    cited = set()
    for accepted in ASKED:
        page = read("/boards/deep/", accepted)[1].decode()
        at = page.index("@misc{")
        cited.add(page[at : page.index("</", at)])
    assert len(cited) == 1


def test_what_a_worker_writes_is_english_whoever_asked_for_it(lab: Any, tmp_path: Path) -> None:
    from workers import tasks

    with translation.override("es"):
        hand_in = submitter(lab, load(tmp_path))
        submission = hand_in("Alpha", answers())
        tasks.sweep()
    kept = str(submission.findings) + str(getattr(submission.run, "failure", ""))
    assert not any(word in kept for word in ("respuesta", "ítem", "envío"))


def test_numbers_are_written_alike_in_every_language(deep: Any) -> None:
    def numbers(accepted: str) -> list[str]:
        page = read("/boards/deep/", accepted)[1].decode()
        table = page[page.index("<table") : page.index("</table>")]
        return re.findall(r"\d+\.\d+", table)

    assert numbers("en") == numbers("es") == numbers("zh")
    assert len(numbers("en")) > 10


def test_no_page_holds_words_of_the_language_asked_for_before_it(deep: Any) -> None:
    """What is remembered between requests holds no words of one reader's language."""
    pages = ["/", "/boards/deep/", "/boards/deep/charts/", "/boards/deep/significance/", "/boards/deep/tasks/choice/",
             "/methods/", "/queue/", "/changes/", "/benchmarks/deep/", "/systems/Alpha/"]  # fmt: skip
    fresh: dict[str, bytes] = {where: read(where, "en")[1] for where in pages}
    for where in pages:
        read(where, "es")
        read(where, "zh")
    _forgotten()
    for where in pages:
        read(where, "es")  # the first to ask is Spanish now, and what is remembered is made for them
    assert {where: read(where, "en")[1] for where in pages} == fresh


def _forgotten() -> None:
    for each in gc.get_objects():
        if type(each) is _lru_cache_wrapper and str(each.__module__).startswith(
            ("leaderboard", "raters", "evaluation")
        ):
            each.cache_clear()
