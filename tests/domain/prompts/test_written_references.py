"""Any reference, written as an answer, is read back by the metric of its family."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.benchmarks import Question
from evaluation.domain.metrics import metric
from evaluation.domain.prompts.rendering import answer_text

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\x00"), max_size=20
)
LETTERS = st.lists(st.sampled_from("ABCDEFGHIJ"), min_size=1, unique=True)


def read_of(name, family, gold, asked=None, options=None):
    """What the metric reads in the reference written as an answer."""
    question = Question("t", "1", "public", asked or {}, gold)
    return metric(name).read(answer_text(family, gold, options=options or {}), question, options or {})


@given(LETTERS)
def test_any_set_of_letters_is_read_back(letters):
    asked = {"question": "?", "options": {letter: f"option {letter}" for letter in "ABCDEFGHIJ"}}
    assert read_of("exact_set", "multiple_choice", {"letters": letters}, asked) == sorted(letters)


@given(st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-9))
def test_any_number_is_read_back(value):
    assert read_of("numeric_tolerance", "calculation", {"kind": "number", "value": value}) == value


@given(st.integers(-(2**53), 2**53))
def test_any_whole_number_is_read_back(value):
    assert read_of("numeric_tolerance", "calculation", {"kind": "integer", "value": value}) == value


@given(st.dates(date(1900, 1, 1)))
def test_any_day_is_read_back(day):
    gold = {"kind": "date", "value": day.isoformat()}
    assert read_of("numeric_tolerance", "calculation", gold) == day.isoformat()


@given(st.integers(0, 999), st.integers(0, 6))
def test_any_duration_is_read_back(weeks, days):
    gold = {"kind": "weeks_days", "value": [weeks, days]}
    assert read_of("numeric_tolerance", "calculation", gold) == [weeks, days]


@given(st.lists(st.sampled_from(["a, b", "plain", "x;y", "two words", "第一、第二"]), unique=True))
def test_any_labels_even_with_commas_in_them_are_read_back(labels):
    options = {"labels": ["a, b", "plain", "x;y", "two words", "第一、第二"]}
    assert read_of("multilabel_exact", "multi_label", {"labels": labels}, {}, options) == sorted(labels)


@given(
    st.lists(
        st.fixed_dictionaries({"drug": WORDS, "dose": WORDS}).filter(lambda r: r["drug"].strip()), max_size=4
    )
)
def test_any_records_score_full_marks_when_written_as_an_answer(records):
    gold, options = {"records": records}, {"fields": ["drug", "dose"], "subject": ["drug"]}
    question = Question("t", "1", "public", {}, gold)
    counts = metric("event_f1").count([answer_text("extraction", gold, options=options)], [question], options)
    assert not counts.unparsed[0] and counts.table[0, 3] == 1


CORRECTIONS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters='\n"'), max_size=40
)


@given(CORRECTIONS.filter(lambda text: any(c.isalnum() for c in text)), st.integers(0, 400))
def test_any_correction_names_its_sentence_when_written_as_an_answer(correction, sentence):
    gold = {"flag": 1, "sentence_id": str(sentence), "correction": correction}
    read = read_of("error_correction", "error_correction", gold)
    assert read is not None and (read["flag"], read["sentence_id"]) == (1, str(sentence))


def test_published_label_prefixes_are_written():
    assert (
        answer_text("classification", {"label": "No"}, options={"prefix": "AIS", "labels": ["Yes", "No"]})
        == "AIS: No"
    )
    assert (
        answer_text("multi_label", {"labels": ["I10", "E11"]}, options={"prefix": "ICD", "open_set": True})
        == "ICD: I10, E11"
    )
