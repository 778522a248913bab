"""Two and three annotators on real sets: PubMedQA labels, MSLR facets, PandaLM preferences.

python docs/examples/annotators.py DATA
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from raters.domain.agreement import Scale, all_coefficients
from raters.domain.estimates import AgreementEstimate

Coefficients = dict[str, AgreementEstimate]
FACET = "Is the generated summary fluent?"


def pubmedqa(folder: Path) -> Coefficients:
    """Annotator 1 saw the conclusion, annotator 2 did not: agreement of the labels yes, no, maybe."""
    rows = list(lines(folder / "pubmedqa" / "pqal.jsonl"))
    items = [row["pmid"] for row in rows] * 2
    raters = ["with conclusion"] * len(rows) + ["without"] * len(rows)
    values = [row["reasoning_free_pred"] for row in rows] + [row["reasoning_required_pred"] for row in rows]
    return all_coefficients(items, raters, values, Scale("nominal", ("yes", "no", "maybe")))


def mslr(folder: Path) -> Coefficients:
    """Three annotators judge the fluency of generated review summaries, 0 to 2."""
    with (folder / "mslr_human_eval" / "pilot_3raters.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row[FACET][:1].isdigit()]
    items = [f"{row['docid']}/{row['model']}" for row in rows]
    values = [row[FACET][:1] for row in rows]
    return all_coefficients(
        items, [row["annotator"] for row in rows], values, Scale("ordinal", ("0", "1", "2"))
    )


def pandalm(folder: Path) -> Coefficients:
    """Three annotators choose response 1, response 2 or a tie, fully crossed."""
    rows = list(lines(folder / "pandalm_votes" / "votes.jsonl"))
    names = ("annotator1", "annotator2", "annotator3")
    items = [row["idx"] for row in rows for _ in names]
    values = [str(row[name]) for row in rows for name in names]
    return all_coefficients(items, list(names) * len(rows), values, Scale("nominal", ("0", "1", "2")))


def lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


if __name__ == "__main__":
    for analyse in (pubmedqa, mslr, pandalm):
        print(analyse.__name__)
        for name, one in analyse(Path(sys.argv[1])).items():
            shown = "undefined" if one.value is None else f"{one.value:6.3f}  [{one.low:.3f}, {one.high:.3f}]"
            print(f"  {name:<22}{shown}  {one.interval}, {one.n_ratings} ratings")
