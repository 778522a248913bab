"""Exports: the same ratings in every format, nobody named, and agreement computed from the file is the dashboard's."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import PrivilegedAct
from raters.domain import chain
from raters.domain.exporting import Column, csv_lines, guarded, json_lines, write_parquet
from raters.models import AgreementTally, Assignment, RatingRevision
from raters.services import counting, studies

Draw = Callable[[np.random.Generator], dict[str, Any]]


@pytest.fixture
def rated(
    opened: Callable[..., Any], drawn: Draw, all_rated: Callable[..., None], submitted: Callable[..., Any]
) -> Any:
    study, rng = opened("every", "out", items=6, raters=3, systems=2), np.random.default_rng(21)
    all_rated(study, lambda _: drawn(rng))
    for row in Assignment.objects.filter(study=study).select_related("membership__rater")[:4]:
        submitted(row, drawn(rng) | {"comment": "=HYPERLINK(1)"}, reason="=cmd()")
    counting.count_all_new(study)
    return study


@pytest.fixture
def client_of(rated: Any, client: Client) -> Client:
    client.force_login(rated.coordinator)
    return client


def content(client: Client, where: str) -> bytes:
    response = client.get(where)
    assert response.status_code == 200
    return b"".join(response.streaming_content) if response.streaming else response.content


def rows_of(client: Client, where: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(client, where).decode())))


@pytest.mark.django_db
def test_who_takes_unpublished_ratings_away_leaves_a_line(rated: Any, client_of: Client) -> None:
    content(client_of, "/studies/out/export/ratings.csv")
    rated.published = True
    rated.save()
    content(client_of, "/studies/out/export/history.csv")
    act = PrivilegedAct.objects.get(details="export file")
    assert (act.kind, act.by) == ("study", rated.coordinator.username)
    assert act.subject == "study out, name ratings, suffix csv"


@pytest.mark.django_db
@pytest.mark.parametrize("variable", ["risk", "right", "feel", "minutes", "points", "safe"])
def test_agreement_computed_from_the_file_is_the_dashboards(
    rated: Any, client_of: Client, tmp_path: Path, variable: str
) -> None:
    file = tmp_path / "observations.csv"
    file.write_bytes(
        content(client_of, f"/studies/out/export/observations.csv?variable={variable}&group=Raters")
    )
    level = next(csv.DictReader(io.StringIO(file.read_text())))["level"]
    declared = {"risk": "none,some,much,grave", "feel": "1,2,3,4,5,6,7,8,9"}
    told: dict[str, Any] = {"categories": declared[variable]} if variable in declared else {}
    out = io.StringIO()
    call_command(
        "agreement", str(file), item="target", rater="rater", value="value", scale=level, stdout=out, **told
    )
    found = json.loads(out.getvalue())
    kept = AgreementTally.objects.get(study=rated, variable=variable).estimates["coefficients"]
    for name in ("krippendorff_alpha", "percent_agreement"):
        if name in kept:
            assert found[name]["value"] == pytest.approx(kept[name]["value"], abs=1e-12)
            assert found[name]["low"] == pytest.approx(kept[name]["low"], abs=1e-9)


@pytest.mark.django_db
def test_the_three_formats_hold_the_same_rows(rated: Any, client_of: Client, tmp_path: Path) -> None:
    for name in ("ratings", "history", "observations", "codebook", "chains"):
        lines = [
            json.loads(line) for line in content(client_of, f"/studies/out/export/{name}.jsonl").splitlines()
        ]
        file = tmp_path / f"{name}.parquet"
        file.write_bytes(content(client_of, f"/studies/out/export/{name}.parquet"))
        assert pq.read_table(file).to_pylist() == lines
        table = rows_of(client_of, f"/studies/out/export/{name}.csv")
        assert len(table) == len(lines)
        assert [row["rater"] for row in table if "rater" in row] == [
            row["rater"] for row in lines if "rater" in row
        ]


@pytest.mark.django_db
def test_the_history_has_every_revision_and_the_ratings_the_last_of_each(
    rated: Any, client_of: Client
) -> None:
    ratings = rows_of(client_of, "/studies/out/export/ratings.csv")
    history = rows_of(client_of, "/studies/out/export/history.csv")
    assert len(ratings) == 36  # 6 items, 3 raters, 2 systems
    assert len(history) == 40  # four were revised
    assert {row["sha"] for row in ratings} == {row["sha"] for row in history if row["is_current"] == "yes"}


@pytest.mark.django_db
def test_the_history_is_a_chain_that_ends_in_the_heads(rated: Any, client_of: Client) -> None:
    heads = {row["rater"]: row["head"] for row in rows_of(client_of, "/studies/out/export/chains.csv")}
    last: dict[str, str] = dict.fromkeys(heads, chain.GENESIS)
    for row in rows_of(client_of, "/studies/out/export/history.csv"):
        assert row["previous_sha"] == last[row["rater"]]
        last[row["rater"]] = row["sha"]
    assert last == heads


@pytest.mark.django_db
def test_a_formula_in_a_free_text_is_disarmed_in_csv_and_kept_elsewhere(
    rated: Any, client_of: Client
) -> None:
    reasons = {row["reason"] for row in rows_of(client_of, "/studies/out/export/history.csv")}
    assert reasons == {"", "'=cmd()"}
    lines = content(client_of, "/studies/out/export/history.jsonl").decode().splitlines()
    assert {json.loads(line)["reason"] for line in lines} == {"", "=cmd()"}


@pytest.mark.django_db
def test_raters_are_numbers_and_systems_pseudonyms_until_the_lock(rated: Any, client_of: Client) -> None:
    before = rows_of(client_of, "/studies/out/export/ratings.csv")
    assert {row["rater"] for row in before} == {"R1", "R2", "R3"}
    assert {row["systems"] for row in before} == {"system-1", "system-2"}
    again = rows_of(client_of, "/studies/out/export/observations.csv")
    assert {(row["target"].split("/")[0], row["systems"]) for row in again} == {
        (row["unit"], row["systems"]) for row in before
    }
    studies.lock(rated)
    after = rows_of(client_of, "/studies/out/export/ratings.csv")
    assert {row["systems"] for row in after} == {"Model A", "Model B"}
    named = {old["systems"]: new["systems"] for old, new in zip(before, after, strict=True)}
    assert len(named) == 2
    whole = content(client_of, "/studies/out/export/study.json") + content(
        client_of, "/studies/out/export/history.jsonl"
    )
    assert b"out-rater" not in whole


@pytest.mark.django_db
def test_a_text_that_may_name_a_patient_is_held_back(
    every: Any, drawn: Draw, submitted: Callable[..., Any], client: Client
) -> None:
    row = Assignment.objects.filter(study=every).select_related("membership__rater").first()
    assert row is not None
    rng = np.random.default_rng(1)
    submitted(row, drawn(rng) | {"comment": "Call him on +49 30 1234567, born 03.04.1951, MRN 12345678."})
    client.force_login(every.coordinator)
    found = content(client, "/studies/every/export/ratings.jsonl").decode()
    assert "12345678" not in found
    assert "held back" in found
    assert "12345678" in str(RatingRevision.objects.get().payload)


@pytest.mark.django_db
def test_the_page_shows_the_first_rows_of_each_table(rated: Any, client_of: Client) -> None:
    page = client_of.get("/studies/out/export/").content.decode()
    for name in ("ratings.csv", "history.parquet", "observations.jsonl", "study.json"):
        assert f"/studies/out/export/{name}" in page
    assert "Model A" not in page
    assert "system-1" in page


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ratings.xlsx", "people.csv", "study.csv", "ratings.json"])
def test_a_file_there_is_not_is_not_found(rated: Any, client_of: Client, name: str) -> None:
    assert client_of.get(f"/studies/out/export/{name}").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_programs_get_the_same_file(rated: Any, client_of: Client, suffix: str) -> None:
    for table in ("ratings", "observations"):
        ours = content(client_of, f"/api/v1/studies/out/export.{suffix}?table={table}")
        assert ours == content(client_of, f"/studies/out/export/{table}.{suffix}")
    assert client_of.get("/api/v1/studies/out/export.xml").status_code == 404
    assert Client().get(f"/api/v1/studies/out/export.{suffix}").status_code == 404


CELLS = st.one_of(
    st.text(max_size=12), st.integers(-99, 99), st.floats(allow_nan=False), st.booleans(), st.none()
)


@given(st.text(max_size=20))
def test_no_guarded_text_is_a_formula(text: str) -> None:
    cell = guarded(text)
    assert cell.removeprefix("'") == text.removeprefix("'")
    if cell.startswith(("=", "@", "\t", "\r")):
        raise AssertionError(cell)
    if cell.startswith(("+", "-")):
        float(cell)  # a plain number, or ValueError


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20), max_size=5
    )
)
def test_what_csv_disarms_reads_back_as_it_was(texts: list[str]) -> None:
    written = b"".join(csv_lines([Column("text", "")], ([text] for text in texts))).decode()
    read = [row[0] if row else "" for row in csv.reader(io.StringIO(written, newline=""), strict=True)][1:]
    assert [guarded(text) for text in texts] == read


def test_ten_times_the_rows_take_no_more_memory(tmp_path: Path) -> None:
    """Rows are made as they are written; the peak does not grow with their number."""
    columns = [Column("n", "", "whole"), Column("text", "")]

    def rows(count: int) -> Iterator[tuple[int, str]]:
        return ((number, "x" * 50) for number in range(count))

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in csv_lines(columns, rows(count)):
            pass
        for _ in json_lines(columns, rows(count)):
            pass
        write_parquet(tmp_path / "rows.parquet", columns, rows(count))
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return found

    few = peak(10_000)
    assert peak(100_000) < 1.5 * few
    assert pq.ParquetFile(tmp_path / "rows.parquet").metadata.num_rows == 100_000
