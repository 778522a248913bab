"""Texts of raters that wait for a coordinator because they may name a patient, and what others may read.

Whatever shows a rater's words to somebody else, or exports them, asks `guard_of(study)` once and passes each
text through it. Nothing is stored with a rating: what is held follows from the text, and from the decisions.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from raters.domain.held_texts import Guard, digest, own_texts
from raters.domain.privacy import findings
from raters.models import Assignment, Flag, RatingRevision, Study, TextDecision
from raters.selectors import rubrics

MOST_IN_PASSING = 5_000  # ratings


@dataclass(frozen=True)
class Passage:
    """A piece of a text; `kind` says what it looks like, "" for the rest."""

    text: str
    kind: str


@dataclass(frozen=True)
class HeldText:
    """A text to be decided on. `places` counts where it stands; `where` says it of the first."""

    sha: str
    where: str
    rater: str
    passages: tuple[Passage, ...]
    places: int
    decision: str


@dataclass(frozen=True)
class Written:
    where: str
    rater: str
    text: str
    assignment: uuid.UUID


def guard_of(study: Study) -> Guard:
    """What others may read of this study's texts, by the newest decision about each."""
    rows = TextDecision.objects.filter(study=study).order_by("pk").values_list("sha", "decision")
    return Guard(dict(rows))


def looked_at(study: Study) -> tuple[list[HeldText], list[HeldText]]:
    """(those that wait, those decided on): every text in which something was found."""
    guard = guard_of(study)
    found: dict[str, HeldText] = {}
    for written in texts_of(study):
        if not findings(written.text):
            continue
        sha = digest(written.text)
        before = found.get(sha)
        found[sha] = HeldText(
            sha=sha,
            where=before.where if before else written.where,
            rater=before.rater if before else written.rater,
            passages=before.passages if before else passages(written.text),
            places=before.places + 1 if before else 1,
            decision=guard.decisions.get(sha, ""),
        )
    waiting = [one for one in found.values() if not one.decision]
    return waiting, [one for one in found.values() if one.decision]


def number_waiting(study: Study) -> int | None:
    """How many texts wait; None where the study is too large to count them in passing."""
    if RatingRevision.objects.filter(membership__study=study)[:MOST_IN_PASSING].count() == MOST_IN_PASSING:
        return None
    return len(looked_at(study)[0])


def passages(text: str) -> tuple[Passage, ...]:
    """The text in pieces, those that look like an identifier marked."""
    parts, done = [], 0
    for one in findings(text):
        parts += [Passage(text[done : one.start], ""), Passage(text[one.start : one.end], one.kind)]
        done = one.end
    return tuple(part for part in (*parts, Passage(text[done:], "")) if part.text)


def texts_of(study: Study) -> Iterator[Written]:
    """Everything the raters of a study wrote in their own words, old revisions too."""
    rubric = rubrics.of_results(study)
    labels = {axis.id: axis.label for axis in rubric.axes}
    revisions = RatingRevision.objects.filter(membership__study=study).values_list(
        "assignment", "membership__name", "payload", "reason"
    )
    row: Any
    for row in revisions.iterator(chunk_size=2000):
        pk, name, payload, reason = row
        for axis, text in own_texts(rubric, payload):
            yield Written(labels.get(axis, axis), name, text, pk)
        if reason:
            yield Written("reason", name, reason, pk)
    skipped = Assignment.objects.filter(study=study).exclude(skip_note="")
    for pk, name, note in skipped.values_list("pk", "membership__name", "skip_note"):
        yield Written("skip", name, note, pk)
    flags = Flag.objects.filter(assignment__study=study)
    for pk, name, note in flags.values_list("assignment", "assignment__membership__name", "note"):
        yield Written("flag", name, note, pk)
