"""The one random step of a design: which person, and which item, stands at which place of the plan.

The plan itself is computed for places, without chance. Persons who cannot be told apart (same eligibility,
capacity, ceiling and finished work) are then drawn to the places of their class in random order, and so are
items. By this randomisation (Fisher 1935) the probability that a rater of class C is given an item of class
D is exactly the number of such assignments in the plan over |C| |D|, whatever rule made the plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from raters.domain.assignment.allocation import Floats, Integers


@dataclass(frozen=True, eq=False)
class Places:
    """who (n,) stands at each place, and the class (n,) of each place; classes come one after the other."""

    who: Integers
    kind: Integers

    def sizes(self) -> Integers:
        return np.bincount(self.kind)


def draw(keys: Sequence[Hashable], generator: np.random.Generator) -> Places:
    """Places for len(keys) persons or items; equal keys are exchangeable and take places at random."""
    numbers: dict[Hashable, int] = {}
    kind = np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
    shuffled = generator.permutation(len(kind))
    who = shuffled[np.argsort(kind[shuffled], kind="stable")]
    return Places(who, kind[who])


def given_probabilities(
    blocks: Integers, raters: Integers, item_of: Integers, content_of: Integers, items: Places, people: Places
) -> Floats:
    """(A,) for each assignment: the probability that this rater was given this item with this content.

    `blocks` and `raters` (A,) are places, `item_of` and `content_of` (G,) describe the blocks.
    """
    kinds = list(
        zip(
            people.kind[raters].tolist(),
            items.kind[item_of[blocks]].tolist(),
            content_of[blocks].tolist(),
            strict=True,
        )
    )
    number = Counter(kinds)
    of_people, of_items = people.sizes(), items.sizes()
    return np.array([number[kind] / (of_people[kind[0]] * of_items[kind[1]]) for kind in kinds])
