"""The real files: agreement computed from the imported ratings is what independent libraries say of the rows."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa  # type: ignore[import-untyped]

from raters.domain.agreement import Scale, all_coefficients
from raters.domain.importing import READERS, ImportedStudy
from raters.domain.rubric.observing import variables
from raters.domain.rubric.reading import read_rubric

Observed = tuple[list[str], list[str], list[Any]]
Cell = tuple[str, str, Any]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
FOLDERS = {name: name for name in READERS if name != "medval_csv"} | {
    "coding_matrix": "llmfao_votes",
    "mslr_human_eval_pairwise": "mslr_human_eval",
    "mslr_human_eval_pilot": "mslr_human_eval",
}
# raters of the folder's file by reader, ratings as its description counts them
SIZES = {
    "clinsumm_reader_study": (40, 5, 200),  # 600 scores on three axes
    "coding_matrix": (12, 4, 41),
    "llmfao_votes": (3, 117, 2042),
    "medquad_judged": (173, 2, 184),
    "mslr_human_eval": (90, 2, 212),
    "mslr_human_eval_pairwise": (75, 5, 148),
    "mslr_human_eval_pilot": (30, 3, 82),  # of 120 rows, 38 blank
    "mts_dialog": (40, 1, 160),
    "pandalm_votes": (200, 3, 600),
    "pubmedqa": (200, 2, 400),
}


@pytest.fixture
def study(published_data: Path) -> Callable[[str], ImportedStudy]:
    def _study(reader: str) -> ImportedStudy:
        folder = published_data / FOLDERS[reader]
        if not folder.is_dir():
            pytest.skip(f"{FOLDERS[reader]} is not among the published data")
        return READERS[reader](folder)

    return _study


@pytest.fixture
def records(published_data: Path) -> Callable[[str], list[dict[str, Any]]]:
    def _records(name: str) -> list[dict[str, Any]]:
        with (published_data / name).open(encoding="utf-8", newline="") as file:
            return (
                [json.loads(line) for line in file] if name.endswith("jsonl") else list(csv.DictReader(file))
            )

    return _records


@pytest.mark.parametrize("reader", sorted(FOLDERS))
def test_every_rating_is_there_and_fits_its_form(
    study: Callable[[str], ImportedStudy], misfits_of: Callable[[ImportedStudy], list[str]], reader: str
) -> None:
    found = study(reader)
    assert (len(found.items), len(found.raters), len(list(found.ratings))) == SIZES[reader]
    assert misfits_of(found) == []


@pytest.mark.parametrize("axis", ["completeness", "correctness", "conciseness"])
def test_physicians_agree_on_each_axis_as_krippendorff_says(
    study: Callable[[str], ImportedStudy],
    records: Callable[[str], Any],
    observed_in: Callable[..., Observed],
    axis: str,
) -> None:
    rows = [row for row in records("clinsumm_reader_study/ratings.csv") if row["axis"] == axis]
    sign = {"0": 1, "1": -1}
    cells = [(row["sample"], row["reader"], sign[row["switched"]] * int(row["raw_score"])) for row in rows]
    scale = Scale("ordinal", ("a_much", "a", "tie", "b", "b_much"))
    ours = all_coefficients(*observed_in(study("clinsumm_reader_study"), axis), scale)
    assert ours["krippendorff_alpha"].value == pytest.approx(alpha(cells, "ordinal", range(-2, 3)), abs=1e-9)
    assert ours["krippendorff_alpha"].n_raters == 5


def test_annotators_of_abstracts_agree_as_scikit_learn_says(
    study: Callable[[str], ImportedStudy], records: Callable[[str], Any], observed_in: Callable[..., Observed]
) -> None:
    rows = records("pubmedqa/pqal.jsonl")
    found = study("pubmedqa")
    ours = all_coefficients(*observed_in(found, "answer"), Scale("nominal", ("yes", "no", "maybe")))
    theirs = cohen_kappa_score(
        [row["reasoning_free_pred"] for row in rows], [row["reasoning_required_pred"] for row in rows]
    )
    assert ours["cohen_kappa"].value == pytest.approx(theirs, abs=1e-9)
    settled = {item.key: item.adjudicated for item in found.items}
    assert settled == {row["pmid"]: {"answer": row["final_decision"]} for row in rows}


FACETS = {
    "fluency": ("Is the generated summary fluent?", "012"),
    "population": (
        "Is the *population* in the generated summary the same as the population in the target summary?", "012",
    ),
    "claim_target": ("What is the strength of the claim made in the *target* summary?", "0123"),
}  # fmt: skip


@pytest.mark.parametrize("axis", sorted(FACETS))
@pytest.mark.parametrize(
    ("reader", "name", "key"),
    [
        ("mslr_human_eval", "facets.csv", ("ReviewID", "ExpID")),
        ("mslr_human_eval_pilot", "pilot_3raters.csv", ("docid", "model")),
    ],
)
def test_facets_agree_as_krippendorff_says(
    study: Callable[[str], ImportedStudy],
    records: Callable[[str], Any],
    observed_in: Callable[..., Observed],
    reader: str,
    name: str,
    key: tuple[str, str],
    axis: str,
) -> None:
    column, codes = FACETS[axis]
    rows = [row for row in records(f"mslr_human_eval/{name}") if row[column][:1] in set(codes)]
    cells = [("/".join(row[one] for one in key), row["annotator"], int(row[column][0])) for row in rows]
    ours = all_coefficients(*observed_in(study(reader), axis), Scale("ordinal", tuple(codes)))
    theirs = alpha(cells, "ordinal", range(len(codes)))
    assert ours["krippendorff_alpha"].value == pytest.approx(theirs, abs=1e-9)


def test_directions_of_effect_agree_as_krippendorff_says_a_missing_one_included(
    study: Callable[[str], ImportedStudy], records: Callable[[str], Any], observed_in: Callable[..., Observed]
) -> None:
    column = "What is the effect direction in the *target* summary?"
    rows = [row for row in records("mslr_human_eval/pilot_3raters.csv") if row[column][:1] not in ("", "O")]
    cells = [(row["docid"] + row["model"], row["annotator"], row[column]) for row in rows]
    scale = Scale("nominal", ("positive", "no_effect", "negative", "not_stated"))
    ours = all_coefficients(*observed_in(study("mslr_human_eval_pilot"), "direction_target"), scale)
    assert ours["krippendorff_alpha"].value == pytest.approx(alpha(cells, "nominal"), abs=1e-9)


def test_pairs_of_summaries_with_several_votes_agree_as_krippendorff_says(
    study: Callable[[str], ImportedStudy], records: Callable[[str], Any], observed_in: Callable[..., Observed]
) -> None:
    rows = records("mslr_human_eval/pairwise.csv")
    found = study("mslr_human_eval_pairwise")
    ours = all_coefficients(*observed_in(found, "preference"), Scale("ordinal", ("a", "tie", "b")))
    side = {"A": "sys_a", "B": "sys_b", "N": "neither"}

    def nearer(row: dict[str, str]) -> int:
        sides = [row.get(side[row["choice"][0]]) == system for system in sorted((row["sys_a"], row["sys_b"]))]
        return sides[1] - sides[0]

    pairs = ["/".join((row["review_id"], *sorted((row["sys_a"], row["sys_b"])))) for row in rows]
    cells = [(pair, row["annotator"], nearer(row)) for pair, row in zip(pairs, rows, strict=True)]
    assert ours["krippendorff_alpha"].value == pytest.approx(alpha(cells, "ordinal", (-1, 0, 1)), abs=1e-9)
    assert ours["krippendorff_alpha"].n_pairable == sum(votes > 1 for votes in Counter(pairs).values())


def test_three_annotators_agree_as_krippendorff_and_statsmodels_say(
    study: Callable[[str], ImportedStudy], records: Callable[[str], Any], observed_in: Callable[..., Observed]
) -> None:
    rows = records("pandalm_votes/votes.jsonl")
    names = ("annotator1", "annotator2", "annotator3")
    cells = [(str(row["idx"]), name, row[name]) for row in rows for name in names]
    ours = all_coefficients(
        *observed_in(study("pandalm_votes"), "preference"), Scale("nominal", ("a", "tie", "b"))
    )
    assert ours["krippendorff_alpha"].value == pytest.approx(alpha(cells, "nominal"), abs=1e-9)
    counts, _ = aggregate_raters(np.array([[row[name] for name in names] for row in rows]))
    assert ours["fleiss_kappa"].value == pytest.approx(fleiss_kappa(counts), abs=1e-9)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_crowd_workers_agree_as_krippendorff_says(
    study: Callable[[str], ImportedStudy],
    records: Callable[[str], Any],
    observed_in: Callable[..., Observed],
    level: Level,
) -> None:
    def better(row: dict[str, str]) -> int:
        """-1, 0, 1: the earlier model in the alphabet, a tie, the later one."""
        sides = sorted((row["left"], row["right"]))
        return 0 if row["winner"] == "tie" else 2 * sides.index(row[row["winner"]]) - 1

    cells = [(row["id"], row["worker"], better(row)) for row in records("llmfao_votes/votes_subset.csv")]
    ours = all_coefficients(
        *observed_in(study("llmfao_votes"), "preference"), Scale(level, ("a", "tie", "b"))
    )
    assert ours["krippendorff_alpha"].value == pytest.approx(alpha(cells, level, (-1, 0, 1)), abs=1e-9)


@pytest.mark.parametrize(
    ("level", "printed"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_the_textbook_matrix_has_the_alphas_that_krippendorff_printed(
    study: Callable[[str], ImportedStudy], observed_in: Callable[..., Observed], level: Level, printed: float
) -> None:
    """Krippendorff (2011), data C, four observers and twelve units, at four levels of measurement."""
    found = study("coding_matrix")
    units, raters, codes = observed_in(found, "code")
    (variable,) = variables(read_rubric(found.rubric_toml))
    assert variable.scale == Scale("nominal", ("1", "2", "3", "4", "5"))
    metric = level in ("interval", "ratio")
    values = [float(code) for code in codes] if metric else codes
    scale = Scale(level, tuple(map(float, range(1, 6))) if metric else variable.scale.categories)
    found_alpha = all_coefficients(units, raters, values, scale)["krippendorff_alpha"]
    assert found_alpha.value == pytest.approx(printed, abs=0.0005)
    assert found_alpha.n_pairable == 11  # the twelfth unit has one code


def test_answers_graded_twice_never_have_the_same_grade_twice(
    study: Callable[[str], ImportedStudy], records: Callable[[str], Any]
) -> None:
    """Why the second grades are not to be read as a second rater's: agreement would be nil by construction."""
    found = study("medquad_judged")
    grades = Counter(one.payload["grade"] for one in found.ratings)
    assert grades == Counter(row["grade"] for row in records("medquad_judged/judged_answers.jsonl"))
    first, second = (
        {one.item: one.payload["grade"] for one in found.ratings if one.rater == rater}
        for rater in ("rater-1", "rater-2")
    )
    assert second
    assert all(first[item] != grade for item, grade in second.items())


