"""Up to four rows of a board against each other, over exactly what is filtered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext as _

from evaluation.models import Item, Task
from leaderboard.domain import drawing
from leaderboard.domain.matrix import PROVEN, ROUNDING
from leaderboard.domain.physicians.planning import Plan
from leaderboard.domain.table import Pairs, Row, Table
from leaderboard.selectors import boards, compared_tasks, study_meaning, units_of_boards
from leaderboard.selectors.compared_tasks import Stored, TaskDifference
from leaderboard.selectors.item_scores import Behind, behind_rows, public_places
from leaderboard.selectors.limits import limited_columns

MOST_ROWS = 4
MOST_CASES = 8  # a side, of each pair


@dataclass(frozen=True)
class Overall:
    """The difference of two averages; p for this pair alone, and adjusted for all pairs of the board."""

    difference: float
    low: float | None
    high: float | None
    p: float | None
    p_adjusted: float | None
    p_holm: float | None

    @property
    def is_tested(self) -> bool:
        return self.p_adjusted is not None

    @property
    def is_proven(self) -> bool:
        return self.p_adjusted is not None and self.p_adjusted <= PROVEN + ROUNDING


@dataclass(frozen=True)
class ApartCase:
    """A public case and what it earned each of the two."""

    task: str
    task_name: str
    case: str
    begins: str
    first: float
    second: float


@dataclass(frozen=True)
class PairView:
    """`overall` None where one of the two has no average, or the board compares no averages."""

    first: Row
    second: Row
    overall: Overall | None
    tasks: tuple[TaskDifference, ...]
    forest: drawing.Forest | None
    better_first: tuple[ApartCase, ...]
    better_second: tuple[ApartCase, ...]
    has_runs: bool
    more: str = ""  # about how many more items or ratings would tell them apart

    @property
    def counts(self) -> bool:
        return any(each.counts for each in self.tasks)

    @property
    def n_for_first(self) -> int:
        return sum(each.side > 0 for each in self.tasks)

    @property
    def n_for_second(self) -> int:
        return sum(each.side < 0 for each in self.tasks)


@dataclass(frozen=True)
class _Apart:
    """A case of a pair by its task and position, before its text is read."""

    task: Task
    position: int
    first: float
    second: float


def chosen_rows(table: Table) -> list[Row]:
    """The rows asked for that are on the board, each once, four at most, in the order asked."""
    rows = {row.key: row for row in table.rows}
    return [rows[key] for key in dict.fromkeys(table.slice.compare) if key in rows][:MOST_ROWS]


def compare(table: Table, pairs: Pairs | None, rows: Sequence[Row]) -> list[PairView]:
    """Every pair of these rows. The number of queries does not hang on how many tasks or rows there are."""
    tasks = units_of_boards.tasks_by_key(table)
    those = {each.row.key: each for each in behind_rows(rows, table)}
    stored = compared_tasks.stored_scores(list(those.values()), tasks, table.slice.split) if tasks else {}
    found = [(first, second) for first, second in combinations(rows, 2)]
    apart = {
        (first.key, second.key): _apart(tasks, stored, those.get(first.key), those.get(second.key))
        for first, second in found
    }
    texts = _texts([each for sides in apart.values() for side in sides for each in side])
    return [
        _pair(table, pairs, tasks, stored, (first, second), those, apart[first.key, second.key], texts)
        for first, second in found
    ]


def is_limited(table: Table) -> bool:
    """Whether private items are among what is compared, so that figures are rounded."""
    version = units_of_boards.version_of(table)
    if version is None:
        return False
    limited = limited_columns(version.pk, table.slice.split)
    return not limited.isdisjoint(column.key for column in table.columns)


def overall(pairs: Pairs | None, first: str, second: str) -> Overall | None:
    """What the board's comparison of all pairs says of two of its rows."""
    if pairs is None or first not in pairs.keys or second not in pairs.keys:
        return None
    at = pairs.keys.index(first), pairs.keys.index(second)
    values = (pairs.difference, pairs.low, pairs.high, pairs.p, pairs.p_adjusted, pairs.p_holm)
    difference, *others = (None if np.isnan(each[at]) else float(each[at]) for each in values)
    return None if difference is None else Overall(difference, *others)


