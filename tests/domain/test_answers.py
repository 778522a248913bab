"""What is read from the free text of models, and what is left unread."""

from __future__ import annotations

import csv
import json
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.domain.answers.choice import choice_letters
from evaluation.domain.answers.errors import error_line
from evaluation.domain.answers.final import final_part
from evaluation.domain.answers.labels import label, labels, yes_no_maybe
from evaluation.domain.answers.numbers import date, number, weeks_days
from evaluation.domain.answers.records import records

OPTIONS = {
    "A": "Aspirin",
    "B": "Emergent dialysis",
    "C": "Insulin",
    "D": "CT scan of the head",
    "E": "Escherichia coli",
}
SMALL = {letter.lower(): text for letter, text in OPTIONS.items()}
NLI = ["entailment", "neutral", "contradiction"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  B ", "B"),
        ("Ｂ．", "B."),
        ("<think>A or C?</think>\n\nB", "B"),
        ("A or C? </think> B", "B"),
        ("<THINKING>x</THINKING>B", "B"),
        ("<reasoning>x</reasoning><reasoning>y</reasoning>B", "B"),
        ("◁think▷x◁/think▷B", "B"),
        ("B <think>am I sure?</think>", "B"),
        ("<think>it must be B", ""),
        ("B. <think>or", "B."),
        ("<think>x</think>", ""),
        ("analysisIt must be A.assistantfinalB", "B"),
        ("<|channel|>analysis<|message|>A?<|end|><|channel|>final<|message|>B<|return|>", "B"),
        ("B<|eot_id|>", "B"),
        ("Analysis: A is wrong.\nResult: B", "B"),
        ("**Analysis:**\nA\n**Result:** B", "B"),
        ("Result: all normal", "Result: all normal"),
        ("", ""),
    ],
)
def test_the_final_part_leaves_reasoning_out(text: str, said: str) -> None:
    assert final_part(text) == said


