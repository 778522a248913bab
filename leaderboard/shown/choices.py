"""What a reader may choose on a board's page, and what is chosen now, each with the address it leads to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaderboard.domain.table import Column, Slice, Table, categories
from leaderboard.forms import query_of, written
from leaderboard.shown import words

PLAIN = "."  # the address of a board as it opens, from any of its views


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    choices: tuple[Choice, ...]

    @property
    def chosen(self) -> int:
        return sum(choice.chosen for choice in self.choices)


@dataclass(frozen=True)
class Link:
    """A choice made by going somewhere: a tab, or a chip that takes a choice back."""

    label: str
    query: str
    here: bool = False


@dataclass(frozen=True)
class ColumnChoice:
    key: str
    label: str
    shown: bool
    weight: str
    weighable: bool


@dataclass(frozen=True)
class Group:
    title: str
    columns: tuple[ColumnChoice, ...]


@dataclass(frozen=True)
class Chooser:
    """Every column of the view by category; the queries of all columns and of the board's `own` choice."""

    groups: tuple[Group, ...]
    every: str
    own: str
    weighable: bool


@dataclass(frozen=True)
class Carried:
    """Names and values of hidden fields: what a form sends along, so that no choice is lost."""

    filters: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]
    compare: tuple[tuple[str, str], ...]


def facets(table: Table, whole: Table) -> list[Facet]:
    """Facets with something to choose between; the tasks themselves come last."""
    chosen, found = dict(table.slice.chosen), []
    for name, values in table.facets.items():
        if len(values) > 1:
            label = table.head.labels.get(name) or words.facet(name)
            found.append(Facet(name, label, _choices(whole, name, values, chosen.get(name, ()))))
    return sorted(found, key=lambda facet: facet.name == "task")


def _choices(table: Table, name: str, values: Sequence[str], chosen: Sequence[str]) -> tuple[Choice, ...]:
    found = [Choice(value, _label(table, name, value), value in chosen) for value in values]
    return tuple(sorted(found, key=lambda choice: choice.label.casefold()))


def _label(table: Table, facet: str, value: str) -> str:
    column = table.column(value) if facet == "task" else None
    return words.title(column.name) if column else words.value(facet, value)


def modes(table: Table) -> list[Link]:
    if len(table.head.modes) < 2:
        return []
    every = [] if table.head.kind == "reported" else [_tab(table, _("All modes"), mode="")]
    return [
        *every,
        *(_tab(table, mode, mode=mode) for mode in table.head.modes if mode),
    ]


def groups(table: Table) -> list[Link]:
    """Groups of raters, one at a time: what they said is never pooled."""
    named = table.head.groups
    return [_tab(table, name, group=name) for name in named] if len(named) > 1 else []


def _tab(table: Table, label: str, *, mode: str | None = None, group: str | None = None) -> Link:
    now = table.slice
    wanted = replace(
        now, mode=now.mode if mode is None else mode, group=now.group if group is None else group
    )
    return Link(label.replace("_", " "), query_of(wanted) or PLAIN, wanted == now)


def splits(table: Table, names: Sequence[str]) -> list[Choice]:
    return [Choice(name, words.split(name), name == table.slice.split) for name in names]


def chooser(table: Table) -> Chooser:
    """Every column by category, the means of an overview before all."""
    shown, weights = {column.key for column in table.shown}, dict(table.slice.weights)
    own = {column.key for column in table.columns}
    means = tuple(column for column in table.shown if column.key not in own)
    sets = [(_("Overview"), means)] if means else []
    sets += [(words.title(name), those) for name, those in categories(table.columns).items()]
    now = table.slice
    return Chooser(
        groups=tuple(
            Group(title, tuple(_column_choice(column, shown, weights, own) for column in those))
            for title, those in sets
        ),
        every=query_of(replace(now, columns=tuple(each.key for each in table.columns))),
        own=query_of(replace(now, columns=(), weights=())) or PLAIN,
        weighable=any(row.average is not None for row in table.rows),
    )


def _column_choice(column: Column, shown: set[str], weights: dict[str, float], own: set[str]) -> ColumnChoice:
    weight = weights.get(column.key)
    written = "" if weight is None else f"{weight:g}"
    return ColumnChoice(column.key, words.title(column.name), column.key in shown, written, column.key in own)


def chips(table: Table, whole: Table) -> list[Link]:
    """One for every choice in force; each leads to the view without it."""
    return [Link(label, query_of(without) or PLAIN) for label, without in _in_force(table, whole)]


def _in_force(table: Table, whole: Table) -> Iterator[tuple[str, Slice]]:
    now = table.slice
    if now.only:
        yield _("System: %(words)s") % {"words": now.only}, replace(now, only="")
    for name, values in now.chosen:
        title = table.head.labels.get(name) or words.facet(name)
        for value in values:
            yield f"{title}: {_label(whole, name, value)}", replace(now, chosen=_without(now, name, value))
    if now.split != Slice.split:
        yield words.split(now.split), replace(now, split=Slice.split)
    if now.columns:
        n = len(now.columns)
        yield ngettext("%(n)s column chosen", "%(n)s columns chosen", n) % {"n": n}, replace(now, columns=())
    if now.weights:
        n = len(now.weights)
        yield ngettext("%(n)s weight", "%(n)s weights", n) % {"n": n}, replace(now, weights=())


def _without(now: Slice, facet: str, value: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    left = [(name, tuple(v for v in values if (name, v) != (facet, value))) for name, values in now.chosen]
    return tuple((name, values) for name, values in left if values)


def carried(now: Slice) -> Carried:
    pairs = parse_qsl(query_of(now).removeprefix("?"))
    own = {"sort", "mode", "group", "columns", "weight"}
    return Carried(
        filters=tuple(pair for pair in pairs if pair[0] in own),
        columns=tuple(pair for pair in pairs if pair[0] not in {"columns", "weight", "compare"}),
        compare=tuple(pair for pair in pairs if pair[0] not in {"compare", "columns", "sort", "q"}),
    )


def field_of(moment: datetime | None) -> tuple[str, str]:
    """The type of a field and its value: a day, where the moment ends one, else the moment in full."""
    if moment is None:
        return "date", ""
    if moment.time() == time.min:
        return "date", (moment.date() - timedelta(days=1)).isoformat()
    return "text", written(moment)


STYLE = "@style"  # of the column with length and layout held equal, beside the plain strength


def style(table: Table) -> tuple[str, bool] | None:
    """Where the ranking with style held equal is, or, from there, the plain one: (query, whether it is on).

    None where no votes were fitted so: the board has no answers' texts, or only shares.
    """
    now = table.slice
    held = {column.key for column in table.columns if column.key.endswith(STYLE)}
    key = now.sort.removeprefix("-")
    if key in held:
        return query_of(replace(now, sort=Slice.sort, columns=())) or PLAIN, True
    first = next((column.key for column in table.shown if f"{column.key}{STYLE}" in held), None)
    if first is None:
        return None
    return query_of(replace(now, sort=f"{first}{STYLE}", columns=(first, f"{first}{STYLE}"))), False
