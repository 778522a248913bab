"""Consultations: how they go, how they end, what is on record, and what the doctor never sees."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.domain.asking import Failure
from evaluation.domain.dialogues.settings import MOST_EXCHANGES
from evaluation.domain.dialogues.transcript import DOCTOR, PATIENT, doctor_turns, questions_and_result, read
from evaluation.domain.judging.shown import numbered_turns
from evaluation.domain.prompts.modes import mode

RESULT = "Diagnosis: heart attack\nAdvice: Call an ambulance."
TIMEOUT = Failure("timeout", "No answer within a minute.", passing=True)


def asks(*questions):
    """A doctor that says these one after the other, the last one for ever."""

    def says(request):
        number = sum(turn.role == "assistant" for turn in request.turns)
        return questions[min(number, len(questions) - 1)]

    return says


def test_the_doctor_asks_the_patient_answers_from_the_facts_and_the_result_ends_it(talks, chest):
    solved = talks.consult(chest, asks("When did it start? Do you smoke?", "Any allergies?", RESULT))
    assert solved.output.splitlines() == [
        "Patient: I have a tight feeling in my chest, and it frightens me.",
        "Doctor: When did it start? Do you smoke?",
        f"Patient: {chest.gold['facts'][0]['text']} {chest.gold['facts'][6]['text']}",
        "Doctor: Any allergies?",
        "Patient: I have no allergies.",
        "Doctor: Diagnosis: heart attack Advice: Call an ambulance.",
    ]
    record = solved.record
    assert (record["ended_by"], record["exchanges"]) == ("diagnosis", 2)
    assert (record["diagnosis"], record["advice"]) == ("heart attack", "Call an ambulance.")
    assert record["told"] == [["f1", "f7"], ["f10"]]
    assert record["must_ask"]["rule"]["first_turn"] == {
        "m1": 1, "m2": None, "m3": None, "m4": None, "m5": 1, "m6": None, "m7": None, "m8": 2,
    }  # fmt: skip
    assert record["must_ask"]["rule"]["by_turn"] == (2 / 8, 3 / 8)
    assert [turn["number"] for turn in record["turns"]] == [1, 2, 3, 4, 5, 6]
    assert (solved.tokens_in, solved.tokens_out, solved.latency_ms) == (21, 9, 6.0)
    json.dumps(record, allow_nan=False)


def test_the_doctor_is_told_the_rules_and_sees_the_opening_and_nothing_of_the_case(talks, chest):
    talks.consult(chest, asks("How are you?", RESULT))
    first = talks.asked[0][0]
    assert [turn.role for turn in first.turns] == ["system", "user"]
    assert first.turns[1].text == chest.input["question"]
    told = " ".join(turn.text for round_ in talks.asked for request in round_ for turn in request.turns)
    assert "You are a doctor." in told and "at most 12 turns" in told and "[END]" in told
    for fact in chest.gold["facts"]:
        assert fact["text"] not in told
    for hidden in ("infarction", "must", *(item["text"] for item in chest.gold["must_ask"])):
        assert hidden not in told


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_there_are_never_more_than_twelve_exchanges_and_the_patient_says_nothing_but_facts(
    talks, consultations, data
):
    task, question = data.draw(st.sampled_from(consultations))
    known = [fact["text"] for fact in question.gold["facts"]]
    words = [
        word
        for text in (*known, *(item["text"] for item in question.gold["must_ask"]))
        for word in text.split()
    ]
    said = st.one_of(
        st.text(max_size=60),
        st.lists(st.sampled_from(words), max_size=8).map(lambda some: " ".join(some) + "?"),
        st.sampled_from(["Patient: I have a rash.", "<think>x</think>", "Anything else?", "Doctor: Why?\nPatient: No."]),
    )  # fmt: skip
    script = data.draw(st.lists(said, min_size=1, max_size=20))
    at = iter(script * 20)
    solved = talks.consult(question, lambda request: next(at), language=task.language)

    assert solved.failure is None
    assert solved.record["exchanges"] <= MOST_EXCHANGES
    assert len(talks.asked) <= MOST_EXCHANGES + 1
    turns = solved.record["turns"]
    assert sum(turn["speaker"] == PATIENT for turn in turns) == solved.record["exchanges"] + 1
    phrases = ("I don't know.", "There is nothing else.", "我不知道。", "没有别的了。")
    for turn in turns[1:]:
        if turn["speaker"] == PATIENT:
            left = turn["text"]
            for text in (*sorted(known, key=len, reverse=True), *phrases):
                left = left.replace(text, "")
            assert left.strip() == ""
    if any(turn["speaker"] == DOCTOR for turn in turns):  # what was written is read as it was said
        found = read(solved.output)
        assert [(turn.speaker, turn.text) for turn in found] == [
            (turn["speaker"], turn["text"]) for turn in turns
        ]
        assert numbered_turns(solved.output).count("[turn ") == len(doctor_turns(found))
    json.dumps(solved.record, allow_nan=False)


def test_the_same_doctor_makes_the_same_transcript_and_record(talks, chest):
    script = asks("Where is the pain?", "What else?", "And what else?", RESULT)
    first, second = talks.consult(chest, script), talks.consult(chest, script)
    assert (first.output, first.record) == (second.output, second.record)


def test_after_twelve_exchanges_the_result_is_asked_for_once_and_no_question_counts_any_more(talks, chest):
    solved = talks.consult(chest, asks(*["Do you feel well?"] * 12, RESULT))
    assert (solved.record["ended_by"], solved.record["exchanges"]) == ("limit", 12)
    assert talks.asked[-1][0].key == "result"
    assert "The consultation is over" in talks.asked[-1][0].turns[-1].text
    assert solved.record["diagnosis"] == "heart attack"

    stubborn = talks.consult(chest, asks(*["Do you feel well?"] * 12, "Do you smoke?"))
    assert stubborn.record["diagnosis"] == ""
    assert stubborn.record["must_ask"]["rule"]["first_turn"]["m5"] is None


@pytest.mark.parametrize(
    ("said", "ended"), [("Thank you. [END]", "mark"), ("", "silence"), ("<think>Hm", "silence")]
)
def test_a_doctor_may_end_without_a_result(talks, chest, said, ended):
    solved = talks.consult(chest, asks("Do you smoke?", said))
    assert (solved.record["ended_by"], solved.record["diagnosis"], solved.failure) == (ended, "", None)
    assert "[END]" not in solved.output


def test_what_the_doctor_says_for_the_patient_is_cut_off_and_noted(talks, chest):
    solved = talks.consult(chest, asks("Doctor: Do you smoke?\nPatient: No.\nDoctor: Good.", RESULT))
    assert solved.output.splitlines()[1:3] == [
        "Doctor: Do you smoke?",
        "Patient: I smoke about twenty cigarettes a day.",
    ]
    assert solved.record["spoke_for_patient"] == [1]


def test_reasoning_is_no_part_of_what_is_said(talks, chest):
    solved = talks.consult(chest, asks("<think>Diagnosis: unclear</think>Do you smoke?", RESULT))
    assert "unclear" not in solved.output and solved.record["exchanges"] == 1


def test_without_a_system_role_the_rules_open_the_first_turn_and_a_base_model_is_given_one_text(
    talks, chest, fit
):
    talks.consult(chest, asks("Do you smoke?", RESULT), fit=fit(takes_system=False))
    assert [turn.role for turn in talks.asked[1][0].turns] == ["user", "assistant", "user"]
    assert talks.asked[1][0].turns[0].text.endswith(chest.input["question"])
    talks.consult(chest, lambda request: RESULT, fit=fit(is_chat=False))
    (only,) = talks.asked[0][0].turns
    assert only.text.endswith(f"Patient: {chest.input['question']}\nDoctor:")
    assert "\nPatient:" in talks.asked[0][0].decoding.stop


def test_a_full_window_ends_the_talk_and_one_too_small_for_the_opening_fails_in_words(talks, chest, fit):
    solved = talks.consult(chest, asks("Do you smoke? " * 5), fit=fit(2200))
    assert solved.record["ended_by"] == "window" and 0 < solved.record["exchanges"] < 12
    assert solved.failure is None
    failed = talks.consult(chest, asks("x"), fit=fit(300))
    assert failed.failure.code == "too_long" and "300 tokens" in failed.failure.message


def test_a_doctor_that_fails_fails_the_item_which_may_be_tried_again(talks, chest):
    solved = talks.consult(chest, lambda request: TIMEOUT)
    assert (solved.failure, solved.output) == (TIMEOUT, "")


def test_a_judge_is_asked_about_every_must_ask_item_and_kept_apart_from_the_rule(talks, chest):
    def judge(request):
        return '{"explanation": "x", "asked": true, "turn": 1}' if request.key == "judge/m5" else "no"

    solved = talks.consult(chest, asks("Do you smoke?", RESULT), judge=judge)
    asked = talks.asked[-1]
    assert {request.key for request in asked} == {f"judge/{item['id']}" for item in chest.gold["must_ask"]}
    assert all(
        request.to == "judge" and "[turn 1] Doctor: Do you smoke?" in request.turns[0].text
        for request in asked
    )
    found = solved.record["must_ask"]
    assert found["judge"]["verdicts"]["m5"] == {"met": True, "turn": 1}
    assert found["judge"]["verdicts"]["m1"] == {"met": False, "turn": None}
    assert found["judge"]["by_turn"] == (1 / 8, 1 / 8)
    assert found["rule"]["first_turn"]["m5"] == 1
    assert solved.tokens_out == 6, "the judge's tokens are not the system's"


def test_a_mode_with_a_model_for_a_patient_fails_in_words_where_none_is_set(talks, chest):
    solved = talks.consult(chest, asks("x"), how=mode("consultation-model-patient"))
    assert solved.failure.code == "no_patient" and "name one" in solved.failure.message


def test_fewer_exchanges_can_be_asked_for(talks, chest):
    plain = mode("consultation")
    short = msgspec.structs.replace(
        plain, consultation=msgspec.structs.replace(plain.consultation, exchanges=3)
    )
    solved = talks.consult(chest, asks("Do you feel well?"), how=short)
    assert solved.record["exchanges"] == 3
    asked, _ = questions_and_result(read(solved.output))
    assert len(asked) == 3
