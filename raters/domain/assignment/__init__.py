"""The design of rating studies: who rates what, in which order, with which probability.

A plan is computed, not thrown: a balanced or greedy rule fills places, chains level the loads, exchanges
even out who meets whom, and only then are people and items drawn to the places (see `identities`). Every
draw follows from the design's seed, and every assignment carries its probability for inverse weighting.
"""

from __future__ import annotations

from raters.domain.assignment.designs import balanced_blocks, difference_family
from raters.domain.assignment.diagnostics import Diagnostics, PrecisionInputs
from raters.domain.assignment.eligibility import Item, Rater
from raters.domain.assignment.newcomers import DrawnPair, add_system, draw_pairs, pair_probabilities
from raters.domain.assignment.order import williams
from raters.domain.assignment.plan import Assignment, Block, Plan, Shortfall
from raters.domain.assignment.planning import plan_study, replan
from raters.domain.assignment.specification import Design, Task

__all__ = [
    "Assignment",
    "Block",
    "Design",
    "Diagnostics",
    "DrawnPair",
    "Item",
    "Plan",
    "PrecisionInputs",
    "Rater",
    "Shortfall",
    "Task",
    "add_system",
    "balanced_blocks",
    "difference_family",
    "draw_pairs",
    "pair_probabilities",
    "plan_study",
    "replan",
    "williams",
]
