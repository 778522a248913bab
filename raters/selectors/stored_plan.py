"""The plan of an open study, read back from its screens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from raters.domain.assignment import Assignment as PlannedBlock
from raters.domain.assignment import Block, Plan, Rater
from raters.domain.assignment.diagnostics import diagnose
from raters.domain.study_design import plan_design, read_design
from raters.models import Assignment, RaterGroup, Study, StudyAnswer
from raters.selectors import design as designs
from raters.selectors import rubrics


def stored_plan(study: Study, group: RaterGroup, rows: Sequence[Assignment]) -> Plan:
    """The plan as it stands, read back from the screens."""
    kept = study.plan[str(group.pk)]
    chosen = plan_design(read_design(study.design), rubrics.rubric_of(study.rubric_id))
    raters, systems = designs.raters_of(group), designs.systems_of(study)
    items = designs.items_of(study, with_left_out=True)
    assignments = blocks_of(rows)
    known = {rater.id for rater in raters}
    everybody = (*raters, *_gone(assignments, known))
    return Plan(
        design=chosen,
        raters=everybody,
        items=tuple(items),
        systems=tuple(systems),
        blocks=tuple(
            Block(item, tuple(tuple(shown) for shown in content), needed, overlap)
            for item, content, needed, overlap in kept["blocks"]
        ),
        assignments=tuple(assignments),
        shortfalls=(),
        overlap_probability=kept["overlap_probability"],
        systems_at_start=kept["systems_at_start"],
        draws=kept["draws"],
        diagnostics=diagnose(
            assignments,
            everybody,
            [item.id for item in items],
            systems,
            active=[rater.id in known for rater in everybody],
            pairs=chosen.task == "pairwise",
        ),
    )


def _gone(assignments: Iterable[PlannedBlock], known: set[str]) -> list[Rater]:
    return [Rater(id=name) for name in sorted({one.rater for one in assignments} - known)]


def blocks_of(rows: Iterable[Assignment]) -> list[PlannedBlock]:
    """Screens put together again to the blocks the planner handed out."""
    system_of: dict[int, int] = {}
    found: dict[tuple[int, int], list[Assignment]] = defaultdict(list)
    for row in rows:
        found[row.block, row.membership_id].append(row)
    wanted = {answer for screens in found.values() for row in screens for answer in row.answers}
    system_of.update(StudyAnswer.objects.filter(pk__in=wanted).values_list("pk", "system__pk"))
    blocks = []
    for (block, membership), screens in found.items():
        screens.sort(key=lambda row: row.place)
        shown = tuple(tuple(str(system_of[row.answers[place]]) for place in row.order) for row in screens)
        first = screens[0]
        blocks.append(
            PlannedBlock(
                block=block,
                rater=str(membership),
                item=str(first.item_id),
                screens=shown,
                place=first.place,
                overlap=first.overlap,
                probability=first.probability or 0.0,
                position_probability=None,
            )
        )
    return blocks
