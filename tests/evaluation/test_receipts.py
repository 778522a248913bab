"""A receipt names everything a score came from, and the same answers give the same number again."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluation.domain import receipts as domain
from evaluation.models import Answer, Receipt, Score, Submission
from evaluation.services import receipts
from tests.evaluation.test_work import hand_in
from workers import tasks

pytestmark = pytest.mark.django_db

Answers = Callable[..., bytes]


@pytest.fixture
def scored(lab: Any, tiny: Any, answers_to: Answers) -> Submission:
    submission = hand_in(lab, tiny, answers_to(wrong=("c0",), unreadable=("v2",)))
    tasks.serve_queue()
    return submission


def recompute(name: str) -> str:
    out = io.StringIO()
    call_command("recompute", name, stdout=out)
    return out.getvalue()


def test_every_scored_run_has_a_receipt_that_names_its_sources(scored: Submission, tiny: Any) -> None:
    receipt = Receipt.objects.get(run=scored.run)

    said = receipt.manifest
    assert said["benchmark"] == {"slug": "tiny", "version": 1, "content_sha256": tiny.content_hash}
    assert said["source"] == {"file": {"sha256": scored.sha256, "size": scored.size}}
    outputs = Answer.objects.filter(run=scored.run).values_list("output", flat=True)
    assert said["answers"] == {"sha256": domain.answers_sha256(outputs), "count": 8, "missing": 0}
    assert len(said["scores"]) == Score.objects.filter(run=scored.run).count()
    assert receipt.sha256 == domain.sha256_of(said)
    assert receipts.issue(scored.run).pk == receipt.pk


def test_the_same_number_comes_out_again(scored: Submission) -> None:
    receipt = Receipt.objects.get(run=scored.run)

    assert "all as receipt" in recompute(receipt.sha256)
    assert "all as receipt" in recompute(receipt.sha256[:8])
    assert "all as receipt" in recompute(str(scored.pk))


def test_a_changed_answer_is_told(scored: Submission) -> None:
    Answer.objects.filter(run=scored.run, position=1).update(output="nothing that could be read")

    with pytest.raises(CommandError, match="figures are not what receipt"):
        recompute(str(scored.pk))
    found = receipts.recompute(Receipt.objects.get(run=scored.run))
    assert found.differences[0].what == "the answers"
    assert any("choice (all): value" in each.what for each in found.differences)


def test_a_receipt_that_was_written_over_is_told(scored: Submission) -> None:
    receipt = Receipt.objects.get(run=scored.run)
    for score in receipt.manifest["scores"]:
        score["value"] = 1.0
    receipt.save()

    found = receipts.recompute(receipt)

    assert found.differences[0].what == "the receipt itself"
    assert not found.holds


def test_a_scorer_that_changed_is_told_though_the_number_holds(scored: Submission) -> None:
    receipt = Receipt.objects.get(run=scored.run)
    receipt.manifest["scorer"]["packages"]["numpy"] = "1.0"
    receipt.sha256 = domain.sha256_of(receipt.manifest)
    receipt.save()

    found = receipts.recompute(receipt)

    assert found.holds
    assert any(change.startswith("numpy was 1.0") for change in found.changes)


def test_an_unknown_receipt_is_told(db: None) -> None:
    with pytest.raises(CommandError, match="There is no receipt 'abcdef12'"):
        recompute("abcdef12")
