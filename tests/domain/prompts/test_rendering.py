"""What a system is shown, and references written as answers that the task's own metric reads as right."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from evaluation.domain.benchmarks import CONSULTING, FAMILIES, JUDGING, Question
from evaluation.domain.loading import load
from evaluation.domain.metrics import metric
from evaluation.domain.prompts.answer_form import answer_form
from evaluation.domain.prompts.modes import mode
from evaluation.domain.prompts.rendering import answer_text, shown, shown_input
from evaluation.domain.prompts.wording import instruction_of


def scored(task, question, answer):
    """The estimate of one answer to one item by the task's metric, and what was read from it."""
    rule, options = metric(task.metric), {"language": task.language, **task.options}
    counts = rule.count([answer], [question], options)
    return rule.estimate(counts, options), counts.unparsed[0], rule.read(answer, question, options)


def is_right(task, question):
    answer = answer_text(task.family, question.gold, options=task.options)
    estimate, unparsed, _ = scored(task, question, answer)
    # records and label sets that are rightly empty have no F1: then the item must at least be read as exact
    value = 1.0 if estimate.value is None or math.isnan(estimate.value) else estimate.value
    return not unparsed and value == pytest.approx(1.0)


def test_every_reference_of_the_sample_benchmark_written_as_an_answer_is_read_as_right(sample):
    wrong = [question.key for task, question in sample if not is_right(task, question)]
    assert wrong == []
    assert {task.family for task, _ in sample} == set(FAMILIES) - {*JUDGING, *CONSULTING}


def test_a_wrong_answer_to_a_closed_item_of_the_sample_is_not_read_as_right(sample):
    """The test above can fail: the reference of another item of the task, where it differs, is wrong."""
    closed = [
        pair for pair in sample if pair[0].family in ("multiple_choice", "calculation", "classification")
    ]
    tried = 0
    for task, question in closed:
        other = next(
            q
            for t, q in closed
            if t is task and q.gold != question.gold and set(q.gold) == set(question.gold)
        )
        answer = answer_text(task.family, other.gold, options=task.options)
        if answer != answer_text(task.family, question.gold, options=task.options):
            tried += 1
            assert scored(task, question, answer)[0].value < 1
    assert tried > 40


@pytest.mark.parametrize(
    "name",
    ["medqa", "medmcqa", "pubmedqa", "medec", "medrect", "biomed_ner", "medcalc_bench", "mts_dialog", "igakuqa119",
     "casimedicos_arg", "m_arc", "mmlu_medical", "xlinghealth", "rabbits", "bridge", "medsss_eval"],
)  # fmt: skip
def test_references_of_published_benchmarks_written_as_answers_are_read_as_right(published_data, name):
    if not (published_data / name).is_dir():
        pytest.skip(f"no folder {name} in the published data")
    loaded = load(published_data / name)
    tasks = {task.slug: task for task in loaded.spec.tasks}
    seen, wrong = Counter(), []
    for question in loaded.questions:
        if seen[question.task] < 60:
            seen[question.task] += 1
            if not is_right(tasks[question.task], question):
                wrong.append(
                    (
                        question.key,
                        answer_text(
                            tasks[question.task].family, question.gold, options=tasks[question.task].options
                        ),
                    )
                )
    assert wrong == []


def test_a_single_part_is_shown_as_it_is_and_options_are_lettered():
    assert shown_input({"context": " MRI:\r\nno\n"}) == " MRI:\r\nno\n"
    assert (
        shown_input({"question": "Which?", "options": {"A": "one", "B": "two"}}) == "Which?\nA. one\nB. two"
    )


def test_texts_come_before_the_question_which_is_never_cut():
    asked = {"context": "Abstract.", "question": "Does it?", "options": {"A": "yes", "B": "no"}}
    assert (shown(asked).body, shown(asked).after) == ("Abstract.", "\n\nDoes it?\nA. yes\nB. no")
    assert shown({"question": "Which?", "options": {"A": "x"}}).after == "\nA. x"


def test_sentences_have_their_numbers_and_dialogues_their_lines():
    assert shown_input({"sentences": [["0", "A man."], ["1", "He coughs."]]}) == "0 A man.\n1 He coughs."
    assert shown_input({"context": "C", "dialogue": "D: hi\nP: hi"}) == "C\n\nD: hi\nP: hi"


def test_every_text_of_every_sample_item_is_shown_and_no_instruction_is_repeated(sample):
    for _, question in sample:
        text = shown_input(question.input)
        parts = [question.input.get(name, "") for name in ("question", "context", "dialogue")]
        parts += [
            *question.input.get("options", {}).values(),
            *(s[1] for s in question.input.get("sentences", [])),
        ]
        assert all(part in text for part in parts)


