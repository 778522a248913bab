"""Named entities as IOB tags (cambridgeltl/MTL-Bioinformatics-2016), turned into records of text and type.

A sentence is its tokens joined by spaces, an entity likewise, so that an answer copied from the sentence
matches. The same entity twice in a sentence is one record: published scoring compares sets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import DataFile, Dropped, Located, Origin, json_lines, settings_of


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    tasks: dict[str, str]  # corpus → task


class Row(msgspec.Struct):
    corpus: str
    sent_id: str | int
    tokens: list[str]
    tags: list[str]  # O, B-X, I-X


def iob(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    tasks = settings_of(Settings, settings).tasks
    for row, origin in json_lines(files, Row):
        key = f"{row.corpus}-{row.sent_id}"
        if row.corpus not in tasks:
            raise origin.error(f"corpus {row.corpus!r} belongs to no task; known: {', '.join(tasks)}", key)
        if len(row.tokens) != len(row.tags):
            raise origin.error(f"{len(row.tokens)} tokens have {len(row.tags)} tags", key)
        asked = {"context": " ".join(row.tokens)}
        gold = {"records": _records(row, origin, key)}
        yield Located(Question(tasks[row.corpus], key, "public", asked, gold), origin)


def _records(row: Row, origin: Origin, key: str) -> list[dict[str, str]]:
    entities: list[tuple[str, list[str]]] = []
    open_type = ""  # type of the entity the previous token belongs to
    for token, tag in zip(row.tokens, row.tags, strict=True):
        place, _, kind = tag.partition("-")
        if place not in ("O", "B", "I") or (place == "O") == bool(kind):
            raise origin.error(f"tag {tag!r} is not O, B-type or I-type", key)
        if place == "I" and kind == open_type:
            entities[-1][1].append(token)
        elif kind:  # an I- that continues nothing opens an entity, as in conlleval
            entities.append((kind, [token]))
        open_type = kind
    found = dict.fromkeys((" ".join(tokens), kind) for kind, tokens in entities)
    return [{"entity": text, "type": kind} for text, kind in found]
