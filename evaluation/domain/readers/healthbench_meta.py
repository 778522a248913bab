"""The meta-evaluation of HealthBench (openai/simple-evals): physicians say whether replies meet criteria.

One line a reply and criterion, with the label of every physician and a code for each. A judge sees the whole
conversation, the reply and the criterion. Replies to one conversation share a cluster.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import DataFile, Dropped, Located, Origin, json_lines, settings_of


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    task: str


class Message(msgspec.Struct):
    role: str
    content: str


class Row(msgspec.Struct):
    prompt: list[Message]
    completion: str
    rubric: str
    category: str
    binary_labels: list[bool]
    anonymized_physician_ids: list[str]
    completion_id: str = ""


def healthbench_meta(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    task = settings_of(Settings, settings).task
    for row, origin in json_lines(files, Row):
        if len(row.binary_labels) != len(row.anonymized_physician_ids):
            raise origin.error(
                f"{len(row.binary_labels)} labels of {len(row.anonymized_physician_ids)} physicians: "
                "there must be one of each"
            )
        if not row.binary_labels or not row.completion.strip():
            yield Dropped("the published row has no label or no reply", origin)
        else:
            yield Located(_question(row, task, origin), origin)


def _question(row: Row, task: str, origin: Origin) -> Question:
    conversation = "\n\n".join(f"{message.role.capitalize()}: {message.content}" for message in row.prompt)
    cluster = _hash(conversation)
    key = f"{cluster}/{_hash(row.completion)}/{_hash(row.category + row.rubric)}"
    pairs = list(zip(row.anonymized_physician_ids, row.binary_labels, strict=True))
    if len(dict(pairs)) != len(pairs):
        raise origin.error("a physician labelled the same reply twice", key)
    gold = {"labels": [{"rater": rater, "met": met} for rater, met in pairs]}
    asked = {"dialogue": conversation, "answer": row.completion, "criterion": row.rubric}
    return Question(task, key, "public", asked, gold, cluster)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
