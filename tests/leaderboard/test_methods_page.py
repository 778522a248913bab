"""The methods page explains every metric, interval and order that a board can show."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from django.test import Client

from evaluation.domain.metrics import METRICS
from leaderboard.domain.significance import Method as OrderMethod
from leaderboard.selectors.explained import anchor_of, methods

ROOT = Path(__file__).resolve().parents[2]


def entries(kind: str) -> set[str]:
    return {entry.name for entry in methods() if entry.kind == kind}


def test_every_metric_is_explained_and_no_other() -> None:
    assert entries("metric") == set(METRICS)


def test_every_order_is_explained() -> None:
    assert entries("order") >= set(get_args(OrderMethod)) | {"none"}


def interval_names() -> set[str]:
    """Names of intervals as the code that makes Scores writes them."""
    found = {"none"}
    sources = [ROOT / "evaluation/domain/intervals.py", *(ROOT / "evaluation/domain/metrics").glob("*.py")]
    for path in sources:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.keyword)
                and node.arg == "interval"
                and isinstance(node.value, ast.Constant)
            ):
                found.add(node.value.value)
            if path.name != "intervals.py":
                continue
            if isinstance(node, ast.Assign) and "name" in ast.unparse(node.targets[0]):
                found |= {
                    c.value
                    for c in ast.walk(node.value)
                    if isinstance(c, ast.Constant) and isinstance(c.value, str)
                }
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                first = node.value.elts[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def test_every_interval_a_score_is_stored_with_is_explained() -> None:
    found = interval_names()
    assert {"wilson", "jackknife-t", "rule-of-three", "bootstrap mean t"} <= found
    assert found <= entries("interval")


@pytest.mark.django_db
def test_what_is_stored_when_a_benchmark_is_scored_is_explained(
    client: Client, lab: Any, tiny: Any, answers_to: Any
) -> None:
    import io

    from django.core.files.base import File

    from evaluation.models import Score
    from evaluation.services import submissions
    from workers import tasks

    submissions.submit(
        lab, tiny, "Alpha", "", "p.jsonl", File(io.BytesIO(answers_to(wrong=("c0",))), name="p.jsonl")
    )
    tasks.serve_queue()
    stored = set(Score.objects.values_list("interval", flat=True))
    assert stored and stored <= entries("interval")
    method = client.get("/api/v1/boards/tiny/").json()["order"]["method"]
    assert not method or method in entries("order")


def test_every_entry_says_formula_meaning_assumption_limit_and_source() -> None:
    for entry in methods():
        for part in (entry.title, entry.formula, entry.means, entry.assumes, entry.limits, entry.reference):
            assert part.strip(), entry.name
        assert re.search(r"\d{4}|docs/methods.md", entry.reference), entry.name


@pytest.mark.django_db
def test_the_page_has_an_anchor_for_every_entry_and_every_link_leads_somewhere(client: Client) -> None:
    page = client.get("/methods/").content.decode()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {entry.anchor for entry in methods()} <= set(ids)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert anchor_of("metric", "meds_bench.mcqa") == "metric-meds_bench.mcqa"
    assert 'href="/methods/agreement/"' in page
    assert "Westfall" in page and "section-2-2" in ids


@pytest.mark.django_db
def test_a_search_leaves_what_has_all_words_without_a_script(client: Client) -> None:
    page = client.get("/methods/?q=kappa+Cohen").content.decode()
    assert 'id="metric-risk_kappa"' in page and 'id="metric-accuracy"' not in page
    none = client.get("/methods/?q=<script>zzz").content.decode()
    assert "Nothing has all these words" in none and "<script>zzz" not in none
