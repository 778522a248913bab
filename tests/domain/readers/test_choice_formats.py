"""Published multiple-choice formats, with small files of our own."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers import reader
from evaluation.domain.readers.rows import DataFile, Dropped, Located

LETTERED = {"realidx": "7", "question": "Which?", "options": {"A": "x", "B": "y"}, "answer_idx": "B"}


def test_lettered_options_go_to_one_task_or_by_a_column(formats: Any) -> None:
    path = formats.lines("q.jsonl", [{**LETTERED, "subject": "anatomy"}])
    (one,) = formats.questions("lettered_options", path, task="all")
    assert one == Question(
        "all", "7", "public", {"question": "Which?", "options": {"A": "x", "B": "y"}}, {"letters": ["B"]}
    )
    (other,) = formats.questions("lettered_options", path, tasks={"anatomy": "body"})
    assert other.task == "body"
    message = formats.refusal("lettered_options", path, tasks={"virology": "viruses"})
    assert message == "q.jsonl, line 1: subject 'anatomy' belongs to no task; known: virology"


def test_listed_options_get_letters_in_their_order(formats: Any) -> None:
    row = {"question_id": "ID1", "question": "Which?", "options": '["x", "y", "z"]', "answer": "C"}
    (one,) = formats.questions("listed_options", formats.csv("q.csv", [row]), task="arc")
    assert one.input["options"] == {"A": "x", "B": "y", "C": "z"}
    assert one.gold == {"letters": ["C"]}
    broken = formats.csv("b.csv", [{**row, "options": "['x']"}])
    assert formats.refusal("listed_options", broken, task="arc").startswith(
        "b.csv, line 2: item 'ID1': column 'options'"
    )


def test_jmle_letters_are_shown_in_upper_case_and_may_be_several(formats: Any) -> None:
    row = {"id": "119A1", "question": " どれか。", "choices": {"a": "甲", "b": "乙"}, "answer": ["a", "b"]}
    (one,) = formats.questions("jmle", formats.lines("j.jsonl", [row]), task="exam")
    assert one.input == {"question": "どれか。", "options": {"A": "甲", "B": "乙"}}
    assert one.gold == {"letters": ["A", "B"]}


IGAKU = {
    "number": "119A1",
    "question": "どれか。",
    "choices": ["a. 甲", "b. 乙"],
    "gold": "ab",
    "has_image": False,
}


def test_igakuqa_reads_several_letters_numbers_and_leaves_images_out(formats: Any) -> None:
    rows = [
        IGAKU,
        {**IGAKU, "number": "119A2", "choices": [], "gold": "25"},
        {**IGAKU, "number": "119A3", "choices": [], "gold": "2.5"},
        {**IGAKU, "number": "119A4", "has_image": True},
    ]
    path = formats.lines("i.jsonl", rows)
    chosen = {"choice_task": "choices", "number_task": "numbers"}
    several, whole, fraction = formats.questions("igakuqa", path, **chosen)
    assert (several.task, several.gold) == ("choices", {"letters": ["A", "B"]})
    assert (whole.task, whole.gold) == ("numbers", {"kind": "integer", "value": 25})
    assert fraction.gold == {"kind": "number", "value": 2.5, "lower": 2.5, "upper": 2.5}
    assert formats.reasons("igakuqa", path, **chosen) == ["the question needs its image"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"choices": ["甲"]}, "a choice must start with its letter"),
        ({"choices": [], "gold": "甲"}, "needs a number as its answer, not '甲'"),
    ],
)
def test_an_igakuqa_row_of_another_shape_is_refused(formats: Any, change: dict[str, Any], said: str) -> None:
    path = formats.lines("i.jsonl", [{**IGAKU, **change}])
    message = formats.refusal("igakuqa", path, choice_task="c", number_task="n")
    assert message.startswith("i.jsonl, line 1: item '119A1': ") and said in message


def pair(number: int, decision: str, right: int) -> dict[str, Any]:
    sides = {
        f"{name}_{side}": f"{name} {side}"
        for side in ("orig", "g2b")
        for name in ("question", "opa", "opb", "opc", "opd")
    }
    return {"id": f"p{number}", "keep/drop": decision, "cop_orig": right, "cop_g2b": right, **sides}


def test_rabbits_pairs_become_two_items_of_one_cluster(formats: Any) -> None:
    path = formats.csv("r.csv", [pair(1, "keep", 2), pair(2, "keep", -1), pair(3, "drop", 2)])
    chosen = {"original_task": "before", "swapped_task": "after"}
    before, after = formats.questions("rabbits_pairs", path, **chosen)
    assert (before.task, before.key, after.task, after.key) == (
        "before",
        "p1-original",
        "after",
        "p1-swapped",
    )
    assert before.cluster == after.cluster == "p1"
    assert before.gold == after.gold == {"letters": ["C"]}  # option number 2 counted from 0
    assert before.input["options"]["C"] == "opc orig" and after.input["options"]["C"] == "opc g2b"
    assert formats.reasons("rabbits_pairs", path, **chosen) == [
        "the published file hides the right answer (-1)",
        "the physicians' decision on the swap is not 'keep'",
    ]


def test_rabbits_swapped_questions_are_kept_only_by_a_plain_keep(formats: Any) -> None:
    row = {"id": "test-1", "sent1": "Which?", "label": 3, "keep/drop": "keep"}
    row |= {f"ending{at}": f"option {at}" for at in range(4)}
    path = formats.csv("r.csv", [row, {**row, "id": "test-2", "keep/drop": "drop - context"}])
    (one,) = formats.questions("rabbits_swapped", path, task="after")
    assert (one.key, one.cluster, one.gold) == ("test-1-swapped", "test-1", {"letters": ["D"]})
    broken = formats.csv("b.csv", [{**row, "label": 4}])
    said = "b.csv, line 2: item 'test-1': the right option is number 4, options are numbered 0 to 3"
    assert formats.refusal("rabbits_swapped", broken, task="after") == said


def test_rabbits_beside_medqa_has_both_sides_of_the_pairs_it_can_be_sure_of(formats: Any) -> None:
    row = {"id": "test-00007", "sent1": "Is detrol right?", "label": 1, "keep/drop": "keep"}
    row |= {f"ending{at}": f"brand {at}" for at in range(4)}
    swaps = formats.csv("r.csv", [row, {**row, "id": "test-00008"}])
    asked = {"question": "Is tolterodine right?", "options": dict.fromkeys("ABCD", "generic")}
    numbers = [("7", "B"), ("8", "C"), ("9", "B"), ("x1", "B")]
    medqa = formats.lines("m.jsonl", [{"realidx": at, "answer_idx": right, **asked} for at, right in numbers])
    files = [DataFile(path, path.name) for path in (swaps, medqa)]

    rows = list(reader("rabbits_medqa")(files, {"original_task": "before", "swapped_task": "after"}))

    found = [row.question for row in rows if isinstance(row, Located)]
    assert [(one.task, one.key, one.cluster) for one in found] == [
        ("after", "test-00007-swapped", "test-00007"),
        ("after", "test-00008-swapped", "test-00008"),
        ("before", "test-00007-original", "test-00007"),
    ]
    assert (found[2].input["question"], found[2].gold) == (asked["question"], {"letters": ["B"]})
    assert [row.reason for row in rows if isinstance(row, Dropped)] == [
        "it is not the question that was swapped: another edition of MedQA?",
        "no drug name of it was swapped",
        "no drug name of it was swapped",
    ]


CASE = {"id": "c1", "lang": "EN", "case": "A man.", "question": "Which?", "correct_option": "2"}
CASE_OPTIONS = {"1": "x", "2": "y", "3": "z", "4": "w", "5": ""}


def test_casimedicos_numbers_become_letters_and_empty_options_go(formats: Any) -> None:
    rows = [
        {**CASE, "options": CASE_OPTIONS},
        {**CASE, "id": "c2", "lang": "ES", "case": "", "options": CASE_OPTIONS},
        {**CASE, "id": "c3", "options": CASE_OPTIONS, "correct_option": "5"},
    ]
    path = formats.lines("c.jsonl", rows)
    chosen = {"tasks": {"EN": "en", "ES": "es"}}
    one, two = formats.questions("casimedicos", path, **chosen)
    assert one.input["options"] == {"A": "x", "B": "y", "C": "z", "D": "w"}
    assert (one.gold, one.key, one.cluster) == ({"letters": ["B"]}, "c1-en", "c1")
    assert one.input["context"] == "A man." and "context" not in two.input
    assert len(formats.reasons("casimedicos", path, **chosen)) == 1


def test_a_casimedicos_row_of_another_language_or_option_is_refused(formats: Any) -> None:
    chosen = {"tasks": {"EN": "en"}}
    german = formats.lines("g.jsonl", [{**CASE, "lang": "DE", "options": CASE_OPTIONS}])
    assert "language 'DE' belongs to no task; known: EN" in formats.refusal("casimedicos", german, **chosen)
    sixth = formats.lines("s.jsonl", [{**CASE, "correct_option": "6", "options": CASE_OPTIONS}])
    assert "right option '6' is not among 1, 2, 3, 4, 5" in formats.refusal("casimedicos", sixth, **chosen)


def chat(text: str, answer: str) -> dict[str, Any]:
    turns = [{"from": "human", "value": text}, {"from": "gpt", "value": f"The answer is {answer}."}]
    return {"id": "m1", "conversations": turns, "eval": {"answer": answer}}


def test_medsss_letters_are_taken_from_the_last_lines_of_the_question(formats: Any) -> None:
    path = formats.lines("m.jsonl", [chat("Is it?\nText: A. bcd\nA. yes\nB. no", "B")])
    (one,) = formats.questions("medsss_letters", path, task="claims")
    assert one.input == {"question": "Is it?\nText: A. bcd", "options": {"A": "yes", "B": "no"}}
    assert one.gold == {"letters": ["B"]}


def test_medsss_never_shows_the_turn_that_answers(formats: Any) -> None:
    path = formats.lines("m.jsonl", [chat("Which dose?", "5 mg")])
    (one,) = formats.questions("medsss_text", path, task="dose")
    assert one.input == {"question": "Which dose?"} and one.gold == {"references": ["5 mg"]}
    mute = {**chat("Which dose?", "5 mg"), "conversations": []}
    assert "no turn of the conversation" in formats.refusal(
        "medsss_text", formats.lines("n.jsonl", [mute]), task="dose"
    )
