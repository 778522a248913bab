"""Must-ask items a doctor asked about, and whether the diagnosis was named, by a rule that reads words.

Of a turn the first three questions count, and of each at most two items: a list of everything that could be
asked is not a consultation. What a judge finds is kept apart (`judged_coverage`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evaluation.domain.dialogues.case import Case, Diagnosis
from evaluation.domain.dialogues.matching import Subjects
from evaluation.domain.dialogues.words import clauses, denies, listed, questions, tokens

QUESTIONS_OF_A_TURN = 3
ITEMS_OF_A_QUESTION = 2
_ALTERNATIVES = re.compile(r"[;/]|\b(?:or|versus|vs|differential|o|frente)\b|或|还是|または", re.IGNORECASE)


def first_turns(case: Case, spoken: Sequence[str]) -> dict[str, int | None]:
    """By must-ask item: the doctor's turn, from 1, that first asks about it; None where none does."""
    subjects = Subjects([[item.text, *item.wordings] for item in case.must_ask])
    found: dict[str, int | None] = {item.id: None for item in case.must_ask}
    for number, turn in enumerate(spoken, start=1):
        for question in questions(turn, QUESTIONS_OF_A_TURN):
            for at in _items(subjects, question):
                name = case.must_ask[at].id
                found[name] = found[name] or number
    return found


def by_turn(first: Sequence[int | None], turns: int) -> tuple[float, ...]:
    """The share of must-ask items asked about up to turn 1 … `turns`."""
    return tuple(
        sum(at is not None and at <= turn for at in first) / len(first) for turn in range(1, turns + 1)
    )


def names(diagnosis: str, wanted: Diagnosis) -> bool:
    """Whether a stated diagnosis is the case's: all words of one of its names in what is stated first.

    A list of alternatives states its first; a denied one is not stated. False where the case has no names.
    """
    stated = _ALTERNATIVES.split(diagnosis, maxsplit=1)[0]
    said = [tokens(clause) for clause in clauses(stated) if not denies(clause)]
    whole = frozenset[str]().union(*said[:2])
    return any(bool(words) and words <= whole for words in map(tokens, wanted.names))


def _items(subjects: Subjects, question: str) -> list[int]:
    parts = listed(question)
    whole = subjects.named(question, ITEMS_OF_A_QUESTION)
    found = [*whole, *(at for part in parts for at in subjects.named(part, ITEMS_OF_A_QUESTION))]
    return list(dict.fromkeys(found))[:ITEMS_OF_A_QUESTION]
