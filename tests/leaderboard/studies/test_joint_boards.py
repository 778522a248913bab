"""Physicians' ratings and automatic scores of the same systems on one board."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.base import File
from django.test import Client

from evaluation.domain.benchmarks import Question
from evaluation.domain.metrics import metric
from evaluation.services import submissions
from leaderboard.domain.table import Slice
from leaderboard.selectors import boards, joint_boards, joint_specs
from leaderboard.selectors.joint_pages import joint_reading
from leaderboard.selectors.joint_specs import Automatic, JointSpec, Physicians
from raters.domain.importing import READERS
from raters.domain.rubric.case import Case, ShownAnswer
from raters.models import Study
from workers import demo_study, tasks

pytestmark = pytest.mark.django_db

USEFUL = """
id = "useful"
title = "Useful"
description = "One answer, one question."
unit = "answer"
source = "Ours."
guidelines = "Look at it."

[[axes]]
id = "useful"
label = "Useful"
question = "Would you use it?"
type = "binary"
options = [{ value = "yes", label = "Yes", top_bin = true }, { value = "no", label = "No" }]
"""
REFERENCE = " ".join(f"word{at}" for at in range(40))


def a_study(rated: Callable[..., Study], useful: dict[str, float], kept: dict[str, int]) -> Study:
    """Eight raters on 24 cases: how often each system is useful, and how many words of the reference it has."""
    rng = np.random.default_rng(7)
    given: list[Any] = [
        (f"c{case}", (name,), f"r{rater}", {"useful": "yes" if rng.random() < share else "no"})
        for (name, share), rater, case in product(useful.items(), range(8), range(24))
    ]
    answers = {
        (f"c{case}", name): ShownAnswer(text=" ".join(f"word{at}" for at in range(words + case % 3)))
        for (name, words), case in product(kept.items(), range(24))
    }
    cases = {f"c{case}": Case(question="?", reference=REFERENCE) for case in range(24)}
    return rated(USEFUL, given, cases=cases, answers=answers)


def test_facets_of_reviews_stand_beside_the_overlap_of_the_same_texts(
    on_board: Callable[..., Study], published_data: Path
) -> None:
    on_board("mslr_human_eval")
    table = boards.table("mslr-facets-and-overlap", Slice())
    assert table is not None and table.head.kind == "joint"
    people, machines = ["population", "intervention", "outcome", "fluency"], ["auto.rougeL", "auto.bleu4"]
    assert [column.key for column in table.columns] == people + machines
    assert len(table.rows) == 6
    found = READERS["mslr_human_eval"](published_data / "mslr_human_eval")
    ratings = list(found.ratings)
    reference = {item.key: item.case.reference for item in found.items}
    for row in table.rows:
        human, machine = row.cells["population"], row.cells["auto.rougeL"]
        said = [one.payload.get("population") for one in ratings if one.systems == (row.system,)]
        levels = [int(level) + 1 for level in said if isinstance(level, str)]
        assert (human.value, human.n) == (pytest.approx(np.mean(levels)), len(levels))
        own = [(one.answer.text, reference[one.item]) for one in found.answers if one.system == row.system]
        own = [(text, expected) for text, expected in own if text.strip() and expected.strip()]
        rule = metric("rougeL")
        questions = [
            Question("t", str(at), "public", {}, {"references": [one]}) for at, (_, one) in enumerate(own)
        ]
        theirs = rule.estimate(rule.count([text for text, _ in own], questions, {}), {})
        assert (machine.value, machine.n) == (pytest.approx(theirs.value), len(own))
        assert machine.low is not None and machine.rank_low is not None
    reading = joint_reading("mslr-facets-and-overlap", Slice())
    assert reading is not None and reading.n_common == 6
    assert reading.correlation.status == "ok" and "Over 6 systems" in reading.sentence
    assert reading.meaning.agreement is not None and reading.meaning.agreement["coefficient"]
    by_fluency = joint_reading("mslr-facets-and-overlap", Slice(columns=("fluency", "auto.bleu4")))
    assert by_fluency is not None
    assert (by_fluency.human.key, by_fluency.automatic.key) == ("fluency", "auto.bleu4")


def test_votes_on_reviews_stand_beside_overlap_and_are_of_other_texts(on_board: Callable[..., Study]) -> None:
    study = on_board("mslr_human_eval_pairwise", "mslr_human_eval")
    table = boards.table("mslr-pairwise-and-overlap", Slice())
    assert table is not None
    assert {row.system for row in table.rows} == {system.name for system in study.systems.all()}
    assert all(row.cells["auto.rougeL"].value is not None for row in table.rows)


def test_a_reader_study_of_two_systems_without_texts_says_what_is_not_possible(
    on_board: Callable[..., Study], client: Client
) -> None:
    on_board("clinsumm_reader_study")
    table = boards.table("clinsumm-and-overlap", Slice())
    assert table is not None and {row.system for row in table.rows} == {"expert", "model"}
    assert all("auto.rougeL" not in row.cells for row in table.rows)
    assert [row.cells["completeness"].n for row in table.rows] == [200, 200]
    reading = joint_reading("clinsumm-and-overlap", Slice())
    assert reading is not None and reading.correlation.status == "undefined_too_few_systems"
    assert "a correlation takes 3" in reading.sentence
    text = client.get("/boards/clinsumm-and-overlap/").content.decode()
    assert "a correlation takes 3" in text and "were not published" in text


def test_a_proven_order_that_the_other_score_contradicts_with_proof_is_flagged(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study], client: Client
) -> None:
    useful = {"clear": 0.9, "plain": 0.8, "wordy": 0.1, "empty": 0.05}
    study = put_on_board(a_study(rated, useful, {"clear": 12, "plain": 22, "wordy": 36, "empty": 3}))
    slug = f"{study.slug}-joint"
    assert slug in {listing.head.slug for listing in boards.listed() if listing.head.kind == "joint"}
    reading = joint_reading(slug, Slice())
    assert reading is not None and reading.correlation.n_systems == 4
    flagged = {row.system for row in reading.beside if row.flag}
    assert flagged == {"clear", "plain", "wordy"}
    contradicted = [said for said in reading.flags if "each is significant" in said]
    assert len(contradicted) == 2  # clear and plain, both before wordy
    assert any(said.startswith("wordy has rank 3–4") for said in reading.flags)
    page = client.get(f"/boards/{slug}/").content.decode()
    assert all(said in page for said in contradicted)
    fragment = client.get(f"/boards/{slug}/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and 'id="board"' in fragment
    assert 'id="reading"' in fragment and "hx-swap-oob" in fragment  # words follow the numbers


def test_scores_that_agree_raise_no_flag(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    useful = {"a": 0.95, "b": 0.7, "c": 0.4, "d": 0.1}
    study = put_on_board(a_study(rated, useful, {"a": 36, "b": 26, "c": 16, "d": 6}))
    reading = joint_reading(f"{study.slug}-joint", Slice())
    assert reading is not None and reading.flags == () and not any(row.flag for row in reading.beside)
    assert reading.correlation.value == pytest.approx(1)


def test_both_scores_are_blended_by_a_readers_weights_alone(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    study = put_on_board(a_study(rated, {"a": 0.9, "b": 0.4}, {"a": 30, "b": 20}))
    slug = f"{study.slug}-joint"
    plain = boards.table(slug, Slice())
    assert plain is not None and all(row.average is None for row in plain.rows)
    weighted = boards.table(slug, Slice(weights=(("auto.rougeL", 1.0), ("useful", 1.0))))
    assert weighted is not None
    for row in weighted.rows:
        both = [row.cells[key].value or 0.0 for key in ("useful", "auto.rougeL")]
        assert row.average == pytest.approx(sum(both) / 2)
        assert row.low is not None and row.high is not None and row.low < sum(both) / 2 < row.high


def test_a_board_of_runs_can_be_the_automatic_side(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study], tiny: Any, lab: Any, answers_to: Any
) -> None:
    study = put_on_board(a_study(rated, {"One": 0.9, "Two": 0.4}, {"One": 30, "Two": 20}))
    for name, wrong in (("One", ()), ("Two", ("c0", "c1", "v0"))):
        file = File(io.BytesIO(answers_to(wrong=wrong)), name="p.jsonl")
        submissions.submit(lab, tiny, name, "", "p.jsonl", file)
    tasks.serve_queue()
    board = boards.table("tiny", Slice())
    assert board is not None
    spec = JointSpec(
        slug="s",
        title="S",
        description="",
        physicians=Physicians(study=study.slug),
        automatic=(Automatic(board="tiny"), Automatic(board="tiny", column="choice")),
    )
    found = joint_boards.joint_of(spec, Slice())
    assert found is not None and set(found.topics) == {study.slug, "tiny"}
    assert joint_specs.find("s") is None
    cells = {score.column.key: score.cells for score in found.scores}
    for row in board.rows:
        if row.system in ("One", "Two"):
            assert cells["auto.tiny"][row.system_key].value == row.average
            assert cells["auto.tiny.choice"][row.system_key].value == row.cells["choice"].value


def test_the_demo_has_a_board_of_made_up_ratings_that_says_so(root_admin: Any, client: Client) -> None:
    study = demo_study.publish(root_admin)
    assert study is not None and demo_study.publish(root_admin) is None
    table, reading = boards.table(study.slug, Slice()), joint_reading(f"{study.slug}-joint", Slice())
    assert table is not None and table.head.synthetic and len(table.rows) == 6
    assert table.column("mv_risk") is not None and table.column("mv_risk@4") is not None
    assert reading is not None and reading.correlation.n_systems == 6
    for address in (f"/boards/{study.slug}/", f"/boards/{study.slug}/study/", f"/boards/{study.slug}-joint/"):
        assert "made up" in client.get(address).content.decode().lower()
