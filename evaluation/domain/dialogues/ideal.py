"""The consultation in which everything was asked: the reference of an item, written as a transcript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.domain.dialogues.case import case_of
from evaluation.domain.dialogues.facts_patient import FactsPatient
from evaluation.domain.dialogues.settings import MOST_EXCHANGES
from evaluation.domain.dialogues.transcript import DOCTOR, PATIENT, Spoken, written


def ideal_consultation(gold: Mapping[str, Any], language: str = "en") -> str:
    """Each must-ask item as a question, as many a turn as needed, and the diagnosis."""
    case = case_of(gold)
    patient = FactsPatient(case, language)
    asked = [f"{(item.wordings or [item.text])[0].rstrip('?？')}?" for item in case.must_ask]
    each = -(-len(asked) // MOST_EXCHANGES)
    turns: list[Spoken] = []
    for at in range(0, len(asked), each):
        said = " ".join(asked[at : at + each])
        turns += [Spoken(DOCTOR, said), Spoken(PATIENT, patient.answer(said).text)]
    name = (case.diagnosis.names or [case.diagnosis.text])[0]
    return written([*turns, Spoken(DOCTOR, f"Diagnosis: {name} Advice: {case.advice or 'none'}")])
