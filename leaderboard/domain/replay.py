"""What became of runs, and what stands on a board: replayed from what happened to them.

published   puts a run on the board with the scores of that scoring, or replaces its scoring
withdrawn   takes it off for good
hidden, shown       takes it off, and puts it back
anonymised, named   keeps its name back, and tells it
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Generic, NamedTuple, TypeVar

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
class OnBoard:
    """A run on the board, with the scores of `scoring`; `at` is when it first came there."""

    run: int
    scoring: int
    anonymous: bool
    at: datetime


E = TypeVar("E")  # an event, however it is kept


@dataclass
class Fate(Generic[E]):
    """What became of one run, told event by event.

    first, newest       its first publication and that whose scores count; None: it never came onto a board
    withdrawn, hidden   the event that took it off and still holds
    anonymous           whether its name is kept back
    """

    first: E | None = None
    newest: E | None = None
    withdrawn: E | None = None
    hidden: E | None = None
    anonymous: bool = False

    def take(self, kind: str, event: E) -> None:
        match kind:
            case "published":
                self.first = self.first or event
                self.newest = event
            case "withdrawn":
                self.withdrawn = self.withdrawn or event
            case "hidden" | "shown":
                self.hidden = event if kind == "hidden" else None
            case "anonymised" | "named":
                self.anonymous = kind == "anonymised"

    @property
    def taken_off(self) -> bool:
        return self.withdrawn is not None or self.hidden is not None


def fate_of(told: Iterable[tuple[str, E]]) -> Fate[E]:
    """What the events of one run come to, each with its kind, given in their order."""
    fate = Fate[E]()
    for kind, event in told:
        fate.take(kind, event)
    return fate


def on_board(events: Iterable[Event]) -> tuple[OnBoard, ...]:
    """The runs on the board after these events, given in their order; by run.

    Of a system and mode the newest counts, but a run of some tasks takes the place of no run of all: a system
    keeps its rank, and nobody can try one task again and again until it comes out well. Nor can anybody take
    back what came out badly: where the newest run was withdrawn or is hidden, no older one stands in for it.
    A run without a name stands for itself.
    """
    fates: dict[int, Fate[Event]] = defaultdict(Fate)
    for event in events:
        fates[event.run].take(event.kind, event)
    published = [
        (fate.first, fate.newest, fate) for fate in fates.values() if fate.first is not None and fate.newest
    ]
    rows: dict[tuple[object, ...], OnBoard | None] = {}
    for first, newest, fate in sorted(published, key=lambda each: _newness(each[0])):
        standing = OnBoard(first.run, newest.scoring, fate.anonymous, first.at)
        rows[_row(first, fate.anonymous)] = None if fate.taken_off else standing
    return tuple(sorted(filter(None, rows.values()), key=lambda standing: standing.run))


def anonymous_name(submission: object) -> str:
    """What a run is called while its name is kept back: always the same, and telling nothing of it."""
    digest = sha256(f"name kept back: {submission}".encode()).digest()
    return "Anonymous " + "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:4])


def _row(event: Event, anonymous: bool) -> tuple[object, ...]:
    """Whom a run stands for: its system and mode, or, without a name, itself."""
    return (event.run,) if anonymous else (event.system, event.mode)


def _newness(first: Event) -> tuple[bool, datetime, int]:
    return first.whole, first.at, first.run
