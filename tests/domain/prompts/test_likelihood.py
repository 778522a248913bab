"""Options are compared by their likelihood, in the form they were published in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluation.domain.benchmarks import Question
from evaluation.domain.metrics import metric
from evaluation.domain.prompts.modes import mode
from evaluation.domain.prompts.strategies import solve
from tests.domain.prompts.answering import CASE, run, scores


def test_the_likeliest_letter_is_the_answer_and_every_score_is_recorded(roomy):
    rounds, solved = run(solve(mode("options-loglikelihood"), CASE, [], roomy), scores(-3.0, -1.0, -2.0))
    assert rounds[0][0].options == ("A", "B", "C")
    assert (solved.output, solved.finish) == ("B", "scored")
    assert solved.record["option_scores"] == {"A": -3.0, "B": -1.0, "C": -2.0}


def test_sums_decide_and_means_over_tokens_are_told_beside_them(roomy):
    asked = replace(
        CASE, family="classification", input={"question": "?"}, options={"labels": ["mild", "very severe"]}
    )
    _, solved = run(solve(mode("options-loglikelihood"), asked, [], roomy), scores(-2.0, -3.0, tokens=(1, 3)))
    assert (solved.output, solved.record["best_by_token"]) == ("mild", "very severe")
    assert solved.record["option_scores_by_token"] == {"mild": -2.0, "very severe": -1.0}


def test_a_base_models_options_follow_a_space(by_characters):
    rounds, solved = run(
        solve(mode("options-loglikelihood"), CASE, [], by_characters(None, is_chat=False)),
        scores(-1.0, -2.0, -3.0),
    )
    assert rounds[0][0].turns[0].text.endswith("Answer:") and rounds[0][0].options == (" A", " B", " C")
    assert solved.output == "A"


def test_published_labels_are_compared_in_their_published_form(roomy):
    options = {"labels": ["Yes", "No"], "prefix": "AIS"}
    asked = replace(CASE, family="classification", input={"context": "MRI"}, options=options)
    rounds, solved = run(solve(mode("options-loglikelihood"), asked, [], roomy), scores(-2.0, -1.0))
    assert rounds[0][0].options == ("AIS: Yes", "AIS: No") and solved.output == "AIS: No"
    question = Question("t", "i", "public", asked.input, {"label": "No"})
    assert metric("bridge.classification").read(solved.output, question, options) == "no"


@pytest.mark.parametrize("sums", [(), (-1.0,), (-1.0, float("nan"), -2.0), (-1.0, float("-inf"), -2.0)])
def test_scores_that_are_not_a_number_for_each_option_fail_the_item(roomy, sums):
    _, solved = run(solve(mode("options-loglikelihood"), CASE, [], roomy), scores(*sums))
    assert (
        solved.failure.code == "no_option_scores" and "log-likelihood of 3 options" in solved.failure.message
    )
