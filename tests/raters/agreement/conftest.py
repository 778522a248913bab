"""Small open studies with raters in them, and whatever they are to submit."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from raters.models import Assignment, RaterGroup, StudyAnswer
from raters.services import counting, results, studies
from tests.raters.agreement.looking import QUIET, Draw

EVERY = """
id = "every_kind"
title = "Every kind of question"
description = "One answer, one question of each kind."
unit = "answer"
shows = ["question", "source", "criteria"]
source = "Ours."
guidelines = "Look at it."

[[axes]]
id = "risk"
label = "Risk"
question = "How risky?"
type = "ordinal"
options = [
  { value = "none", label = "None", top_bin = true },
  { value = "some", label = "Some" },
  { value = "much", label = "Much" },
  { value = "grave", label = "Grave" },
]

[[axes]]
id = "right"
label = "Right"
question = "Is it right?"
type = "binary"
options = [{ value = "yes", label = "Yes" }, { value = "no", label = "No" }]

[[axes]]
id = "feel"
label = "Feel"
question = "How does it feel?"
type = "interval"
low = 1
high = 9
step = 1

[[axes]]
id = "minutes"
label = "Minutes"
question = "How long?"
type = "number"
low = 0

[[axes]]
id = "faults"
label = "Faults"
question = "Which faults?"
type = "multi_select"
options = [{ value = "long", label = "Long" }, { value = "vague", label = "Vague" }]

[[axes]]
id = "marks"
label = "Marks"
question = "Mark what is wrong."
type = "spans"
sides = ["output"]
options = [{ value = "made_up", label = "Made up" }, { value = "left_out", label = "Left out" }]

[[axes]]
id = "points"
label = "Points"
question = "Covered?"
type = "checklist"

[[axes]]
id = "comment"
label = "Comment"
question = "Anything else?"
type = "text"
required = false

[[derived]]
id = "safe"
label = "Safe"
axis = "risk"
values = ["none", "some"]
"""

PAIR = """
id = "two_answers"
title = "The better of two"
description = "Two answers, one choice."
unit = "pair"
answers = 2
source = "Ours."
guidelines = "Compare."

