"""What all readers share, and the platform's own item files."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.readers import READERS, UnknownReaderError, reader
from evaluation.domain.readers.rows import Dropped, Located, SettingsError

ITEM = {"task": "qa", "id": "1", "split": "public", "input": {"question": "Q"}, "gold": {"label": "yes"}}


def test_every_reader_of_the_register_exists() -> None:
    assert all(callable(reader(name)) for name in READERS)


def test_an_unknown_reader_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownReaderError, match="unknown reader 'excel'; known: aci_bench, bridge"):
        reader("excel")


def test_an_item_file_is_read_as_it_stands(formats: Any) -> None:
    path = formats.lines("items.jsonl", [ITEM, {**ITEM, "id": 2, "cluster": "case 1"}])
    first, second = formats.questions("items", path)
    assert first == Question("qa", "1", "public", {"question": "Q"}, {"label": "yes"})
    assert (second.key, second.cluster) == ("2", "case 1")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"task": "qa", "id": "2"', "line 2: broken JSON"),
        (b'{"task": "qa"}', "line 2: Object missing required field `id`"),
        (b"[1, 2]", "line 2: Expected `object`, got `array`"),
        (json.dumps({**ITEM, "split": "hidden"}).encode(), "line 2: Invalid enum value 'hidden'"),
        (json.dumps({**ITEM, "answer": "B"}).encode(), "line 2: Object contains unknown field `answer`"),
        (b'{"task": "\xe9"}', "line 2: not UTF-8 text"),
        (b'{"task": "\xff\xfe"}', "line 2: not UTF-8 text"),
        (b"[" * 50_000, "line 2: "),
    ],
)
def test_a_broken_line_is_refused_with_its_number(formats: Any, line: bytes, said: str) -> None:
    path = formats.folder / "items.jsonl"
    path.write_bytes(json.dumps(ITEM).encode() + b"\n" + line + b"\n")
    assert formats.refusal("items", path).startswith(f"items.jsonl, {said}")


def test_a_file_in_utf_16_is_refused(formats: Any) -> None:
    path = formats.folder / "items.jsonl"
    path.write_text(json.dumps(ITEM), encoding="utf-16")
    assert formats.refusal("items", path) == "items.jsonl, line 1: UTF-16 text; save the file as UTF-8"


def test_a_byte_order_mark_and_blank_lines_do_no_harm(formats: Any) -> None:
    path = formats.folder / "items.jsonl"
    path.write_text("\n" + json.dumps(ITEM) + "\n\n", encoding="utf-8-sig")
    assert len(formats.questions("items", path)) == 1


def test_a_file_that_is_gone_is_refused(formats: Any) -> None:
    assert (
        formats.refusal("items", formats.folder / "items.jsonl")
        == "items.jsonl: cannot be read: No such file or directory"
    )


def test_unknown_and_missing_settings_are_named_with_the_known_ones(formats: Any) -> None:
    path = formats.lines("items.jsonl", [ITEM])
    with pytest.raises(SettingsError, match="unknown field `tsk`; this reader knows: task"):
        formats.rows("pubmedqa", path, tsk="a")
    with pytest.raises(SettingsError, match="missing required field `task`"):
        formats.rows("pubmedqa", path)
    with pytest.raises(SettingsError, match="either `task` or `tasks`"):
        formats.rows("lettered_options", path)


items = st.fixed_dictionaries(
    {
        "task": st.just("qa"),
        "id": st.text() | st.integers(),
        "split": st.sampled_from(["public", "private"]),
        "input": st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=3),
        "gold": st.dictionaries(st.text(), st.lists(st.text(), max_size=2), max_size=3),
    },
    optional={"cluster": st.text()},
)
one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@one_folder
@given(st.lists(items, max_size=4))
def test_what_is_written_as_items_is_read_back(formats: Any, written: list[dict[str, Any]]) -> None:
    path = formats.lines("items.jsonl", written)
    read = formats.questions("items", path)
    assert [(q.key, q.split, q.input, q.gold, q.cluster) for q in read] == [
        (str(row["id"]), row["split"], row["input"], row["gold"], row.get("cluster", "")) for row in written
    ]


@one_folder
@given(st.binary(max_size=300), st.sampled_from(["items", "lettered_options", "medec", "listed_options"]))
def test_any_bytes_are_items_or_a_refusal_naming_the_file(formats: Any, content: bytes, name: str) -> None:
    path = formats.folder / "any.data"
    path.write_bytes(content)
    try:
        rows = formats.rows(name, path, **({} if name == "items" else {"task": "qa"}))
    except BenchmarkError as error:
        assert str(error).startswith("any.data")
    else:
        assert all(isinstance(row, Located | Dropped) for row in rows)


def test_a_csv_without_a_needed_column_is_refused_with_what_it_has(formats: Any) -> None:
    path = formats.csv("q.csv", [{"question_id": "1", "question": "Q", "answer": "A"}])
    said = "q.csv, line 1: missing column 'options'; the file has: 'question_id', 'question', 'answer'"
    assert formats.refusal("listed_options", path, task="arc") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("question_id,question,options,answer\n1,Q\n", "line 2: the header has 4 columns, this record has 2"),
        ('question_id,question,options,answer\n1,"Q\nmore\n', "line 2: broken CSV: unexpected end of data"),
        ("question_id,question,options,answer,answer\n", "line 1: column 'answer' occurs twice"),
        ("", "line 1: missing column"),
        (
            'question_id,question,options,answer\n1,"Q\nmore","[""x""]",A\n2,Q\n',
            "line 4: the header has 4 columns, this record has 2",  # a field over two lines counts both
        ),
    ],
)
def test_a_broken_csv_record_is_refused_with_its_first_line(formats: Any, text: str, said: str) -> None:
    path = formats.folder / "q.csv"
    path.write_text(text, encoding="utf-8")
    assert formats.refusal("listed_options", path, task="arc").startswith(f"q.csv, {said}")


def test_a_csv_that_is_not_utf_8_is_refused_with_its_line(formats: Any) -> None:
    path = formats.folder / "q.csv"
    path.write_bytes("question_id,question,options,answer\n1,Caf\xe9,[],A\n".encode("latin-1"))
    assert formats.refusal("listed_options", path, task="arc").startswith("q.csv, line 2: not UTF-8 text")
