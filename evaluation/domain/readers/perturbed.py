"""Perturbation pairs out of any multiple-choice file: items as published, and variants in other tasks.

    [[files]]
    reader = "perturbed"
    paths = ["questions.jsonl"]
    [files.settings]
    reader = "lettered_options"
    task = "medqa"
    seed = 7
    [files.settings.settings]      # of that reader
    task = "medqa"
    [files.settings.variants]      # task → what is done to its items
    medqa-reordered = "option_order"
    medqa-recency = "recency"

The tasks named under variants say `pair_of = "medqa"` in their options.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.perturbed_items import KINDS, CannotPerturbError, perturbed
from evaluation.domain.readers.rows import DataFile, Dropped, Located, SettingsError, settings_of


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    reader: str
    task: str
    variants: dict[str, str]
    settings: dict[str, Any] = {}
    seed: int = 0


def variants(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    from evaluation.domain.readers import UnknownReaderError, reader  # it imports this module by name

    chosen = settings_of(Settings, settings)
    if strange := [kind for kind in chosen.variants.values() if kind not in KINDS]:
        raise SettingsError(f"there is no perturbation {strange[0]!r}; there are {', '.join(KINDS)}")
    try:
        inner = reader(chosen.reader)
    except UnknownReaderError as unknown:
        raise SettingsError(str(unknown)) from None
    for row in inner(files, chosen.settings):
        yield row
        if isinstance(row, Located) and row.question.task == chosen.task:
            yield from _variants_of(row, chosen)


def _variants_of(row: Located, chosen: Settings) -> Iterator[Located | Dropped]:
    for task, kind in chosen.variants.items():
        try:
            yield Located(perturbed(row.question, kind, task, chosen.seed), row.origin)
        except CannotPerturbError as reason:
            yield Dropped(f"{task}: {reason}", row.origin)
