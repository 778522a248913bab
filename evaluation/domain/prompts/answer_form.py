"""The line that says how to write the answer, for prompts that do not say it themselves.

The forms are the ones the platform's readers know best. The line is English whatever the task's language: it
only stands in for what a benchmark forgot to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evaluation.domain.benchmarks import JUDGING
from evaluation.domain.judging.prompts import prompt_for

_LETTERS = re.compile(
    r"\b(?:letters?|letras?|lettres?|letter[ae]|buchstaben?|букв\w*)\b|字母|記号|文字", re.IGNORECASE
)
_ALONE = re.compile(
    r"\b(?:only|alone|answer:|s[oó]lo|solamente|seule?|seulement|sol[oa]|nur|allein)|だけ|のみ|最後|只|仅|僅",
    re.IGNORECASE,
)
_CORRECTION = re.compile(r"-1|\bNA\b|\bCORRECT\b")
_COMMAS = re.compile(r"comm?as?\b|virgules?\b|virgole?\b|逗号|カンマ|読点", re.IGNORECASE)


def answer_form(family: str, prompt: str, asked: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """A sentence or two, or "" where the prompt names the form or the answer is free text.

    A judge without a prompt is given the shipped one of its family.
    """
    if family in JUDGING:
        return "" if prompt.strip() else prompt_for(family, asked).instruction
    return _FORMS[family](prompt, asked, options) if family in _FORMS else ""


def _choice(prompt: str, asked: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    if not asked.get("options") or _LETTERS.search(prompt):
        return ""
    return (
        "Answer with the letter of the right option alone; where several are right, with all their letters, "
        "separated by commas."
    )


def _yes_no_maybe(prompt: str, asked: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    return _one_of(prompt, options.get("labels") or ("yes", "no", "maybe"))


def _label(prompt: str, asked: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    return _one_of(prompt, options.get("labels") or ())


def _one_of(prompt: str, labels: Sequence[str]) -> str:
    return "" if _names_all(prompt, labels) else f"Answer with one of these alone: {', '.join(labels)}."


def _labels(prompt: str, asked: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    labels = options.get("labels") or ()
    if _names_all(prompt, labels) if labels else _COMMAS.search(prompt):
        return ""
    which = f" of these: {', '.join(labels)}" if labels else ""
    return f"Answer with all that apply{which}. Separate them by commas; write none where none applies."


def _records(prompt: str, asked: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    fields = options.get("fields") or [*options.get("subject", ()), *options.get("features", ())]
    if _names_all(prompt, [f"{field}:" for field in fields]):
        return ""
    form = ", ".join(f"{field}: <{field}>" for field in fields)
    return f"Answer with one record a line, in this form; write none where there is none:\n{form};"


def _correction(prompt: str, asked: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    if _CORRECTION.search(prompt):
        return ""
    return (
        "Answer on one line: 1, the number of the wrong sentence and the corrected sentence in quotation "
        'marks, as in 1 3 "Corrected sentence."; where no sentence is wrong: 0 -1 NA'
    )


def _value(prompt: str, asked: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    return "" if _ALONE.search(prompt) else "End with a line that holds the result alone: Answer: <value>"


def _names_all(prompt: str, names: Sequence[str]) -> bool:
    """Also true where there are no names to give."""
    low = prompt.casefold()
    return all(str(name).casefold() in low for name in names)


_FORMS: dict[str, Callable[[str, Mapping[str, Any], Mapping[str, Any]], str]] = {
    "multiple_choice": _choice,
    "yes_no_maybe": _yes_no_maybe,
    "classification": _label,
    "multi_label": _labels,
    "extraction": _records,
    "error_correction": _correction,
    "calculation": _value,
}
