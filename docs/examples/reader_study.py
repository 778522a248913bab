"""Five physicians compare a model's summary with an expert's on three axes: do they agree?

    python docs/examples/reader_study.py DATA        DATA holds clinsumm_reader_study/ratings.csv

Signed preferences run from −10 to 10 in the export and are mirrored where the sides were switched; the sign
is the judgement that three categories keep: expert, tie, model.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from raters.domain.agreement import Scale, all_coefficients
from raters.domain.estimates import AgreementEstimate

AXES = ("completeness", "correctness", "conciseness")
PREFERENCE = Scale("ordinal", ("expert", "tie", "model"))


def analyse(folder: Path) -> dict[str, dict[str, AgreementEstimate]]:
    """Axis → every coefficient that applies. Axes are never pooled: easy axes would lend the others agreement."""
    with (folder / "clinsumm_reader_study" / "ratings.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["raw_score"]]
    found = {}
    for axis in AXES:
        chosen = [row for row in rows if row["axis"] == axis]
        found[axis] = all_coefficients(
            [row["sample"] for row in chosen],
            [row["reader"] for row in chosen],
            [preference(float(row["raw_score"]), row["switched"] == "1") for row in chosen],
            PREFERENCE,
        )
    return found


def preference(raw: float, switched: bool) -> str:
    score = -raw if switched else raw
    return "model" if score > 0 else "expert" if score < 0 else "tie"


if __name__ == "__main__":
    for axis, coefficients in analyse(Path(sys.argv[1])).items():
        print(axis)
        for name, one in coefficients.items():
            shown = "undefined" if one.value is None else f"{one.value:6.3f}  [{one.low:.3f}, {one.high:.3f}]"
            print(f"  {name:<22}{shown}  {one.interval}, {one.n_items} items, {one.n_raters} raters")
