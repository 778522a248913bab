"""Published choices between two answers, read from small invented files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from raters.domain.importing import READERS, ImportedRating

Rows = list[dict[str, Any]]
Write = Callable[[str, Rows], Path]


def test_scores_of_switched_sides_are_mirrored_and_blank_ones_are_counted(
    rows: Callable[[str], Rows], write: Write
) -> None:
    study = READERS["clinsumm_reader_study"](write("clinsumm_reader_study", rows("clinsumm_reader_study")))
    # switched: 2 is -2 for the model, hence clearly the expert, who is first; -1 is 1, slightly the model
    assert study.ratings == [
        ImportedRating(
            "5", ("expert", "model"), "R1", {"completeness": "first_much", "correctness": "second"}
        ),
        ImportedRating("5", ("expert", "model"), "R2", {"conciseness": "tie"}),
    ]
    assert "1 scores that are blank in the file" in study.left_out
    assert study.systems == ["expert", "model"]


def test_unswitched_scores_stand_for_the_model_when_positive(
    rows: Callable[[str], Rows], write: Write
) -> None:
    given = [row | {"switched": 0} for row in rows("clinsumm_reader_study")]
    first = next(iter(READERS["clinsumm_reader_study"](write("clinsumm_reader_study", given)).ratings))
    assert first.payload == {"completeness": "second_much", "correctness": "first"}


def test_a_reader_who_scored_nothing_has_no_rating(rows: Callable[[str], Rows], write: Write) -> None:
    given = rows("clinsumm_reader_study")
    given[3]["raw_score"] = ""
    study = READERS["clinsumm_reader_study"](write("clinsumm_reader_study", given))
    assert [rater.name for rater in study.raters] == ["R1"]
    assert "2 scores that are blank in the file" in study.left_out


def test_votes_keep_the_sides_as_shown_and_systems_their_own_order(
    rows: Callable[[str], Rows], write: Write
) -> None:
    study = READERS["llmfao_votes"](write("llmfao_votes", rows("llmfao_votes")))
    assert study.systems == ["Ant", "Yak"]
    assert study.ratings == [
        ImportedRating("4", ("Yak", "Ant"), "12", {"preference": "first"}),
        ImportedRating("4", ("Yak", "Ant"), "13", {"preference": "tie"}),
    ]


def test_a_choice_means_the_same_answer_whichever_side_it_was_on(
    rows: Callable[[str], Rows], write: Write, observed_in: Callable[..., Any]
) -> None:
    turned = {"prompt": 4, "worker": 14, "winner": "right", "left": "Ant", "right": "Yak"}
    study = READERS["llmfao_votes"](write("llmfao_votes", [*rows("llmfao_votes"), turned]))
    units, _, values = observed_in(study, "preference")
    # Ant is answer a, Yak b: worker 12 chose Yak on the left, worker 14 Yak on the right
    assert values == ["b", "tie", "b"]
    assert len(set(units)) == 1


def test_three_annotators_vote_on_both_answers_and_models_do_not_count(
    rows: Callable[[str], Rows], write: Write
) -> None:
    given = [rows("pandalm_votes")[0] | {"gpt35_result": "2", "pandalm7b_result": 0}]
    study = READERS["pandalm_votes"](write("pandalm_votes", given))
    assert [(one.rater, one.payload["preference"]) for one in study.ratings] == [
        ("annotator1", "first"),
        ("annotator2", "second"),
        ("annotator3", "tie"),
    ]
    assert study.left_out == ["2 verdicts of language models: no rater's"]


def test_an_answer_that_is_a_json_truth_is_shown_as_json_writes_it(
    rows: Callable[[str], Rows], write: Write
) -> None:
    study = READERS["pandalm_votes"](write("pandalm_votes", [rows("pandalm_votes")[0] | {"response1": True}]))
    assert study.answers[0].answer.text == "true"
    assert "1 answers without their spelling: no text in the file" in study.left_out


def test_neither_summary_is_a_tie_and_notes_stay_with_it(rows: Callable[[str], Rows], write: Write) -> None:
    given = rows("mslr_human_eval_pairwise")
    blank = given[0] | {"choice": "", "review_id": "CD2"}
    study = READERS["mslr_human_eval_pairwise"](write("mslr_human_eval_pairwise", [*given, blank]))
    assert study.ratings == [ImportedRating("CD1", ("ZZ", "BB"), "A3", {"preference": "tie", "notes": "hm"})]
    assert study.left_out == ["1 pairs without a choice"]


def test_columns_of_which_nothing_is_kept_are_named(rows: Callable[[str], Rows], write: Write) -> None:
    given = [row | {"model_x": 3, "weather": "mild"} for row in rows("llmfao_votes")]
    study = READERS["llmfao_votes"](write("llmfao_votes", given))
    assert "columns of which nothing is kept: model_x, weather" in study.left_out
