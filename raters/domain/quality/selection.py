"""Where a rater silently meets gold, a wrong twin, or an answer rated before.

Nothing is inserted among the first three screens, and no two insertions follow each other. An answer comes
again, as itself or as its twin, at least ten screens after it was first shown, or half the list where the
list is shorter than twenty. Insertions are spread evenly, drawn within their stretch of the list, and follow
from the seed and the rater alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Literal

import numpy as np

InsertionKind = Literal["gold", "twin", "repeat"]

FIRST_FREE = 3  # screens before anything is inserted
GAP = 10  # screens between an answer and its second showing
SHARE = 0.05  # of the live list, of each kind


@dataclass(frozen=True, slots=True)
class Insertion:
    """`place` counts from 0 in the list with everything inserted.

    `source` is the gold item, or the live assignment shown again or as its twin.
    """

    kind: InsertionKind
    place: int
    source: str


def insertions(
    live: Sequence[str],
    *,
    rater: str,
    seed: int,
    gold: Sequence[str] = (),
    with_twin: Collection[str] = (),
    repeat_share: float = SHARE,
    gold_share: float = SHARE,
    twin_share: float = SHARE,
) -> tuple[Insertion, ...]:
    """Insertions in the order of `live`, the rater's assignments from first to last.

    `gold` may be used once each, `with_twin` names the live assignments that have a wrong twin. Shares are
    of the live list, rounded; fewer are inserted where there is no room or nothing to insert. ValueError
    for a repeated name or a share outside 0 to 1.
    """
    if len(set(live)) < len(live) or len(set(gold)) < len(gold):
        raise ValueError("each live assignment and each gold item is named once")
    if not all(0 <= share <= 1 for share in (repeat_share, gold_share, twin_share)):
        raise ValueError("shares of insertions lie from 0 to 1")
    rng = np.random.default_rng([seed % 2**63, *sha256(rater.encode()).digest()[:8]])
    wanted = [round(share * len(live)) for share in (twin_share, repeat_share, gold_share)]
    again = _second_showings(live, with_twin, wanted[0], wanted[1], rng)
    taken = {slot for slot, _, _ in again}
    free = [slot for slot in range(FIRST_FREE, len(live) + 1) if slot not in taken]
    chosen = _spread(free, min(wanted[2], len(gold)), rng)
    pool = [gold[n] for n in rng.permutation(len(gold))]
    found = [*again, *((slot, "gold", name) for slot, name in zip(chosen, pool, strict=False))]
    # a slot is the number of live assignments before it; those inserted earlier come on top
    return tuple(
        Insertion(kind, slot + before, source) for before, (slot, kind, source) in enumerate(sorted(found))
    )


_Found = tuple[int, InsertionKind, str]


def _second_showings(
    live: Sequence[str], with_twin: Collection[str], twins: int, repeats: int, rng: np.random.Generator
) -> list[_Found]:
    """Slots for twins and repeats, each with an unused answer shown long enough before."""
    gap = distance(len(live))
    slots = _spread(list(range(max(FIRST_FREE, gap), len(live) + 1)), twins + repeats, rng)
    order = rng.permutation(twins + repeats)[: len(slots)]
    used: set[int] = set()
    found: list[_Found] = []
    for slot, n in zip(slots, order.tolist(), strict=True):
        kind: InsertionKind = "twin" if n < twins else "repeat"
        open_to = [
            i for i in range(slot - gap + 1) if i not in used and (kind == "repeat" or live[i] in with_twin)
        ]
        if open_to:
            one = int(rng.choice(open_to))
            used.add(one)
            found.append((slot, kind, live[one]))
    return found


def distance(screens: int) -> int:
    """Screens from an answer to its second showing in a list of so many."""
    return max(1, min(GAP, screens // 2))


def _spread(slots: Sequence[int], number: int, rng: np.random.Generator) -> list[int]:
    """`number` of the slots, ascending, one drawn from each of as many stretches of equal length."""
    number = min(number, len(slots))
    edges = [len(slots) * n // number for n in range(number + 1)] if number else []
    return [slots[int(rng.integers(low, high))] for low, high in pairwise(edges)]
