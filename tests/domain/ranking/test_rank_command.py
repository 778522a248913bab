"""`manage.py rank`: a file of votes in, a ranking as JSON out."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from leaderboard.domain.ranking import Columns, read_votes

ROOT = Path(__file__).resolve().parents[3]
COLUMNS = {"left": "x", "right": "y", "outcome": "better"}
# a deployment whose database and broker do not answer
UNREACHABLE = {
    "PATH": "/usr/bin:/bin",
    "SECRET_KEY": "not-secret",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
    "REDIS_URL": "redis://127.0.0.1:9/0",
}
ROWS = [("m1", "m2", "left"), ("m2", "m1", "a"), ("m1", "m2", "1"), ("m2", "m1", "TIE"), ("m1", "m2", "m2"),
        ("m2", "m1", "0.5"), ("m2", "m1", "right"), ("m1", "m2", "b"), ("m1", "m2", "0")]  # fmt: skip


def table(tmp_path, rows, header="x,y,better"):
    path = tmp_path / "votes.csv"
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def ranked(path, **options):
    out = StringIO()
    call_command("rank", str(path), **COLUMNS, **options, stdout=out)
    return json.loads(out.getvalue())


def test_outcomes_are_read_in_every_way_they_are_written(tmp_path):
    lines = table(tmp_path, ROWS).read_text().splitlines()
    outcomes = [vote.outcome for vote in read_votes(lines, Columns("x", "y", "better"))]
    assert outcomes == ["first", "first", "first", "tie", "second", "tie", "second", "second", "second"]


def test_a_file_is_ranked_without_any_service(tmp_path):
    path = table(tmp_path, [(*row, f"r{at % 6}") for at, row in enumerate(ROWS * 4)], "x,y,better,who")
    options = [part for name, column in COLUMNS.items() for part in (f"--{name}", column)]
    done = subprocess.run(
        [sys.executable, "manage.py", "rank", str(path), *options, "--rater", "who"],
        cwd=ROOT, capture_output=True, text=True, env=UNREACHABLE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {one["system"] for one in found["ratings"]} == {"m1", "m2"}
    # m1: 3 wins, 2 ties of 9 as it stands, 4 points; the board of 36 votes has no leader
    assert [one["rank_high"] for one in found["ratings"]] == [2, 2]
    assert [one["band"] for one in found["ratings"]] == [1, 1]
    assert (found["n_ratings"], found["n_raters"], found["interval"]) == (
        36,
        6,
        "sandwich clustered by rater, t",
    )
    assert all(one["low"] < one["value"] < one["high"] for one in found["ratings"])


def test_the_seed_and_the_model_of_ties_are_the_callers(tmp_path):
    path = table(tmp_path, ROWS)
    found = ranked(path, ties="davidson", seed=5, level=0.9)
    assert (found["seed"], found["level"], found["ties"]["name"]) == (5, 0.9, "nu")
    assert found == ranked(path, ties="davidson", seed=5, level=0.9)


@pytest.mark.parametrize(
    ("rows", "header", "said"),
    [
        ([("m1", "m2", "draw")], "x,y,better", r"line 2: 'draw' is no outcome of 'm1' against 'm2': say left, right or tie"),
        ([("m1", "m2", "left"), ("m1", "m1", "left")], "x,y,better", "line 3: 'm1' is compared with itself"),
        ([("m1", "", "left")], "x,y,better", "line 2: 'y' is empty: fill it in"),
        ([("m1", "m2")], "x,y,better", "line 2: 'better' is empty"),
        ([("0", "1", "1")], "x,y,better", "line 2: '1' is both a system and a side: say left, right or tie"),
        ([("m1", "m2", "left")], "x,y,winner", "line 1: no column 'better'; the columns are 'x', 'y', 'winner'"),
        ([], "x,y,better", "the table has no votes"),
        ([('"m1', "m2", "left")], "x,y,better", "not CSV"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_with_its_remedy(tmp_path, rows, header, said):
    with pytest.raises(CommandError, match=said):
        ranked(table(tmp_path, rows, header))


def test_a_missing_or_unreadable_file_is_said(tmp_path):
    with pytest.raises(CommandError, match=r"cannot be read .*: check the path"):
        ranked(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("x,y,better\nmé,m2,left\n".encode("latin-1"))
    with pytest.raises(CommandError, match="is not UTF-8 text"):
        ranked(tmp_path / "latin.csv")


def test_clusters_that_are_not_in_the_table_are_refused(tmp_path):
    with pytest.raises(CommandError, match="two-way intervals need the rater of every vote"):
        ranked(table(tmp_path, ROWS), covariance="two-way")


def test_a_file_saved_by_a_spreadsheet_is_read(tmp_path):
    path = table(tmp_path, ROWS)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert ranked(path)["n_ratings"] == len(ROWS)
