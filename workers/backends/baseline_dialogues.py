"""Honest floors for talks: doctors who understand nothing they are told, and a patient who knows nothing.

A doctor that does not clearly find out more than the checklist has listened to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evaluation.domain.asking import Turn
from evaluation.domain.dialogues.settings import MOST_EXCHANGES
from evaluation.domain.dialogues.transcript import DOCTOR, Spoken, written

UNKNOWING = "I don't know."
RESULT = "Diagnosis: a viral infection\nAdvice: rest, drink enough, and come back if it gets worse."
CHECKLIST = (
    "When did it start?",
    "Where exactly is it, and does it spread anywhere?",
    "How bad is it, and what makes it worse or better?",
    "Have you had a fever or chills?",
    "Have you felt sick or vomited?",
    "How are your appetite, your weight and your sleep?",
    "Have you noticed any blood?",
    "Which medicines do you take?",
    "Do you have any allergies?",
    "Do you smoke, or drink alcohol?",
    "Have you had any illnesses or operations?",
    "Does anything run in your family?",
)
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s*")


def constant(turns: Sequence[Turn]) -> str:
    """Asks nothing and says the commonest thing."""
    return RESULT


def longest(turns: Sequence[Turn]) -> str:
    """Asks everybody the same, for as long as it may."""
    asked = _asked(turns)
    return RESULT if asked >= min(len(CHECKLIST), MOST_EXCHANGES) else CHECKLIST[asked]


def overlap(turns: Sequence[Turn]) -> str:
    """Gives back what it was told last, as a question, six times."""
    if _asked(turns) >= MOST_EXCHANGES // 2:
        return RESULT
    last = turns[-1].text.rpartition("\n")[2]
    told = _SENTENCE_END.split(last)[0].rstrip(".!?。！？ ")
    return f"{told}: can you tell me more about that?"


def as_transcript(result: str = RESULT) -> str:
    """What stands in a file of answers, where nobody can be asked anything: a talk that ends at once."""
    return written([Spoken(DOCTOR, result)])


def _asked(turns: Sequence[Turn]) -> int:
    return sum(turn.role == "assistant" for turn in turns)
