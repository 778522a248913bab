"""What this process can run: its queues, the engines installed here, the memory a model may take."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psutil
from django.conf import settings

from evaluation.domain.backends import BACKENDS
from evaluation.domain.queue import Abilities
from workers import cards


@cache
def abilities() -> Abilities:
    """Found once a process: nothing of it changes while it runs."""
    found = cards.cards()
    memory = sum(card.memory for card in found) or psutil.virtual_memory().total
    device = cards.described(found) or f"{os.cpu_count()} processor cores"
    return Abilities(queues(), engines(), memory, device)


def queues() -> tuple[str, ...]:
    """Those of WORKER_QUEUES; a queue for graphics cards only where there are any."""
    named = [name for name in settings.WORKER_QUEUES if name != "gpu" or cards.cards()]
    return tuple(dict.fromkeys(named))


def engines() -> tuple[str, ...]:
    """Backends that can serve here; asking for them imports nothing."""
    return tuple(name for name, known in BACKENDS.items() if _can_be_served(name, known.needs))


def _can_be_served(name: str, needs: Sequence[str]) -> bool:
    if name == "vllm" and Path(settings.VLLM_PYTHON or "none").is_file():
        return True  # in an interpreter of its own
    return all(find_spec(package) for package in needs)
