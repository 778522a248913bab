"""A batch is stopped in time and halved until it fits into memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from evaluation.domain.asking import Decoding
from tests.workers.asking_transformers import QUESTIONS, Served, answered, asked

ROOT = Path(__file__).resolve().parents[2]


def test_a_stop_ends_the_work_between_two_layers(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    on: Any = served(tiny_model_at("chat"))
    stop, passes = Event(), [0]

    def count(*_: Any) -> None:
        passes[0] += 1
        if passes[0] == 5:
            stop.set()

    on._loaded.model.register_forward_pre_hook(count)
    assert list(on.replies(asked(QUESTIONS, Decoding(500)), stop)) == []
    assert passes[0] == 5
    assert len(answered(on, asked(QUESTIONS))) == len(QUESTIONS), "and it answers again when asked again"


def test_a_stop_between_batches_keeps_what_was_answered(
    served: Served, tiny_model_at: Callable[[str], Path]
) -> None:
    on, stop = served(tiny_model_at("chat"), batch_rows=2), Event()
    replies = on.replies(asked(QUESTIONS), stop)
    first = [next(replies), next(replies)]
    stop.set()
    assert list(replies) == []
    assert all(reply.tokens_out == 12 for reply in first)


OUT_OF_MEMORY = """
import json, resource, sys
from threading import Event
from evaluation.domain.asking import Decoding, ModelSpec, Request, Turn
from workers.backends.protocol import backend

options = {"batch_rows": 10_000, "batch_tokens": 10**9, "threads": 1}
on = backend("transformers").serve(ModelSpec("transformers", sys.argv[1], options=options), lambda _: None)
list(on.replies([Request("warm", (Turn("user", "x"),), Decoding(2))], Event()))
held = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize")) * 1024
resource.setrlimit(resource.RLIMIT_AS, (held + int(sys.argv[2]), resource.RLIM_INFINITY))
texts = [f"{n} " + "very " * 600 for n in range(int(sys.argv[3]))]
requests = [Request(text[:9], (Turn("user", text),), Decoding(2)) for text in texts]
replies = list(on.replies(requests, Event()))
failed = [reply.failure.code for reply in replies if reply.failure]
print(json.dumps({"answered": len(replies) - len(failed), "failed": failed, "room": on._room.tokens}))
"""


def run_in_little_memory(folder: Path, more_bytes: int, requests: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", OUT_OF_MEMORY, str(folder), str(more_bytes), str(requests)],
        cwd=ROOT, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as Linux does it")
def test_batches_are_halved_until_they_fit_into_memory(tiny_model_at: Callable[[str], Path]) -> None:
    found = run_in_little_memory(tiny_model_at("chat"), 120 * 2**20, 64)
    assert found["answered"] == 64 and found["failed"] == []
    assert found["room"] < 10**9, "memory did run out on the way"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as Linux does it")
def test_what_does_not_fit_even_alone_fails_in_words(tiny_model_at: Callable[[str], Path]) -> None:
    found = run_in_little_memory(tiny_model_at("chat"), 0, 2)
    assert found["failed"] == ["out_of_memory"] * 2
