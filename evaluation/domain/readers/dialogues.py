"""Visit dialogues and the notes written from them.

ACI-Bench (wyim/aci-bench) and MTS-Dialog (abachaa/MTS-Dialog).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import DataFile, Dropped, Located, csv_rows, settings_of


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    task: str


class AciRow(msgspec.Struct):
    encounter_id: str
    dialogue: str
    note: str


class MtsRow(msgspec.Struct):
    ID: str
    section_header: str
    section_text: str
    dialogue: str


def aci_bench(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    """The whole note of an encounter."""
    task = settings_of(Settings, settings).task
    for row, origin in csv_rows(files, AciRow):
        asked, gold = {"dialogue": row.dialogue}, {"references": [row.note]}
        yield Located(Question(task, row.encounter_id, "public", asked, gold), origin)


def mts_dialog_notes(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    """One section of a note; its header is shown, its text is the reference."""
    task = settings_of(Settings, settings).task
    for row, origin in csv_rows(files, MtsRow):
        asked = {"dialogue": row.dialogue, "instruction": f"Section: {row.section_header}"}
        gold = {"references": [row.section_text]}
        yield Located(Question(task, f"note-{row.ID}", "public", asked, gold, cluster=row.ID), origin)


def mts_dialog_headers(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    """Which section of a note the dialogue belongs to."""
    task = settings_of(Settings, settings).task
    for row, origin in csv_rows(files, MtsRow):
        asked, gold = {"dialogue": row.dialogue}, {"label": row.section_header}
        yield Located(Question(task, f"header-{row.ID}", "public", asked, gold, cluster=row.ID), origin)
