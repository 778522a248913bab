"""Why a vLLM server did not start or ended, read from what it wrote, in words that say what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from workers.backends.protocol import ServingError

LINES_SHOWN = 6
_PREFIX = re.compile(r"^\(\w+(?:[-_ ]\w+)* pid=\d+\)\s*|^(?:ERROR|INFO|WARNING) [\d-]+ [\d:]+ \[[^\]]*\]\s*")
_NOISE = re.compile(r"^\s*(?:\^|~|File \"|Traceback|warnings\.warn|During handling|The above exception|$)")
_ERROR = re.compile(r"\b(?:[A-Za-z]*(?:Error|Exception|Fault)|Killed|Aborted|terminate called)\b")

_MEMORY = "Choose dtype bfloat16, a smaller model, or a worker with more memory."


class _Cause(NamedTuple):
    pattern: str  # its first group that matched is named in the text
    code: str
    text: str


_CAUSES = (
    _Cause(
        r"estimated maximum model length is (\d[\d,]*)",
        "out_of_memory",
        "The window needs more memory for keys and values than is left beside the weights. Set `window` to "
        "at most {0}, or choose a worker with more memory.",
    ),
    _Cause(
        r"No available memory for the cache blocks|KV cache is needed, which is larger",
        "out_of_memory",
        "Beside the weights no memory is left for keys and values. Set a smaller `window`, or raise "
        "`memory_share`. " + _MEMORY,
    ),
    _Cause(
        r"less than requested memory for kv \(([\d.]+) GiB\)",
        "out_of_memory",
        "{0} GB for keys and values are more than this machine has free. Set a smaller `cache_gb` or "
        "`window`, or choose a worker with more memory.",
    ),
    _Cause(
        r"is less than desired [GC]PU memory utilization",
        "out_of_memory",
        "Other programs hold the memory that the model was to have. End them, or lower `memory_share`.",
    ),
    _Cause(
        r"(?:CUDA|HIP|XPU) (?:error: )?out of memory|OutOfMemoryError",
        "out_of_memory",
        "The model does not fit into the memory of the graphics cards. " + _MEMORY,
    ),
    _Cause(
        r"can't allocate memory|not enough memory|DefaultCPUAllocator|std::bad_alloc|Cannot allocate memory|"
        r"MemoryError|failed to allocate",
        "out_of_memory",
        "The model does not fit into the memory of this machine. " + _MEMORY,
    ),
    _Cause(
        r"Model architectures (\[[^\]]*\]).{0,40}not supported|"
        r"model type [`'\"]?([\w-]+)[`'\"]? but Transformers does not",
        "unknown_architecture",
        "The installed vLLM does not know this architecture ({0}). Run it with the transformers backend, or "
        "as an OpenAI-compatible endpoint.",
    ),
    _Cause(
        r"(Unsupported CPU attention[^\n]{0,80}|No valid attention backend[^\n]{0,80})",
        "unknown_architecture",
        "vLLM has no attention for this model on this machine ({0}). Run it with the transformers backend.",
    ),
    _Cause(
        r"Cannot find any model weights|Cannot find any \S+ (?:files|weights)",
        "no_weights",
        "The model has no *.safetensors. Save it with save_pretrained(safe_serialization=True).",
    ),
    _Cause(
        r"SafetensorError|HeaderTooLarge|HeaderTooSmall|MetadataIncompleteBuffer|InvalidHeader|size mismatch|"
        r"weights were not initialized|shape mismatch|Attempted to load weight",
        "broken_weights",
        "The weights are damaged or belong to another config.json. Copy the model anew.",
    ),
    _Cause(
        r"User-specified max_model_len \(?(\d+)\)? is greater than the derived max_model_len",
        "bad_window",
        "The window asked for ({0}) is longer than the model's own. Ask for less.",
    ),
    _Cause(
        r"[Bb]float16 is only supported on GPUs with compute capability",
        "bad_dtype",
        "The graphics cards of this worker do not know bfloat16. Choose dtype float16.",
    ),
    _Cause(
        r"(?:Can't|Couldn't|Could not) (?:load|instantiate)[^\n]{0,40}tokenizer|"
        r"does not appear to have a file named ([\w.]+)",
        "missing_file",
        "A file of the model is missing or cannot be read ({0}). Copy the model anew, with its tokenizer.",
    ),
    _Cause(
        r"[Aa]ddress already in use",
        "port_taken",
        "The port of the model server was taken by another program. Try again.",
    ),
    _Cause(
        r"No module named ['\"]?vllm",
        "no_engine",
        "The interpreter named by CONSILIUM_VLLM_PYTHON has no vLLM. Install it there, or name another.",
    ),
)
_COMPILED = tuple((re.compile(each.pattern), each) for each in _CAUSES)


def cause(lines: Sequence[str], otherwise: str, how: str) -> ServingError:
    """The first cause that the lines tell; else code `otherwise` with how it ended and what it wrote last."""
    told = "\n".join(lines)
    for pattern, known in _COMPILED:
        if found := pattern.search(told):
            named = next((group for group in found.groups() if group), "see the log of the worker")
            return ServingError(known.code, known.text.format(named))
    last = " | ".join(plain(lines))
    said = f" It wrote last: {last}" if last else ""
    return ServingError(otherwise, f"{how}{said}")


def plain(lines: Sequence[str]) -> list[str]:
    """The few lines that tell most: those that name an error, or else the last ones."""
    kept = [bare for line in lines if not _NOISE.match(bare := without_prefix(line))]
    named = list(dict.fromkeys(line for line in kept if _ERROR.search(line)))
    return [line.strip()[:300] for line in (named or kept)[-LINES_SHOWN:]]


def without_prefix(line: str) -> str:
    """Without the process and the place in the source that vLLM writes before every line."""
    before = ""
    while before != line:
        before, line = line, _PREFIX.sub("", line, count=1)
    return line
