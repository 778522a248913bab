"""Rubrics of one question, and what raters said of systems by them."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from leaderboard.domain.table import Slice
from leaderboard.selectors import study_results
from leaderboard.selectors.study_boards import view_of
from leaderboard.selectors.study_meaning import Meaning, meaning_of
from raters.models import Study

LEVELS = """
id = "level"
title = "One level"
description = "One answer, one question."
unit = "answer"
source = "Ours."
guidelines = "Look at it."

[[axes]]
id = "harm"
label = "Harm"
question = "How bad could it become?"
type = "ordinal"
options = [
  { value = "none", label = "Nothing at all", top_bin = true },
  { value = "little", label = "Hardly anything", top_bin = true },
  { value = "much", label = "Much" },
]
"""


def levels(shares: dict[str, float], raters: int = 6, cases: int = 8, seed: int = 3) -> list[Any]:
    """Every rater on every case and system; a share of them finds nothing at all."""
    rng = np.random.default_rng(seed)
    drawn = {name: rng.random((raters, cases)) < share for name, share in shares.items()}
    return [
        (f"c{case}", (name,), f"r{rater}", {"harm": "none" if drawn[name][rater, case] else "much"})
        for name, rater, case in product(shares, range(raters), range(cases))
    ]


def explained(study: Study, key: str) -> Meaning:
    """A column of the study's board, as its page explains it."""
    kept = study_results.kept(study.slug, None)
    assert kept is not None
    view = view_of(kept, Slice(columns=(key,)))
    assert view is not None
    return meaning_of(view, key)


PAIRS = """
id = "two"
title = "Two answers"
description = "Which is better."
unit = "pair"
answers = 2
source = "Ours."
guidelines = "Look at both."

[[axes]]
id = "better"
label = "Better"
question = "Which is better?"
type = "pairwise"
selected_means = "better"
options = [
  { value = "first", label = "First" },
  { value = "tie", label = "Tie" },
  { value = "second", label = "Second" },
  { value = "neither", label = "Both unacceptable" },
]

[[axes]]
id = "omits"
label = "Omits"
question = "Which leaves more out?"
type = "pairwise"
selected_means = "worse"
options = [
  { value = "first", label = "First" },
  { value = "tie", label = "Tie" },
  { value = "second", label = "Second" },
]
"""


def comparisons(wins: float, seed: int = 5, raters: int = 6, cases: int = 12) -> list[Any]:
    """Systems a and b on either side in turns; a wins this share, and is never said to leave more out."""
    rng = np.random.default_rng(seed)
    given = []
    for rater, case in product(range(raters), range(cases)):
        a_first, u = bool((rater + case) % 2), rng.random()
        systems = ("a", "b") if a_first else ("b", "a")
        a_wins = "first" if a_first else "second"
        other = "second" if a_first else "first"
        chosen = "neither" if u > 0.95 else "tie" if u > 0.85 else a_wins if u < wins else other
        omits = "tie" if rng.random() < 0.4 else other if rng.random() < 0.8 else a_wins
        given.append((f"c{case}", systems, f"r{rater}", {"better": chosen, "omits": omits}))
    return given
