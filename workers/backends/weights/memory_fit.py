"""Whether a model fits into memory, and how much a batch may take of what is left."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.domain.asking import Finding
from workers.backends.protocol import ServingError

GB = 2**30
ITEM_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
OVERHEAD = 1.1  # of the weights: buffers, fragments, the runtime
SHARE_OF_BATCH = 0.4  # of what is free once the weights are there
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model runs: the device as torch names it, and the type of its numbers."""

    device: str
    dtype: str

    @property
    def itemsize(self) -> int:
        return ITEM_BYTES[self.dtype]


def place(options: Mapping[str, Any], config: Mapping[str, Any]) -> Place:
    """As asked; else a GPU where there is one, with the type of the checkpoint, or the CPU with float32."""
    import torch

    device = str(options.get("device") or ("cuda" if torch.cuda.is_available() else "cpu"))
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ServingError(
            "no_gpu", "There is no GPU that torch can use on this worker. Choose device cpu, or a GPU worker."
        )
    if device.split(":")[0] not in ("cpu", "cuda"):
        raise ServingError("bad_device", f"There is no device {device[:20]!r}; choose cpu or cuda.")
    stored = str(config.get("dtype") or config.get("torch_dtype") or "float32").removeprefix("torch.")
    usual = stored if device != "cpu" and stored in ITEM_BYTES else "float32"
    dtype = str(options.get("dtype") or usual)
    if dtype == "auto":
        dtype = usual
    if dtype not in ITEM_BYTES:
        raise ServingError(
            "bad_dtype", f"There is no dtype {dtype[:20]!r}; choose one of {', '.join(ITEM_BYTES)}."
        )
    return Place(device, dtype)


def free_bytes(where: Place) -> int:
    if where.device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(where.device)[0])
    import psutil

    return min(int(psutil.virtual_memory().available), _free_in_container())


def fits(parameters: int, token_bytes: int, window: int | None, where: Place) -> Finding:
    """Weights and one full window against what is free now."""
    need = int(parameters * where.itemsize * OVERHEAD) + token_bytes * (window or 2048)
    free = free_bytes(where)
    said = (
        f"{parameters / 1e6:,.1f} million parameters as {where.dtype} need about {need / GB:.2f} GB with "
        "one full "
        f"window; {free / GB:.2f} GB are free on {where.device}."
    )
    if need > free:
        less = " Choose dtype bfloat16," if where.itemsize == 4 else " Choose"
        return Finding("memory", "failed", f"{said}{less} a smaller model or a worker with more memory.")
    return Finding("memory", "ok", said)


def batch_tokens(token_bytes: int, where: Place) -> int:
    """Tokens that may be in memory at once, once the model is loaded."""
    return max(1, int(free_bytes(where) * SHARE_OF_BATCH) // token_bytes)


def usable_cores() -> int:
    """Cores this process may run on: a container or taskset gives fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _free_in_container() -> int:
    """What a control group (version 2) leaves, cached files not counted; without one, no limit."""
    try:
        limit = (_CGROUP / "memory.max").read_text(encoding="ascii").strip()
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
        lines = (_CGROUP / "memory.stat").read_text(encoding="ascii").splitlines()
        cached = next(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
    except (OSError, ValueError, StopIteration):
        return 2**63
    return 2**63 if limit == "max" else max(0, int(limit) - used + cached)