FORMS = [
    ("multiple_choice", {"options": {"A": "x"}}, {}, "with the letter"),
    ("yes_no_maybe", {}, {}, "one of these alone: yes, no, maybe."),
    ("yes_no_maybe", {}, {"labels": ["yes", "no"]}, "one of these alone: yes, no."),
    ("classification", {}, {"labels": ["mild", "severe"]}, "one of these alone: mild, severe."),
    ("multi_label", {}, {"labels": ["renal", "cardiac"]}, "all that apply of these: renal, cardiac."),
    ("multi_label", {}, {}, "Separate them by commas"),
    ("extraction", {}, {"fields": ["drug", "dose"]}, "drug: <drug>, dose: <dose>;"),
    ("extraction", {}, {"subject": ["drug"], "features": ["dose"]}, "drug: <drug>, dose: <dose>;"),
    ("error_correction", {}, {}, "0 -1 NA"),
    ("calculation", {}, {}, "Answer: <value>"),
]


@pytest.mark.parametrize(("family", "asked", "options", "said"), FORMS)
def test_a_task_without_a_prompt_is_told_the_form_of_its_answer_once(family, asked, options, said):
    line = answer_form(family, "", asked, options)
    assert said in line
    assert answer_form(family, line, asked, options) == ""


@pytest.mark.parametrize("family", ["summarisation", "open_question"])
def test_free_text_has_no_form(family):
    assert answer_form(family, "", {}, {}) == ""


def test_the_sample_tasks_name_their_forms_themselves(sample):
    for task, question in sample:
        assert (
            instruction_of(mode("zero-shot"), task.family, task.prompt, question.input, task.options)
            == task.prompt
        )


def test_labels_that_a_prompt_forgets_are_named_after_it():
    said = instruction_of(
        mode("zero-shot"), "classification", "Rate the pain.", {}, {"labels": ["mild", "severe"]}
    )
    assert said == "Rate the pain.\nAnswer with one of these alone: mild, severe."


def test_published_modes_leave_a_published_instruction_alone():
    options = {"labels": ["Yes", "No", "unnamed"]}
    for name in ("direct", "direct-5-shot", "meds-bench-3-shot"):
        assert (
            instruction_of(mode(name), "classification", "", {"instruction": "Say Yes."}, options)
            == "Say Yes."
        )


def test_an_items_own_instruction_follows_the_tasks_prompt_and_is_not_said_twice():
    zero = mode("zero-shot")
    assert (
        instruction_of(zero, "summarisation", "Write it.", {"instruction": "Section: CC"}, {})
        == "Write it.\nSection: CC"
    )
    assert instruction_of(zero, "summarisation", "Write it.", {"instruction": "Write it."}, {}) == "Write it."


def test_an_instruction_without_the_published_sentence_is_asked_for_its_analysis_at_the_end():
    said = instruction_of(
        mode("cot"), "multiple_choice", "Choose. End with its letter alone.", {"options": {"A": "x"}}, {}
    )
    assert said.startswith("Choose. End with its letter alone.\nFirst think") and '"Result:"' in said


def test_an_empty_instruction_still_asks_for_the_analysis():
    assert instruction_of(mode("cot"), "open_question", "", {}, {}).startswith("First think")


def test_a_published_instruction_keeps_its_own_line_ends_and_is_not_asked_for_its_analysis_twice():
    found = mode("cot").replacements[0]
    for text in (f"\nRead.\r\n{found.find}\nAIS: label\n", f"\nRead.\r\n{found.put}\nAIS: label\n"):
        said = instruction_of(mode("cot"), "classification", "", {"instruction": text}, {})
        assert said == f"\nRead.\r\n{found.put}\nAIS: label\n"
        back = instruction_of(mode("direct"), "classification", "", {"instruction": text}, {})
        assert back == f"\nRead.\r\n{found.find}\nAIS: label\n"


def test_a_judge_is_shown_what_is_judged_which_is_not_cut():
    asked = {"question": "Summarise.", "context": "The report.", "answer": "All is well."}
    assert "The report." in shown(asked).body
    assert "Summarise." in shown(asked).after and shown(asked).after.endswith("All is well.")


@pytest.mark.parametrize(
    ("family", "asked"),
    [
        ("risk_label", {"answer": "x"}),
        ("criterion", {"criterion": "c", "answer": "x"}),
        ("preference", {"answers": {"a": "x", "b": "y"}}),
    ],
)
def test_a_judge_without_a_prompt_is_given_one(family, asked):
    line = answer_form(family, "", asked, {})
    assert "JSON" in line and answer_form(family, line, asked, {}) == ""


def test_what_most_physicians_said_is_written_as_a_judges_answer():
    labels = [{"rater": "1", "risk": 3}, {"rater": "2", "risk": 3}, {"rater": "3", "risk": 1}]
    question = Question("t", "1", "public", {"context": "r", "answer": "x"}, {"labels": labels})
    assert (
        metric("risk_macro_f1").read(answer_text("risk_label", question.gold, options={}), question, {})[
            "risk"
        ]
        == 3
    )
