"""What the charts of a slice are drawn from, each part read when a chart asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from leaderboard.charts import Material
from leaderboard.charts.shape import chosen
from leaderboard.domain.table import Slice, Table
from leaderboard.selectors import boards, calibration, joint_pages, study_results


def material(slug: str, wanted: Slice) -> Material | None:
    """None where there is no such board."""
    table = boards.table(slug, wanted)
    if table is None:
        return None
    return Material(
        table=table,
        pairs=partial(boards.pairs, slug, wanted),
        reliability=lambda: calibration.reliability(chosen(table, len(table.rows)) or table.rows),
        study=partial(_columns, table),
        joint=partial(joint_pages.joint_reading, slug, wanted),
    )


def _columns(table: Table) -> Sequence[Mapping[str, Any]]:
    """Columns as published of the raters' group that the table shows."""
    kept = study_results.kept(table.head.study, table.slice.as_of) if table.head.study else None
    found = kept.group(table.slice.group) if kept else None
    return () if found is None else found[1]["columns"]
