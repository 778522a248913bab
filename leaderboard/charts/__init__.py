"""The charts of a board: functions of its table. Each says what it shows in a sentence and as a table too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext

from leaderboard.charts import against, agreement, calibration, forest, heat, joint, profile, turns, wins
from leaderboard.charts.shape import Chart, Material, Reliability, measured
from leaderboard.domain.table import Table

__all__ = ["CHARTS", "Chart", "Material", "Plan", "Reliability", "of_table"]


@dataclass(frozen=True)
class Plan:
    """A chart that boards may have; `fits` tells without drawing whether one has what it needs."""

    name: str
    named: str
    fits: Callable[[Table], bool]
    draw: Callable[[Material], Chart]

    @property
    def title(self) -> str:
        return gettext(self.named)


def _ranked(table: Table) -> bool:
    return sum(row.rank_low is not None for row in table.rows) > 1


def _wide(table: Table) -> bool:
    return len(table.columns) > 1 and table.head.kind != "joint"


def _varied(table: Table) -> bool:
    return _wide(table) and len(profile.columns_of(table)) > 1


def _sized(table: Table) -> bool:
    return sum(against.size_of(row) is not None for row in table.rows) > 1


def _dated(table: Table) -> bool:
    return sum(against.date_of(row) is not None for row in table.rows) > 1


CHARTS = {
    plan.name: plan
    for plan in (
        Plan(joint.NAME, joint.TITLE, lambda table: table.head.kind == "joint", joint.draw),
        Plan(forest.NAME, forest.TITLE, lambda table: bool(measured(table)[3]), forest.draw),
        Plan(turns.NAME, turns.TITLE, lambda table: bool(turns.columns_by_turn(table)), turns.draw),
        Plan(profile.NAME, profile.TITLE, _varied, profile.draw),
        Plan(heat.NAME, heat.TITLE, _wide, heat.draw),
        Plan(wins.NAME, wins.TITLE, _ranked, wins.draw),
        Plan(against.SIZE, against.SIZE_TITLE, _sized, against.draw_size),
        Plan(against.DATE, against.DATE_TITLE, _dated, against.draw_date),
        Plan(agreement.NAME, agreement.TITLE, lambda table: table.head.kind == "study", agreement.draw),
        Plan(
            calibration.NAME, calibration.TITLE,
            lambda table: any(row.run is not None for row in table.rows), calibration.draw,
        ),
    )
}  # fmt: skip


def of_table(table: Table) -> list[Plan]:
    """The charts a board has, in order."""
    return [plan for plan in CHARTS.values() if plan.fits(table)] if table.rows else []
