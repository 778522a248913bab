"""Asking a running site to run models, by API as a program does."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from tests.running_site import wait_until

ENDED = frozenset({"scored", "failed", "refused", "cancelled"})
PATIENCE = 240.0  # seconds: a worker may have to import torch on a busy machine


@dataclass(frozen=True)
class Runs:
    """Runs of one model, asked for one after the other."""

    client: httpx.Client
    model: str

    def ask(self, benchmark: str, system: str, mode: str = "direct", **more: Any) -> str:
        """The id of a submission whose pre-flight is queued."""
        asked = {
            "benchmark": benchmark, "system": system, "mode": mode, "backend": "transformers",
            "model": self.model, "device": "cpu", "decoding": {"max_new_tokens": 12},
        } | more  # fmt: skip
        answer = self.client.post("/api/v1/submissions/", json=asked)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def told(self, submission: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/api/v1/submissions/{submission}/").json()
        return found

    def ended(self, submission: str) -> dict[str, Any]:
        """What is told of it once it has ended, however it ended."""
        wait_until(
            lambda: self.told(submission)["state"] in ENDED, PATIENCE, lambda: str(self.told(submission))
        )
        return self.told(submission)

    def scored(self, benchmark: str, system: str, mode: str = "direct", **more: Any) -> dict[str, Any]:
        """What is told of a run that was scored and has its receipt, each of its three canaries answered."""
        submission = self.ask(benchmark, system, mode, **more)
        told = self.ended(submission)
        assert told["state"] == "scored", told
        wait_until(lambda: bool(self.told(submission)["receipt"]), 60)
        told = self.told(submission)
        assert len(told["canaries"]) == 3
        assert not any(canary["failure"] for canary in told["canaries"])
        return told

    def on_the_board(self, benchmark: str, systems: Collection[tuple[str, str]]) -> list[dict[str, Any]]:
        """The rows of these systems and modes, as soon as all of them are published."""

        def found() -> list[dict[str, Any]]:
            rows = self.client.get(f"/api/v1/boards/{benchmark}/").json()["rows"]
            return [row for row in rows if (row["system"], row["mode"]) in systems]

        wait_until(lambda: len(found()) == len(systems), 60)
        return found()


def first_of(source: Path, target: Path, rows: Mapping[str, int]) -> Path:
    """A folder with the first rows of published files: JSON Lines or CSV, by name."""
    target.mkdir(parents=True)
    for name, count in rows.items():
        copy = _csv_rows if name.endswith(".csv") else _lines
        copy(source / name, target / name, count)
    return target


def _lines(source: Path, target: Path, count: int) -> None:
    with source.open(encoding="utf-8") as lines:
        target.write_text("".join(islice(lines, count)), encoding="utf-8")


def _csv_rows(source: Path, target: Path, count: int) -> None:
    with source.open(encoding="utf-8-sig", newline="") as read, target.open("w", newline="") as written:
        csv.writer(written).writerows(islice(csv.reader(read), count + 1))
