"""Readers of published formats, by name. A specification's [[files]] names the one to use.

A reader takes the files and its own settings and streams `Located` questions, or `Dropped` rows with the
reason they are no questions. It refuses with file and line what it cannot read; what it reads is checked
against the task by `evaluation.domain.validation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from evaluation.domain.readers.rows import DataFile, Dropped, Located


class Reader(Protocol):
    def __call__(
        self, files: Sequence[DataFile], settings: Mapping[str, Any]
    ) -> Iterator[Located | Dropped]: ...


class UnknownReaderError(LookupError):
    """The specification names a reader that does not exist; the message lists those that do."""


# name → "module:function", imported on first use
READERS: dict[str, str] = {
    "items": "items:items",  # this platform's own JSON Lines
    "lettered_options": "lettered_options:lettered_options",  # MedQA, MedMCQA, MMLU, MMLU-Pro as JSON Lines
    "listed_options": "listed_options:listed_options",  # M-ARC: options as a JSON list in a CSV column
    "pubmedqa": "pubmedqa:pubmedqa",
    "medec": "error_texts:medec",
    "medrect": "error_texts:medrect",
    "jmle": "japanese_exams:jmle",
    "igakuqa": "japanese_exams:igakuqa",
    "rabbits_pairs": "rabbits:pairs",
    "rabbits_swapped": "rabbits:swapped",
    "rabbits_medqa": "rabbits:with_medqa",  # with MedQA's own test set: both sides of its pairs
    "perturbed": "perturbed:variants",  # any multiple-choice file and variants of its items
    "casimedicos": "casimedicos:casimedicos",
    "iob": "iob:iob",
    "medsss_letters": "medsss:letters",
    "medsss_text": "medsss:text",
    "medcalc_examples": "medcalc:examples",
    "medcalc_table": "medcalc:table",
    "xlinghealth_answers": "xlinghealth:answers",
    "xlinghealth_verification": "xlinghealth:verification",
    "aci_bench": "dialogues:aci_bench",
    "mts_dialog_notes": "dialogues:mts_dialog_notes",
    "mts_dialog_headers": "dialogues:mts_dialog_headers",
    "meds_bench": "meds_bench:meds_bench",
    "bridge": "bridge:bridge",
    "medval": "medval:medval",
    "healthbench_meta": "healthbench_meta:healthbench_meta",
    "mslr_pairwise": "mslr_pairwise:mslr_pairwise",
    "mtmeddialog": "consultations:mtmeddialog",
}


@cache
def reader(name: str) -> Reader:
    """The reader called `name`; UnknownReaderError lists the known ones."""
    try:
        module, _, function = READERS[name].partition(":")
    except KeyError:
        raise UnknownReaderError(f"unknown reader {name!r}; known: {', '.join(sorted(READERS))}") from None
    found: Reader = getattr(import_module(f"evaluation.domain.readers.{module}"), function)
    return found
