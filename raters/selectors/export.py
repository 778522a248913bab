"""What a study's files hold. Raters are R1, R2 … throughout, systems pseudonyms until the study is locked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import islice
from typing import Any

import msgspec
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.utils.crypto import salted_hmac

from raters.domain.exporting import Column
from raters.domain.rubric import codebook, variables
from raters.domain.rubric.codebook import CodebookRow
from raters.models import (
    Adjudication,
    Credential,
    Membership,
    Observation,
    RatingRevision,
    Study,
    StudyAnswer,
    StudySystem,
)
from raters.selectors import rubric_moves, rubrics
from raters.selectors.held_texts import guard_of

AT_ONCE = 2_000
PREVIEW = 5

RATINGS = (
    Column("rating", "the screen rated; its revisions share it"),
    Column("revision", "1 the first submission, then up", "whole"),
    Column("is_current", "whether no later revision replaced it", "yes_no"),
    Column("kind", "live, training, gold, repeat, twin or extra; agreement counts the live ones"),
    Column("group", "rater group; groups are not to be pooled"),
    Column("specialties", "of the rater, as confirmed by a coordinator"),
    Column("rater", "pseudonym, the same throughout this study"),
    Column("item", "name of the case"),
    Column("unit", "what was rated: the same for two raters of the same answers"),
    Column("systems", "of the answers, as shown from left to right; pseudonyms until the study is locked"),
    Column("place", "in the rater's own sequence", "whole"),
    Column("is_overlap", "planned to be rated by several raters", "yes_no"),
    Column("seconds", "visible time spent", "whole"),
    Column("submitted_at", "UTC, ISO 8601"),
    Column("reason", "why it was changed; free text"),
    Column("rubric", "version rated with, hash of its content"),
    Column("payload", "the rating, JSON; positions are those of systems; texts held back are marked so"),
    Column("link", "number in the rater's hash chain", "whole"),
    Column("previous_sha", "SHA-256 of the link before"),
    Column("sha", "SHA-256 of this link"),
)
OBSERVATIONS = (
    Column("group", "rater group; groups are not to be pooled"),
    Column("specialties", "of the rater, as confirmed by a coordinator"),
    Column("rater", "pseudonym, the same throughout this study"),
    Column("item", "name of the case"),
    Column("target", "what was rated, with its part: the unit of agreement"),
    Column("part", "criterion, or number of the answer from 0 in canonical order"),
    Column("systems", "of the answers in canonical order: a, b …; pseudonyms until the study is locked"),
    Column("variable", "see the codebook"),
    Column("level", "nominal, ordinal, interval or ratio; empty for passages"),
    Column("value", "as on the scale; pairs in terms of a and b; passages as JSON"),
    Column("number", "the value as a number, where it is one", "number"),
)
ADJUDICATIONS = (
    Column("item", "name of the case"),
    Column("unit", "what was rated"),
    Column("part", "criterion, or number of the answer"),
    Column("axis", "question decided"),
    Column("value", "what was decided"),
    Column("explanation", "free text"),
    Column("guideline_change", "the guideline should say this more clearly", "yes_no"),
    Column("decided_at", "UTC, ISO 8601; of several the last one counts"),
)
CHAINS = (
    Column("rater", "pseudonym"),
    Column("group", "rater group"),
    Column("links", "ratings in the chain", "whole"),
    Column("head", "SHA-256 of the last link"),
)
CODEBOOK = tuple(Column(field.name, "") for field in fields(CodebookRow))


@dataclass(frozen=True)
class Table:
    """A table of the export; `rows` reads them anew, a few at a time in memory."""

    name: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterator[Sequence[Any]]]

    def preview(self) -> list[Sequence[Any]]:
        """The first rows."""
        return list(islice(self.rows(), PREVIEW))


def table(study: Study, name: str, *, variable: str = "", group: str = "") -> Table | None:
    """A table by name; None where there is none. Observations can be limited to a variable and a group."""
    known: dict[str, tuple[tuple[Column, ...], Callable[[], Iterator[Sequence[Any]]]]] = {
        "ratings": (RATINGS, lambda: _ratings(study, with_history=False)),
        "history": (RATINGS, lambda: _ratings(study, with_history=True)),
        "observations": (OBSERVATIONS, lambda: _observations(study, variable, group)),
        "adjudications": (ADJUDICATIONS, lambda: _adjudications(study)),
        "chains": (CHAINS, lambda: _chains(study)),
        "codebook": (CODEBOOK, lambda: _codebook(study)),
    }
    return Table(name, *known[name]) if name in known else None


def tables(study: Study) -> list[Table]:
    """Every table, in the order to offer them."""
    names = ("ratings", "history", "observations", "adjudications", "codebook", "chains")
    return [found for name in names if (found := table(study, name))]


def description(study: Study) -> dict[str, Any]:
    """The study itself: design, rubric, systems, heads of the hash chains, what each column means."""
    shown = names_of_systems(study)
    return {
        "study": study.slug,
        "title": study.title,
        "description": study.description,
        "state": study.state,
        "imported": study.imported or None,
        "rubric": {
            "slug": study.rubric.slug,
            "version": study.rubric.number,
            "sha256": study.rubric.content_hash,
            "content": study.rubric.content,
        },
        "earlier_rubrics": [rubric_moves.described(each) for each in rubric_moves.moves_of(study)],
        "design": study.design,
        "opened_although_target_missed": study.opened_anyway or None,
        "opened_at": study.opened_at.isoformat() if study.opened_at else None,
        "locked_at": study.locked_at.isoformat() if study.locked_at else None,
        "systems": sorted(shown.values()),
        "systems_are_pseudonyms": study.state != Study.State.LOCKED,
        "items_left_out": dict(study.items.exclude(left_out="").values_list("key", "left_out")),
        "chains": [dict(zip([column.name for column in CHAINS], row, strict=True)) for row in _chains(study)],
        "columns": {
            each.name: {column.name: column.meaning for column in each.columns if column.meaning}
            for each in tables(study)
        },
    }


def names_of_systems(study: Study) -> dict[int, str]:
    """Names of systems by id; before the lock pseudonyms, in an order that follows from nothing known."""
    rows = dict(StudySystem.objects.filter(study=study).values_list("pk", "name"))
    if study.state == Study.State.LOCKED:
        return rows
    shuffled = sorted(rows, key=lambda pk: salted_hmac("consilium.systems", f"{study.pk} {pk}").digest())
    return {pk: f"system-{number}" for number, pk in enumerate(shuffled, start=1)}


def pseudonyms(study: Study) -> dict[int, str]:
    """Names of raters by membership, in an order that nobody outside can work out."""
    rows = Membership.objects.filter(study=study).values_list("pk", flat=True)
    drawn = sorted(rows, key=lambda pk: salted_hmac("consilium.pseudonyms", f"{study.pk} {pk}").digest())
    return {pk: f"R{number}" for number, pk in enumerate(drawn, start=1)}


def _ratings(study: Study, *, with_history: bool) -> Iterator[Sequence[Any]]:
    newest = (
        RatingRevision.objects.filter(assignment=OuterRef("assignment"))
        .values("assignment")
        .annotate(last=Max("number"))
    )
    rows = (
        RatingRevision.objects.select_related("assignment__item", "assignment__rubric", "membership__group")
        .filter(membership__study=study)
        .annotate(last=Subquery(newest.values("last")))
        .order_by("membership", "link")
    )
    if not with_history:
        rows = rows.filter(Q(number=Subquery(newest.values("last"))))
    raters, specialties, names = pseudonyms(study), _specialties(study), names_of_systems(study)
    guard = guard_of(study)
    for some in _chunks(rows):
        systems = _systems(some, names)
        for one in some:
            rated: Any = one.assignment
            payload = guard.payload(rubrics.rubric_of(rated.rubric_id), one.payload)
            yield (
                str(rated.pk),
                one.number,
                one.number == one.last,
                rated.kind,
                one.membership.group.name,
                specialties.get(one.membership_id, ""),
                raters[one.membership_id],
                rated.item.key,
                rated.unit,
                " | ".join(systems[rated.answers[place]] for place in rated.order),
                rated.place,
                rated.overlap,
                one.seconds,
                one.created_at.isoformat(),
                guard.text(one.reason),
                rated.rubric.content_hash,
                msgspec.json.encode(payload).decode(),
                one.link,
                one.previous_sha,
                one.sha,
            )


def _observations(study: Study, variable: str, group: str) -> Iterator[Sequence[Any]]:
    rows = (
        Observation.objects.select_related("assignment__item", "group")
        .filter(study=study)
        .order_by("variable", "unit", "part", "membership")
    )
    rows = rows.filter(variable=variable) if variable else rows
    rows = rows.filter(group__name=group) if group else rows
    raters, specialties, names = pseudonyms(study), _specialties(study), names_of_systems(study)
    rubric, guard = rubrics.of_results(study), guard_of(study)
    known = {each.id: each for each in variables(rubric)}
    for some in _chunks(rows):
        systems = _systems(some, names)
        for one in some:
            scale = known[one.variable].scale if one.variable in known else None
            value = one.value
            if one.variable in known and known[one.variable].kind == "spans":
                spans = guard.payload(rubric, {one.variable: msgspec.json.decode(value)})
                value = msgspec.json.encode(spans[one.variable]).decode()
            yield (
                one.group.name,
                specialties.get(one.membership_id, ""),
                raters[one.membership_id],
                one.assignment.item.key,
                f"{one.unit}/{one.part}",
                one.part,
                " | ".join(systems[answer] for answer in one.assignment.answers),
                one.variable,
                scale.level if scale else "",
                value,
                one.number,
            )


def _adjudications(study: Study) -> Iterator[Sequence[Any]]:
    guard = guard_of(study)
    rows = Adjudication.objects.select_related("item").filter(study=study).order_by("created_at", "pk")
    for one in rows.iterator(chunk_size=AT_ONCE):
        at = one.created_at.isoformat()
        yield (
            one.item.key,
            one.unit,
            one.part,
            one.variable,
            one.value,
            guard.text(one.explanation),
            one.guideline_change,
            at,
        )


def _chains(study: Study) -> Iterator[Sequence[Any]]:
    raters = pseudonyms(study)
    for one in Membership.objects.select_related("group").filter(study=study).order_by("pk"):
        yield raters[one.pk], one.group.name, one.chain_length, one.chain_head


def _codebook(study: Study) -> Iterator[Sequence[Any]]:
    for row in codebook(rubrics.of_results(study)):
        yield tuple(asdict(row).values())


def _specialties(study: Study) -> dict[int, str]:
    """What a coordinator confirmed of each rater; of the others nothing."""
    members = dict(Membership.objects.filter(study=study).exclude(rater=None).values_list("rater", "pk"))
    confirmed = Credential.objects.filter(rater__in=members).exclude(confirmed_at=None)
    return {members[one.rater_id]: "; ".join(one.specialties) for one in confirmed}


def _systems(rows: Sequence[Any], names: dict[int, str]) -> dict[int, str]:
    """Names of the systems that gave the answers of these rows, by answer."""
    wanted = {answer for row in rows for answer in row.assignment.answers}
    found = StudyAnswer.objects.filter(pk__in=wanted).values_list("pk", "system__pk")
    return {answer: names[system] for answer, system in found}


def _chunks(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    source = rows.iterator(chunk_size=AT_ONCE)
    while some := list(islice(source, AT_ONCE)):
        yield some
