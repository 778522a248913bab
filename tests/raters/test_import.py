"""Published ratings as studies: the same figures as in their files, the same chains as any rating."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from sklearn.metrics import cohen_kappa_score

from raters.domain.agreement import Scale, all_coefficients
from raters.domain.importing import READERS
from raters.models import (
    Adjudication,
    AgreementTally,
    Assignment,
    Membership,
    Observation,
    RatingRevision,
    Study,
)
from raters.services import counting

pytestmark = pytest.mark.django_db

FOLDERS = {name: name for name in READERS if name != "medval_csv"} | {
    "coding_matrix": "llmfao_votes",
    "mslr_human_eval_pairwise": "mslr_human_eval",
    "mslr_human_eval_pilot": "mslr_human_eval",
}
MATRIX = "1,2,3,3,2,1,4,1,2,,,\n1,2,3,3,2,2,4,1,2,5,,3\n,3,3,3,2,3,4,2,2,5,1,\n1,2,3,3,2,4,4,1,2,5,1,\n"


@pytest.fixture
def imported(published_data: Path, root_admin: Any) -> Callable[[str], Study]:
    def _imported(reader: str) -> Study:
        folder = published_data / FOLDERS[reader]
        if not folder.is_dir():
            pytest.skip(f"{FOLDERS[reader]} is not among the published data")
        call_command("import_ratings", str(folder), reader=reader, stdout=io.StringIO())
        return Study.objects.get(imported_from=reader)

    return _imported


def alpha_of(study: Study, variable: str) -> Any:
    return AgreementTally.objects.get(study=study, variable=variable).estimates["coefficients"][
        "krippendorff_alpha"
    ]


def table(cells: list[tuple[str, str, int]]) -> np.ndarray[Any, Any]:
    """(raters, units), NaN where missing."""
    units, raters = (sorted({cell[at] for cell in cells}) for at in (0, 1))
    found = np.full((len(raters), len(units)), np.nan)
    for unit, rater, value in cells:
        found[raters.index(rater), units.index(unit)] = value
    return found


@pytest.mark.parametrize("reader", sorted(FOLDERS))
def test_every_published_rating_is_a_link_of_a_whole_chain_and_is_counted(
    imported: Callable[[str], Study], published_data: Path, reader: str
) -> None:
    study = imported(reader)
    ratings = len(list(READERS[reader](published_data / FOLDERS[reader]).ratings))
    assert RatingRevision.objects.filter(membership__study=study, counted=True).count() == ratings
    assert study.state == Study.State.LOCKED
    assert not study.published
    out = io.StringIO()
    call_command("verify_ratings", study.slug, stdout=out)
    assert (
        f"{Membership.objects.filter(study=study).count()} chains with {ratings} ratings are whole"
        in out.getvalue()
    )
    before = {(tally.variable, tally.n_ratings) for tally in AgreementTally.objects.filter(study=study)}
    counting.recount(study)
    assert {
        (tally.variable, tally.n_ratings) for tally in AgreementTally.objects.filter(study=study)
    } == before


@pytest.mark.parametrize("axis", ["completeness", "correctness", "conciseness"])
def test_physicians_agree_on_summaries_as_krippendorff_says_of_the_file(
    imported: Callable[[str], Study], published_data: Path, axis: str
) -> None:
    study = imported("clinsumm_reader_study")
    with (published_data / "clinsumm_reader_study" / "ratings.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = [row for row in csv.DictReader(file) if row["axis"] == axis]
    sign = {"0": 1, "1": -1}
    cells = [(row["sample"], row["reader"], sign[row["switched"]] * int(row["raw_score"])) for row in rows]
    theirs = krippendorff.alpha(
        reliability_data=table(cells), level_of_measurement="ordinal", value_domain=[-2, -1, 0, 1, 2]
    )
    assert alpha_of(study, axis)["value"] == pytest.approx(theirs, abs=1e-9)
    assert alpha_of(study, axis)["n_raters"] == 5


def test_crowd_workers_agree_as_krippendorff_says_of_the_file(
    imported: Callable[[str], Study], published_data: Path
) -> None:
    study = imported("llmfao_votes")
    with (published_data / "llmfao_votes" / "votes_subset.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    def better(row: dict[str, str]) -> int:
        sides = sorted((row["left"], row["right"]))
        return 0 if row["winner"] == "tie" else 2 * sides.index(row[row["winner"]]) - 1

    cells = [(row["id"], row["worker"], better(row)) for row in rows]
    theirs = krippendorff.alpha(
        reliability_data=table(cells), level_of_measurement="ordinal", value_domain=[-1, 0, 1]
    )
    assert alpha_of(study, "preference")["value"] == pytest.approx(theirs, abs=1e-9)


def test_annotators_of_abstracts_agree_as_scikit_learn_says_and_what_was_settled_is_kept(
    imported: Callable[[str], Study], published_data: Path
) -> None:
    study = imported("pubmedqa")
    with (published_data / "pubmedqa" / "pqal.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    theirs = cohen_kappa_score(
        [row["reasoning_free_pred"] for row in rows], [row["reasoning_required_pred"] for row in rows]
    )
    # one annotator saw more than the other: two groups, which the study never pools; the file's figure does
    seen = Observation.objects.filter(study=study, variable="answer").values_list(
        "unit", "membership", "value"
    )
    units, raters, values = zip(*seen, strict=True)
    ours = all_coefficients(
        np.array(units), np.array(raters), values, Scale("nominal", ("yes", "no", "maybe"))
    )
    assert ours["cohen_kappa"].value == pytest.approx(theirs, abs=1e-9)
    assert {tally.n_ratings for tally in AgreementTally.objects.filter(study=study)} == {len(rows)}
    settled = dict(Adjudication.objects.filter(study=study).values_list("item__key", "value"))
    assert settled == {row["pmid"]: row["final_decision"] for row in rows}


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    """Krippendorff's (2011) data C, four observers and twelve units."""
    folder = tmp_path / "coding_matrix"
    folder.mkdir()
    (folder / "codings.csv").write_text(MATRIX, encoding="utf-8")
    return folder