@pytest.mark.parametrize("options", [OPTIONS, SMALL], ids=["capitals", "small"])
@pytest.mark.parametrize(
    ("text", "letters"),
    [
        # a letter alone, however dressed
        ("B", "B"),
        (" b ", "B"),
        ("(B)", "B"),
        ("[B]", "B"),
        ("B.", "B"),
        ("B)", "B"),
        ("**B**", "B"),
        ("Ｂ", "B"),
        ("Option B", "B"),
        ("选项B", "B"),
        (r"\boxed{B}", "B"),
        (r"$\boxed{\text{B}}$", "B"),
        # several
        ("a, c", "AC"),
        ("A、C", "AC"),
        ("A and C", "AC"),
        ("A y C", "AC"),
        ("A e C", "AC"),
        ("a, d e b", "ADB"),
        ("C, E", "CE"),
        ("b,e", "BE"),
        ("A, D, E", "ADE"),
        ("A D E", "ADE"),
        ("D e E", "DE"),
        ("The answers are A, D and E.", "ADE"),
        ("Le risposte sono A, D e E.", "ADE"),
        ("Las respuestas son C y E.", "CE"),
        ("AとC", "AC"),
        ("ac", "AC"),
        ("AC", "AC"),
        ("CA", "CA"),
        ("ca", "CA"),
        ("ace", "ACE"),
        ("A. Aspirin\nC. Insulin", "AC"),
        # with the option's text, or that alone
        ("B) Emergent dialysis", "B"),
        ("d. CT scan of the head", "D"),
        ("emergent   dialysis.", "B"),
        ('I would choose "Emergent dialysis" here.', "B"),
        ("The answer is Escherichia coli.", "E"),
        ("B: because it works", "B"),
        ("B - dialysis", "B"),
        ("b (100%)", "B"),
        ("C\nBecause A patient has no insulin.", "C"),
        # JSON and tags
        ('{"answer":"B"}', "B"),
        ('```json\n{"answer": "B", "why": "A patient"}\n```', "B"),
        ('{"Answer": ["A", "C"]}', "AC"),
        ("<answer>B</answer>", "B"),
        # announced
        ("The answer is B", "B"),
        ("The answer is (A).", "A"),
        ("The answer is A because of the fever", "A"),
        ("The answer to the first question is B, because", "B"),
        ("Answer:\n\n**D**", "D"),
        ("### Final Answer\nD", "D"),
        ("The best option is **D. CT scan of the head**", "D"),
        ("I'd go with C", "C"),
        ("The correct answers are:\nA. Aspirin\nC. Insulin", "AC"),
        ("The answer is A and C.", "AC"),
        ("The answer is A. No, wait. The answer is D.", "D"),
        ("answer: d\nconfidence: 0.9", "D"),
        ("Option B is correct.", "B"),
        ("Option A is not the best; option B is the best.", "B"),
        ("Therefore, the next step is (D) CT scan of the head.", "D"),
        ("Checking (option D) would be the most appropriate next step.", "D"),
        # other languages
        ("La respuesta correcta es la B.", "B"),
        ("Respuesta: c)", "C"),
        ("La réponse est la lettre B.", "B"),
        ("Réponse : B", "B"),
        ("La risposta corretta è: B", "B"),
        ("Die richtige Antwort ist B.", "B"),
        ("Die richtige Antwort lautet (B)", "B"),
        ("答案是B。", "B"),
        ("答案：Ｂ", "B"),
        ("故选B", "B"),
        ("因此，正确答案为 B 选项。", "B"),
        ("选项C是正确的", "C"),
        ("正解はBです。", "B"),
        ("答え：ｂ、ｃ", "BC"),
        ("解答: bとd", "BD"),
        ("選択肢Bが正解です", "B"),
        # what comes after the answer is not the answer
        ("B\n\nQuestion: What next?\nAnswer: C", "B"),
        ("The answer is B.\n\nQuestion: What next?\nAnswer: C", "B"),
        ("Question: What first?\nAnswer: C", "C"),
        (
            "Answer choices:\nA. Aspirin\nB. Dialysis\nC. Insulin\nD. CT scan\nE. E. coli\nThe answer is D",
            "D",
        ),
    ],
)
def test_letters_that_are_said_are_read(text: str, letters: str, options: dict[str, str]) -> None:
    found = choice_letters(text, options)
    assert found is not None
    assert "".join(found).upper() == letters
    assert set(found) <= set(options)


@pytest.mark.parametrize("options", [OPTIONS, SMALL], ids=["capitals", "small"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "A patient with chest pain needs care",
        "I think so",
        "The answer is a patient matter",
        "E. coli is the cause",
        "The answer is E. coli.",
        "The answer is D-dimer",
        "Vitamin C deficiency",
        "The answer is vitamin C",
        "bad",
        "F",
        "The answer is F",
        "The answer is A or B",
        "A/C",
        "Answer: A, B is wrong because",
        "A and B are both plausible",
        "The correct answer is not A.",
        "The answer cannot be A",
        "Do not choose B",
        "It is C.",
        "None of the above",
        "A. Aspirin: no.\nB. Emergent dialysis: no\nC. Insulin: maybe",
        "A. Aspirin\nB. Emergent dialysis\nC. Insulin\nD. CT scan of the head\nE. Escherichia coli",
        "B. The patient is uraemic.\nThe answer is D.",
        "<think>The answer is A",
        "[選んだ回答(単数/複数/数値)]",
    ],
)
def test_letters_that_are_not_said_for_sure_are_not_read(text: str, options: dict[str, str]) -> None:
    assert choice_letters(text, options) is None


def test_an_option_text_shared_by_two_letters_tells_neither() -> None:
    assert choice_letters("The answer is Aspirin.", {"A": "Aspirin", "B": "Aspirin"}) is None


def test_a_letter_that_is_another_options_text_stays_a_letter() -> None:
    blood_groups = {"A": "B", "B": "A", "C": "AB", "D": "0"}
    assert choice_letters("The answer is A.", blood_groups) == ("A",)
    assert choice_letters("B", blood_groups) == ("B",)