[[axes]]
id = "better"
label = "Better"
question = "Which is better?"
type = "pairwise"
selected_means = "better"
options = [
  { value = "first_much", label = "1, much" },
  { value = "first", label = "1" },
  { value = "tie", label = "Tie" },
  { value = "second", label = "2" },
  { value = "second_much", label = "2, much" },
  { value = "neither", label = "Neither" },
]
"""
TEXT = "The dose is right. It is taken twice a day with water."


def person(name: str, *roles: str) -> Any:
    from accounts.models import User

    return User.objects.create(username=name, roles=list(roles))


def open_study(toml: str, slug: str, items: int = 6, raters: int = 3, systems: int = 1, **design: Any) -> Any:
    """An open study in which every rater rates every item."""
    from raters.domain.rubric.case import Case, Criterion, ShownAnswer
    from raters.services import memberships, rubrics, studies

    rubric, _ = rubrics.publish(toml, None)
    shares = {"overlap_share": 0.0, "repeat_share": 0.0, "gold_share": 0.0, "twin_share": 0.0}
    plan = {**shares, "raters_per_item": raters, "overlap_raters": raters, **design}
    study = studies.create(person(f"boss-{slug}", "coordinator"), slug, f"Study {slug}", rubric, design=plan)
    criteria = (
        Criterion(id="site", text="Names the site"),
        Criterion(id="onset", text="Names the onset", points=2),
    )
    for number in range(items):
        case = Case(question=f"What about case {number}?", source="He took it twice.", criteria=criteria)
        answers = {f"Model {letter}": ShownAnswer(text=TEXT) for letter in "ABCD"[:systems]}
        studies.add_item(study, f"case-{number}", case, answers)
    group = RaterGroup.objects.get(study=study)
    people = [person(f"{slug}-rater-{number}", "rater") for number in range(raters)]
    studies.invite(study, group, people)
    studies.open_study(study, without_dry_run=True)
    for each in people:
        memberships.consent(each, slug, 1)
    study.refresh_from_db()
    return study


def random_payload(rng: np.random.Generator) -> dict[str, Any]:
    """A complete rating of `EVERY`; now and then a rater cannot judge."""
    start = int(rng.integers(0, len(TEXT) - 6))
    span = {
        "side": "output",
        "start": start,
        "end": start + 5,
        "text": TEXT[start : start + 5],
        "category": str(rng.choice(["made_up", "left_out"])),
    }
    unable = {"cannot_judge": "ambiguous"}
    return {
        "risk": unable if rng.random() < 0.1 else str(rng.choice(["none", "some", "much", "grave"])),
        "right": str(rng.choice(["yes", "no"])),
        "feel": int(rng.integers(1, 10)),
        "minutes": float(rng.integers(0, 40)) / 4,
        "faults": [value for value in ("long", "vague") if rng.random() < 0.4],
        "marks": [span] if rng.random() < 0.7 else [],
        "points": {key: {"met": str(rng.choice(["met", "not_met"]))} for key in ("site", "onset")},
    }


def submit(assignment: Any, payload: dict[str, Any], reason: str = "") -> Any:
    from raters.services import rating

    sent = rating.Submission(key=uuid.uuid4().hex, payload=payload, reason=reason)
    return rating.submit(assignment.membership.rater, assignment.pk, sent)


def rate_all(study: Any, payload: Callable[[Any], dict[str, Any]]) -> None:

    for each in Assignment.objects.filter(study=study).select_related("membership__rater", "item"):
        submit(each, payload(each))


@pytest.fixture
def every(db: None) -> Any:
    return open_study(EVERY, "every")


@pytest.fixture
def pairs(db: None) -> Any:
    return open_study(PAIR, "pairs", systems=2)


@pytest.fixture
def opened(db: None) -> Callable[..., Any]:
    """Opens a study of the rubric "every" or "pair", or of one written in TOML."""
    known = {"every": EVERY, "pair": PAIR}
    return lambda kind, slug, **more: open_study(known.get(kind, kind), slug, **more)


@pytest.fixture
def drawn() -> Callable[[np.random.Generator], dict[str, Any]]:
    return random_payload


@pytest.fixture
def submitted() -> Callable[..., Any]:
    return submit


@pytest.fixture
def all_rated() -> Callable[..., None]:
    return rate_all


@pytest.fixture
def disputed(every: Any, all_rated: Callable[..., None]) -> Any:
    """Raters agree on everything but the risk of case 1 by three steps, and of case 2 by one."""
    members = list(every.memberships.values_list("pk", flat=True))
    away = {("case-1", members[0]): "grave", ("case-2", members[0]): "some"}

    def payload(row: Any) -> dict[str, Any]:
        return QUIET | {"risk": away.get((row.item.key, row.membership_id), "none")}

    all_rated(every, payload)
    counting.count_all_new(every)
    return every


@pytest.fixture
def rated(every: Any, drawn: Draw, all_rated: Callable[..., None]) -> Any:
    rng = np.random.default_rng(11)
    all_rated(every, lambda _: drawn(rng))
    counting.count_all_new(every)
    return every


@pytest.fixture
def locked(opened: Callable[..., Any], drawn: Draw, all_rated: Callable[..., None]) -> Any:
    """Two systems; raters find Model A of no risk and B of much, but for one who is strict now and then."""
    study = opened("every", "locked", items=6, raters=3, systems=2)
    rng = np.random.default_rng(12)
    first = study.memberships.first().pk
    best = set(StudyAnswer.objects.filter(system__name="Model A").values_list("pk", flat=True))

    def payload(row: Any) -> dict[str, Any]:
        is_strict = row.membership_id == first and row.item.number % 2
        is_safe = row.answers[0] in best and not is_strict
        return drawn(rng) | {"risk": "none" if is_safe else "much"}

    all_rated(study, payload)
    studies.lock(study)
    study.refresh_from_db()
    counting.count_all_new(study)
    results.settle(study)
    return study
