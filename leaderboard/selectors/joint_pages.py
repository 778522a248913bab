"""What a joint board says in words: agreement beside the physicians' score, correlation and flags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from leaderboard.domain.correlation import ScoreCorrelation
from leaderboard.domain.physicians import joint
from leaderboard.domain.physicians.joint import Ranks
from leaderboard.domain.table import Cell, Column, Slice
from leaderboard.selectors import joint_specs
from leaderboard.selectors.joint_boards import Joint, joint_of
from leaderboard.selectors.joint_sides import AUTOMATIC, PHYSICIANS, Scored
from leaderboard.selectors.study_meaning import Meaning, meaning_of


@dataclass(frozen=True)
class Beside:
    """One system: both scores, and why it is flagged ("" where it is not)."""

    key: str
    system: str
    human: Cell | None
    automatic: Cell | None
    flag: str


@dataclass(frozen=True)
class Pairing:
    """One physicians' column against one automatic score."""

    human: Column
    automatic: Column
    correlation: ScoreCorrelation
    flags: int
    chosen: bool


@dataclass(frozen=True)
class JointReading:
    """A joint board in words.

    human, automatic   the columns held against each other: those sorted by or shown, else the first
    agreement          of the physicians on their column
    sentence           the correlation, said; flags   where the scores disagree, said
    beside             every system; pairings   every physicians' column against every automatic score
    study              slug;  topics   boards whose change changes this one
    """

    human: Column
    automatic: Column
    meaning: Meaning
    correlation: ScoreCorrelation
    sentence: str
    flags: tuple[str, ...]
    beside: tuple[Beside, ...]
    pairings: tuple[Pairing, ...]
    n_common: int
    study: str
    topics: tuple[str, ...]


def joint_reading(slug: str, wanted: Slice) -> JointReading | None:
    """None where there is no joint board of this address, or nothing on it yet."""
    spec = joint_specs.find(slug)
    found = joint_of(spec, wanted) if spec else None
    if spec is None or found is None:
        return None
    correlation = joint.correlation(found.human.side, found.automatic.side)
    raised = dict(_raised(found))
    return JointReading(
        human=found.human.column,
        automatic=found.automatic.column,
        meaning=meaning_of(found.view, found.human.column.key),
        correlation=correlation,
        sentence=_said(found, correlation),
        flags=tuple(_flags(found)),
        beside=tuple(_beside(found, raised)),
        pairings=tuple(_pairings(found)),
        n_common=len(found.common),
        study=spec.physicians.study,
        topics=found.topics,
    )


def _said(found: Joint, correlation: ScoreCorrelation) -> str:
    names = {"human": found.human.column.name, "automatic": found.automatic.column.name}
    if correlation.value is None:
        why = correlation.reason
        return _("No correlation of “%(human)s” and %(automatic)s: %(why)s.") % {**names, "why": why}
    told = {**names, "n": correlation.n_systems, "value": _two(correlation.value)}
    if correlation.low is None or correlation.high is None:
        return _(
            "Over %(n)d systems “%(human)s” and %(automatic)s have a rank correlation of %(value)s; so few "
            "give no interval."
        ) % {**told}
    told |= {"low": _two(correlation.low), "high": _two(correlation.high)}
    text = _(
        "Over %(n)d systems “%(human)s” and %(automatic)s have a rank correlation of %(value)s, with a 95 %% "
        "interval from %(low)s to %(high)s."
    ) % {**told}
    if correlation.low <= 0 <= correlation.high:
        return f"{text} {_('Whether they go together at all is open.')}"
    return text


def _flags(found: Joint) -> Iterator[str]:
    names = _names(found)
    human, machine = found.human, found.automatic
    for pair in joint.contradictions(human.side, machine.side):
        yield _(
            "Raters place %(theirs)s before %(other)s, %(automatic)s places %(other)s before %(theirs)s, and "
            "each is significant."
        ) % {"theirs": names[pair.theirs], "other": names[pair.other], "automatic": machine.column.name}
    for one in joint.apart(human.side, machine.side):
        yield _("%(system)s has rank %(human)s by its raters and %(automatic)s by %(name)s.") % {
            "system": names[one.system],
            "human": _range(one.human),
            "automatic": _range(one.automatic),
            "name": machine.column.name,
        }


def _raised(found: Joint) -> Iterator[tuple[str, str]]:
    """Why a system is flagged, by its key; of two reasons the second stands."""
    for pair in joint.contradictions(found.human.side, found.automatic.side):
        yield pair.theirs, _("an order proven by raters is contradicted")
        yield pair.other, _("an order proven by raters is contradicted")
    for one in joint.apart(found.human.side, found.automatic.side):
        yield one.system, _("ranks apart")


def _beside(found: Joint, raised: Mapping[str, str]) -> Iterator[Beside]:
    rows = []
    for system in found.view.kept.about["systems"]:
        key = system["key"]
        human, machine = _cell(found, found.human, key), _cell(found, found.automatic, key)
        if human is not None or machine is not None:
            rows.append(
                Beside(f"study-{system['number']}", system["name"], human, machine, raised.get(key, ""))
            )
    return iter(sorted(rows, key=lambda row: (_band(row.human), row.system.casefold())))


def _cell(found: Joint, score: Scored, key: str) -> Cell | None:
    cell, ranks = score.cells.get(key), found.ranks[score.column.key].get(key)
    if cell is None or ranks is None:
        return cell
    return replace(cell, rank_low=ranks.low, rank_high=ranks.high, band=ranks.band)


def _band(cell: Cell | None) -> float:
    return cell.band if cell is not None and cell.band is not None else float("inf")


def _pairings(found: Joint) -> Iterator[Pairing]:
    humans = [score for score in found.scores if score.column.category == PHYSICIANS]
    machines = [score for score in found.scores if score.column.category == AUTOMATIC]
    for human in humans:
        for machine in machines:
            flags = joint.contradictions(human.side, machine.side)
            far = joint.apart(human.side, machine.side)
            yield Pairing(
                human.column,
                machine.column,
                joint.correlation(human.side, machine.side),
                len(flags) + len(far),
                human is found.human and machine is found.automatic,
            )


def _names(found: Joint) -> dict[str, str]:
    return {system["key"]: system["name"] for system in found.view.kept.about["systems"]}


def _range(ranks: Ranks) -> str:
    return str(ranks.low) if ranks.low == ranks.high else f"{ranks.low}–{ranks.high}"


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
