"""How a vLLM server is started for a model: its command line, its cards, its memory and its environment."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workers import cards
from workers.backends.protocol import ServingError
from workers.backends.vllm_server.installation import interpreter, knows_throughput, runs_on_cpu
from workers.backends.vllm_server.options import VllmOptions
from workers.backends.weights.configs import bytes_per_token
from workers.backends.weights.memory_fit import GB, ITEM_BYTES, OVERHEAD, Place, free_bytes, usable_cores

PROCESSES_BYTES = 3 * GB  # what the processes of a server take before any weights, on a CPU
SHARE_FOR_CACHE = 0.6  # of what is free beside the weights, on a CPU
_INHERITED = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD",
    "XDG_CACHE_HOME", "CC", "CXX", "HF_HOME", "USER", "LOGNAME",
)  # fmt: skip
_INHERITED_FAMILIES = (
    "VLLM_",
    "CUDA_",
    "NVIDIA_",
    "NCCL_",
    "GLOO_",
    "TORCH",
    "TRITON_",
    "OMP_",
    "ROCR_",
    "HIP_",
)


@dataclass(frozen=True, slots=True)
class Model:
    """What there is to know of the files before they are loaded."""

    folder: str
    config: Mapping[str, Any]
    weight_bytes: int  # of the files
    parameters: int
    window: int | None


@dataclass(frozen=True, slots=True)
class Launch:
    """A server to be started; the port is added last. `environment` is all it gets, without the key."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    concurrency: int
    device: str


def launch(model: Model, options: VllmOptions, served_name: str) -> Launch:
    """The command line and environment for this model on this machine; ServingError where it cannot fit."""
    python = interpreter()
    on_cpu = runs_on_cpu(options, python)
    dtype = dtype_of(model.config, options, on_cpu)
    concurrency = options.concurrency or (64 if on_cpu else 256)
    flags = [
        "--model", model.folder, "--served-model-name", served_name, "--host", "127.0.0.1",
        "--load-format", "safetensors", "--generation-config", "vllm", "--dtype", dtype,
        "--max-num-seqs", str(concurrency), "--max-logprobs", "1", "--disable-uvicorn-access-log",
        "--disable-log-stats",
    ]  # fmt: skip
    if knows_throughput(python):
        flags += [
            "--performance-mode",
            "throughput",
        ]  # a server's steps are else half as long as LLM.generate's
    if model.window:
        flags += ["--max-model-len", str(model.window)]
    if on_cpu if options.enforce_eager is None else options.enforce_eager:
        flags.append("--enforce-eager")
    environment = _environment(on_cpu)
    if on_cpu:
        cache_gb = options.cache_gb or _cache_gb(model, dtype, concurrency)
        environment["VLLM_CPU_KVCACHE_SPACE"] = str(cache_gb)
        device = f"CPU, {usable_cores()} cores, {dtype}"
    else:
        spread = options.tensor_parallel or tensor_parallel(model.config, len(cards.cards()))
        flags += [
            "--tensor-parallel-size",
            str(spread),
            "--gpu-memory-utilization",
            str(options.memory_share),
        ]
        device = f"{cards.described(cards.cards()[:spread])}, {dtype}"
    command = (python, "-m", "vllm.entrypoints.openai.api_server", *flags)
    return Launch(command, environment, concurrency, device)


def dtype_of(config: Mapping[str, Any], options: VllmOptions, on_cpu: bool) -> str:
    """As asked; else the checkpoint's on cards and float32 on a CPU, as with the transformers backend."""
    if options.dtype not in {"", "auto"}:
        return options.dtype
    stored = str(config.get("dtype") or config.get("torch_dtype") or "").removeprefix("torch.")
    if on_cpu:
        return "float32"
    return stored if stored in ITEM_BYTES else "auto"


def tensor_parallel(config: Mapping[str, Any], n_cards: int) -> int:
    """The most cards, of those there are, over which the attention heads can be spread evenly."""
    part = next(
        (config[key] for key in ("text_config", "llm_config") if isinstance(config.get(key), dict)), config
    )
    heads = next(
        (int(part[key]) for key in ("num_attention_heads", "n_head") if isinstance(part.get(key), int)), 1
    )
    shared = part.get("num_key_value_heads") or heads
    fitting = (
        n for n in range(max(1, n_cards), 1, -1) if heads % n == 0 and (shared % n == 0 or n % shared == 0)
    )
    return next(fitting, 1)


def needed_bytes(model: Model, dtype: str, on_cpu: bool) -> int:
    """What the weights, once loaded, and vLLM itself take; quantised weights stay as they are."""
    as_stored = bool(model.config.get("quantization_config")) or dtype not in ITEM_BYTES
    weights = model.weight_bytes if as_stored else model.parameters * ITEM_BYTES[dtype]
    return int(weights * OVERHEAD) + (PROCESSES_BYTES if on_cpu else 0)


def _cache_gb(model: Model, dtype: str, concurrency: int) -> int:
    """Whole GiB for keys and values on a CPU: for all answers written at a time, as far as memory allows."""
    needed, free = needed_bytes(model, dtype, on_cpu=True), free_bytes(Place("cpu", dtype))
    most = math.floor((free - needed) * SHARE_FOR_CACHE / GB)
    if most < 1:
        raise ServingError(
            "out_of_memory",
            f"The weights as {dtype} and vLLM itself need about {needed / GB:.1f} GB, which leaves no room "
            f"for keys and values: {free / GB:.1f} GB are free. Choose dtype bfloat16, a smaller model or a "
            "worker with more memory.",
        )
    wanted = bytes_per_token(model.config, ITEM_BYTES.get(dtype, 4)) * (model.window or 4096) * concurrency
    return min(most, max(1, math.ceil(wanted / GB)))


def _environment(on_cpu: bool) -> dict[str, str]:
    """Of ours only what a program needs: the secrets of the platform are no business of a model server."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith(_INHERITED_FAMILIES)
    }
    own = {
        "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1",
        "VLLM_HOST_IP": "127.0.0.1", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    if on_cpu:
        own["TORCH_COMPILE_DISABLE"] = "1"  # else the first log-likelihoods wait half a minute for a compiler
    return kept | own
