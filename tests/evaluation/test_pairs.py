"""A run on perturbed items: its page and the API tell what the perturbation did, item by item."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from evaluation.models import Item, Submission
from evaluation.selectors import benchmarks, pairs
from tests.domain.test_perturbed_items import SPEC
from tests.evaluation.test_work import hand_in
from workers import tasks

pytestmark = pytest.mark.django_db


def scored(person: Any, slug: str, wrong: Any) -> Submission:
    """Right answers everywhere but where `wrong` says so of an item."""
    version = benchmarks.current_version(slug)
    assert version is not None
    items = Item.objects.filter(version=version).select_related("reference", "task")
    lines = []
    for item in items:
        right = item.reference.gold["letters"][0]
        other = next(letter for letter in item.input["options"] if letter != right)
        lines.append(json.dumps({"id": item.key, "output": other if wrong(item) else right}))
    submission = hand_in(person, version, "\n".join(lines).encode())
    tasks.serve_queue()
    submission.refresh_from_db()
    return submission


@pytest.fixture
def exam(db: None, tmp_path: Path) -> None:
    folder = tmp_path / "pairs"
    folder.mkdir()
    (folder / "benchmark.toml").write_text(SPEC, encoding="utf-8")
    rows = (
        {
            "realidx": n,
            "question": f"Which of {n}?",
            "options": {"A": "one", "B": "two"},
            "answer_idx": "AB"[n % 2],
        }
        for n in range(40)
    )
    (folder / "q.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    call_command("load_benchmark", str(folder), stdout=io.StringIO())


def test_the_page_and_the_api_tell_what_changed(lab: Any, exam: None, client: Client) -> None:
    def wrong(item: Item) -> bool:
        n = int(item.key.partition("~")[0])
        if item.task.slug == "exam":
            return n < 10
        return n in range(4, 24) if item.task.slug == "exam-reordered" else n < 10

    submission = scored(lab, "pairs", wrong)
    client.force_login(lab)
    told = client.get(f"/api/v1/submissions/{submission.pk}/").json()["pairs"]

    assert [(each["original_task"], each["variant_task"]) for each in told] == [
        ("exam", "exam-reordered"),
        ("exam", "exam-recency"),
    ]
    reordered, recency = told
    assert (reordered["original"]["share"], reordered["variant"]["share"], reordered["difference"]) == (
        0.75,
        0.5,
        -0.25,
    )
    assert (reordered["right_to_wrong"]["count"], reordered["right_to_wrong"]["among"]) == (14, 30)
    assert (reordered["wrong_to_right"]["count"], reordered["wrong_to_right"]["among"]) == (4, 10)
    assert reordered["low"] < -0.25 < reordered["high"] < 0
    assert reordered["p"] == pytest.approx(0.030884, abs=1e-6)  # at most 4 of 18, two-sided
    assert (recency["difference"], recency["p"], recency["pairs"]) == (0.0, 1.0, 40)
    page = client.get(f"/submissions/{submission.pk}/").content.decode()
    for said in ("Pairs", "Exam, other order", "−25.0", "0.031", "14 / 30", "4 / 10", "exact McNemar"):
        assert said in page


def test_a_benchmark_without_pairs_says_nothing_of_them(
    lab: Any, tiny: Any, answers_to: Any, client: Client
) -> None:
    submission = hand_in(lab, tiny, answers_to())
    assert pairs.of_submission(submission) == ()
    tasks.serve_queue()
    client.force_login(lab)

    assert client.get(f"/api/v1/submissions/{submission.pk}/").json()["pairs"] == []
    assert ">Pairs<" not in client.get(f"/submissions/{submission.pk}/").content.decode()


def test_rabbits_is_paired_question_by_question(lab: Any, published_data: Path) -> None:
    call_command("load_benchmark", "rabbits_medqa", "--data", str(published_data), stdout=io.StringIO())
    version = benchmarks.current_version("rabbits_medqa")
    swapped = Item.objects.filter(version=version, task__slug="medqa-swapped")
    originals = Item.objects.filter(version=version, task__slug="medqa-original")
    known = originals.count()
    assert swapped.count() == 43
    assert known >= 4
    for original in originals:  # the same questions but for the names of drugs
        brands = swapped.get(cluster=original.cluster)
        assert original.input["question"][:40] == brands.input["question"][:40]
        assert original.reference.gold == brands.reference.gold

    submission = scored(lab, "rabbits_medqa", lambda item: item.task.slug == "medqa-swapped")
    (found,) = pairs.of_submission(submission)

    effect = found.effect
    assert (found.original.slug, found.variant.slug) == ("medqa-original", "medqa-swapped")
    assert (effect.pairs, effect.unpaired) == (known, 43 - known)
    assert (effect.original.share, effect.variant.share, effect.difference) == (1.0, 0.0, -1.0)
    assert (effect.right_to_wrong.count, effect.wrong_to_right.count) == (known, 0)
    assert effect.p == pytest.approx(2 * 0.5**known)
