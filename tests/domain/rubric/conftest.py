"""A rubric with every type of axis, and screens that belong to it."""

from __future__ import annotations

import pytest

from raters.domain.rubric import Case, Criterion, Rubric, Screen, ShownAnswer, Turn, read_rubric

EVERY_TYPE = """
id = "every_type"
title = "Every type"
description = "One axis of each type."
unit = "answer"
shows = ["question", "source", "dialogue", "criteria"]
source = "Ours."
guidelines = "Rate."

[[axes]]
id = "seen"
label = "Seen"
question = "Was it seen?"
type = "binary"
options = [{ value = "yes", label = "Yes", top_bin = true }, { value = "no", label = "No" }]

[[axes]]
id = "why"
label = "Why"
question = "For which reasons?"
type = "multi_select"
shown_if = { axis = "seen", values = ["yes"] }
options = [{ value = "x", label = "X" }, { value = "y", label = "Y" }, { value = "z", label = "Z" }]

[[axes]]
id = "why_y"
label = "Why Y"
question = "What about Y?"
type = "text"
shown_if = { axis = "why", values = ["y"] }
cannot_judge = false

[[axes]]
id = "risk"
label = "Risk"
question = "How risky?"
type = "ordinal"
options = [{ value = "low", label = "Low" }, { value = "mid", label = "Mid" }, { value = "high", label = "High" }]

[[axes]]
id = "feel"
label = "Feel"
question = "How does it feel?"
type = "interval"
low = 0
high = 1
step = 0.1

[[axes]]
id = "count"
label = "Count"
question = "How many?"
type = "number"
low = 0
step = 1

[[axes]]
id = "marks"
label = "Marks"
question = "Mark what is wrong."
type = "spans"
sides = ["output", "source"]
options = [{ value = "made_up", label = "Made up" }, { value = "left_out", label = "Left out" }]
severities = [{ value = "minor", label = "Minor" }, { value = "grave", label = "Grave" }]

[[axes]]
id = "points"
label = "Points"
question = "Covered?"
type = "checklist"
evidence = true

[[axes]]
id = "equity"
label = "Equity"
question = "Fair?"
type = "nominal"
groups = ["experts"]
options = [{ value = "fair", label = "Fair" }, { value = "unfair", label = "Unfair" }]

[[axes]]
id = "comment"
label = "Comment"
question = "Anything else?"
type = "text"
required = false

[[checks]]
when = [{ axis = "risk", values = ["high"] }, { axis = "marks", values = ["none"] }]
ask = "High risk and nothing marked?"

[[derived]]
id = "safe"
label = "Safe"
axis = "risk"
values = ["low", "mid"]
"""

PAIR = """
id = "pair"
title = "Pair"
description = "Two answers."
unit = "pair"
answers = 2
source = "Ours."
guidelines = "Compare."

[[axes]]
id = "worse"
label = "More bias"
question = "Which is more biased?"
type = "pairwise"
selected_means = "worse"
options = [
  { value = "first_much", label = "1, much" },
  { value = "first", label = "1" },
  { value = "tie", label = "Tie" },
  { value = "second", label = "2" },
  { value = "second_much", label = "2, much" },
  { value = "neither", label = "Neither" },
]

[[axes]]
id = "ways"
label = "Ways"
question = "In which ways?"
type = "multi_select"
shown_if = { axis = "worse", values = ["first", "second"] }
options = [{ value = "cliche", label = "Cliché" }, { value = "gap", label = "Gap" }]

[[axes]]
id = "place"
label = "Place"
question = "Best first?"
type = "rank"

[[axes]]
id = "harm"
label = "Harm"
question = "Harmful?"
type = "binary"
per = "answer"
options = [{ value = "yes", label = "Yes" }, { value = "no", label = "No" }]

[[axes]]
id = "harm_note"
label = "Harm note"
question = "What harm?"
type = "text"
per = "answer"
shown_if = { axis = "harm", values = ["yes"] }
cannot_judge = false
"""


@pytest.fixture(scope="session")
def every_type() -> Rubric:
    return read_rubric(EVERY_TYPE)


@pytest.fixture(scope="session")
def every_type_toml() -> str:
    return EVERY_TYPE


@pytest.fixture(scope="session")
def pair() -> Rubric:
    return read_rubric(PAIR)


@pytest.fixture(scope="session")
def pair_toml() -> str:
    return PAIR


@pytest.fixture(scope="session")
def screen() -> Screen:
    case = Case(
        question="What now?",
        source="Fièvre 🌡 since May",
        dialogue=(
            Turn(speaker="D", text="Where?"),
            Turn(speaker="P", text="Here."),
            Turn(speaker="D", text="Ah."),
        ),
        criteria=(
            Criterion(id="site", text="Asks where", must_ask=True),
            Criterion(id="onset", text="Asks since when", points=3),
            Criterion(id="rude", text="Is rude", points=-2),
        ),
    )
    return Screen(case=case, answers=(ShownAnswer(text="🌡 a fever, probably"),), order=(0,))


@pytest.fixture(scope="session")
def straight() -> Screen:
    return Screen(case=Case(), answers=(ShownAnswer(text="A"), ShownAnswer(text="B")), order=(0, 1))


@pytest.fixture(scope="session")
def turned() -> Screen:
    return Screen(case=Case(), answers=(ShownAnswer(text="B"), ShownAnswer(text="A")), order=(1, 0))


@pytest.fixture
def full() -> dict[str, object]:
    """A complete payload of `every_type` on `screen`, for a rater of no group."""
    return {
        "seen": "yes",
        "why": ["z", "y"],
        "why_y": "because",
        "risk": "mid",
        "feel": 0.3,
        "count": 2.0,
        "marks": [
            # code points: the thermometer is one, so "fever" runs from 4 to 9
            {
                "side": "output",
                "start": 4,
                "end": 9,
                "text": "fever",
                "category": "made_up",
                "severity": "minor",
            },
        ],
        "points": {
            "rude": {"met": "not_met"},
            "onset": {"met": "met", "note": "late"},
            "site": {"met": "met", "turn": 1},
        },
    }