def test_letters_that_are_the_whole_text_of_an_option_mean_that_option() -> None:
    blood_groups = {"A": "B", "B": "A", "C": "AB", "D": "0"}
    assert choice_letters("AB", blood_groups) == ("C",)
    combined = {"A": "1 only", "B": "2 only", "C": "both", "D": "A and B", "E": "neither"}
    assert choice_letters("A and B", combined) == ("D",)
    assert choice_letters("The answer is A and B.", combined) == ("D",)
    assert choice_letters("The answer is A and C.", combined) == ("A", "C")


def test_ten_options_and_numbered_options() -> None:
    ten = dict.fromkeys("ABCDEFGHIJ", "x")
    assert choice_letters("The answer is (J).", ten) == ("J",)
    assert choice_letters("I would not rule it out", ten) is None
    numbered = {"1": "one", "2": "two", "3": "three"}
    assert choice_letters("正解は3です", numbered) == ("3",)
    assert choice_letters("The answer is 3.5", numbered) is None


@settings(deadline=None)
@given(
    st.sampled_from("ABCDE"),
    st.sampled_from(["{}", "({})", "{}.", "**{}**", "The answer is {}.", "答案：{}"]),
)
def test_every_letter_reads_alike(letter: str, form: str) -> None:
    assert choice_letters(form.format(letter), OPTIONS) == (letter,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes", "yes"),
        ("Yes.", "yes"),
        ("**Yes**, it does", "yes"),
        ("No, there is evidence against", "no"),
        ("The answer is maybe", "maybe"),
        ("Final answer: No.", "no"),
        ("The answer is yes because it works", "yes"),
        ('{"answer": "maybe"}', "maybe"),
        ("<think>no</think>Yes", "yes"),
        ("It was studied.\n\nNo", "no"),
        ("Sí", "yes"),
        ("Réponse : oui", "yes"),
        ("Nein.", "no"),
        ("答案：是", "yes"),
        ("答案是：否", "no"),
        ("はい", "yes"),
        ("不确定", "maybe"),
        ("No evidence of disease", None),
        ("There is no way to tell", None),
        ("Answer: no evidence", None),
        ("yes, no", None),
        ("yes or no", None),
        ("Yes\nThe answer is no", None),
        ("I am not sure", None),
        ("когда", None),
        ("", None),
    ],
)
def test_yes_no_and_maybe(text: str, said: str | None) -> None:
    assert yes_no_maybe(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("entailment", "entailment"),
        ("The label is contradiction.", "contradiction"),
        ("Label: Neutral", "neutral"),
        ("neutral\n\nBecause nothing follows.", "neutral"),
        ("The relation is one of entailment.", "entailment"),
        ("It is an entailment, not a contradiction", "entailment"),
        ('{"label": "Entailment"}', "entailment"),
        ("not entailment", None),
        ("It's not neutral", None),
        ("This could be entailment or neutral.", None),
        ("something else", None),
    ],
)
def test_a_label(text: str, said: str | None) -> None:
    assert label(text, NLI) == said


def test_the_longest_label_is_the_one_meant() -> None:
    assert label("type 2 diabetes mellitus", ["diabetes", "type 2 diabetes"]) == "type 2 diabetes"