def _pair(
    table: Table,
    pairs: Pairs | None,
    tasks: Mapping[str, Task],
    stored: Stored,
    rows: tuple[Row, Row],
    those: Mapping[str, Behind],
    apart: tuple[list[_Apart], list[_Apart]],
    texts: Mapping[int, tuple[str, str]],
) -> PairView:
    first, second = rows
    gaps = tuple(compared_tasks.differences(table, tasks, stored, first, second))
    between = overall(pairs, first.key, second.key)
    lines = [(each.column.name, each.difference, each.low, each.high) for each in gaps]
    return PairView(
        first=first,
        second=second,
        overall=between,
        more="" if between is None or between.is_proven else _more(table, first, second),
        tasks=gaps,
        forest=drawing.forest(lines) if lines else None,
        better_first=_told(apart[0], texts),
        better_second=_told(apart[1], texts),
        has_runs=first.key in those and second.key in those,
    )


def _more(table: Table, first: Row, second: Row) -> str:
    """What a board plans of two of its rows, in words."""
    wanted = table.slice
    if table.head.kind == "study":
        plan = study_meaning.to_separate(table.head.slug, wanted, first.key, second.key)
        return "" if plan is None else _planned(plan)
    found = boards.separation(table.head.slug, wanted, first.key, second.key)
    return "" if found is None or found.separated else found.text


def _planned(plan: Plan) -> str:
    """Ratings of the two together, and what has to be more for them."""
    by = {"cases": _("of more cases"), "raters": _("by more raters")}.get(
        plan.grows, _("of more cases by more raters")
    )
    words = _("about %(n)s more ratings, %(by)s, would separate them")
    return words % {"n": f"{plan.ratings:,}", "by": by}


def _apart(
    tasks: Mapping[str, Task], stored: Stored, one: Behind | None, other: Behind | None
) -> tuple[list[_Apart], list[_Apart]]:
    """Public cases of every task the first did better on, and the second, widest first."""
    found: list[_Apart] = []
    for slug, task in tasks.items() if one and other else ():
        a, b = stored.get((one.run, slug)), stored.get((other.run, slug))  # type: ignore[union-attr]
        places = public_places(task)
        if a is None or b is None or not len(places) or len(a.item_scores) != len(b.item_scores):
            continue
        gap = a.item_scores[places] - b.item_scores[places]
        for way in (gap, -gap):
            for at in np.argsort(-way, kind="stable")[:MOST_CASES]:
                if way[at] > 0:
                    place = int(places[at])
                    scores = float(a.item_scores[place]), float(b.item_scores[place])
                    found.append(_Apart(task, task.first_position + place, *scores))
    ahead = sorted((each for each in found if each.first > each.second), key=_width)
    behind = sorted((each for each in found if each.first < each.second), key=_width)
    return _spread(ahead), _spread(behind)


def _width(each: _Apart) -> tuple[float, int]:
    return -abs(each.first - each.second), each.position


def _spread(found: list[_Apart]) -> list[_Apart]:
    """As many as are shown, of cases equally far apart those of different tasks first."""
    seen: dict[tuple[float, int], int] = {}
    order = []
    for each in found:
        width = round(_width(each)[0], 6)
        turn = seen[width, each.task.pk] = seen.get((width, each.task.pk), -1) + 1
        order.append((width, turn, each.position, each))
    return [each for *_, each in sorted(order, key=lambda one: one[:3])[:MOST_CASES]]


def _texts(apart: Sequence[_Apart]) -> dict[int, tuple[str, str]]:
    """Position → key and how the case begins, public items alone; one query."""
    if not apart:
        return {}
    wanted = Q(version=apart[0].task.version_id, position__in={each.position for each in apart})
    items = Item.objects.filter(wanted, split="public").select_related("task")
    return {item.position: (item.key, units_of_boards.beginning(item, item.task)) for item in items}


def _told(apart: Sequence[_Apart], texts: Mapping[int, tuple[str, str]]) -> tuple[ApartCase, ...]:
    return tuple(
        ApartCase(each.task.slug, each.task.name, *texts[each.position], each.first, each.second)
        for each in apart
        if each.position in texts
    )
