"""A printed table that cannot be read is refused with every fault named, and nothing is stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError

from leaderboard.domain.printed import UnreadableTableError, read_table
from leaderboard.domain.specifications import SpecificationError, parse_specification
from leaderboard.models import ReportedTable
from tests.leaderboard.taking_printed import CSV, bridge, file, take

pytestmark = pytest.mark.django_db
FAULTS = [
    ("a.csv", "", "the file is empty"),
    ("a.csv", "system,a\nX,1e999\n", "line 2 (X), column 'a': '1e999' is no number"),
    ("a.csv", "system,a\nX,nan\n", "'nan' is no number"),
    ("a.csv", "system,a\nX,1_0\n", "'1_0' is no number"),
    ("a.csv", "system,a\nX,101\n", "101 is outside -100 to 100; scores are taken as percent"),
    ("a.csv", "system,a\nX,0.5\nY,0.7\n", "say --unit share"),
    ("a.csv", "system,a\n=cmd(),50\n", "begins as a spreadsheet's formula does"),
    ("a.csv", "system,a\nX,=1+1\n", "'=1+1' is no number"),
    ("a.csv", "system,a\nX,50\n x ,40\n", "row 2: 'x' is row 1 again"),
    ("a.csv", "system,Read ing,read-ing\nX,50,40\n", "are one task; keep one"),
    ("a.csv", "system,a\nX,50,40\n", "line 2: 3 cells under 2 columns"),
    ("a.csv", 'system,a\n"X,50\n', "broken CSV"),
    ("a.csv", "system,a\n,50\n", "is no system's name"),
    ("a.csv", "system,a\nX\x07Y,50\n", "is no system's name"),
    ("a.csv", "system,a\nX,\n", "has no score in any column"),
    ("a.csv", b"system,a\n\xff\xfe,50\n", "line 2: not UTF-8 text"),
    ("a.csv", "system,a\nX\0,50\n", "zero byte"),
    ("a.csv", "system,domain\nX,General\n", "there is no task in this file"),
    ("a.csv", "system\n", "there is no system in this file"),
    ("a.csv", "system" + ",a" * 2_001 + "\n", "too much for a table"),
    ("a.txt", "system,a\nX,50\n", "neither .csv nor .json"),
    ("a.json", "[1]", "the JSON is no object"),
    ("a.json", "{", "not JSON"),
    ("a.json", "[" * 100_000, "nested too deeply"),
    ("a.json", '{"Model": {"0": "X"}, "Model": {}}', "'Model' is there twice"),
    ("a.json", '{"Model": {"0": "X"}, "A": {"0": NaN}}', "NaN is no number"),
    ("a.json", '{"A": {"0": 1}}', 'there is no column "Model"'),
    ("a.json", '{"Model": ["X"]}', 'there is no column "Model"'),
    ("a.json", bridge(Reading={"0": 80.0}), "column 'Reading': rows 1 are not in both"),
    ("a.json", bridge(Reading=[80.0, 60.0]), "column 'Reading': holds [80.0, 60.0]"),
    (
        "a.json",
        bridge(Reading={"0": {"x": {"y": 1}}, "1": 60}),
        "row 0 (Alpha), column 'Reading': {'x': {'y': 1}} is no number",
    ),
    ("a.json", bridge(Reading={"0": True, "1": 60}), "True is no number"),
    (
        "a.json",
        bridge(Reading={"0": 88.0, "1": 60}),
        "Average Performance is 75, the mean of its tasks 79.00",
    ),
    ("a.json", bridge(Model={"0": "Alpha", "1": 7}), "row 1: Model is 7, not a name"),
    ("a.json", bridge(Model={"0": "Alpha", "1": "ＡＬＰＨＡ"}), "is row 1 again"),
    (
        "a.json",
        '{"columns": [], "rows": [{"system": 1, "scores": {}}]}',
        "not a board as this site writes it",
    ),
    (
        "a.json",
        '{"columns": [{"key": "a", "name": "a"}], "rows": [{"system": "X", "scores": {"a": {"value": 50}}}]}',
        "50 is no share",
    ),
    (
        "a.json",
        """{"columns": [{"key": "a", "name": "a"}], "rows": [
            {"system": "X", "mode": "cot", "scores": {"a": {"value": 0.5}}},
            {"system": "X", "scores": {"a": {"value": 0.5}}}]}""",
        "export one with ?mode=",
    ),
]


@pytest.mark.parametrize(("name", "text", "told"), FAULTS, ids=[fault[2][:40] for fault in FAULTS])
def test_a_fault_is_named_and_nothing_is_stored(
    tmp_path: Path, name: str, text: str | bytes, told: str
) -> None:
    with pytest.raises(CommandError) as refused:
        take(file(tmp_path, text, name), "--board", "mine")
    assert told in str(refused.value)
    assert "nothing was stored" in str(refused.value)
    assert not ReportedTable.objects.exists()


def test_every_fault_of_a_file_is_told_at_once() -> None:
    rows = "".join(f"S{n},x\n" for n in range(80))
    with pytest.raises(UnreadableTableError) as refused:
        read_table(f"system,a\n{rows}".encode(), "a.csv")
    assert "line 2 (S0)" in str(refused.value)
    assert "line 51 (S49)" in str(refused.value)
    assert "… and 110 more" in str(refused.value)  # the cells, and rows left without a score


def test_a_file_too_large_for_a_table_is_refused_before_it_is_read() -> None:
    with pytest.raises(UnreadableTableError, match="too many for a table"):
        read_table(b" " * 30_000_001, "a.json")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "--board is missing"),
        (["--board", "no slug"], "Enter a valid"),
        (["--board", "mine", "--url", "javascript:alert(1)"], "Enter a valid URL"),
        (["--board", "mine", "--mode", "x" * 41], "at most 40"),
        (["--board", "bridge", "--mode", "sideways"], "zero-shot, cot, few-shot"),
    ],
)
def test_options_that_cannot_be_are_refused(tmp_path: Path, options: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        take(file(tmp_path, CSV), *options)
    with pytest.raises(CommandError, match="check the path"):
        take(tmp_path / "nowhere.csv", "--board", "mine")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('slug = "x"', "title"),
        ('slug = "x"\ntitle = "X"\nheight = 3', "height"),
        ('slug = "x"\ntitle = "X"\n[[columns]]\nkey = "a"', "name"),
        ("slug =", "x.toml"),
        ('slug = "x"\ntitle = "X"\n[[rows]]\nsystem = "s"\nscores = { a = 1.0 }', r"\[reported\]"),
        (
            'slug = "x"\ntitle = "X"\n[reported]\ntitle = "t"\n[[rows]]\nsystem = "s"\nscores = { a = 1.0 }',
            "no column",
        ),
        (
            """slug = "x"
            title = "X"
            reported = { title = "t" }
            rows = [{ system = "s", scores = { a = [1.0, 2.0] } }]
            columns = [{ key = "a", name = "A", metric = "accuracy" }]""",
            "one number",
        ),
        (
            'slug = "x"\ntitle = "X"\n' + '[[columns]]\nkey = "a"\nname = "A"\nmetric = "accuracy"\n' * 2,
            "several",
        ),
    ],
)
def test_a_broken_specification_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(SpecificationError, match=told):
        parse_specification(text.encode(), "x.toml")
