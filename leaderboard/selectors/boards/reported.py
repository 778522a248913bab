"""Boards of which only what others printed is known: no runs, no items behind the numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext_noop

from leaderboard.domain import overview, slicing
from leaderboard.domain.planning import Separation, planned
from leaderboard.domain.printed_order import FEWEST_TASKS
from leaderboard.domain.specifications import BoardSpec, specification
from leaderboard.domain.table import Column, Head, Listing, Pairs, Slice, Table, pairs_of
from leaderboard.selectors.boards import printed

FACETS = ("language", "type", "specialty", "stage", "application", "access", "category")
NO_AVERAGE = gettext_noop(
    "no ranks: this board prints no mean over all its columns; choose one column or a category"
)


def listed() -> list[Listing]:
    """Boards somebody's results were imported for; what benchmarks are called is left out by the caller."""
    return [
        Listing(_head(slug, tables), max(one.systems for one in tables.printings), tables.at)
        for slug, tables in printed.boards_in_force().items()
    ]


def table(slug: str, wanted: Slice) -> Table | None:
    found = _looked_up(slug, wanted)
    if found is None:
        return None
    spec, ranked, columns = found.spec, found.ranked, found.columns
    groups = overview.groups(columns, spec.overview if spec else "")
    fitted = slicing.fitted(found.wanted, columns, [group.column for group in groups])
    rows = [overview.with_groups(row, groups) for row in slicing.searched(ranked.rows, fitted.only)]
    return Table(
        head=_head(slug, found.tables),
        revision=found.tables.changes,
        changed_at=found.tables.at,
        columns=columns,
        shown=overview.shown(fitted, columns, groups),
        facets=slicing.facets_of(found.every, _facets(spec)),
        rows=slicing.ordered(rows, fitted.sort),
        slice=fitted,
        order_method=ranked.matrix.method if ranked.matrix else "",
        order_scope=_scope(found),
        note=" ".join(dict.fromkeys(one.note for one in found.shown if one.note)),
    )


def pairs(slug: str, wanted: Slice) -> Pairs | None:
    found = _looked_up(slug, wanted)
    if found is None or found.ranked.matrix is None:
        return None
    return pairs_of(found.ranked.keys, found.ranked.matrix, printed.SCOPE)


def separation(slug: str, wanted: Slice, one: str, other: str) -> Separation | None:
    found = _looked_up(slug, wanted)
    if found is None or found.ranked.matrix is None or not {one, other} <= set(found.ranked.keys):
        return None
    places = found.ranked.keys.index(one), found.ranked.keys.index(other)
    return planned(found.ranked.matrix, *places, len(found.columns), unit="tasks")


@dataclass(frozen=True)
class _Found:
    spec: BoardSpec | None
    tables: printed.InForce
    shown: tuple[printed.Printing, ...]
    every: tuple[Column, ...]
    columns: tuple[Column, ...]
    wanted: Slice
    ranked: printed.RankedPrint


def _looked_up(slug: str, wanted: Slice) -> _Found | None:
    spec, tables = specification(slug), printed.in_force(slug, wanted.as_of)
    if spec is None and not tables.printings:
        return None
    modes = _modes(spec, tables)
    mode = wanted.mode if wanted.mode in modes else next(iter(modes), "")
    those = tuple(one for one in tables.printings if one.mode == mode)
    every = printed.columns_of(slug, tuple(one.pk for one in those))
    chosen = slicing.existing(wanted.chosen, slicing.facets_of(every, _facets(spec)))
    columns = slicing.taken(every, chosen)
    wanted = replace(wanted, split=Slice.split, group="", mode=mode, chosen=chosen)
    keys, weights = tuple(column.key for column in columns), slicing.weights_of(columns, wanted)
    ranked = printed.ranked(slug, tuple((one.pk, one.mode) for one in those), keys, weights)
    return _Found(spec, tables, those, every, columns, wanted, ranked)


def _modes(spec: BoardSpec | None, tables: printed.InForce) -> tuple[str, ...]:
    """Modes there is a table of, in the specification's order."""
    there = [one.mode for one in tables.printings]
    first = [mode for mode in (spec.modes if spec else ()) if mode in there]
    return tuple(dict.fromkeys([*first, *sorted(there)]))


def _facets(spec: BoardSpec | None) -> list[str]:
    return list(dict.fromkeys([*(spec.labels if spec else ()), *FACETS]))


def _head(slug: str, tables: printed.InForce) -> Head:
    spec, newest = specification(slug), next(reversed(tables.printings), None)
    modes = tuple(filter(None, _modes(spec, tables)))
    if spec is None:
        assert newest is not None  # a board is in its specification or in a table
        title, source = newest.title, newest.url
        return Head(slug, title, "reported", source=source, licence=newest.licence, modes=modes)
    return Head(
        slug=slug,
        title=spec.title,
        kind="reported",
        description=spec.description,
        source=spec.source,
        licence=spec.licence,
        citation=spec.citation,
        modes=modes,
        labels=spec.labels,
    )


def _scope(found: _Found) -> str:
    if found.ranked.matrix is not None:
        return printed.SCOPE
    if found.spec is not None and not found.spec.average and len(found.columns) > 1:
        return NO_AVERAGE
    return printed.TOO_FEW if len(found.columns) < FEWEST_TASKS else "no ranks: nobody has every column"
