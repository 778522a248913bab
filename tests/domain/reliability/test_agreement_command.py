"""`manage.py agreement`: the numbers it prints, and how it refuses a file."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from raters.domain.agreement import Scale, all_coefficients
from raters.domain.reliability.concordance import kendall_w, mean_tau_b
from raters.domain.reliability.icc import FORMS, all_iccs

ROOT = Path(__file__).resolve().parents[3]
KEYS = {"value", "low", "high", "status", "reason", "n_items", "n_raters", "n_ratings", "interval"}
# Shrout & Fleiss 1979, table 2
TABLE = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def run(path: Path, *options: str, stderr: StringIO | None = None) -> dict[str, Any]:
    out = StringIO()
    columns = ("--item", "case", "--rater", "physician", "--value", "score")
    call_command("agreement", str(path), *columns, *options, stdout=out, stderr=stderr or StringIO())
    found: dict[str, Any] = json.loads(out.getvalue(), parse_constant=pytest.fail)
    return found


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    lines = [f"c{i},p{r},{TABLE[i, r]}" for i in range(6) for r in range(4)]
    path.write_text("\n".join(["case,physician,score", *lines]) + "\n")
    return path


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "ratings.csv"
    path.write_text(text)
    return path


def test_an_interval_scale_has_alpha_icc_w_and_tau(scores: Path) -> None:
    found = run(scores, "--scale", "interval")
    assert set(found) == {"krippendorff_alpha", "kendall_w", "kendall_tau_b", *FORMS}
    assert found["ICC(2,1)"]["value"] == pytest.approx(0.2897637795275592)
    for name, estimate in (all_iccs(TABLE) | {"kendall_w": kendall_w(TABLE)}).items():
        assert found[name]["low"] == pytest.approx(estimate.low)
    for one in found.values():
        assert set(one) == KEYS
        assert (one["n_items"], one["n_raters"], one["n_ratings"]) == (6, 4, 24)


def test_an_ordinal_scale_has_the_coefficients_of_its_categories_and_ranks(tmp_path: Path) -> None:
    order = ["poor", "fair", "good", "excellent"]  # not the order of the alphabet
    rng = np.random.default_rng(1)
    codes = np.clip(rng.integers(0, 4, (12, 1)) + rng.integers(-1, 2, (12, 3)), 0, 3)
    lines = [f"c{i:02};p{r};{order[codes[i, r]]}" for i in range(12) for r in range(3)]
    path = written(tmp_path, "\n".join(["case;physician;score", *lines]))
    found = run(path, "--scale", "ordinal", "--categories", "poor, fair,good,excellent")
    items, raters = np.repeat(np.arange(12), 3), np.tile(np.arange(3), 12)
    scale = Scale("ordinal", tuple(order))
    expected = all_coefficients(items, raters, [order[code] for code in codes.ravel()], scale)
    expected |= {"kendall_w": kendall_w(codes), "kendall_tau_b": mean_tau_b(codes)}
    assert set(found) == set(expected)
    for name, estimate in expected.items():
        assert found[name]["value"] == pytest.approx(estimate.value)
        assert found[name]["high"] == pytest.approx(estimate.high)


def test_a_nominal_scale_has_no_ranks_and_no_icc(scores: Path) -> None:
    found = run(scores, "--scale", "nominal")
    assert {"krippendorff_alpha", "gwet_ac1", "percent_agreement"} <= set(found)
    assert not set(found) & {"kendall_w", "kendall_tau_b", *FORMS}


def test_categories_that_nobody_chose_count(tmp_path: Path) -> None:
    # six items, two raters, five agreements: p_a = 5/6; free-marginal chance is 1/2, with a third category 1/3
    pairs = ["yy", "nn", "yy", "nn", "yy", "yn"]
    lines = [f"c{i},p{r},{pair[r]}" for i, pair in enumerate(pairs) for r in range(2)]
    path = written(tmp_path, "\n".join(["case,physician,score", *lines]))
    two = run(path, "--scale", "nominal")["brennan_prediger"]["value"]
    three = run(path, "--scale", "nominal", "--categories", "y,n,unsure")["brennan_prediger"]["value"]
    assert two == pytest.approx((5 / 6 - 1 / 2) / (1 / 2))
    assert three == pytest.approx((5 / 6 - 1 / 3) / (2 / 3))


def test_undefined_coefficients_are_null_with_a_reason(tmp_path: Path) -> None:
    lines = [f"c{i},p{r},3" for i in range(6) for r in range(2)]
    found = run(written(tmp_path, "\n".join(["case,physician,score", *lines])), "--scale", "interval")
    for one in found.values():
        assert (one["status"], one["value"], one["low"]) == ("undefined_no_variation", None, None)
        assert one["reason"]


def test_blank_values_are_left_out_and_said_to_be(scores: Path) -> None:
    text = scores.read_text()
    scores.write_text(text + "c6,p0,\nc6,p1, \n\n")
    said = StringIO()
    found = run(scores, "--scale", "interval", stderr=said)
    assert found["ICC(3,k)"]["n_ratings"] == 24
    assert "no value: 2" in said.getvalue()


def test_a_header_with_a_byte_order_mark_and_tabs_is_read(scores: Path) -> None:
    text = scores.read_text().replace(",", "\t")
    expected = run(scores, "--scale", "ratio")
    scores.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert run(scores, "--scale", "ratio") == expected


HEADER = "case,physician,score\n"


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("case,doctor,score\nc1,p1,3\n", (), "line 1 has no column 'physician': its columns are case, doctor, score"),
        ("case,physician,score,case\nc1,p1,3,c1\n", (), "line 1 has column 'case' twice: rename one of"),
        (HEADER + "c1,p1,3\nc2,p1,3\nc1,p1,4\n", (), "line 4: physician 'p1' rated case 'c1' on line 2 already: keep"),
        (HEADER + "c1,p1,3\nc1,p2,9\n", ("--categories", "1,2,3"), "line 3, column 'score': '9' is not among the categories 1, 2, 3: correct it or declare it"),
        (HEADER + 'c1,p1,3\n"c\n2",p1,3\nc2,p2,x\n', (), "line 5, column 'score': 'x' is no number"),
        (HEADER + "c1,p1,nan\n", (), "line 2, column 'score': 'nan' is no number"),
        (HEADER + "c1,p1,3,5\n", (), "line 2 has 4 fields and the header 3: quote"),
        (HEADER + "c1,,3\n", (), "line 2, column 'physician' is blank: name it, or delete the line"),
        (HEADER + 'c1,p1,"3\n', (), "is not CSV"),
        ("\n", (), "is empty: its first line names the columns"),
        (HEADER + "c1,p1,3\n", ("--categories", "1,two"), "categories of interval scales are numbers"),
        (HEADER + "c1,p1,3\n", ("--categories", "3,3"), "declare each category once"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_line_column_and_remedy(
    tmp_path: Path, text: str, options: tuple[str, ...], said: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(CommandError) as refused:
        run(path, "--scale", "interval", *options)
    assert said in str(refused.value)


def test_other_refusals_say_what_to_do(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "c1,p1,-2\n")
    with pytest.raises(CommandError, match=r"line 2, column 'score': -2 is below 0.*use interval"):
        run(path, "--scale", "ratio")
    with pytest.raises(CommandError, match="needs its categories in their order: --categories"):
        run(path, "--scale", "ordinal")
    path.write_bytes(HEADER.encode() + b"c1,p1,1\nc2,p\xe9,1\n")
    with pytest.raises(CommandError, match="line 3 is not UTF-8: save the file as UTF-8"):
        run(path, "--scale", "nominal")
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run(tmp_path / "absent.csv", "--scale", "nominal")


def test_a_file_without_ratings_has_coefficients_without_numbers(tmp_path: Path) -> None:
    found = run(written(tmp_path, HEADER), "--scale", "interval")
    assert {one["status"] for one in found.values()} == {"undefined_no_items"}


def test_it_runs_from_the_command_line(scores: Path) -> None:
    command = [sys.executable, "manage.py", "agreement", str(scores)]
    options = ["--item", "case", "--rater", "physician", "--value", "score", "--scale", "interval"]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ICC(1,1)"]["n_raters"] == 4
    options[1] = "patient"
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "no column 'patient': its columns are case, physician, score" in done.stderr
