"""Reading TOML specifications: what is read, and how what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.benchmarks import BenchmarkError, BenchmarkSpec
from evaluation.domain.loading import shipped
from evaluation.domain.specification import parse_specification, read_specification

WHOLE = """
slug = "bedside"
name = "Bedside questions"
description = "Made up."
licence = "CC0-1.0"
synthetic = true

[[files]]
reader = "items"
paths = ["items.jsonl", "more/*.jsonl"]

[[tasks]]
slug = "triage"
name = "Triage"
family = "classification"
metric = "macro_f1"
language = "fr"
specialty = ["Emergency medicine"]
stage = "Triage and Referral"
[tasks.options]
labels = ["now", "later"]
"""


def refusal(text: str) -> str:
    with pytest.raises(BenchmarkError) as refused:
        parse_specification(text.encode(), "bedside.toml")
    return str(refused.value)


def test_a_whole_specification_is_read_into_its_fields() -> None:
    spec = parse_specification(WHOLE.encode(), "bedside.toml")
    (task,), (file,) = spec.tasks, spec.files
    assert (spec.slug, spec.synthetic, spec.licence) == ("bedside", True, "CC0-1.0")
    assert (task.family, task.metric, task.language) == ("classification", "macro_f1", "fr")
    assert (task.specialty, task.options) == (("Emergency medicine",), {"labels": ["now", "later"]})
    assert (file.reader, file.paths, file.settings) == ("items", ("items.jsonl", "more/*.jsonl"), {})


def test_what_is_left_out_has_the_documented_defaults() -> None:
    (task,) = parse_specification(WHOLE.replace('language = "fr"', "").encode(), "bedside.toml").tasks
    assert (task.language, task.access, task.prompt) == ("en", "open", "")


def test_every_shipped_specification_is_called_as_its_file() -> None:
    for slug, path in shipped().items():
        assert read_specification(path).slug == slug


def test_every_shipped_task_says_how_to_answer_and_where_the_data_come_from() -> None:
    for path in shipped().values():
        spec = read_specification(path)
        assert spec.source and spec.licence and spec.description
        assert all(task.prompt.strip() and task.document_type and task.application for task in spec.tasks)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'metric = "macro_f1"',
            'metric = "macrof1"',
            "number 1 ('triage'): unknown metric 'macrof1'",
        ),
        ('metric = "macro_f1"', 'metric = "rougeL"', "'rougeL' does not score family 'classification'"),
        ('metric = "macro_f1"', "", "[[tasks]] number 1: Object missing required field `metric`"),
        ('family = "classification"', 'family = "quiz"', "[[tasks]] number 1: Invalid enum value 'quiz'"),
        ('language = "fr"', 'language = "french"', "language 'french': use two letters of ISO 639-1"),
        ('language = "fr"', 'langauge = "fr"', "unknown field 'langauge'; did you mean 'language'?"),
        ('slug = "triage"', 'slug = "Triage 1"', "slug 'Triage 1': use small letters and digits"),
        ('name = "Triage"', 'name = " "', "name is empty"),
        ('name = "Triage"', f'name = "{"n" * 201}"', "name has 201 characters, at most 200 are allowed"),
        ('labels = ["now", "later"]', "", "needs options.labels"),
        ('labels = ["now", "later"]', 'labels = ["now", "now"]', "name anything twice"),
        ('labels = ["now", "later"]', 'labels = "now"', "options.labels must be a list of texts"),
        ('labels = ["now", "later"]', 'labels = ["a"]\nx = nan', "options may hold texts, numbers"),
        ('labels = ["now", "later"]', 'labels = ["a"]\nx = 2024-05-01', "options may hold texts, numbers"),
        ('labels = ["now", "later"]', 'labels = ["a\\u0000"]', "the character NUL"),
        ('reader = "items"', 'reader = "item"', "[[files]] number 1: unknown reader 'item'; known:"),
        ('"items.jsonl", "more/*.jsonl"', "", "[[files]] number 1: paths is empty"),
        ('"items.jsonl"', '"../items.jsonl"', "path '../items.jsonl' must stay inside the data folder"),
        ('"items.jsonl"', '"/etc/passwd"', "path '/etc/passwd' must stay inside the data folder"),
        ('"items.jsonl"', '"**.jsonl"', "'**' must be a whole part"),
        ("synthetic = true", 'synthetic = "yes"', "Expected `bool`, got `str` - at `$.synthetic`"),
        ("synthetic = true", "synthetic = maybe", "broken TOML: Invalid value (at line 6"),
        ("[[tasks]]", "[tasks]", "'tasks' must be written as [[tasks]] tables"),
    ],
)
def test_a_fault_is_named_with_its_file_table_and_reason(old: str, new: str, said: str) -> None:
    assert old in WHOLE
    message = refusal(WHOLE.replace(old, new, 1))
    assert message.startswith("bedside.toml: ")
    assert said in message


def test_two_tasks_of_one_slug_are_refused() -> None:
    task = WHOLE[WHOLE.index("[[tasks]]") :]
    assert "several [[tasks]] have the slug 'triage'" in refusal(WHOLE + task)


def test_a_specification_without_tasks_or_files_is_refused() -> None:
    assert "at least one [[tasks]]" in refusal('slug = "a"\nname = "A"\ndescription = ""')


def test_text_that_is_not_utf_8_is_refused_with_its_line() -> None:
    with pytest.raises(BenchmarkError, match=r"bedside\.toml, line 3: not UTF-8"):
        parse_specification(WHOLE.replace("Bedside", "Bed\xe9").encode("latin-1"), "bedside.toml")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"none\.toml: cannot be read"):
        read_specification(tmp_path / "none.toml")


def read_or_refused(content: bytes) -> BenchmarkSpec | None:
    try:
        return parse_specification(content, "any.toml")
    except BenchmarkError as error:
        assert str(error).startswith("any.toml")
        return None


@given(st.binary(max_size=400))
def test_any_bytes_are_a_specification_or_a_refusal(content: bytes) -> None:
    spec = read_or_refused(content)  # nothing but BenchmarkError may come out
    assert spec is None or (spec.tasks and spec.files)


@given(st.data())
def test_any_damage_to_a_specification_is_read_or_refused(data: st.DataObject) -> None:
    content = WHOLE.encode()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    damaged = content[:start] + data.draw(st.binary(max_size=20)) + content[end:]
    spec = read_or_refused(damaged)
    assert spec is None or (spec.tasks and spec.files)


def test_tables_nested_beyond_reason_are_refused() -> None:
    assert "broken TOML" in refusal("x = " + "[" * 20_000)
