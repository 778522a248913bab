"""One column of a board: what it asks, how everybody fares, and which of its items are hard."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, TextField
from django.db.models.functions import Cast

from evaluation.models import Item, Task
from leaderboard.domain import drawing
from leaderboard.domain.difficulty import Difficulty, counts_by_ease, difficulty, is_binary
from leaderboard.domain.table import Column, Slice, Table
from leaderboard.selectors import boards, item_scores
from leaderboard.selectors.item_scores import ItemTable
from leaderboard.selectors.units_of_boards import beginning, shows_texts, version_of

PAGE = 50
MOST_SEPARATING, MOST_AGAINST = 10, 5
LONGEST_SEARCH = 200
WAYS = {"hardest": ("ease", 1), "easiest": ("ease", -1), "separating": ("separation", -1)}
ORDERS = ("position", *WAYS)


@dataclass(frozen=True)
class ListedCase:
    """A public item; the figures None where no system has a score of it that may be looked at."""

    key: str
    begins: str
    place: int
    ease: float | None = None
    separation: float | None = None
    discrimination: float | None = None


@dataclass(frozen=True)
class Hardness:
    """Over public items; `binary` says whether ease is a share of systems that were right."""

    bars: tuple[drawing.Bar, ...]
    n_items: int
    n_systems: int
    binary: bool
    separating: tuple[ListedCase, ...]
    against: tuple[ListedCase, ...]
    informative: bool


@dataclass(frozen=True)
class TaskView:
    """`whole` is the board that was asked for, `table` the same of this column alone, in its own order.

    task   None where nothing of the column is an item here: reported figures, physicians' answers
    splits split → number of items
    """

    column: Column
    whole: Table
    table: Table
    task: Task | None
    splits: Mapping[str, int]
    hardness: Hardness | None
    cases: Page[ListedCase] | None
    shows_texts: bool


def of_board(slug: str, key: str, wanted: Slice) -> tuple[Table, Table] | None:
    """The board, and the same of one column alone; None where either is not there."""
    whole = boards.table(slug, wanted)
    if whole is None:
        return None
    others = tuple((facet, values) for facet, values in wanted.chosen if facet != "task")
    if whole.column(key) is None:  # a filter that leaves the column out makes no page of it go away
        whole = boards.table(slug, replace(wanted, chosen=()))
        others = ()
    if whole is None or whole.column(key) is None:
        return None
    one = replace(wanted, chosen=(*others, ("task", (key,))), weights=(), columns=(), sort="rank", compare=())
    alone = boards.table(slug, one)
    if alone is None or tuple(column.key for column in alone.columns) != (key,):
        return None
    return whole, alone


def task_view(whole: Table, alone: Table, *, find: str = "", order: str = "", page: str = "1") -> TaskView:
    """Everything a task's page shows. The number of queries hangs on nothing."""
    column = alone.columns[0]
    task = task_of(alone)
    if task is None:
        return TaskView(column, whole, alone, None, {}, None, None, False)
    those = item_scores.behind(alone)
    earned = item_scores.public_scores(task, those)
    found = difficulty(earned.scores) if len(earned.runs) and len(earned.places) else None
    return TaskView(
        column=column,
        whole=whole,
        table=alone,
        task=task,
        splits=_splits(task),
        hardness=_hardness(task, earned, found) if found is not None else None,
        cases=_listed(task, earned, found, find[:LONGEST_SEARCH], order, page),
        shows_texts=shows_texts(task),
    )


def task_of(alone: Table) -> Task | None:
    """The task behind the only column of a board."""
    version = version_of(alone)
    if version is None:
        return None
    return Task.objects.select_related("version__benchmark").filter(
        version=version, slug=alone.columns[0].key
    ).first()  # fmt: skip


def _splits(task: Task) -> dict[str, int]:
    counted = Item.objects.filter(task=task).order_by("split").values_list("split")
    return dict(counted.annotate(Count("pk")))


def _listed(
    task: Task, earned: ItemTable, found: Difficulty | None, find: str, order: str, page: str
) -> Page[ListedCase]:
    """A page of the public items that hold the words searched for, in the order asked for."""
    items = Item.objects.filter(task=task, split="public").order_by("position")
    words = find.replace("\0", "").strip()
    if words:
        holding = Q(key__icontains=words)
        if shows_texts(task):
            items = items.annotate(text=Cast("input", TextField()))
            holding |= Q(text__icontains=json.dumps(words)[1:-1]) | Q(text__icontains=words)
        items = items.filter(holding)
    positions = list(items.values_list("position", flat=True))
    at = _numbers(earned)
    if found is not None and order in WAYS:
        figures, sign = getattr(found, WAYS[order][0]), WAYS[order][1]
        positions.sort(key=lambda position: sign * figures[at[position - task.first_position]])
    shown: Any = Paginator(positions, PAGE).get_page(page)
    cases = _cases(task, at, found, shown.object_list)
    listed: Page[ListedCase] = shown
    listed.object_list = [cases[position] for position in shown.object_list]
    return listed


def _numbers(earned: ItemTable) -> dict[int, int]:
    """Place in the task → number among its public items."""
    return {int(place): number for number, place in enumerate(earned.places)}


def _cases(
    task: Task, at: Mapping[int, int], found: Difficulty | None, positions: Sequence[int]
) -> dict[int, ListedCase]:
    """Position → the public item there."""
    items = Item.objects.filter(version=task.version_id, position__in=positions, split="public")
    return {item.position: _case(item, task, at, found) for item in items}


def _case(item: Item, task: Task, at: Mapping[int, int], found: Difficulty | None) -> ListedCase:
    place = item.position - task.first_position
    if found is None or place not in at:
        return ListedCase(item.key, beginning(item, task), place)
    number = at[place]
    return ListedCase(
        key=item.key,
        begins=beginning(item, task),
        place=place,
        ease=float(found.ease[number]),
        separation=float(found.separation[number]),
        discrimination=_known(found.discrimination[number]),
    )


def _hardness(task: Task, earned: ItemTable, found: Difficulty) -> Hardness:
    labels = [f"{10 * n}–{10 * (n + 1)}" for n in range(10)]
    chosen = found.most_separating(MOST_SEPARATING) if found.is_informative else []
    against = found.against_the_order(MOST_AGAINST) if found.is_informative else []
    position = [task.first_position + int(place) for place in earned.places]
    cases = _cases(task, _numbers(earned), found, [position[number] for number in {*chosen, *against}])
    return Hardness(
        bars=drawing.bars(counts_by_ease(found.ease).tolist(), labels),
        n_items=len(earned.places),
        n_systems=found.n_systems,
        binary=is_binary(earned.scores),
        separating=tuple(cases[position[number]] for number in chosen),
        against=tuple(cases[position[number]] for number in against),
        informative=found.is_informative,
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