@pytest.mark.parametrize(
    ("text", "closed", "open_set"),
    [
        ("flu, measles", ("flu", "measles"), ("flu", "measles")),
        ("Labels: flu; type 2 diabetes", ("flu", "type 2 diabetes"), ("flu", "type 2 diabetes")),
        ('["flu", "measles"]', ("flu", "measles"), ("flu", "measles")),
        ('{"labels": ["flu"]}', ("flu",), ("flu",)),
        ("- flu\n- measles", ("flu", "measles"), ("flu", "measles")),
        ("1. flu\n2. diabetes", ("flu", "diabetes"), ("flu", "diabetes")),
        ("The findings are flu and measles.", ("flu", "measles"), ("The findings are flu and measles",)),
        ("none", (), ()),
        ("None of the above.", (), ()),
        ("[]", (), ()),
        ("なし", (), ()),
        ("nothing known", None, ("nothing known",)),
        ("", None, None),
        ("<think>flu", None, None),
    ],
)
def test_label_sets(text: str, closed: tuple[str, ...] | None, open_set: tuple[str, ...] | None) -> None:
    known = ["flu", "measles", "type 2 diabetes", "diabetes"]
    assert labels(text, known) == closed
    assert labels(text, None) == open_set


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4.2", 4.2),
        ("The answer is 4.2 mL/min.", 4.2),
        ("Answer: approximately 12%", 12),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1,234", 1234),
        ("4,2", 4.2),
        ("−2.1", -2.1),
        ("-0.16364", -0.16364),
        (".5", 0.5),
        ("1.2e-3", 0.0012),
        ("1.2 × 10^3", 1200),
        ("eGFR = 186 × 1.2 × 0.742 = 165.6 mL/min", 165.6),
        ('{"step_by_step_thinking": "2 + 2", "answer": 4}', 4),
        ('{"answer": "4.2 mL"}', 4.2),
        (r"so \boxed{22.5}", 22.5),
        ("The score is 4.", 4),
        ("The answer is -1.5.", -1.5),
        ("Answer: **-2**", -2),
        ("Answer:\n- 7 points", 7),
        ("Two criteria of 3 are met, 1 each.\nThe final answer is 2 points (of 3)", 2),
        ("La respuesta es 3,5", 3.5),
        ("答案：7", 7),
        ("答えは１２です", 12),
        ("The answer is obtained from 10 and 2: 10 / 2 = 5", 5),
        ("between 4 and 5", None),
        ("4-5", None),
        ("no number", None),
        ("B12", None),
        ("1e999", None),
        ("", None),
        ("<think>4", None),
        ("__import__('os').system('echo 4')", 4),  # text like any other: nothing is evaluated
    ],
)
def test_a_number(text: str, value: float | None) -> None:
    assert number(text) == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-01", "2024-05-01"),
        ("The due date is 05/01/2024.", "2024-05-01"),
        ("Answer: 31/12/2023", "2023-12-31"),
        ("01.05.2024", "2024-05-01"),
        ("May 1, 2024", "2024-05-01"),
        ("1st of May 2024", "2024-05-01"),
        ("1 de mayo de 2024", "2024-05-01"),
        ("1er mai 2024", "2024-05-01"),
        ("1. März 2024", "2024-03-01"),
        ("2024年5月1日", "2024-05-01"),
        ('{"answer": "05/01/2024"}', "2024-05-01"),
        ("LMP 01/02/2024, so the answer is 11/08/2024", "2024-11-08"),
        ("02/30/2024", None),
        ("01/02/2024 or 01/03/2024", None),
        ("in May", None),
    ],
)
def test_a_date(text: str, day: str | None) -> None:
    assert date(text) == day


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("12 weeks 3 days", (12, 3)),
        ("12 weeks and 3 days", (12, 3)),
        ("('12 weeks', '3 days')", (12, 3)),
        ('{"answer": ["12 weeks", "3 days"]}', (12, 3)),
        ('{"answer": [12, 3]}', (12, 3)),
        ("The answer is (12, 3).", (12, 3)),
        ("12w3d", (12, 3)),
        ("12+3", (12, 3)),
        ("12週3日", (12, 3)),
        ("12 semanas y 3 días", (12, 3)),
        ("12 weeks 9 days", None),
        ("12 weeks", None),
    ],
)
def test_weeks_and_days(text: str, duration: tuple[int, int] | None) -> None:
    assert weeks_days(text) == duration


