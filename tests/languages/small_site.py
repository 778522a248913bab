"""A small site with something of everything: a scored benchmark, a published study, and two open ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.leaderboard.published_runs import answers, load, submitter

PROTOCOLS = ("medpalm_clinician", "medval")


def made(folder: Path) -> dict[str, Any]:
    """The people of the site, one of each kind, by kind."""
    from accounts.models import Role, User
    from raters.domain.sample_studies import sample_studies
    from raters.services import samples
    from raters.services.rubrics import publish_shipped
    from workers import demo_study

    people = {kind: User.objects.create(username=f"a-{kind}", roles=[kind]) for kind in Role.values}
    hand_in = submitter(people["submitter"], load(folder))
    for n in range(3):
        hand_in(f"System-{n}", answers(wrong=[f"set/c{at}" for at in range(n)]))
    demo_study.publish(people["coordinator"])
    publish_shipped()
    for sample in sample_studies():
        if sample.rubric in PROTOCOLS:
            samples.load(sample, people["coordinator"], [people["rater"]])
    return people
