"""What a web process says of itself: its streams, its kept answers, and how long the queue is."""

from __future__ import annotations

from collections.abc import Mapping

from consilium.kept_answers import KeptAnswers
from consilium.live import LiveStreams
from consilium.operations import waiting
from telemetry import tallies
from telemetry.ledger import Ledger


def ledger_of(live: LiveStreams, kept: KeptAnswers) -> Ledger:
    """What this process writes into the database every few seconds."""

    def kept_so_far() -> Mapping[tallies.Key, float]:
        counted = {
            tallies.key("kept_answers", outcome=outcome): float(n) for outcome, n in tuple(kept.told.items())
        }
        return {**counted, tallies.key("kept_answers_bytes"): float(kept.told_bytes)}

    def gauges() -> Mapping[str, float]:
        return {"live_streams": len(live), "kept_held": len(kept.store), "kept_bytes": kept.store.size}

    tallies.also(kept_so_far)
    return Ledger("web", gauges, lambda: {"waiting": float(sum(line.runs for line in waiting.lines()))})
