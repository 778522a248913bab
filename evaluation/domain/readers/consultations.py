"""Published consultations as cases for a simulated patient: MTMedDialog (JarvisUSTC/DoctorAgent-RL).

Rows are states of consultations, several of one and the same; the case behind them is read once. What the
patient said is its facts, each with the question that brought it; what the doctor asked is taken as what
should be asked. The diagnosis is published as a sentence, from which no name is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.dialogues.words import questions, tokens
from evaluation.domain.readers.rows import DataFile, Dropped, Located, json_lines, settings_of

_OPENING = re.compile(r"\s*Patient's description:\s*(.+?)\s*(?:Decide next action:.*)?", re.DOTALL)


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    task: str


class Said(msgspec.Struct):
    role: str
    content: str


class Exchange(msgspec.Struct):
    doctor_question: list[str]
    patient_response: list[str] | None = None


class Truth(msgspec.Struct):
    diagnosis: str
    recommendation: str


class Known(msgspec.Struct):
    ground_truth: Truth
    patient_information: list[Exchange]


class Extra(msgspec.Struct):
    index: int


class Row(msgspec.Struct):
    prompt: list[Said]
    reward_model: Known
    extra_info: Extra


def mtmeddialog(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    task = settings_of(Settings, settings).task
    seen: set[int] = set()
    for row, origin in json_lines(files, Row):
        index = row.extra_info.index
        if index in seen:
            yield Dropped("the row is a later state of a consultation that was read already", origin)
            continue
        seen.add(index)
        opening = next((said.content for said in row.prompt if said.role == "user"), "")
        described = _OPENING.fullmatch(opening)
        if described is None:
            raise origin.error(
                'prompt has no user turn that begins with "Patient\'s description:"', str(index)
            )
        gold = _gold(row.reward_model)
        if not gold["facts"] or not gold["must_ask"]:
            yield Dropped("the patient told nothing that a doctor had asked", origin)
            continue
        yield Located(Question(task, f"case-{index}", "public", {"question": described[1]}, gold), origin)


def _gold(known: Known) -> dict[str, Any]:
    facts: list[dict[str, Any]] = []
    wanted: list[dict[str, Any]] = []
    for number, exchange in enumerate(known.patient_information, start=1):
        asked = [text for said in exchange.doctor_question for text in questions(said) if tokens(text)]
        told = [text for text in exchange.patient_response or [] if _is_told(text)]
        facts += [
            {"id": f"f{number}-{at}", "text": text, "topics": asked} for at, text in enumerate(told, start=1)
        ]
        if told:
            wanted += [{"id": f"q{number}-{at}", "text": text} for at, text in enumerate(asked, start=1)]
    truth = known.ground_truth
    diagnosis = {"text": truth.diagnosis, "names": []}
    return {"facts": facts, "must_ask": wanted, "diagnosis": diagnosis, "advice": truth.recommendation}


def _is_told(text: str) -> bool:
    """A patient's own question tells nothing."""
    return any(sign.isalnum() for sign in text) and not text.rstrip().endswith(("?", "？"))
