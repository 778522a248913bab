"""The dry run of a study: its design, played by simulated raters before anybody is asked for an hour."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext

from raters.domain.simulation import Assumptions, axis_kinds, dry_run
from raters.domain.study_design import UnusableDesignError, read_design
from raters.models import Study
from raters.selectors import rubrics
from raters.services import planning
from raters.services.refusals import NotAllowedError, RefusalError

REPETITIONS = 200


def play(study: Study, repetitions: int = REPETITIONS) -> Study:
    """Play every group's plan and keep the report with the study. RefusalError says what the design lacks."""
    if study.state != Study.State.DRAFT:
        raise NotAllowedError(gettext("The study is open or locked: its design was played before."))
    rubric, design = rubrics.rubric_of(study.rubric_id), read_design(study.design)
    playable = axis_kinds(rubric)
    try:
        plans = planning.plans_of(study)
    except UnusableDesignError as error:
        raise RefusalError(str(error)) from None
    reports = {}
    for group, plan in plans.items():
        wanted = {kind.axis: design.target_half_width for kind in playable.kinds}
        assumed = Assumptions(minutes=rubric.minutes, target_half_width=wanted)
        played = dry_run(plan, playable.kinds, assumed, repetitions, seed=design.seed)
        reports[group.name] = played.as_dict()
    study.dry_run = {
        "played_at": timezone.now().isoformat(),
        "groups": reports,
        "left_out": dict(playable.left_out),
    }
    study.save(update_fields=["dry_run"])
    return study
