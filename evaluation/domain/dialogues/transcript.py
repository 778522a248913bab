"""A consultation as text: one line a turn, "Patient: …" or "Doctor: …", the patient's opening first.

The output of an item is such a text; judges and rating screens take it as it is. A doctor's turn that ends
the consultation says "Diagnosis: …" and "Advice: …".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from evaluation.domain.dialogues.settings import MOST_EXCHANGES

DOCTOR, PATIENT = "Doctor", "Patient"
END = "[END]"

_LINE = re.compile(r"[ \t]*(doctor|patient)[ \t]*[:：][ \t]*(.*)", re.IGNORECASE)
_MARKS = r"[\s*#>_`]*"
_RESULT = r"(?:final[ \t]+)?(?:diagnosis|diagnóstico|诊断|診断)"
_OPENS = re.compile(rf"^{_MARKS}{_RESULT}{_MARKS}[:：]", re.IGNORECASE | re.MULTILINE)
_SAYS = re.compile(rf"(?<!\w){_RESULT}{_MARKS}[:：]{_MARKS}(?P<rest>.*)", re.IGNORECASE)
_ADVICE = re.compile(
    r"(?<!\w)(?:advice|recommendations?|treatment|plan|consejo|recomendación|建议|助言)[\s*_]*[:：][\s*_]*",
    re.IGNORECASE,
)


class Spoken(NamedTuple):
    speaker: str  # DOCTOR or PATIENT
    text: str  # on one line


class Result(NamedTuple):
    """What a consultation came to; "" for what was not said."""

    diagnosis: str
    advice: str


def written(turns: Iterable[Spoken]) -> str:
    return "\n".join(f"{turn.speaker}: {one_line(turn.text)}" for turn in turns)


def read(text: str) -> list[Spoken] | None:
    """The turns of a transcript; a line without a speaker goes on with the last one's.

    None for a text that is no consultation: no doctor speaks, or it goes on for longer than one may.
    """
    turns: list[Spoken] = []
    for line in text.splitlines():
        if found := _LINE.fullmatch(line):
            turns.append(Spoken(found[1].capitalize(), one_line(found[2])))
        elif turns and line.strip():
            turns[-1] = Spoken(turns[-1].speaker, f"{turns[-1].text} {one_line(line)}".strip())
    spoken = doctor_turns(turns)
    return turns if spoken and len(spoken) <= MOST_EXCHANGES + 1 else None


def doctor_turns(turns: Sequence[Spoken]) -> list[str]:
    return [turn.text for turn in turns if turn.speaker == DOCTOR]


def questions_and_result(turns: Sequence[Spoken]) -> tuple[list[str], Result]:
    """The doctor's turns that the patient answered, and the result where the last turn states one."""
    gathered = [
        turn.text
        for turn, following in pairwise(turns)
        if (turn.speaker, following.speaker) == (DOCTOR, PATIENT)
    ]
    last = turns[-1] if turns else Spoken(PATIENT, "")
    return gathered, result_of(last.text) if last.speaker == DOCTOR else Result("", "")


def ends(said: str) -> bool:
    """Whether a doctor's turn, lines as written, states the result."""
    return _OPENS.search(said) is not None


def result_of(said: str) -> Result:
    """The diagnosis a turn states, and the advice after or before it."""
    line = one_line(said)
    found = _SAYS.search(line)
    if found is None:
        return Result("", "")
    diagnosis = _ADVICE.split(found["rest"], maxsplit=1)[0]
    advice = _ADVICE.search(line)
    return Result(_bare(diagnosis), _bare(_SAYS.sub("", line[advice.end() :])) if advice else "")


def one_line(text: str) -> str:
    """A turn cannot look like two: every line end and tab becomes a space."""
    return " ".join(text.split())


def _bare(text: str) -> str:
    return text.strip(" *_#`")
