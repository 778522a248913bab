"""Answers of a study as raters are shown them: what names a system is taken out before anybody sees them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from raters.domain.rubric.case import ShownAnswer
from raters.domain.shown_answers import masked_answer
from raters.domain.study_item_fields import StudyItem as ReadItem
from raters.models import Study, StudyAnswer, StudySystem

Told = Callable[[int, int], None]  # of how many answers were masked so far, and how many there are
Key = tuple[str, str, bool]  # item, system, whether a wrong twin
TELL_SECONDS = 0.5


@dataclass(frozen=True)
class Masked:
    """Answers of items, masked with these names of systems; with others they are masked anew."""

    names: frozenset[str]
    shown: Mapping[Key, tuple[ShownAnswer, list[str]]]


def as_stored(value: msgspec.Struct) -> Any:
    """As the database gives it back: lists where there were tuples, so that equal ones are equal."""
    return msgspec.json.decode(msgspec.json.encode(value))


def mask_ahead(items: Sequence[ReadItem], names: Sequence[str], told: Told | None = None) -> Masked:
    """Mask before anything is locked: of thousands of answers it takes a minute."""
    wanted = [
        ((item.key, name, is_twin), answer)
        for item in items
        for is_twin, given in ((False, item.answers), (True, item.wrong_twins))
        for name, answer in given.items()
    ]
    shown, last = {}, float("-inf")
    for number, (key, answer) in enumerate(wanted):
        if told is not None and time.monotonic() - last > TELL_SECONDS:
            told(number, len(wanted))
            last = time.monotonic()
        shown[key] = masked_answer(answer, names)
    return Masked(frozenset(names), shown)


def masked_rows(
    item: int,
    read: ReadItem,
    systems: Mapping[str, StudySystem],
    names: Sequence[str],
    ahead: Masked | None = None,
) -> list[StudyAnswer]:
    """The rows of an item's answers; `ahead` spares the masking where no other name came meanwhile."""
    known = ahead.shown if ahead is not None and ahead.names == frozenset(names) else {}
    rows = []
    for is_twin, given in ((False, read.answers), (True, read.wrong_twins)):
        for name, answer in given.items():
            shown, masked = known.get((read.key, name, is_twin)) or masked_answer(answer, names)
            rows.append(
                StudyAnswer(
                    item_id=item,
                    system=systems[name],
                    shown=msgspec.to_builtins(shown),
                    original=msgspec.to_builtins(answer),
                    masked=masked,
                    is_twin=is_twin,
                )
            )
    return rows


def mask_again(study: Study, names: Sequence[str], but: set[int]) -> list[str]:
    """New systems have names that answers already there may tell."""
    changed, expected = [], set()
    rows = StudyAnswer.objects.filter(item__study=study).exclude(pk__in=but).select_related("item")
    for answer in rows.iterator(chunk_size=1000):
        shown, masked = masked_answer(msgspec.convert(answer.original, ShownAnswer), names)
        written = as_stored(shown)
        if written != answer.shown:
            answer.shown, answer.masked = written, masked
            changed.append(answer)
            if answer.item.expected:
                expected.add(answer.item.key)
    StudyAnswer.objects.bulk_update(changed, ["shown", "masked"], batch_size=500)
    notes = (
        [f"{len(changed)} answers that were there name a new system: masked there, too."] if changed else []
    )
    if expected:
        keys = ", ".join(sorted(expected)[:5])
        notes.append(f"Passages expected there may have moved; look at the preview of {keys}.")
    return notes
