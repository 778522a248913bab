"""The quality of raters: qualification, gold and twins, repeats, drift, and where they are inserted."""

from __future__ import annotations

from raters.domain.quality.cusum import Alarm
from raters.domain.quality.drift import (
    BlockPoint,
    Series,
    TimedRating,
    severity_drift,
    speed_drift,
    twin_drift,
)
from raters.domain.quality.feedback import AxisFeedback, agreement_with_expected, agrees
from raters.domain.quality.goodness import NO_DIRECTION, goodness, has_direction
from raters.domain.quality.qualification import (
    Prospects,
    SequentialTest,
    Verdict,
    fixed_test,
    prospects,
    qualify,
)
from raters.domain.quality.repeats import Consistency, consistencies, consistency
from raters.domain.quality.selection import Insertion, insertions
from raters.domain.quality.shares import Gaps, PositionBias, Share, gaps, position_bias, share
from raters.domain.quality.twins import TwinTest, twin_test

__all__ = [
    "NO_DIRECTION",
    "Alarm",
    "AxisFeedback",
    "BlockPoint",
    "Consistency",
    "Gaps",
    "Insertion",
    "PositionBias",
    "Prospects",
    "SequentialTest",
    "Series",
    "Share",
    "TimedRating",
    "TwinTest",
    "Verdict",
    "agreement_with_expected",
    "agrees",
    "consistencies",
    "consistency",
    "fixed_test",
    "gaps",
    "goodness",
    "has_direction",
    "insertions",
    "position_bias",
    "prospects",
    "qualify",
    "severity_drift",
    "share",
    "speed_drift",
    "twin_drift",
    "twin_test",
]
