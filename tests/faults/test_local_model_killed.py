"""Kill the worker that holds a model on this machine: it is loaded again, and every item is answered once."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.model_run import (
    ITEMS,
    Ledger,
    Watched,
    ask_for,
    dead_but_shown_alive,
    ended_whole,
    is_started_again,
    page_of,
)


@pytest.fixture(scope="module")
def tiny_model(site: Any) -> Path:
    if not (find_spec("torch") and find_spec("transformers")):
        pytest.skip("torch and transformers are not installed: see requirements-engines.lock")
    from workers.backends import tiny_model

    return tiny_model.make(site.state / "models" / "tiny")


def test_a_killed_model_is_loaded_again_and_answers_the_rest(
    site: Any, client: httpx.Client, tiny_model: Path, eventually: Callable[..., None]
) -> None:
    undisturbed = ask_for(client, "Noise", backend="transformers", model=str(tiny_model), max_new_tokens=1)
    with Watched(client, undisturbed) as run:
        ended_whole(site, run, eventually, "Noise", recomputes=False)
    wanted = {"backend": "transformers", "model": str(tiny_model), "max_new_tokens": 24}
    with Watched(client, ask_for(client, "Noise, killed", **wanted)) as run:
        ledger, before = Ledger(site), site.pid("models")
        eventually(lambda: len(ledger.answered(run.submission)) > 0, 240, lambda: str(run.last))

        site.kill("models")
        kept = ledger.answered(run.submission)
        assert 0 < len(kept) < ITEMS
        told = page_of(site, run.submission)
        assert "worker can serve it" in told or "No worker that is running serves models" in told
        eventually(lambda: is_started_again(site, "models", before), 60)

        ended_whole(site, run, eventually, "Noise, killed")
        after = ledger.answered(run.submission)
        assert {case: after[case] for case in kept} == kept
        assert prompts(ledger, run.submission) == prompts(ledger, undisturbed), "each item has its own answer"
    eventually(lambda: dead_but_shown_alive(site) == set(), 60, lambda: str(dead_but_shown_alive(site)))


def prompts(ledger: Ledger, submission: str) -> list[tuple[Any, ...]]:
    return ledger.rows(PROMPTS, submission)


PROMPTS = """
SELECT answer.position, answer.record ->> 'prompt_sha256' FROM evaluation_answer answer
JOIN evaluation_run run ON run.id = answer.run_id WHERE run.submission_id = %s ORDER BY answer.position
"""
