"""A system that comes late: which pairs to ask for, and how it joins a study already under way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from raters.domain.assignment.allocation import Floats, Integers
from raters.domain.assignment.eligibility import Rater
from raters.domain.assignment.plan import Assignment, Block, Plan
from raters.domain.assignment.planning import redraw

UNIFORM_SHARE = 0.2
_PRIOR_INFORMATION = 0.05  # on each strength, so that a system without a vote has a finite variance


@dataclass(frozen=True, slots=True)
class DrawnPair:
    """A pair of systems asked for, with the probability that this pair was drawn at its turn."""

    first: int
    second: int
    probability: float


def pair_probabilities(
    votes: Integers, newcomer: int, *, strengths: Floats | None = None, uniform_share: float = UNIFORM_SHARE
) -> Floats:
    """(S, S) probability of each pair at the next draw, above the diagonal.

    votes (S, S) symmetric counts of votes so far; strengths (S,) in logits, 0 where nothing is known.
    `uniform_share` goes to all pairs alike, so every pair keeps a positive probability and inverse
    weighting works; the rest to the newcomer's pairs, in proportion to the information a vote would bring,
    log(1 + w d) with w = p(1 - p) and d the variance of the difference (D-optimality; Fedorov 1972).
    """
    _require(votes, newcomer, uniform_share)
    return _probabilities(_Strengths(votes, strengths), newcomer, uniform_share)


def draw_pairs(
    votes: Integers,
    newcomer: int,
    number: int,
    *,
    seed: int,
    strengths: Floats | None = None,
    uniform_share: float = UNIFORM_SHARE,
) -> tuple[DrawnPair, ...]:
    """`number` pairs, each drawn as if those before had been voted on."""
    _require(votes, newcomer, uniform_share)
    generator = np.random.default_rng(seed)
    known = _Strengths(votes, strengths)
    above = np.triu_indices(len(votes), 1)
    drawn = []
    for _ in range(number):
        chances = _probabilities(known, newcomer, uniform_share)[above]
        at = int(generator.choice(len(chances), p=chances))
        first, second = int(above[0][at]), int(above[1][at])
        drawn.append(DrawnPair(first, second, float(chances[at])))
        known.add_vote(first, second)
    return tuple(drawn)


def add_system(
    plan: Plan,
    system: str,
    raters: Sequence[Rater],
    kept: Collection[Assignment],
    *,
    revisit_share: float = 1.0,
) -> Plan:
    """The plan drawn again with a late system, for rating studies in which every item shows all systems.

    Items nobody has opened show it among the others. Of the items with kept work every `1/revisit_share`-th
    is revisited: the raters who rated it, and no others, get the late answer alone, so its contrast with
    the other systems stays within raters. ValueError for other designs: pairs are drawn by `draw_pairs`.
    """
    if plan.design.task == "pairwise" or plan.design.systems_per_item is not None:
        raise ValueError("a late system joins rating studies that show all systems; draw pairs otherwise")
    if system in plan.systems or not 0 <= revisit_share <= 1:
        raise ValueError(f"{system} must be new to the study and the revisited share lie in 0 to 1")
    present = {rater.id for rater in raters}
    holders: dict[str, set[str]] = defaultdict(set)
    for one in kept:
        holders[one.item].add(one.rater)
    late = len(plan.systems)
    revisited = _revisited(plan, set(holders), revisit_share)
    blocks = [_joined(block, late, plan.design.prompt_blocked, holders) for block in plan.blocks]
    overlap = {block.item: block.overlap for block in plan.blocks}
    needed = {block.item: block.needed for block in plan.blocks}
    for item in (item.id for item in plan.items):
        if item in holders:
            if item in revisited and holders[item] & present:
                blocks.append(Block(item, ((late,),), len(holders[item] & present), overlap[item]))
        elif not plan.design.prompt_blocked:
            blocks.append(Block(item, ((late,),), needed[item], overlap[item]))
    return redraw(
        plan, raters, kept, systems=(*plan.systems, system), blocks=tuple(blocks), only={late: dict(holders)}
    )


class _Strengths:
    """Covariance (S, S) of the strengths and the information w (S, S) of one vote on each pair."""

    def __init__(self, votes: Integers, strengths: Floats | None) -> None:
        theta = np.zeros(len(votes)) if strengths is None else np.asarray(strengths, dtype=np.float64)
        p = 1 / (1 + np.exp(theta[np.newaxis] - theta[:, np.newaxis]))
        self.w = p * (1 - p)
        weights = votes * self.w
        np.fill_diagonal(weights, 0)
        information = np.diag(weights.sum(axis=1) + _PRIOR_INFORMATION) - weights
        self.covariance = np.linalg.inv(information)

    def gains(self) -> Floats:
        variance = np.diag(self.covariance)
        d = variance[:, np.newaxis] + variance - 2 * self.covariance
        return np.asarray(np.log1p(self.w * d))

    def add_vote(self, first: int, second: int) -> None:
        column = self.covariance[:, first] - self.covariance[:, second]
        w = self.w[first, second]
        self.covariance = self.covariance - np.outer(column, column) * w / (
            1 + w * (column[first] - column[second])
        )


def _probabilities(known: _Strengths, newcomer: int, uniform_share: float) -> Floats:
    systems = len(known.w)
    aimed = np.zeros((systems, systems))
    gains = known.gains()[newcomer].copy()
    gains[newcomer] = 0
    aimed[newcomer] = gains / gains.sum()
    uniform = np.triu(np.ones((systems, systems)), 1) / (systems * (systems - 1) / 2)
    return uniform_share * uniform + (1 - uniform_share) * np.triu(aimed + aimed.T, 1)


def _require(votes: Integers, newcomer: int, uniform_share: float) -> None:
    if votes.ndim != 2 or len(votes) < 2 or votes.shape != votes.T.shape or (votes != votes.T).any():
        raise ValueError("votes must be a symmetric table of at least two systems: one count per pair")
    if not 0 <= newcomer < len(votes):
        raise ValueError(f"the newcomer is a system number from 0 to {len(votes) - 1}, got {newcomer}")
    if not 0 < uniform_share <= 1:
        raise ValueError(
            f"the uniform share is above 0 and at most 1, got {uniform_share}: "
            "without it some pairs could never be drawn and inverse weighting would fail"
        )


def _revisited(plan: Plan, held: set[str], share: float) -> set[str]:
    """A systematic choice from a random start: each held item with probability `share`."""
    items = [item.id for item in plan.items if item.id in held]
    start = np.random.default_rng([plan.design.seed, plan.draws + 1, 5]).random()
    edges = np.floor(np.arange(len(items) + 1) * share + start)
    return {item for item, hit in zip(items, np.diff(edges) > 0, strict=True) if hit}


def _joined(block: Block, late: int, blocked: bool, holders: dict[str, set[str]]) -> Block:
    if not blocked or block.item in holders:
        return block
    return Block(block.item, ((*block.content[0], late),), block.needed, block.overlap)
