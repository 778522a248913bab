"""Published formats of texts, entities and answers, with small files of our own."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.domain.benchmarks import Question


def test_pubmedqa_shows_the_sections_of_the_abstract_and_not_its_conclusion(formats: Any) -> None:
    row = {"pmid": 12, "question": "Does it?", "contexts": ["One.", "Two."], "labels": ["AIM", "RESULTS"]}
    row |= {"final_decision": "maybe", "long_answer": "Perhaps."}
    (one,) = formats.questions("pubmedqa", formats.lines("p.jsonl", [row]), task="pqa")
    assert one.input == {"question": "Does it?", "context": "AIM: One.\n\nRESULTS: Two."}
    assert (one.gold, one.cluster) == ({"label": "maybe"}, "12")
    broken = formats.lines("b.jsonl", [{**row, "labels": ["AIM"]}])
    assert (
        formats.refusal("pubmedqa", broken, task="pqa")
        == "b.jsonl, line 1: item '12': 2 contexts have 1 labels"
    )


MEDEC = {
    "Text ID": "t1",
    "Sentences": "0 A man has a cough.\r\n1 He takes\r\n500 mg daily.\n2 He is well.",
    "Error Flag": "1",
    "Error Sentence ID": "1",
    "Corrected Sentence": "He takes\r\n250 mg daily.",
}


def test_a_medec_sentence_runs_on_until_the_next_number_in_turn(formats: Any) -> None:
    right = {
        **MEDEC,
        "Text ID": "t2",
        "Error Flag": "0",
        "Error Sentence ID": "-1",
        "Corrected Sentence": "NA",
    }
    one, two = formats.questions("medec", formats.csv("m.csv", [MEDEC, right]), task="errors")
    assert one.input["sentences"] == [
        ["0", "A man has a cough."],
        ["1", "He takes\n500 mg daily."],
        ["2", "He is well."],
    ]
    assert one.gold == {"flag": 1, "sentence_id": "1", "correction": "He takes 250 mg daily."}
    assert two.gold == {"flag": 0, "sentence_id": None, "correction": None}
    assert one.cluster == two.cluster  # they open with the same sentence: made from one vignette


def test_a_medec_text_that_does_not_start_with_its_number_is_refused(formats: Any) -> None:
    path = formats.csv("m.csv", [{**MEDEC, "Sentences": "A man has a cough."}])
    assert "item 't1': the first sentence must carry the number 0" in formats.refusal(
        "medec", path, task="errors"
    )


def test_medrect_counts_from_one_and_groups_by_exam_question(formats: Any) -> None:
    row = {"sample_id": "s1", "sentences": "1. 一文目。\n2.二文目。", "error_flag": 1, "error_sentence_id": 2}
    row |= {"corrected_sentence": "直した。", "jmle_question_id": "118A1"}
    (one,) = formats.questions("medrect", formats.lines("m.jsonl", [row]), task="errors")
    assert one.input["sentences"] == [["1", "一文目。"], ["2", "二文目。"]]
    assert one.gold == {"flag": 1, "sentence_id": "2", "correction": "直した。"}
    assert one.cluster == "118A1"


def tagged(tokens: str, tags: str) -> dict[str, Any]:
    return {"corpus": "X", "sent_id": 4, "tokens": tokens.split(), "tags": tags.split()}


@pytest.mark.parametrize(
    ("tokens", "tags", "records"),
    [
        ("no drug here", "O O O", []),
        ("acetylsalicylic acid helps", "B-Drug I-Drug O", [("acetylsalicylic acid", "Drug")]),
        ("aspirin heparin", "B-Drug B-Drug", [("aspirin", "Drug"), ("heparin", "Drug")]),
        ("aspirin and aspirin", "B-Drug O B-Drug", [("aspirin", "Drug")]),  # a set: named once
        ("aspirin asthma", "B-Drug I-Disease", [("aspirin", "Drug"), ("asthma", "Disease")]),
        ("of aspirin", "O I-Drug", [("aspirin", "Drug")]),  # an I- that continues nothing opens an entity
    ],
)
def test_iob_tags_become_records(
    formats: Any, tokens: str, tags: str, records: list[tuple[str, str]]
) -> None:
    path = formats.lines("i.jsonl", [tagged(tokens, tags)])
    (one,) = formats.questions("iob", path, tasks={"X": "entities"})
    assert (one.key, one.input) == ("X-4", {"context": tokens})
    assert one.gold["records"] == [{"entity": text, "type": kind} for text, kind in records]


@pytest.mark.parametrize(
    ("tokens", "tags", "said"),
    [
        ("one two", "O", "2 tokens have 1 tags"),
        ("one", "E-Drug", "tag 'E-Drug' is not O, B-type or I-type"),
        ("one", "B-", "tag 'B-' is not O, B-type or I-type"),
    ],
)
def test_broken_tags_are_refused(formats: Any, tokens: str, tags: str, said: str) -> None:
    path = formats.lines("i.jsonl", [tagged(tokens, tags)])
    assert formats.refusal("iob", path, tasks={"X": "entities"}) == f"i.jsonl, line 1: item 'X-4': {said}"


def health(label: int, **texts: str) -> dict[str, Any]:
    row: dict[str, Any] = {"id": 3, "label": label, "answer_ids": 9}
    for language in ("English", "Chinese", "Spanish", "Hindi"):
        row |= {f"question_{language}": f"Q {language}", f"answer_{language}": f"A {language}"}
    return row | texts


HEALTH = {"collection": "live", "tasks": {"en": "t-en", "zh": "t-zh", "es": "t-es", "hi": "t-hi"}}


def test_xlinghealth_rows_become_one_item_a_language_in_one_cluster(formats: Any) -> None:
    path = formats.lines("x.jsonl", [health(1, question_Chinese=" ")])
    read = formats.questions("xlinghealth_answers", path, **HEALTH)
    assert [(q.task, q.key) for q in read] == [
        ("t-en", "live-3-en"),
        ("t-es", "live-3-es"),
        ("t-hi", "live-3-hi"),
    ]
    assert {q.cluster for q in read} == {"live-3"}
    assert read[0].input == {"question": "Q English"} and read[0].gold == {"references": ["A English"]}
    assert formats.reasons("xlinghealth_answers", path, **HEALTH) == [
        "the published row has no question or no answer in language 'zh'"
    ]


def test_xlinghealth_verification_shows_the_answer_and_asks_yes_or_no(formats: Any) -> None:
    path = formats.lines("x.jsonl", [health(0)])
    first = formats.questions("xlinghealth_verification", path, **HEALTH)[0]
    assert first.input == {"question": "Q English", "context": "A English"}
    assert (first.key, first.gold) == ("live-3-answer-9-en", {"label": "no"})
    broken = formats.lines("b.jsonl", [health(2)])
    assert "label must be 1 (right) or 0 (wrong), not 2" in formats.refusal(
        "xlinghealth_verification", broken, **HEALTH
    )
    without = {**HEALTH, "tasks": {"en": "t-en"}}
    assert "has no entry under [files.settings.tasks]" in formats.refusal(
        "xlinghealth_answers", path, **without
    )


def test_a_visit_dialogue_has_its_note_as_reference(formats: Any) -> None:
    row = {"dataset": "aci", "encounter_id": "D1", "dialogue": "[doctor] hi", "note": "Greeted."}
    (one,) = formats.questions("aci_bench", formats.csv("a.csv", [row]), task="note")
    assert one == Question("note", "D1", "public", {"dialogue": "[doctor] hi"}, {"references": ["Greeted."]})


def test_mts_dialog_asks_for_the_text_and_for_the_header_of_a_section(formats: Any) -> None:
    row = {"ID": "5", "section_header": "ALLERGY", "section_text": "None.", "dialogue": "Doctor: Any?"}
    path = formats.csv("m.csv", [row])
    (note,) = formats.questions("mts_dialog_notes", path, task="text")
    (header,) = formats.questions("mts_dialog_headers", path, task="header")
    assert note.input == {"dialogue": "Doctor: Any?", "instruction": "Section: ALLERGY"}
    assert header.input == {"dialogue": "Doctor: Any?"} and header.gold == {"label": "ALLERGY"}
    assert (note.key, header.key, note.cluster, header.cluster) == ("note-5", "header-5", "5", "5")
