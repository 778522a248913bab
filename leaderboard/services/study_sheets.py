"""The ratings of a study that count, read once: values, votes and texts by group of raters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from evaluation.domain.benchmarks import Question
from leaderboard.domain.physicians.automatic import Text
from leaderboard.domain.physicians.sheet import Sheet
from leaderboard.domain.physicians.style import looks
from leaderboard.domain.physicians.telling import longest_talk, told, votes
from leaderboard.domain.physicians.voted import Ballot
from raters.domain.rubric.case import Case, Screen, ShownAnswer
from raters.models import Assignment, RatingRevision, Study, StudyAnswer
from raters.selectors import rubrics
from raters.selectors.counted import counted_ratings


@dataclass
class GroupSheets:
    """What one group of raters said: sheets by column, ballots by pairwise axis."""

    sheets: dict[str, Sheet] = field(default_factory=lambda: defaultdict(Sheet))
    ballots: dict[str, list[Ballot]] = field(default_factory=lambda: defaultdict(list))
    raters: set[int] = field(default_factory=set)
    items: set[int] = field(default_factory=set)
    ratings: int = 0
    turns: int = 0


class _Reading:
    """One pass over a study's ratings."""

    def __init__(self, study: Study) -> None:
        rows = StudyAnswer.objects.filter(item__study=study).values_list("pk", "system__number")
        self.system_of: Mapping[int, int] = dict(rows)
        self.groups: dict[int, GroupSheets] = defaultdict(GroupSheets)
        self.clusters: dict[str, int] = {}

    def take(self, revision: RatingRevision, screen: Screen) -> None:
        assignment, group = revision.assignment, self.groups[revision.membership.group_id]
        rubric = rubrics.rubric_of(assignment.rubric_id)
        item = self._cluster(assignment)
        group.raters.add(revision.membership_id)
        group.items.add(assignment.item_id)
        group.ratings += 1
        group.turns = max(group.turns, longest_talk(screen))
        numbers = [self.system_of[answer] for answer in assignment.answers]
        for one in told(rubric, revision.payload, screen):
            group.sheets[one.key].add(one.value, numbers[one.answer], revision.membership_id, item)
        seen = _looks(screen)
        for vote in votes(rubric, revision.payload, screen):
            if numbers[vote.first] != numbers[vote.second]:
                group.ballots[vote.axis].append(
                    Ballot(
                        numbers[vote.first],
                        numbers[vote.second],
                        vote.outcome,
                        revision.membership_id,
                        item,
                        seen,
                    )
                )

    def _cluster(self, assignment: Assignment) -> int:
        """Cases of one source are one cluster, the others one each."""
        source = assignment.item.cluster or f"item {assignment.item_id}"
        return self.clusters.setdefault(source, len(self.clusters))


def read(study: Study) -> dict[int, GroupSheets]:
    """By group, everything a board is made from. Memory: a few numbers a rating and measure."""
    reading = _Reading(study)
    for revision, screen in counted_ratings(study):
        reading.take(revision, screen)
    return dict(reading.groups)


def texts(study: Study) -> list[Text]:
    """Answers as shown to cases that hold a reference, wrong twins left out."""
    rows = (
        StudyAnswer.objects.filter(item__study=study, item__kind="live", item__left_out="", is_twin=False)
        .select_related("item", "system")
        .order_by("item__number", "system__number")
    )
    clusters: dict[str, int] = {}
    found = []
    for row in rows.iterator(chunk_size=2_000):
        reference = msgspec.convert(row.item.content, Case).reference.strip()
        shown = msgspec.convert(row.shown, ShownAnswer).text.strip()
        if reference and shown:
            source = row.item.cluster or f"item {row.item_id}"
            question = Question("study", row.item.key, "public", {}, {"references": [reference]})
            cluster = clusters.setdefault(source, len(clusters))
            found.append(Text(row.system.number, cluster, shown, question, row.item.language or "en"))
    return found


def _looks(screen: Screen) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Of the two answers as shown; None where a text is not known."""
    if len(screen.answers) != 2 or not all(answer.text.strip() for answer in screen.answers):
        return None
    first, second = (looks(answer.text) for answer in screen.answers)
    return first, second
