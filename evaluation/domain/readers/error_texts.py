"""Clinical texts with at most one wrong sentence: MEDEC (abachaa/MEDEC) and MedRECT (pfnet-research/medrect).

A text is one item; its sentences keep their published numbers (from 0 in MEDEC, from 1 in MedRECT), because
the published answer line names them: `text_id flag sentence_id "correction"`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import (
    DataFile,
    Dropped,
    Located,
    Origin,
    csv_rows,
    json_lines,
    settings_of,
)

MEDEC_LINE = re.compile(r"([0-9]{1,4}) (.*)")  # "3 The patient …"
MEDRECT_LINE = re.compile(r"([0-9]{1,4})\. ?(.*)")  # "3. The patient …"


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    task: str


class MedecRow(msgspec.Struct):
    text_id: str = msgspec.field(name="Text ID")
    sentences: str = msgspec.field(name="Sentences")
    flag: Literal["0", "1"] = msgspec.field(name="Error Flag")
    sentence_id: str = msgspec.field(name="Error Sentence ID")
    correction: str = msgspec.field(name="Corrected Sentence")


class MedrectRow(msgspec.Struct):
    sample_id: str
    sentences: str
    error_flag: Literal[0, 1]
    error_sentence_id: int | None
    corrected_sentence: str | None
    jmle_question_id: str = ""  # the exam question a Japanese text was made from


def medec(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    task = settings_of(Settings, settings).task
    for row, origin in csv_rows(files, MedecRow):
        sentences = _numbered(row.sentences, MEDEC_LINE, 0, origin, row.text_id)
        gold = _gold(int(row.flag), row.sentence_id, row.correction)
        yield _located(task, row.text_id, sentences, gold, _vignette(sentences), origin)


def medrect(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    task = settings_of(Settings, settings).task
    for row, origin in json_lines(files, MedrectRow):
        sentences = _numbered(row.sentences, MEDRECT_LINE, 1, origin, row.sample_id)
        sentence_id = None if row.error_sentence_id is None else str(row.error_sentence_id)
        gold = _gold(row.error_flag, sentence_id, row.corrected_sentence)
        cluster = row.jmle_question_id or _vignette(sentences)
        yield _located(task, row.sample_id, sentences, gold, cluster, origin)


def _located(
    task: str, key: str, sentences: list[list[str]], gold: dict[str, Any], cluster: str, origin: Origin
) -> Located:
    return Located(Question(task, key, "public", {"sentences": sentences}, gold, cluster), origin)


def _gold(flag: int, sentence_id: str | None, correction: str | None) -> dict[str, Any]:
    if flag == 0:
        return {"flag": 0, "sentence_id": None, "correction": None}
    one_line = " ".join(
        (correction or "").split()
    )  # an answer is one line, a few published sentences are two
    return {"flag": 1, "sentence_id": sentence_id, "correction": one_line}


def _numbered(text: str, line_form: re.Pattern[str], first: int, origin: Origin, key: str) -> list[list[str]]:
    """[id, text] of each sentence.

    Sentences run over several lines, and such a line may itself start with a figure ("500 mg daily"): only
    the number that comes next starts a new sentence.
    """
    sentences: list[list[str]] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        found = line_form.fullmatch(line)
        if found and int(found[1]) == first + len(sentences):
            sentences.append([found[1], found[2]])
        elif sentences:
            sentences[-1][1] += "\n" + line
        elif line.strip():
            raise origin.error(f"the first sentence must carry the number {first}: {line[:60]!r}", key)
    return [[number, sentence.strip()] for number, sentence in sentences]


def _vignette(sentences: Sequence[Sequence[str]]) -> str:
    """Texts made from one vignette open with the same sentence; the corpora do not name the vignette."""
    opening = " ".join(sentences[0][1].split()) if sentences else ""
    return "vignette-" + hashlib.sha256(opening.encode()).hexdigest()[:12]
