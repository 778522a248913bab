"""What a coordinator decides about a study, and the plan that follows from it for each group of raters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from raters.domain.assignment import Design
from raters.domain.rubric.rubric import Rubric


class UnusableDesignError(ValueError):
    """What is wrong with a design, said to the coordinator."""


class StudyDesign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Decisions of a study; every share is of the live screens.

    overlap_share      items that `overlap_raters` rate instead of `raters_per_item`
    systems_per_item   systems whose answers are rated for each item (None: all), pairs_per_item likewise
    repeat_share       screens the same rater sees a second time, unannounced
    gold_share         unannounced screens with a known answer, twin_share with a clinically wrong twin
    pass_rate          share of right training answers expected of a good rater, fail_rate of one who is not;
                       a sequential test between the two qualifies (0: no qualification)
    target_half_width  half the width of the 95 % interval the coordinator wants, in the scale's unit
    disagreement       distance in scale steps from which two ratings go to adjudication
    """

    raters_per_item: int = 1
    overlap_share: float = 0.25
    overlap_raters: int = 2
    systems_per_item: int | None = None
    pairs_per_item: int | None = None
    repeat_share: float = 0.05
    gold_share: float = 0.05
    twin_share: float = 0.05
    pass_rate: float = 0.0
    fail_rate: float = 0.0
    target_half_width: float = 0.1
    disagreement: int = 2
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("overlap_share", "repeat_share", "gold_share", "twin_share", "pass_rate", "fail_rate"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share from 0 to 1, got {getattr(self, name)}")
        if self.target_half_width <= 0:
            raise ValueError(f"target_half_width is a length above 0, got {self.target_half_width}")
        if self.disagreement < 1:
            raise ValueError(f"disagreement is at least one step, got {self.disagreement}")
        if self.pass_rate and self.fail_rate >= self.pass_rate:
            raise ValueError(
                f"fail_rate {self.fail_rate} must be below pass_rate {self.pass_rate} to tell raters apart"
            )


def read_design(stored: Mapping[str, Any]) -> StudyDesign:
    """The design as stored; UnusableDesignError says what is wrong."""
    try:
        return msgspec.convert(dict(stored), StudyDesign)
    except (msgspec.ValidationError, ValueError) as error:
        raise UnusableDesignError(f"The study's design cannot be used: {error}.") from None


def plan_design(design: StudyDesign, rubric: Rubric) -> Design:
    """What the planner is told: pairs for a pairwise rubric, else as many answers a screen as it shows."""
    is_pair = rubric.unit == "pair"
    try:
        return Design(
            task="pairwise" if is_pair else "rating",
            raters_per_item=design.raters_per_item,
            overlap_raters=max(design.overlap_raters, design.raters_per_item),
            overlap_share=design.overlap_share,
            systems_per_item=None if is_pair else design.systems_per_item,
            pairs_per_item=design.pairs_per_item if is_pair else None,
            screen_size=max(rubric.answers, 1),
            seed=design.seed,
        )
    except ValueError as error:
        raise UnusableDesignError(f"The study's design cannot be used: {error}.") from None
