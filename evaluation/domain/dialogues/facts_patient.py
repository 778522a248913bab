"""Patient without a model: says the facts a question is about, word for word, or that it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evaluation.domain.dialogues.case import Case
from evaluation.domain.dialogues.matching import Subjects
from evaluation.domain.dialogues.phrases import phrases
from evaluation.domain.dialogues.words import is_open, questions

QUESTIONS_HEARD = 3  # of one turn; so the doctor is told
FACTS_OF_A_QUESTION = 3


class Answered(NamedTuple):
    """What the patient says, and the ids of the facts in it."""

    text: str
    told: tuple[str, ...]


class FactsPatient:
    """Of one case in one language. The same question after the same talk gives the same answer."""

    def __init__(self, case: Case, language: str) -> None:
        self.case = case
        self.phrases = phrases(language)
        self._subjects = Subjects([[fact.text, *fact.topics] for fact in case.facts])

    def answer(self, said: str, told: Sequence[str] = ()) -> Answered:
        """The answer to a doctor's turn; `told` are the facts that were told before.

        An open question brings the first fact not yet told. A turn without a question is taken as one.
        """
        found: dict[int, None] = {}
        asked = questions(said, QUESTIONS_HEARD) or [said]
        for question in asked:
            found |= dict.fromkeys(self._subjects.about(question, FACTS_OF_A_QUESTION))
        if not found and any(is_open(question) for question in asked):
            return self._next(told)
        facts = [self.case.facts[at] for at in found]
        if not facts:
            return Answered(self.phrases.unknown, ())
        return Answered(" ".join(fact.text for fact in facts), tuple(fact.id for fact in facts))

    def _next(self, told: Sequence[str]) -> Answered:
        for fact in self.case.facts:
            if fact.id not in told:
                return Answered(fact.text, (fact.id,))
        return Answered(self.phrases.nothing_else, ())