ASPIRIN = {"entity": "aspirin", "type": "drug"}
FEVER = {"entity": "fever", "type": "symptom"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("entity: aspirin, type: drug;", [ASPIRIN]),
        ("entity: aspirin, type: drug;\nentity: fever, type: symptom;", [ASPIRIN, FEVER]),
        ("entity: aspirin, type: drug; entity: fever, type: symptom", [ASPIRIN, FEVER]),
        ("- **Entity**: aspirin, **Type**: drug", [ASPIRIN]),
        ("Here they are:\nentity： aspirin， type： drug；", [ASPIRIN]),
        ('[{"entity": "aspirin", "type": "drug"}]', [ASPIRIN]),
        ('```json\n{"entities": [{"Entity": "aspirin", "Type": "drug"}]}\n```', [ASPIRIN]),
        ('{"entity": "aspirin", "type": "drug"}\n{"entity": "fever", "type": "symptom"}', [ASPIRIN, FEVER]),
        ("entity: aspirin", [{"entity": "aspirin", "type": ""}]),
        ("entity: [18F]FDG, type: drug;", [{"entity": "[18F]FDG", "type": "drug"}]),
        ("entity: 2,4-DNP, type: drug", [{"entity": "2,4-DNP", "type": "drug"}]),
        ("None", []),
        ("none.", []),
        ("There are no entities in this sentence.", []),
        ("[]", []),
        ("无", []),
        ("I cannot help with that, sorry.", None),
        ('["aspirin", "fever"]', None),
        ("", None),
        ("<think>entity: aspirin, type: drug;", None),
    ],
)
def test_records(text: str, found: list[dict[str, str]] | None) -> None:
    assert records(text, ["entity", "type"]) == found


def test_records_of_one_field_may_be_a_plain_list() -> None:
    assert records("aspirin, fever", ["entity"]) == [{"entity": "aspirin"}, {"entity": "fever"}]
    assert records('["aspirin"]', ["entity"]) == [{"entity": "aspirin"}]


def test_records_without_fields_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one field"):
        records("aspirin", [])


RIGHT = {"flag": 0, "sentence_id": None, "correction": None}
WRONG = {"flag": 1, "sentence_id": "3", "correction": "The cause is yeast."}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('text-1 1 3 "The cause is yeast."', WRONG),
        ('1 3 "The cause is yeast."', WRONG),
        ("1 3 The cause is yeast.", WRONG),
        ("text-1 0 -1 NA", RIGHT),
        ('1 3 "The cause\nis yeast."\nI am sure.', WRONG | {"correction": "The cause\nis yeast."}),
        ("0 -1 NA", RIGHT),
        ("7 0 -1 NA", RIGHT),
        ("1 1 3 “The cause is yeast.”", WRONG),
        ("CORRECT", RIGHT),
        ("No error found.", RIGHT),
        ("誤りなし", RIGHT),
        ("3: The cause is yeast.", WRONG),
        ("[3] The cause is yeast.", WRONG),
        ("Sentence 3: The cause is yeast.", WRONG),
        ('{"error_flag": 1, "error_sentence_id": 3, "corrected_sentence": "The cause is yeast."}', WRONG),
        (
            '```json\n{"error": true, "sentence_id": "Sentence 3", "correction": "The cause is yeast."}\n```',
            WRONG,
        ),
        ('{"error_flag": 0, "error_sentence_id": -1, "corrected_sentence": "NA"}', RIGHT),
        ("Error flag: 1\nSentence ID: 3\nCorrection: The cause is yeast.", WRONG),
        ("**Error:** no", RIGHT),
        ('<think>0 -1 NA</think>\n1 3 "The cause is yeast."', WRONG),
        ("1", {"flag": 1, "sentence_id": None, "correction": None}),
        ("1 3", {"flag": 1, "sentence_id": "3", "correction": None}),
        ("1. The patient is ill.\n2. She has a rash.", None),
        ("There may be an error somewhere.", None),
        ("", None),
    ],
)
def test_an_error_in_a_note(text: str, found: dict[str, object] | None) -> None:
    assert error_line(text) == found


def every_reader(text: str) -> None:
    final_part(text)
    choice_letters(text, OPTIONS)
    choice_letters(text, SMALL)
    label(text, NLI)
    labels(text, NLI)
    labels(text, None)
    yes_no_maybe(text)
    number(text)
    date(text)
    weeks_days(text)
    records(text, ["entity", "type"])
    error_line(text)


