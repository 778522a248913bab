"""The fingerprint of a benchmark: the same specification and questions in the same order, the same hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from evaluation.domain.benchmarks import BenchmarkSpec, Question

FORM = b"consilium benchmark content, form 1\n"  # another way of writing it down needs another number


class ContentHash:
    """sha256 over the specification and every question, one canonical JSON text a line.

    Keys are sorted, so that the order in which a file names them does not count; the order of questions,
    options and sentences does, because a system is shown them in that order.
    """

    def __init__(self, spec: BenchmarkSpec) -> None:
        self._digest = hashlib.sha256(FORM)
        self._digest.update(_canonical(asdict(spec)))

    def add(self, question: Question) -> None:
        self._digest.update(_canonical(_written(question)))

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def content_hash(spec: BenchmarkSpec, questions: Iterable[Question]) -> str:
    """64 hexadecimal digits for a specification and its questions."""
    content = ContentHash(spec)
    for question in questions:
        content.add(question)
    return content.hexdigest()


def _written(question: Question) -> dict[str, Any]:
    options = question.input.get("options")
    asked = dict(question.input)
    if options:
        asked["options"] = list(options.items())
    return {
        "task": question.task,
        "key": question.key,
        "split": question.split,
        "input": asked,
        "gold": dict(question.gold),
        "cluster": question.cluster,
    }


def _canonical(value: Any) -> bytes:
    written = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return written.encode() + b"\n"
