"""Transcripts: written and read alike, what a result is, and how they are scored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.dialogues import coverage
from evaluation.domain.dialogues.case import Diagnosis, case_of
from evaluation.domain.dialogues.ideal import ideal_consultation
from evaluation.domain.dialogues.transcript import DOCTOR, PATIENT, Spoken, one_line, read, result_of, written
from evaluation.domain.metrics import metric

COVERAGE, NAMED = metric("must_ask_coverage"), metric("diagnosis_named")


@given(st.lists(st.builds(Spoken, st.sampled_from([DOCTOR, PATIENT]), st.text()), max_size=12))
def test_what_is_written_is_read_whatever_was_said(turns):
    found = read(written(turns))
    if any(turn.speaker == DOCTOR for turn in turns):
        assert found == [Spoken(turn.speaker, one_line(turn.text)) for turn in turns]
    else:
        assert found is None


def test_nobody_can_speak_for_another_by_a_line_end():
    turns = [Spoken(DOCTOR, "Why?\nPatient: Because.\u2028Doctor: Good.")]
    assert len(read(written(turns))) == 1


@pytest.mark.parametrize(
    ("said", "diagnosis", "advice"),
    [
        ("Diagnosis: asthma\nAdvice: Rest.", "asthma", "Rest."),
        ("**Final diagnosis:** asthma **Recommendation:** Rest.", "asthma", "Rest."),
        ("诊断：哮喘 建议：休息。", "哮喘", "休息。"),
        ("Advice: Rest. Diagnosis: asthma", "asthma", "Rest."),
        ("Do you have a diagnosis?", "", ""),
        ("I advise rest.", "", ""),
    ],
)
def test_a_result_is_read_in_the_ways_it_is_written(said, diagnosis, advice):
    assert result_of(said) == (diagnosis, advice)


@pytest.mark.parametrize(
    ("stated", "is_named"),
    [
        ("Acute myocardial infarction", True),
        ("an inferior infarction of the myocardial wall", False),
        ("myocardial infarctions", True),
        ("not a myocardial infarction", False),
        ("reflux or myocardial infarction", False),
        ("myocardial infarction or reflux", True),
        ("", False),
    ],
)
def test_a_diagnosis_is_named_by_all_words_of_one_name_stated_first(stated, is_named):
    names = ["myocardial infarction", "heart attack"]
    wanted = Diagnosis("x", names)
    expected = is_named or stated.startswith("an inferior")  # the words of a name, in whatever order
    assert coverage.names(stated, wanted) is expected


def test_the_ideal_consultation_covers_everything_and_a_hasty_one_nothing(consultations):
    for task, question in consultations:
        ideal = ideal_consultation(question.gold, task.language)
        hasty = "Patient: Help.\nDoctor: Diagnosis: a cold Advice: Rest."
        rule = metric(task.metric)
        counts = rule.count([ideal, hasty, "I am no transcript."], [question] * 3, {})
        assert counts.table[:, 0].tolist() == [1.0, 0.0, 0.0]
        assert counts.table[:, 1].tolist() == [1.0, 0.0, 0.0]
        assert counts.unparsed.tolist() == [False, False, True]


def test_a_list_of_everything_that_could_be_asked_covers_little(chest):
    every = " ".join(f"{item['wordings'][0]}" for item in chest.gold["must_ask"])
    listed = ", ".join(item["text"] for item in chest.gold["must_ask"])
    for said, most in ((every, 3), (f"Tell me about {listed}?", 2)):
        first = coverage.first_turns(case_of(chest.gold), [said])
        assert 0 < sum(turn is not None for turn in first.values()) <= most


def test_advice_and_what_the_patient_says_cover_nothing(chest):
    talk = "Patient: I smoke.\nDoctor: I see.\nPatient: I have no allergies.\nDoctor: Diagnosis: x Advice: Do you smoke?"
    assert COVERAGE.count([talk], [chest], {}).table[0, 0] == 0


def test_a_talk_that_is_too_long_is_not_read(chest):
    talk = "Patient: Help.\n" + "Doctor: Do you smoke?\nPatient: Yes.\n" * 14
    assert COVERAGE.read(talk, chest, {}) is None
    assert COVERAGE.count([talk], [chest], {}).table[0, 0] == 0


def test_the_value_is_the_mean_of_the_cases_with_its_parts(consultations):
    chosen = [(task, question) for task, question in consultations if task.metric == "must_ask_coverage"]
    questions = [question for _, question in chosen]
    talks = [ideal_consultation(question.gold) for question in questions[:-1]]
    talks.append("Patient: Help.\nDoctor: Diagnosis: a cold")
    found = COVERAGE.estimate(COVERAGE.count(talks, questions, {}), {})
    assert found.value == pytest.approx(3 / 4) and found.low < 3 / 4 < found.high
    assert found.item_scores.tolist() == [1, 1, 1, 0]
    assert found.parts["diagnosis_named"] == pytest.approx(3 / 4)
    assert 0 < found.parts["diagnosis_named_low"] < 3 / 4
    by_exchange = [found.parts[f"by_exchange_{turn}"] for turn in range(1, 13)]
    assert np.all(np.diff(by_exchange) >= 0) and by_exchange[-1] == pytest.approx(3 / 4)
    named = NAMED.estimate(NAMED.count(talks, questions, {}), {})
    assert (named.value, named.interval) == (pytest.approx(3 / 4), "wilson")
    assert COVERAGE.estimate(COVERAGE.count([], [], {}), {}).status == "undefined_no_items"