def test_facts_are_averaged_per_system_as_in_the_file_and_f1_follows_from_them(
    study: Callable[[str], ImportedStudy], records: Callable[[str], Any]
) -> None:
    rows = records("mts_dialog/summaries_with_manual_scores.csv")
    found = study("mts_dialog")
    f1 = {(row["ID"], f"system {(int(row['row']) - 1) // 100 + 1}"): float(row["FactualF1"]) for row in rows}
    assert len(f1) == 160
    for one in found.ratings:
        right, all_found = one.payload["precision"], one.payload["recall"]
        harmonic = 2 * right * all_found / (right + all_found) if right + all_found else 0.0
        assert harmonic == pytest.approx(f1[one.item, one.systems[0]], abs=1e-6)
    assert "2 scores of omission of -1: shares lie between 0 and 1" in found.left_out
    assert sum("omission" in one.payload for one in found.ratings) == 158


def alpha(cells: Iterable[Cell], level: Level, domain: Iterable[Any] = ()) -> float:
    """Krippendorff's alpha of (unit, rater, value) by another library."""
    known = list(cells)
    units, raters = (sorted({cell[at] for cell in known}) for at in (0, 1))
    values = list(domain) or sorted({cell[2] for cell in known})
    table = np.full((len(raters), len(units)), np.nan)
    for unit, rater, value in known:
        table[raters.index(rater), units.index(unit)] = values.index(value)
    found: float = krippendorff.alpha(
        reliability_data=table, level_of_measurement=level, value_domain=list(range(len(values)))
    )
    return found
