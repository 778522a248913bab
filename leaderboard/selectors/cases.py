"""One public case: what was asked, the reference, and what every published system said to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models.functions import Left, Length

from evaluation.domain.benchmarks import Question
from evaluation.domain.metrics import metric
from evaluation.domain.unseen import on_one_line
from evaluation.models import Answer, Item, Task
from leaderboard.domain.table import Table
from leaderboard.selectors import case_ratings, item_scores
from leaderboard.selectors.case_ratings import RatedCase
from leaderboard.selectors.item_scores import Behind
from leaderboard.selectors.units_of_boards import shows_texts

PAGE = 25
LONGEST_SHOWN = 4_000  # characters of an answer on the page; the whole of it is a file
LONGEST_READ = 100_000  # characters an answer may have to be read again for the page
LONGEST_VALUE = 160
WRITTEN = frozenset({"summarisation", "open_question", "consultation"})  # what is read is the answer itself


@dataclass(frozen=True)
class CaseAnswer:
    """A system's answer; `parsed` as the scoring rule read it, on one line, "" for nothing."""

    behind: Behind
    output: str
    length: int
    score: float | None
    parsed: str
    finish: str
    tokens_in: int | None
    tokens_out: int | None
    latency_ms: float | None

    @property
    def is_cut(self) -> bool:
        return self.length > len(self.output)


@dataclass(frozen=True)
class Agreement:
    """How far systems agree: each value read with how many read so, and their mean score."""

    values: tuple[tuple[str, int], ...]
    n_systems: int
    n_different: int
    mean: float | None
    n_right: int | None  # where every score is right or wrong


@dataclass(frozen=True)
class CaseView:
    item: Item
    task: Task
    gold: Any
    answers: Page[CaseAnswer]
    agreement: Agreement
    rated: tuple[RatedCase, ...]
    previous: str
    next: str
    number: int
    n_public: int
    shows_texts: bool


def public_item(task: Task, key: str) -> Item | None:
    """A public item by its key; None for a private one as for none at all."""
    if "\0" in key:
        return None
    items = Item.objects.select_related("task", "reference")
    return items.filter(task=task, key=key, split="public").first()


def case_view(table: Table, task: Task, item: Item, page: str = "1") -> CaseView:
    """A public case over the rows of a board. The number of queries hangs on nothing."""
    those = item_scores.behind(table)
    texts = shows_texts(task)
    earned = item_scores.scores_at(task, item.position - task.first_position, those)
    rows = _answers(task, item, those, earned, texts)
    keys = list(
        Item.objects.filter(task=task, split="public").order_by("position").values_list("key", flat=True)
    )
    at = keys.index(item.key)
    return CaseView(
        item=item,
        task=task,
        gold=item.reference.gold if texts else None,
        answers=Paginator(rows, PAGE).get_page(page),
        agreement=_agreement(rows),
        rated=case_ratings.of_case(item, those) if texts else (),
        previous=keys[at - 1] if at else "",
        next=keys[at + 1] if at + 1 < len(keys) else "",
        number=at + 1,
        n_public=len(keys),
        shows_texts=texts,
    )


def whole_answer(table: Table, task: Task, item: Item, row_key: str) -> str | None:
    """All of one system's answer, to the byte; None where none may be shown."""
    row = table.row(row_key)
    those = item_scores.behind_rows([row], table) if row is not None and shows_texts(task) else []
    if not those or not those[0].named:
        return None
    outputs = Answer.objects.filter(run=those[0].run, position=item.position)
    return outputs.values_list("output", flat=True).first()


def _answers(
    task: Task, item: Item, those: Sequence[Behind], earned: dict[int, float], texts: bool
) -> list[CaseAnswer]:
    """In the order of the board. Of regulated items only what an answer earned, not what it says."""
    rows = Answer.objects.filter(run__in=[each.run for each in those], position=item.position)
    rows = rows.annotate(size=Length("output"), begins=Left("output", LONGEST_READ)).defer("output", "record")
    stored = {row.run_id: row for row in rows}
    found = []
    for each in those:
        row: Any = stored.get(each.run)
        if row is None:
            continue
        told = texts and each.named
        found.append(
            CaseAnswer(
                behind=each,
                output=row.begins[:LONGEST_SHOWN] if told else "",
                length=row.size if told else 0,
                score=earned.get(each.run),
                parsed=_parsed(task, item, row) if told else "",
                finish=row.finish,
                tokens_in=row.tokens_in,
                tokens_out=row.tokens_out,
                latency_ms=row.latency_ms,
            )
        )
    return found


def _parsed(task: Task, item: Item, row: Any) -> str:
    """What was understood: as kept with the answer, else read again by the task's own rule."""
    if task.family in WRITTEN:
        return ""
    value = row.parsed
    if value is None and not row.finish and row.size <= LONGEST_READ:
        question = Question(task.slug, item.key, "public", item.input, item.reference.gold, item.cluster)
        value = metric(task.metric).read(row.begins, question, task.scoring_options)
    return "" if value is None else on_one_line(_written(value), LONGEST_VALUE)


def _written(value: Any) -> str:
    match value:
        case str():
            return value
        case set() | frozenset():
            return ", ".join(sorted(map(_written, value)))
        case list() | tuple():
            return ", ".join(map(_written, value))
        case dict():
            return "; ".join(f"{name}: {_written(each)}" for name, each in value.items())
        case _:
            return str(value)


def _agreement(rows: Sequence[CaseAnswer]) -> Agreement:
    values = Counter(row.parsed for row in rows if row.parsed)
    scores = [row.score for row in rows if row.score is not None]
    binary = all(score in (0.0, 1.0) for score in scores)
    return Agreement(
        values=tuple(values.most_common(8)),
        n_systems=len(rows),
        n_different=len(values),
        mean=sum(scores) / len(scores) if scores else None,
        n_right=int(sum(scores)) if scores and binary else None,
    )
