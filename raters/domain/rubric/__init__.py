"""Rubrics as data: read from TOML, checked on every answer, turned into variables and scores.

    read_rubric(toml) → Rubric                        every problem of a rubric at once
    check(rubric, payload, screen) → Checked          a rating, canonical, with what is wrong or to be asked
    clean(rubric, payload, screen) → Checked          a draft, with what cannot be kept
    variables, observations                           what agreement and analysis are computed from
    scores                                            what one rating amounts to

Nothing in the code knows any rubric by name; the shipped ones are in raters/specs.
"""

from __future__ import annotations

from raters.domain.rubric.case import Case, Criterion, Screen, ShownAnswer, Turn
from raters.domain.rubric.checking import Checked, Problem, check, clean
from raters.domain.rubric.codebook import CodebookRow, codebook
from raters.domain.rubric.conditions import visible_axes, visible_parts
from raters.domain.rubric.observing import Observation, Variable, is_abstention, observations, variables
from raters.domain.rubric.pairs import Verdict, WinRate, preferred, ranked_pairs, shares, verdict, win_rate
from raters.domain.rubric.panels import panel_verdict, retained
from raters.domain.rubric.reading import RubricError, content_hash, read_rubric
from raters.domain.rubric.rubric import CANNOT_JUDGE_REASONS, PAIRWISE_VALUES, Axis, Option, Payload, Rubric
from raters.domain.rubric.scoring import checklist_score, scores
from raters.domain.rubric.shipping import shipped

__all__ = [
    "CANNOT_JUDGE_REASONS",
    "PAIRWISE_VALUES",
    "Axis",
    "Case",
    "Checked",
    "CodebookRow",
    "Criterion",
    "Observation",
    "Option",
    "Payload",
    "Problem",
    "Rubric",
    "RubricError",
    "Screen",
    "ShownAnswer",
    "Turn",
    "Variable",
    "Verdict",
    "WinRate",
    "check",
    "checklist_score",
    "clean",
    "codebook",
    "content_hash",
    "is_abstention",
    "observations",
    "panel_verdict",
    "preferred",
    "ranked_pairs",
    "read_rubric",
    "retained",
    "scores",
    "shares",
    "shipped",
    "variables",
    "verdict",
    "visible_axes",
    "visible_parts",
    "win_rate",
]
