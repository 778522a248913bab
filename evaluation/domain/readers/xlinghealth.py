"""XLingHealth (claws-lab/XLingEval): consumer health questions with expert answers in four languages.

`answers` asks for an answer; `verification` shows an answer and asks whether it is the right one. All
languages and all candidate answers of one question form a cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import DataFile, Dropped, Located, Origin, json_lines, settings_of

LANGUAGES = {"English": "en", "Chinese": "zh", "Spanish": "es", "Hindi": "hi"}  # as published → ISO 639-1


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    collection: str  # starts the keys: question numbers are those of one source
    tasks: dict[str, str]  # ISO 639-1 → task


class Row(msgspec.Struct):
    id: int
    label: int
    answer_ids: int
    question_English: str  # noqa: N815 - the column's name
    answer_English: str  # noqa: N815
    question_Chinese: str  # noqa: N815
    answer_Chinese: str  # noqa: N815
    question_Spanish: str  # noqa: N815
    answer_Spanish: str  # noqa: N815
    question_Hindi: str  # noqa: N815
    answer_Hindi: str  # noqa: N815


def answers(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    chosen = settings_of(Settings, settings)
    for row, origin, language, question, answer in _texts(files):
        if not question.strip() or not answer.strip():
            yield _empty(language, origin)
        else:
            key = f"{chosen.collection}-{row.id}-{language}"
            item = (_task(chosen, language), key, {"question": question}, {"references": [answer]})
            yield _located(*item, chosen, row, origin)


def verification(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    chosen = settings_of(Settings, settings)
    for row, origin, language, question, answer in _texts(files):
        if row.label not in (0, 1):
            raise origin.error(f"label must be 1 (right) or 0 (wrong), not {row.label}", str(row.id))
        if not question.strip() or not answer.strip():
            yield _empty(language, origin)
        else:
            key = f"{chosen.collection}-{row.id}-answer-{row.answer_ids}-{language}"
            gold = {"label": "yes" if row.label else "no"}
            asked = {"question": question, "context": answer}
            yield _located(_task(chosen, language), key, asked, gold, chosen, row, origin)


def _texts(files: Sequence[DataFile]) -> Iterator[tuple[Row, Origin, str, str, str]]:
    for row, origin in json_lines(files, Row):
        for name, language in LANGUAGES.items():
            yield row, origin, language, getattr(row, f"question_{name}"), getattr(row, f"answer_{name}")


def _task(chosen: Settings, language: str) -> str:
    return chosen.tasks.get(language, "")


def _empty(language: str, origin: Origin) -> Dropped:
    return Dropped(f"the published row has no question or no answer in language {language!r}", origin)


def _located(
    task: str,
    key: str,
    asked: dict[str, str],
    gold: dict[str, Any],
    chosen: Settings,
    row: Row,
    origin: Origin,
) -> Located:
    if not task:
        raise origin.error("a language of the file has no entry under [files.settings.tasks]", key)
    return Located(Question(task, key, "public", asked, gold, f"{chosen.collection}-{row.id}"), origin)