WORDS = st.sampled_from(
    [
        *(
            "the answer is ",
            "A",
            "b",
            ".",
            "\n",
            "(",
            ")",
            '{"answer": ',
            '"',
            "[",
            "]",
            "}",
            "答案",
            "：",
            "1",
            ",",
        ),
        *(
            "<think>",
            "</think>",
            "2024-02-30",
            "entity:",
            "type:",
            "-1",
            "NA",
            "\\boxed{",
            "Option ",
            "yes",
            "not ",
        ),
        *("\x00", "\ud800", "²", "ß", "İ", "= ", "1e999", "Question:", "assistantfinal", "ﷺ"),
    ]
)


@given(st.one_of(st.text(), st.lists(WORDS, max_size=30).map("".join)))
@settings(max_examples=400, deadline=None)
def test_no_text_makes_a_reader_fail(text: str) -> None:
    every_reader(text)


HOSTILE = [
    *(
        "answer ",
        "answer is ",
        "答案",
        "(",
        "[[",
        "{",
        '{"a":',
        '"a',
        "**a",
        "*",
        "\n",
        " ",
        "A, ",
        "A. ",
        "A.\n",
    ),
    *(
        "option A ",
        "therefore is ",
        "<think>",
        "</think>",
        "\\boxed{",
        "Question:\n",
        "1",
        "1,",
        "1.",
        "1 3 ",
    ),
    *(
        "12 weeks ",
        "1/1/",
        "May 1",
        "entity:",
        "entity: a, ",
        "Analysis:\n",
        "= ",
        "not ",
        "flag: ",
        "ﷺ",
        "$",
    ),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_repetition_is_read_like_any_other_text(piece: str) -> None:
    """Patterns that backtrack would not come back from these within the life of the machine."""
    text = piece * (1_000_000 // len(piece))
    every_reader(text + "!")


def test_what_options_have_in_them_is_text_and_no_pattern() -> None:
    odd = {"A": "(a+)+$", "B": "[", "C": "\\", "D.": "x", "*": "y"}
    for text in ("The answer is (a+)+$", "*", "D.", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa!"):
        choice_letters(text, odd)
    assert choice_letters("(a+)+$", odd) == ("A",)
    assert label("a", [*string.punctuation, "(a+)+"]) is None


def jsonl(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_m_arc_replies_read_as_their_authors_read_them(published_data: Path) -> None:
    """140 of 146 (0.959) agree; the other six have no announced letter, and three of them no letter at all
    but one their authors' program took from the running text, drew at random, or no option has."""
    folder = published_data / "m_arc"
    if not folder.is_dir():
        pytest.skip("the M-ARC slice is not in the data folder")
    with (folder / "questions.csv").open(encoding="utf-8", newline="") as lines:
        texts = {row["question_id"]: json.loads(row["options"]) for row in csv.DictReader(lines)}
    agreed = judged = 0
    for row in jsonl(folder / "model_outputs_sample.jsonl"):
        if row["pred"] is None:
            continue
        options = dict(zip(string.ascii_uppercase, texts[row["question_id"]], strict=False))
        judged += 1
        agreed += choice_letters(str(row["model_output"]), options) == (row["pred"],)
    assert judged == 146
    assert agreed / judged >= 0.95


def test_m_arc_replies_with_the_asked_for_sentence_are_all_read_alike(published_data: Path) -> None:
    folder = published_data / "m_arc"
    if not folder.is_dir():
        pytest.skip("the M-ARC slice is not in the data folder")
    options = dict.fromkeys(string.ascii_uppercase[:10], "")
    read = 0
    for row in jsonl(folder / "model_outputs_sample.jsonl"):
        sentence = str(row["model_output"]).rstrip(" .)\n")[-len("The answer is (X") :]
        if sentence.startswith("The answer is ("):
            assert choice_letters(str(row["model_output"]), options) == (row["pred"],)
            read += 1
    assert read > 100
