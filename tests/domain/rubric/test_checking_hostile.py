"""Whatever JSON a client sends is answered with problems, and what is kept is sound."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from raters.domain.rubric import (
    Checked,
    Rubric,
    Screen,
    check,
    clean,
    codebook,
    observations,
    scores,
    variables,
    visible_axes,
)

WORDS = [
    "met", "turn", "note", "cannot_judge", "technical", "yes", "no", "x", "y", "low", "high", "site", "onset", "rude",
    "side", "start", "end", "text", "category", "severity", "output", "fever", "made_up", "minor", "first", "tie",
    "neither", "1", "2", "3", "\x00", "\ud800", "",
]  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, 2, 4, 9, 0.3, 10**400])
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(WORDS)
)
KEYS = st.sampled_from(WORDS) | st.text(max_size=3)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)
AXES = ["seen", "why", "why_y", "risk", "feel", "count", "marks", "points", "equity", "comment", "mood"]
SPANS = st.fixed_dictionaries(
    {
        "side": st.sampled_from(["output", "source"]),
        "start": st.just(4),
        "end": st.just(9),
        "text": st.just("fever"),
    },
    optional={"category": st.sampled_from(["made_up", "x"]), "severity": JSON, "note": JSON},
)
CRITERIA = st.dictionaries(
    st.sampled_from(["site", "onset", "rude", "cannot_judge"]),
    st.fixed_dictionaries(
        {"met": st.sampled_from(["met", "not_met", "cannot_judge"])}, optional={"turn": JSON}
    ),
)
VALUES = JSON | st.lists(SPANS, max_size=3) | CRITERIA


@given(payload=JSON | st.dictionaries(st.sampled_from(AXES), VALUES), group=st.sampled_from(["", "experts"]))
def test_any_payload_is_checked_and_what_is_kept_is_kept_again(
    every_type: Rubric, screen: Screen, payload: Any, group: str
) -> None:
    draft = clean(every_type, payload, screen, group)
    assert clean(every_type, draft.payload, screen, group) == Checked(draft.payload)
    assert b"\\u0000" not in json.dumps(draft.payload, allow_nan=False).encode()
    checked = check(every_type, payload, screen, group)
    assert all(problem.message and problem.code for problem in checked.problems)
    visible_axes(every_type, payload if isinstance(payload, dict) else {}, group)


@given(payload=st.dictionaries(st.sampled_from(["worse", "ways", "place", "harm", "harm_note"]), JSON))
def test_any_payload_of_a_pair_is_checked(pair: Rubric, straight: Screen, payload: Any) -> None:
    draft = clean(pair, payload, straight)
    assert clean(pair, draft.payload, straight) == Checked(draft.payload)
    check(pair, payload, straight)


RATINGS = st.fixed_dictionaries(
    {
        "seen": st.sampled_from(["yes", "no"]),
        "why": st.lists(st.sampled_from("xyz"), unique=True),
        "why_y": st.just("because"),
        "risk": st.sampled_from(["low", "mid", "high", {"cannot_judge": "technical"}]),
        "feel": st.integers(0, 10).map(lambda n: n / 10),
        "count": st.integers(0, 10**6),
        "marks": st.lists(SPANS.map(lambda s: {**s, "side": "output", "category": "made_up", "severity": "minor", "note": ""}), max_size=1),
        "points": st.fixed_dictionaries(
            {name: st.sampled_from([{"met": "met", "turn": 2}, {"met": "not_met"}, {"met": "cannot_judge"}]) for name in ("site", "onset", "rude")}
        ),
    }
)  # fmt: skip


@given(payload=RATINGS)
def test_every_rating_gives_values_of_declared_variables_only(
    every_type: Rubric, screen: Screen, payload: Any
) -> None:
    checked = check(every_type, payload, screen)
    assert checked.problems == []
    declared = {variable.id: variable for variable in variables(every_type)}
    for one in observations(every_type, checked.payload, screen):
        scale = declared[one.variable].scale
        if scale is not None and scale.categories is not None:
            assert one.value in scale.categories
    assert set(declared) <= {row.variable for row in codebook(every_type)}
    assert scores(every_type, checked.payload, screen).get("safe") in ("yes", "no", None)
