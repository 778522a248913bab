"""Whether what a patient says is in the case: nothing against its facts, nothing beside them, no diagnosis.

A rule of words. It rather doubts too much: an answer it doubts is asked for again and then replaced by the
facts themselves, so that what it does not understand costs wording and never truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from evaluation.domain.dialogues.case import Case
from evaluation.domain.dialogues.facts_patient import FACTS_OF_A_QUESTION, QUESTIONS_HEARD
from evaluation.domain.dialogues.matching import Subjects
from evaluation.domain.dialogues.phrases import texts
from evaluation.domain.dialogues.words import (
    bare,
    clauses,
    denies,
    is_of_a_doctor,
    is_unknown,
    numbers,
    plain,
    questions,
    sentences,
    tokens,
)

SAME_THING = 0.5  # share of words from which a clause is about a statement of the facts
KNOWN = 0.5  # share of a clause's words that the facts must have

Kind = Literal["contradiction", "invented", "diagnosis", "as_doctor", "empty"]


class Fault(NamedTuple):
    """What was said that cannot stand, and the fact it is against, "" where there is none."""

    kind: Kind
    said: str
    fact: str = ""

    def told(self) -> str:
        """As a model that plays the patient is told."""
        return texts().faults[self.kind].format(said=self.said, fact=self.fact)


class _Statement(NamedTuple):
    words: frozenset[str]
    denied: bool
    numbers: frozenset[str]
    fact: str


class Guard:
    """Of one case and its opening."""

    def __init__(self, case: Case, opening: str) -> None:
        self._case = case
        known = [opening, *(fact.text for fact in case.facts)]
        self._verbatim = {plain(sentence) for text in known for sentence in (text, *sentences(text))}
        self._statements = [statement for text in known for statement in _statements(text)]
        self._vocabulary = frozenset[str]().union(*map(tokens, known))
        topics = [topic for fact in case.facts for topic in fact.topics]
        self._concepts = frozenset[str]().union(*(_concepts(tokens(text)) for text in (*known, *topics)))
        self._numbers = frozenset[str]().union(*map(numbers, known))
        self._subjects = Subjects([[fact.text, *fact.topics] for fact in case.facts])

    def faults(self, said: str, question: str) -> list[Fault]:
        """Everything that is wrong with what a patient says to a doctor's turn."""
        if not said.strip():
            return [Fault("empty", "")]
        found = [Fault("as_doctor", sentence) for sentence in sentences(said) if is_of_a_doctor(sentence)]
        for sentence in sentences(said):
            if plain(sentence) not in self._verbatim:
                found += self._of_sentence(sentence, question)
        return list(dict.fromkeys(found))

    def _of_sentence(self, sentence: str, question: str) -> Iterator[Fault]:
        if self._leaks(sentence):
            yield Fault("diagnosis", sentence)
        for clause in clauses(sentence):
            if is_unknown(clause):
                continue
            agrees = bare(clause)
            fault = self._of_clause(clause) if agrees is None else self._of_bare(clause, agrees, question)
            if fault is not None:
                yield fault

    def _of_clause(self, clause: str) -> Fault | None:
        words, counted = tokens(clause), numbers(clause)
        near = self._nearest(words)
        if near and all(each.denied != denies(clause) for each in near):
            return Fault("contradiction", clause, near[0].fact)
        counts = [each for each in near if each.numbers]
        if counted and counts and not any(counted & each.numbers for each in counts):
            return Fault("contradiction", clause, counts[0].fact)
        if not counted <= self._numbers:
            return Fault("invented", clause)
        if (words and len(words & self._vocabulary) / len(words) <= KNOWN) or not _concepts(
            words
        ) <= self._concepts:
            return Fault("invented", clause)
        return None

    def _of_bare(self, clause: str, agrees: bool, question: str) -> Fault | None:
        """A mere yes or no says of the facts asked about that they are so, or that they are not."""
        asked = (questions(question, QUESTIONS_HEARD) or [question])[-1]
        if denies(asked):
            return None  # what "no" then means cannot be told
        about = self._subjects.about(asked, FACTS_OF_A_QUESTION)
        if not about:
            return Fault("invented", clause)
        facts = [self._case.facts[at].text for at in about]
        if any(_affirms(fact) is agrees for fact in facts):
            return None
        return Fault("contradiction", clause, facts[0])

    def _nearest(self, words: frozenset[str]) -> list[_Statement]:
        """The statements that are most about the same thing."""
        shares = [
            (len(words & each.words) / min(len(words), len(each.words)), each)
            for each in self._statements
            if words & each.words
        ]
        best = max((share for share, _ in shares), default=0.0)
        return [each for share, each in shares if share == best and best >= SAME_THING]

    def _leaks(self, sentence: str) -> bool:
        words = tokens(sentence)
        for name in map(tokens, self._case.diagnosis.names):
            if name and name <= words and not name <= self._vocabulary:
                return True
        return False


def _statements(text: str) -> Iterator[_Statement]:
    for clause in clauses(text):
        if (words := tokens(clause)) and not is_unknown(clause):
            yield _Statement(words, denies(clause), numbers(clause), text)


def _concepts(words: frozenset[str]) -> frozenset[str]:
    """Those of clinical meaning: one that the case has nowhere is enough to doubt a clause."""
    return frozenset(word for word in words if word.startswith("@"))


def _affirms(fact: str) -> bool:
    """Whether a fact says that something is so; "Yes." and "No." are such facts, too."""
    said = bare(fact)
    return not all(denies(clause) for clause in clauses(fact)) if said is None else said