def test_the_textbook_matrix_has_the_alpha_its_author_printed(matrix: Path, root_admin: Any) -> None:
    call_command("import_ratings", str(matrix), stdout=io.StringIO())
    found = alpha_of(Study.objects.get(), "code")
    assert found["value"] == pytest.approx(0.743, abs=0.0005)
    assert found["n_pairable"] == 11  # the twelfth unit has one code


def test_the_same_data_set_again_changes_nothing(matrix: Path, root_admin: Any) -> None:
    call_command("import_ratings", str(matrix), stdout=io.StringIO())
    before = list(Assignment.objects.values_list("pk", flat=True))
    out = io.StringIO()
    call_command("import_ratings", str(matrix), stdout=out)
    assert "is there already" in out.getvalue()
    assert list(Assignment.objects.values_list("pk", flat=True)) == before


def test_what_was_left_out_and_the_licence_stand_with_the_study(matrix: Path, root_admin: Any) -> None:
    call_command("import_ratings", str(matrix), stdout=io.StringIO())
    told = Study.objects.get().imported
    assert told["licence"] == "as the file's own"
    assert told["left_out"] == ["7 cells that are empty: not coded"]


def test_an_imported_study_is_published_when_asked_and_confirmed(matrix: Path, root_admin: Any) -> None:
    call_command("import_ratings", str(matrix), publish=True, stdout=io.StringIO())
    study = Study.objects.get()
    assert study.published
    assert study.publication_problem == ""


def test_a_data_set_that_nothing_reads_is_refused_with_what_does(tmp_path: Path, root_admin: Any) -> None:
    with pytest.raises(CommandError, match="--reader"):
        call_command("import_ratings", str(tmp_path))
    with pytest.raises(CommandError, match="There is no nowhere here"):
        call_command("import_ratings", "nowhere")


def test_another_study_at_the_address_is_not_touched(matrix: Path, root_admin: Any) -> None:
    call_command("import_ratings", str(matrix), stdout=io.StringIO())
    Study.objects.update(imported_from="")
    with pytest.raises(CommandError, match="another study"):
        call_command("import_ratings", str(matrix), stdout=io.StringIO())


def test_without_anybody_to_look_after_it_nothing_is_imported(matrix: Path, db: None) -> None:
    with pytest.raises(CommandError, match="--coordinator"):
        call_command("import_ratings", str(matrix), stdout=io.StringIO())
    assert not Study.objects.exists()
