"""The check of an alpha by another package: it must notice, and it must come from that package."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from raters.domain.agreement import Scale, all_coefficients
from raters.domain.second_opinion import check

ROOT = Path(__file__).resolve().parents[2]
SCALES = [
    Scale("nominal", ("a", "b", "c", "d", "e")),
    Scale("ordinal", ("a", "b", "c", "d", "e")),
    Scale("interval", (0.0, 1.0, 2.0, 3.0, 4.0)),
    Scale("ratio", (0.0, 1.0, 2.0, 3.0, 4.0)),
]
# Krippendorff 2011, data C: twelve units, four observers
C = np.array(
    [
        [1, 1, np.nan, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4], [4, 4, 4, 4],
        [1, 1, 2, 1], [2, 2, 2, 2], [np.nan, 5, 5, 5], [np.nan, np.nan, 1, 1], [np.nan, np.nan, 3, np.nan],
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_theirs_are_krippendorffs_own_values(level: str, alpha: float) -> None:
    categories = ("1", "2", "3", "4", "5") if level in ("nominal", "ordinal") else (1.0, 2.0, 3.0, 4.0, 5.0)
    codes = C - 1 if level in ("nominal", "ordinal") else C
    found = check(codes, Scale(level, categories), None)  # type: ignore[arg-type]
    assert found.theirs == pytest.approx(alpha, abs=0.0005)
    assert not found.agrees


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.level)
def test_ours_and_theirs_agree_on_100_tables_with_holes(scale: Scale) -> None:
    rng = np.random.default_rng(1)
    told = 0
    for _ in range(100):
        codes = rng.integers(0, int(rng.integers(2, 6)), (int(rng.integers(6, 20)), int(rng.integers(2, 6))))
        table = np.where(rng.random(codes.shape) < 0.2, np.nan, codes)
        item, rater = np.nonzero(np.isfinite(table))
        values = [scale.categories[code] for code in codes[item, rater]]
        ours = all_coefficients(item, rater, values, scale, fewest_items=1)["krippendorff_alpha"].value
        found = check(table, scale, ours)
        assert found.agrees
        told += found.theirs is not None
    assert told > 90


def test_a_wrong_alpha_is_noticed_from_a_millionth_on() -> None:
    scale = SCALES[0]
    theirs = check(C - 1, scale, None).theirs
    assert check(C - 1, scale, theirs + 5e-7).agrees
    wrong = check(C - 1, scale, theirs + 2e-6)
    assert not wrong.agrees
    assert wrong.difference == pytest.approx(2e-6)
    assert not check(C - 1, scale, theirs - 2e-6).agrees


def test_both_have_no_alpha_without_variation() -> None:
    same = np.ones((5, 3))
    assert check(same, SCALES[1], None).agrees
    found = check(same, SCALES[1], 1.0)
    assert (found.agrees, found.theirs, found.difference) == (False, None, None)


def test_ratings_off_the_scale_are_refused() -> None:
    with pytest.raises(ValueError, match="rating 5 is not on the declared scale: give the codes 0 to 4"):
        check(np.array([[5.0, 1.0]]), SCALES[0], 0.5)


def test_no_other_module_imports_the_package_and_this_one_only_when_asked() -> None:
    folders = [ROOT / name for name in ("platform", "evaluation", "raters", "leaderboard", "workers")]
    importing = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Import) and any(name.name.split(".")[0] == "krippendorff" for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "krippendorff")
    }  # fmt: skip
    assert importing == {"raters/domain/second_opinion.py"}
    code = "import sys, raters.domain.second_opinion; sys.exit('krippendorff' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
