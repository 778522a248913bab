"""Joint boards: physicians' ratings and automatic scores of the same systems, side by side, not blended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from leaderboard.domain import slicing
from leaderboard.domain.physicians import joint
from leaderboard.domain.physicians.blending import blended
from leaderboard.domain.physicians.joint import Ranks
from leaderboard.domain.table import Cell, Head, Listing, Pairs, Row, Slice, Table
from leaderboard.selectors import joint_sides, joint_specs, study_boards, study_results
from leaderboard.selectors.joint_sides import Scored
from leaderboard.selectors.joint_specs import JointSpec
from leaderboard.selectors.study_boards import View


@dataclass(frozen=True)
class Joint:
    """A joint board over a slice: the columns, and the two that are held against each other."""

    spec: JointSpec
    head: Head
    view: View
    scores: tuple[Scored, ...]
    human: Scored
    automatic: Scored
    wanted: Slice
    common: tuple[str, ...]
    ranks: Mapping[str, Mapping[str, Ranks]]  # column → system → ranks among the common ones

    @property
    def topics(self) -> tuple[str, ...]:
        """Boards whose change changes this one."""
        boards = [one.board for one in self.spec.automatic if one.board]
        return tuple(dict.fromkeys([self.spec.physicians.study, *boards]))


def listed() -> list[Listing]:
    found = []
    for spec in joint_specs.every():
        kept = study_results.kept(spec.physicians.study, None)
        if kept is not None:
            found.append(Listing(_head(spec, kept), len(kept.about["systems"]), kept.at))
    return found


def table(slug: str, wanted: Slice) -> Table | None:
    """A joint board over a slice; None where there is none of this address, or its study is not published."""
    spec = joint_specs.find(slug)
    kept = study_results.kept(spec.physicians.study, wanted.as_of) if spec else None
    if spec is None or kept is None:
        return None
    found = joint_of(spec, wanted)
    if found is None:
        return Table(_head(spec, kept), 0, None, (), (), {}, (), Slice(as_of=wanted.as_of))
    columns = tuple(score.column for score in found.scores)
    shown = tuple(column for column in columns if column.key in found.wanted.columns) or columns
    rows = slicing.searched(_rows(found), found.wanted.only)
    stored = found.view.column(found.human.column.key)
    return Table(
        head=found.head,
        revision=kept.revision,
        changed_at=kept.at,
        columns=columns,
        shown=shown,
        facets={},
        rows=slicing.ordered(rows, found.wanted.sort),
        slice=found.wanted,
        order_method=stored.get("method", ""),
        order_scope=stored["scope"],
    )


def pairs(slug: str, wanted: Slice) -> Pairs | None:
    """Every pair by the score that orders the slice: physicians', unless an automatic one is sorted by."""
    spec = joint_specs.find(slug)
    found = joint_of(spec, wanted) if spec else None
    if found is None:
        return None
    side = _leading(found)
    return side.pairs({system["key"]: f"study-{system['number']}" for system in _systems(found)})


joint_table, joint_pairs = table, pairs


def joint_of(spec: JointSpec, wanted: Slice) -> Joint | None:
    """None before the study's first results."""
    kept = study_results.kept(spec.physicians.study, wanted.as_of)
    view = study_boards.view_of(kept, Slice(group=wanted.group or spec.physicians.group)) if kept else None
    if kept is None or view is None:
        return None
    humans = joint_sides.of_study(view, _asked(spec, view))
    automatic = [joint_sides.of_automatic(view, one, spec.names, wanted) for one in spec.automatic]
    scores = (*humans, *automatic)
    columns = [score.column for score in scores]
    wanted = replace(slicing.fitted(replace(wanted, chosen=()), columns, ()), group=view.wanted.group)
    human, machine = _chosen(humans, wanted), _chosen(automatic, wanted)
    both = joint.common(human.side, machine.side)
    found = {score.column.key: joint.ranks(score.side, both or score.side.keys) for score in scores}
    return Joint(spec, _head(spec, kept), view, scores, human, machine, wanted, both, found)


def _asked(spec: JointSpec, view: View) -> list[str]:
    """The study's columns that are described and there; else the headline ones that have an order."""
    there = {one["key"]: one for one in view.group["columns"]}
    named = [key for key in spec.physicians.columns if key in there]
    ordered = [key for key, one in there.items() if one["headline"] and one["ordered"]]
    return named or ordered or [view.ranked_by]


def _chosen(scores: Sequence[Scored], wanted: Slice) -> Scored:
    """The score sorted by or shown, else the first."""
    named = [wanted.sort.removeprefix("-"), *wanted.columns]
    return next((one for key in named for one in scores if one.column.key == key), scores[0])


def _leading(found: Joint) -> Scored:
    key = found.wanted.sort.removeprefix("-")
    return next((one for one in found.scores if one.column.key == key), found.human)


def _systems(found: Joint) -> list[Mapping[str, str]]:
    return list(found.view.kept.about["systems"])


def _head(spec: JointSpec, kept: study_results.Kept) -> Head:
    of_study = study_boards.head(kept)
    return replace(
        of_study, slug=spec.slug, title=spec.title, kind="joint", description=spec.description, version=""
    )


def _rows(found: Joint) -> list[Row]:
    return [row for system in _systems(found) if (row := _row(found, system)).cells]


def _row(found: Joint, system: Mapping[str, str]) -> Row:
    key = system["key"]
    cells = {
        score.column.key: _ranked(score.cells[key], found.ranks[score.column.key].get(key))
        for score in found.scores
        if key in score.cells
    }
    own = cells.get(_leading(found).column.key)
    columns = [score.column for score in found.scores]
    average, low, high = blended(columns, cells, found.wanted.weights)
    return Row(
        key=f"study-{system['number']}",
        system=system["name"],
        kind=system["kind"],
        mode="",
        origin="study",
        cells=cells,
        n_items=max((cell.n or 0 for cell in cells.values()), default=0),
        average=average,
        low=low,
        high=high,
        rank_low=own.rank_low if own else None,
        rank_high=own.rank_high if own else None,
        band=own.band if own else None,
        missing=len(found.scores) - len(cells),
        system_key=key,
        at=found.view.kept.at,
        attributes={"both_scores": key in found.common},
    )


def _ranked(cell: Cell, ranks: Ranks | None) -> Cell:
    if ranks is None:
        return replace(cell, rank_low=None, rank_high=None, band=None)
    return replace(cell, rank_low=ranks.low, rank_high=ranks.high, band=ranks.band)
