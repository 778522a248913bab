"""What stands on a board, replayed from what happened to its runs.

published   puts a run on the board with the scores of that scoring, or replaces its scoring
withdrawn   takes it off for good
hidden, shown       takes it off, and puts it back
anonymised, named   keeps its name back, and tells it
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another


class Event(NamedTuple):
    """One thing that happened; `system`, `mode` are those of the run, `whole`: whether it did every task."""

    run: int
    kind: str
    scoring: int
    at: datetime
    system: int
    mode: str
    whole: bool


@dataclass(frozen=True)
class Standing:
    """A run on the board, with the scores of `scoring`; `at` is when it first came there."""

    run: int
    scoring: int
    anonymous: bool
    at: datetime


@dataclass
class _Fate:
    first: Event
    at: datetime  # of its first publication
    scoring: int = 0
    withdrawn: bool = False
    hidden: bool = False
    anonymous: bool = False

    def take(self, event: Event) -> None:
        match event.kind:
            case "published":
                self.at = self.at if self.scoring else event.at
                self.scoring = event.scoring
            case "withdrawn":
                self.withdrawn = True
            case "hidden" | "shown":
                self.hidden = event.kind == "hidden"
            case "anonymised" | "named":
                self.anonymous = event.kind == "anonymised"

    @property
    def on_board(self) -> bool:
        return bool(self.scoring) and not (self.withdrawn or self.hidden)

    @property
    def row(self) -> tuple[object, ...]:
        """Whom it stands for: its system and mode, or, without a name, itself."""
        return (self.first.run,) if self.anonymous else (self.first.system, self.first.mode)


def standings(events: Iterable[Event]) -> tuple[Standing, ...]:
    """The runs on the board after these events, given in their order; by run.

    Of a system and mode the newest counts, but a run of some tasks takes the place of no run of all: a system
    keeps its rank, and nobody can try one task again and again until it comes out well. Nor can anybody take
    back what came out badly: where the newest run was withdrawn or is hidden, no older one stands in for it.
    A run without a name stands for itself.
    """
    fates: dict[int, _Fate] = {}
    for event in events:
        fates.setdefault(event.run, _Fate(event, event.at)).take(event)
    rows: dict[tuple[object, ...], _Fate] = {}
    for fate in sorted(filter(lambda fate: fate.scoring, fates.values()), key=_newness):
        rows[fate.row] = fate
    found = (
        Standing(fate.first.run, fate.scoring, fate.anonymous, fate.at)
        for fate in rows.values()
        if fate.on_board
    )
    return tuple(sorted(found, key=lambda standing: standing.run))


def anonymous_name(submission: object) -> str:
    """What a run is called while its name is kept back: always the same, and telling nothing of it."""
    digest = sha256(f"name kept back: {submission}".encode()).digest()
    return "Anonymous " + "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:4])


def _newness(fate: _Fate) -> tuple[bool, datetime, int]:
    return fate.first.whole, fate.at, fate.first.run
