"""Small published files, written for one test and read by name."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.readers import reader
from evaluation.domain.readers.rows import DataFile, Dropped, Located

Rows = Sequence[Mapping[str, Any]]


@dataclass
class Formats:
    folder: Path

    def lines(self, name: str, rows: Rows) -> Path:
        """JSON Lines."""
        path = self.folder / name
        written = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        path.write_text(written, encoding="utf-8")
        return path

    def csv(self, name: str, rows: Rows) -> Path:
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        return path

    def rows(self, name: str, path: Path, **settings: Any) -> list[Located | Dropped]:
        return list(reader(name)([DataFile(path, path.name)], settings))

    def questions(self, name: str, path: Path, **settings: Any) -> list[Question]:
        return [row.question for row in self.rows(name, path, **settings) if isinstance(row, Located)]

    def reasons(self, name: str, path: Path, **settings: Any) -> list[str]:
        return [row.reason for row in self.rows(name, path, **settings) if isinstance(row, Dropped)]

    def refusal(self, name: str, path: Path, **settings: Any) -> str:
        with pytest.raises(BenchmarkError) as refused:
            self.rows(name, path, **settings)
        return str(refused.value)


@pytest.fixture
def formats(tmp_path: Path) -> Formats:
    return Formats(tmp_path)
