"""RABBITS (BittermanLab/RABBITS): exam questions with generic drug names swapped for brand names.

The MedMCQA file holds both sides of a pair, the MedQA file the swapped side only, named by the number of the
question in MedQA ("test-00630"); with MedQA's own test set beside it both sides are there. Both files carry a
physician's decision: "keep", or "drop" with or without a reason. Where the original test hides its answers
(-1) the pair cannot be scored. The two sides of a pair share a cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.lettered_options import Row as OriginalRow
from evaluation.domain.readers.rows import (
    DataFile,
    Dropped,
    Located,
    Origin,
    csv_rows,
    json_lines,
    settings_of,
)

LETTERS = "ABCD"
SIDES = {"orig": "original", "g2b": "swapped"}


class PairSettings(msgspec.Struct, forbid_unknown_fields=True):
    original_task: str
    swapped_task: str


class SwappedSettings(msgspec.Struct, forbid_unknown_fields=True):
    task: str


class PairRow(msgspec.Struct):
    id: str
    decision: str = msgspec.field(name="keep/drop")
    question_orig: str
    opa_orig: str
    opb_orig: str
    opc_orig: str
    opd_orig: str
    cop_orig: int  # index of the right option, -1 when hidden
    question_g2b: str
    opa_g2b: str
    opb_g2b: str
    opc_g2b: str
    opd_g2b: str
    cop_g2b: int


class SwappedRow(msgspec.Struct):
    id: str
    decision: str = msgspec.field(name="keep/drop")
    sent1: str
    ending0: str
    ending1: str
    ending2: str
    ending3: str
    label: int


def pairs(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    chosen = settings_of(PairSettings, settings)
    tasks = {"orig": chosen.original_task, "g2b": chosen.swapped_task}
    for row, origin in csv_rows(files, PairRow):
        if row.decision != "keep":
            yield Dropped("the physicians' decision on the swap is not 'keep'", origin)
        elif row.cop_orig < 0 or row.cop_g2b < 0:
            yield Dropped("the published file hides the right answer (-1)", origin)
        else:
            yield from (_side(row, side, tasks[side], origin) for side in SIDES)


def swapped(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    task = settings_of(SwappedSettings, settings).task
    for row, origin in csv_rows(files, SwappedRow):
        if row.decision != "keep":
            yield Dropped("the physicians' decision on the swap is not 'keep'", origin)
        else:
            endings = [row.ending0, row.ending1, row.ending2, row.ending3]
            yield _located(task, row.id, "swapped", row.sent1, endings, row.label, origin)


def with_medqa(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    """Both sides of the MedQA pairs: the swapped side from *.csv, the original from MedQA's *.jsonl."""
    chosen = settings_of(PairSettings, settings)
    right: dict[str, str] = {}  # of the swapped questions by id: a letter
    for found in swapped(
        [file for file in files if file.path.suffix == ".csv"], {"task": chosen.swapped_task}
    ):
        if isinstance(found, Located):
            right[found.question.cluster] = found.question.gold["letters"][0]
        yield found
    for row, origin in json_lines([file for file in files if file.path.suffix == ".jsonl"], OriginalRow):
        pair = f"test-{int(row.realidx):05}" if str(row.realidx).isdecimal() else ""
        if pair not in right:
            yield Dropped("no drug name of it was swapped", origin)
        elif right[pair] != row.answer_idx or list(row.options) != list(LETTERS):
            yield Dropped("it is not the question that was swapped: another edition of MedQA?", origin)
        else:
            options = list(row.options.values())
            number = LETTERS.index(row.answer_idx)
            yield _located(chosen.original_task, pair, "original", row.question, options, number, origin)


def _side(row: PairRow, side: str, task: str, origin: Origin) -> Located:
    options = [getattr(row, f"op{letter}_{side}") for letter in LETTERS.lower()]
    question, right = getattr(row, f"question_{side}"), getattr(row, f"cop_{side}")
    return _located(task, row.id, SIDES[side], question, options, right, origin)


def _located(
    task: str, pair: str, side: str, question: str, options: Sequence[str], right: int, origin: Origin
) -> Located:
    if not 0 <= right < len(LETTERS):
        raise origin.error(f"the right option is number {right}, options are numbered 0 to 3", pair)
    asked = {"question": question, "options": dict(zip(LETTERS, options, strict=True))}
    item = Question(task, f"{pair}-{side}", "public", asked, {"letters": [LETTERS[right]]}, cluster=pair)
    return Located(item, origin)
