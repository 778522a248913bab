"""Judges have a board of their own: scored, ranked, and said to be agreement with physicians."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.core.files.base import File
from django.core.management import call_command
from django.test import Client

from evaluation.domain.judging.shown import answer_of
from evaluation.models import Reference, Score
from evaluation.selectors import benchmarks
from evaluation.services import submissions
from evaluation.templatetags.measures import interval_bar
from leaderboard.domain.aggregation import macro_average
from leaderboard.domain.moments import TaskMoments
from leaderboard.selectors import boards
from leaderboard.selectors.boards import Slice
from workers import tasks
from workers.backends.baseline import BASELINES

pytestmark = pytest.mark.django_db

BOARD = "/boards/sample_judging/"
NOTE = "A board of judges: a score says how far the judge agrees with invented physicians"


@pytest.fixture
def judging(db: None) -> Any:
    call_command("load_benchmark", "sample_judging", stdout=io.StringIO())
    return benchmarks.current_version("sample_judging")


@pytest.fixture
def submit(lab: Any, judging: Any) -> Callable[[str, Callable[[dict[str, Any]], str]], None]:
    def hand_in(system: str, answer: Callable[[dict[str, Any]], str]) -> None:
        lines = [json.loads(line) for line in benchmarks.items_as_lines(judging)]
        text = "".join(json.dumps({"id": line["id"], "output": answer(line)}) + "\n" for line in lines)
        file = File(io.BytesIO(text.encode()), name="p.jsonl")
        submission, _ = submissions.submit(lab, judging, system, "", "p.jsonl", file)
        assert submission.verdict == "accepted", submission.findings
        tasks.serve_queue()

    return hand_in


def consensus(line: dict[str, Any]) -> str:
    gold = Reference.objects.get(item__key=line["id"], item__version__benchmark__slug="sample_judging").gold
    return answer_of(line["family"], gold)


def test_baselines_and_a_good_judge_are_scored_ranked_and_told_apart(
    submit: Callable[..., None], client: Client
) -> None:
    for name, baseline in BASELINES.items():
        submit(name, baseline)
    submit("What most say", consensus)
    table = boards.table("sample_judging", Slice())
    assert table is not None
    rows = {row.system: row for row in table.rows}
    assert set(rows) == {*BASELINES, "What most say"}
    best = rows["What most say"]
    assert best.n_unparsed == 0
    for name in BASELINES:
        assert rows[name].n_unparsed == 0
        assert rows[name].average is not None
        assert rows[name].average < best.average
        assert rows[name].low <= rows[name].average <= rows[name].high
    page = client.get(BOARD).content.decode()
    assert NOTE in page
    assert "not how good the judged answers are" in page
    kappa = Score.objects.get(
        run__submission__system__name="What most say", task__slug="risk-of-texts", split="all"
    )
    assert kappa.metric == "risk_kappa"
    assert kappa.parts["not_inferior"] in (0.0, 1.0)
    assert kappa.parts["minus_one_physician"] == pytest.approx(
        kappa.value - kappa.parts["one_physician"]
    )  # every item has several labels


def test_the_board_of_one_task_has_the_metric_s_own_interval_below_zero_too(
    submit: Callable[..., None],
) -> None:
    def contrary(line: dict[str, Any]) -> str:
        level = consensus(line)[-1]
        return f"Risk level: {5 - int(level)}" if line["family"] == "risk_label" else "tie"

    submit("Contrary", contrary)
    table = boards.table("sample_judging", Slice(chosen=(("task", ("risk-of-texts",)),)))
    assert table is not None
    (row,) = table.rows
    score = Score.objects.get(task__slug="risk-of-texts", split="all")
    assert row.average == pytest.approx(score.value, abs=0.005)  # rounded: some items are private
    assert score.value < -0.5
    limits = (pytest.approx(score.low, abs=0.01), pytest.approx(score.high, abs=0.01))
    assert (row.low, row.high) == limits
    assert -1 <= row.low < row.average < row.high


def test_the_items_page_shows_what_is_judged_and_who_said_what(judging: Any, client: Client) -> None:
    page = client.get("/benchmarks/sample_judging/items/").content.decode()
    assert "Small left pleural effusion, smaller than last week. No pneumothorax. Normal heart size." in page
    assert "<dt>p1</dt><dd>risk: 4; errors: detail_misidentification</dd>" in page
    criteria = client.get("/benchmarks/sample_judging/items/?task=criteria-of-answers").content.decode()
    assert "Names at least two causes other than the heart." in criteria
    pairs = client.get("/benchmarks/sample_judging/items/?task=two-answers").content.decode()
    assert "<dt>Answer b</dt>" in pairs
    assert "<dt>p3</dt><dd>preference: a</dd>" in pairs


def test_a_board_of_other_tasks_says_nothing_of_judges(tiny: Any, client: Client) -> None:
    assert "A board of judges" not in client.get("/boards/tiny/").content.decode()


def test_the_template_has_a_placeholder_that_can_be_read_for_every_item(
    judging: Any, submit: Callable[..., None]
) -> None:
    given = {line["id"]: line["output"] for line in map(json.loads, benchmarks.example_lines(judging))}
    submit("Example", lambda line: given[line["id"]])
    assert not any(Score.objects.filter(split="all").values_list("n_unparsed", flat=True))


def test_averages_of_signed_scores_keep_their_lower_limit() -> None:
    scores = np.array([[-0.6, -0.2, -0.5, -0.4]])
    moments = TaskMoments((1,), scores.mean(axis=1), np.array([[scores.var(ddof=1) / 4]]), 4, 4, ("ok",))
    cut, kept = macro_average([moments]), macro_average([moments], floor=-1.0)
    assert cut.low[0] == 0.0  # what the floor is for
    assert -1 <= kept.low[0] < -0.425 < kept.high[0] < 0
    alike = TaskMoments((1,), np.array([0.0]), np.zeros((1, 1)), 20, 20, ("ok",))
    limits = macro_average([alike], floor=-1.0)
    assert limits.low[0] == pytest.approx(-limits.high[0])


def test_the_picture_of_an_interval_below_zero_stays_on_its_axis() -> None:
    drawn = interval_bar(-0.4, -0.9, 0.1)
    assert 'cx="2.0"' in drawn
    assert 'x1="2.0"' in drawn
    assert "-40.0, 95 % interval -90.0 to 10.0" in drawn
