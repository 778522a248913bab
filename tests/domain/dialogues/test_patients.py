"""Patients: the one that says facts, the guard, and the one that a model plays under it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.asking import Failure
from evaluation.domain.dialogues import coverage
from evaluation.domain.dialogues.case import case_of
from evaluation.domain.dialogues.facts_patient import FactsPatient
from evaluation.domain.dialogues.guard import Guard
from evaluation.domain.prompts.modes import mode

MODEL = mode("consultation-model-patient")


@pytest.fixture(scope="module")
def patient(chest):
    return FactsPatient(case_of(chest.gold), "en")


@pytest.fixture(scope="module")
def guard(chest):
    return Guard(case_of(chest.gold), chest.input["question"])


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Do you smoke?", ["f7"]),
        ("You don't smoke, do you?", ["f7"]),
        ("Have you had a temperature?", ["f6"]),
        ("Have you passed out or fainted?", ["f5"]),
        ("Does the pain radiate anywhere?", ["f3"]),
        ("How long has this been going on?", ["f1"]),
        ("Do you have any allergies, and do you smoke cigarettes?", ["f10", "f7"]),
        ("Do you have a rash?", []),
        ("Have you travelled abroad?", []),
        ("Anything else?", ["f1"]),
    ],
)
def test_a_question_brings_the_facts_it_is_about(patient, question, told):
    assert list(patient.answer(question).told) == told


def test_an_open_question_brings_what_was_not_told_yet_until_there_is_nothing(patient, chest):
    every = [fact["id"] for fact in chest.gold["facts"]]
    assert patient.answer("Anything else?", every[:4]).told == (every[4],)
    assert patient.answer("Anything else?", every).text == "There is nothing else."


def test_three_questions_of_a_turn_are_heard(patient):
    said = "Do you smoke? Any fever? Any allergies? Did you faint?"
    assert "faint" not in patient.answer(said).text


def test_chinese_questions_find_chinese_facts(consultations):
    case = next(question for _, question in consultations if question.key == "consultation-zh-cough")
    patient = FactsPatient(case_of(case.gold), "zh")
    assert patient.answer("您抽烟吗？").text == "我每天抽十支烟。"
    assert patient.answer("有没有咳血？").text == "没有咳血。"
    assert patient.answer("您结婚了吗？").text == "我不知道。"


def test_the_guard_lets_every_fact_and_every_not_knowing_pass(consultations):
    for task, question in consultations:
        guard, case = Guard(case_of(question.gold), question.input["question"]), case_of(question.gold)
        patient = FactsPatient(case, task.language)
        for fact in case.facts:
            assert guard.faults(fact.text, "?") == []
        for item in case.must_ask:
            asked = (item.wordings or [item.text])[0]
            assert guard.faults(patient.answer(asked).text, asked) == []
        assert guard.faults(patient.phrases.unknown, "?") == []
        assert guard.faults(patient.phrases.nothing_else, "?") == []


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("Yes, I smoke.", "Do you smoke?"),
        ("I'm sweating a lot and feeling sick, doctor.", "What else?"),
        ("No, I didn't faint.", "Did you faint?"),
        ("The pain started two hours ago.", "When did it start?"),
        ("No fever.", "Any fever?"),
        ("I'm not sure about that.", "Do you cough?"),
        (
            "It's like a weight in the middle of my chest, and it moves to my left arm and jaw.",
            "Where is it?",
        ),
        ("I take tablets for blood pressure, but I have no allergies.", "Any medicines or allergies?"),
    ],
)
def test_the_guard_lets_facts_in_other_words_pass(guard, said, question):
    assert guard.faults(said, question) == []


@pytest.mark.parametrize(
    ("said", "question", "kind", "fact"),
    [
        ("I don't smoke.", "Do you smoke?", "contradiction", "cigarettes"),
        ("No.", "Do you smoke?", "contradiction", "cigarettes"),
        ("No, never.", "Do you smoke?", "contradiction", "cigarettes"),
        ("Yes.", "Do you have a fever?", "contradiction", "fever"),
        ("Yes, I have a fever.", "Do you have a fever?", "contradiction", "fever"),
        ("I smoke about five cigarettes a day.", "How much do you smoke?", "contradiction", "twenty"),
        ("It is not in my chest.", "Where is it?", "contradiction", "chest"),
        ("I have a rash on my legs.", "Any rash?", "invented", ""),
        ("No.", "Do you have a cough?", "invented", ""),
        ("I am not sure, but I coughed up blood.", "Any cough?", "invented", ""),
        ("It began on 14 May.", "When?", "contradiction", "two hours"),
        ("It is like a weight in the middle of my chest and I vomited blood.", "How is it?", "invented", ""),
        ("It is a weight in the middle of my chest with coughing.", "How is it?", "invented", ""),
        ("I think it is a myocardial infarction.", "What do you think?", "diagnosis", ""),
        ("I recommend that you take aspirin.", "And?", "as_doctor", ""),
        ("Doctor: do you smoke?", "And?", "as_doctor", ""),
        ("  ", "And?", "empty", ""),
    ],
)
def test_the_guard_catches_what_cannot_stand(guard, said, question, kind, fact):
    found = guard.faults(said, question)
    assert kind in [fault.kind for fault in found]
    assert any(fault.kind == kind and fact in fault.fact for fault in found)
    assert all(fault.told() for fault in found)


@given(st.data())
def test_a_planted_denial_of_any_fact_is_caught(consultations, data):
    english = [question for task, question in consultations if task.language == "en"]
    question = data.draw(st.sampled_from(english))
    case = case_of(question.gold)
    fact = data.draw(st.sampled_from(case.facts))
    for have, denied in (
        (" am ", " am not "),
        (" is ", " is not "),
        (" have ", " have not "),
        (" smoke ", " never smoke "),
    ):
        if (
            have in fact.text
            and " no" not in fact.text
            and " never" not in fact.text
            and "; " not in fact.text
        ):
            found = Guard(case, question.input["question"]).faults(fact.text.replace(have, denied), "?")
            assert "contradiction" in [fault.kind for fault in found]
            return


def test_the_guard_reads_chinese_denials(consultations):
    case = next(question for _, question in consultations if question.key == "consultation-zh-cough")
    guard = Guard(case_of(case.gold), case.input["question"])
    assert [fault.kind for fault in guard.faults("我不抽烟。", "您抽烟吗？")] == ["contradiction"]
    assert [fault.kind for fault in guard.faults("我头晕得厉害。", "别的呢？")] == ["invented"]
    assert guard.faults("我有糖尿病。", "有慢性病吗？") == []


def doctor(request):
    number = sum(turn.role == "assistant" for turn in request.turns)
    return ("Do you smoke?", "Any allergies?", "Diagnosis: heart attack\nAdvice: Go.")[number]


def test_what_the_guard_finds_is_asked_again_once_with_the_fault_named(talks, chest):
    def patient(request):
        if request.key == "patient/1/1":
            return "No, I have never smoked."
        return (
            "Yes, I smoke, some twenty cigarettes a day." if request.key == "patient/1/2" else "No allergies."
        )

    solved = talks.consult(chest, doctor, how=MODEL, patient=patient)
    assert "Patient: Yes, I smoke, some twenty cigarettes a day." in solved.output
    assert "Patient: No allergies." in solved.output
    (event,) = solved.record["guard"]
    assert (event["exchange"], event["attempt"], event["then"]) == (1, 1, "asked again")
    assert {fault["kind"] for fault in event["faults"]} == {"contradiction"}
    again = next(request for round_ in talks.asked for request in round_ if request.key == "patient/1/2")
    assert again.to == "patient" and "against what is true of you" in again.turns[-1].text
    assert solved.record["patient"]["requests"] == 3
    assert solved.tokens_out == 9, "the patient's tokens are not the system's"


def test_a_patient_that_will_not_be_repaired_is_replaced_by_the_facts_for_that_turn(talks, chest):
    solved = talks.consult(
        chest, doctor, how=MODEL, patient=lambda request: "I have a rash and smoke a pipe."
    )
    assert "Patient: I smoke about twenty cigarettes a day." in solved.output
    assert "Patient: I have no allergies." in solved.output
    assert "rash" not in solved.output
    assert [event["then"] for event in solved.record["guard"]] == ["asked again", "the facts spoke"] * 2


def test_a_model_that_plays_the_patient_knows_the_facts_and_not_the_diagnosis(talks, chest):
    talks.consult(chest, doctor, how=MODEL, patient=lambda request: "I don't know.")
    asked = [request for round_ in talks.asked for request in round_ if request.to == "patient"]
    told = asked[-1].turns[0].text
    assert all(fact["text"] in told for fact in chest.gold["facts"])
    assert "infarction" not in told and chest.gold["advice"] not in told
    assert [turn.role for turn in asked[-1].turns] == ["user", "assistant", "user"]


def test_a_patient_that_cannot_be_reached_fails_the_item(talks, chest):
    gone = Failure("unreachable", "The patient's model is away.", passing=True)
    assert talks.consult(chest, doctor, how=MODEL, patient=lambda request: gone).failure == gone


@given(said=st.text(max_size=200), question=st.text(max_size=100))
def test_whatever_is_said_is_judged_without_a_fault_of_ours(guard, patient, said, question):
    for fault in guard.faults(said, question):
        assert fault.told()
    patient.answer(said)


# what doctors ask about the sample cases in words of their own, in the order of the must-ask items
OTHER_WORDS = {
    "consultation-chest": [
        "When did this begin?",
        "Could you describe what the tightness is like?",
        "Does it go anywhere else, for example your arm or jaw?",
        "Have you been sweaty or clammy?",
        "Are you a smoker?",
        "Has anyone in your family had heart problems?",
        "Are you on any tablets?",
        "Is there anything you are allergic to?",
    ],
    "consultation-flank": [
        "How long have you had these symptoms?",
        "Have you measured your temperature?",
        "Have you been shivering?",
        "Are you going to the toilet more often than usual?",
        "Have you noticed any blood in your water?",
        "Is there any chance that you are pregnant?",
        "Has this happened before?",
        "Do you have any drug allergies?",
    ],
    "consultation-cough": [
        "How long has this been going on for?",
        "Do you hear a whistling sound when you breathe?",
        "Does anything trigger it, such as exercise or cold air?",
        "Do you suffer from hay fever, eczema or other allergies?",
        "Do you keep any animals at home?",
        "Do you or have you ever smoked?",
        "Have you brought up any blood?",
        "Has your weight changed?",
    ],
    "consultation-headache": [
        "Did the headache start suddenly or gradually?",
        "On a scale of one to ten, how severe is it?",
        "Do you have any neck stiffness?",
        "Are you sensitive to light?",
        "Have you felt sick or thrown up?",
        "Any numbness or weakness in your limbs?",
        "Have you had a recent fall or head injury?",
        "Are you taking any anticoagulants such as warfarin?",
    ],
}


def test_most_of_what_is_asked_in_other_words_is_understood(consultations):
    understood = answered = asked = 0
    for _, question in consultations:
        said = OTHER_WORDS.get(question.key, [])
        case = case_of(question.gold)
        first = list(coverage.first_turns(case, said).values())
        patient = FactsPatient(case, "en")
        understood += sum(turn == number for number, turn in enumerate(first, start=1) if number <= len(said))
        answered += sum(bool(patient.answer(each).told) for each in said)
        asked += len(said)
    assert asked == 32
    assert understood >= 29
    assert answered >= 30
