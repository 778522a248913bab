"""What vLLM writes when it fails, as seen with 0.32.0, becomes a sentence that says what to do."""

from __future__ import annotations

import pytest

from workers.backends.vllm_server.causes import cause, plain
from workers.backends.vllm_server.stages import stage

BEFORE = "(Worker pid=22313) ERROR 11-21 09:17:29 [multiproc_executor.py:953] "
SEEN = [
    (
        (
            "RuntimeError: Worker failed with error 'Available memory on node 0 (10.89/14.09 GiB) on kv cache allocation "
            "is less than requested memory for kv (5000.0 GiB). Decrease --kv-cache-memory-bytes'"
        ),
        "out_of_memory",
        "5000.0 GB for keys and values",
    ),
    (
        (
            "ValueError: To serve at least one request with the models's max seq len (131072), (16.00 GiB KV cache is "
            "needed, which is larger than the available KV cache memory (3.21 GiB). Based on the available memory, the "
            "estimated maximum model length is 26272. Try increasing `gpu_memory_utilization`"
        ),
        "out_of_memory",
        "Set `window` to at most 26272",
    ),
    (
        "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`",
        "out_of_memory",
        "smaller `window`",
    ),
    (
        (
            "ValueError: Free memory on device cuda:0 (10.1/80.0 GiB) on startup is less than desired GPU memory "
            "utilization (0.9, 72.0 GiB)."
        ),
        "out_of_memory",
        "Other programs hold the memory",
    ),
    (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB.",
        "out_of_memory",
        "graphics cards",
    ),
    (
        "RuntimeError: [enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory",
        "out_of_memory",
        "this machine",
    ),
    (
        (
            "  Value error, The checkpoint you are trying to load has model type `mystery` but Transformers does not "
            "recognize this architecture."
        ),
        "unknown_architecture",
        "(mystery)",
    ),
    (
        "  Value error, Model architectures ['MysteryForCausalLM'] are not supported for now. Supported architectures",
        "unknown_architecture",
        "['MysteryForCausalLM']",
    ),
    (
        "RuntimeError: Cannot find any model weights with `/models/empty`",
        "no_weights",
        "*.safetensors",
    ),
    (
        "safetensors._safetensors_rust.SafetensorError: Error while deserializing header: incomplete metadata",
        "broken_weights",
        "Copy the model anew",
    ),
    (
        (
            "  Value error, User-specified max_model_len (4096) is greater than the derived max_model_len "
            "(max_position_embeddings=2048.0 or model_max_length=None in model's config.json)."
        ),
        "bad_window",
        "(4096)",
    ),
    ("OSError: [Errno 98] Address already in use", "port_taken", "Try again"),
    (
        "/usr/bin/python3: Error while finding module specification (ModuleNotFoundError: No module named 'vllm')",
        "no_engine",
        "CONSILIUM_VLLM_PYTHON",
    ),
]


@pytest.mark.parametrize(("line", "code", "text"), SEEN)
def test_a_known_cause_is_told_with_its_remedy(line: str, code: str, text: str) -> None:
    lines = ["INFO something before", BEFORE + line, "RuntimeError: Engine core initialization failed."]
    error = cause(lines, "start_failed", "It did not start.")
    assert error.code == code and text in error.message


def test_an_unknown_cause_shows_the_errors_it_wrote_and_no_traceback() -> None:
    lines = [
        "(APIServer pid=1) INFO 11-21 09:08:00 [api_utils.py:347] all is well",
        "(EngineCore pid=2) ERROR 11-21 09:08:29 [core.py:133] Traceback (most recent call last):",
        '(EngineCore pid=2) ERROR 11-21 09:08:29 [core.py:133]   File "/site/vllm/core.py", line 3, in run',
        "(EngineCore pid=2) ERROR 11-21 09:08:29 [core.py:133] KeyError: 'rotor'",
    ]
    error = cause(lines, "server_died", "It ended.")
    assert (error.code, error.message) == ("server_died", "It ended. It wrote last: KeyError: 'rotor'")
    assert plain([]) == []


def test_progress_is_told_in_words() -> None:
    lines = {
        "(APIServer pid=1) INFO 11-21 09:08:15 [model.py:733] Resolved architecture: LlamaForCausalLM":
            "vLLM serves it as LlamaForCausalLM",
        "Loading safetensors checkpoint shards:  50% Completed | 1/2 [00:00<00:00]": "Loading the weights: 50 %",
        "(EngineCore pid=2) INFO 11-21 [kv_cache_utils.py:2327] GPU KV cache size: 1,048,576 tokens, Maximum":
            "Memory for 1,048,576 tokens at a time",
        "INFO:     127.0.0.1:49840 - \"GET /health HTTP/1.1\" 200 OK": None,
    }  # fmt: skip
    for line, told in lines.items():
        assert stage(line) == told
