"""How far a vLLM server is, told from its log in words for people who wait."""

from __future__ import annotations

import re

_STAGES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"Resolved architecture: (\S+)", "vLLM serves it as {0}"),
        (r"Starting to load model", "Loading the weights"),
        (r"checkpoint shards:\s+(\d?[05]0|[1-9]5|100)% Completed", "Loading the weights: {0} %"),
        (r"Dynamo bytecode transform|Compiling a graph|torch\.compile takes", "Compiling"),
        (r"Capturing CUDA graph", "Preparing the graphics cards"),
        (r"KV cache size: ([\d,]+) tokens", "Memory for {0} tokens at a time"),
    )
)


def stage(line: str) -> str | None:
    """What this line of the log tells, None for most."""
    for pattern, text in _STAGES:
        if found := pattern.search(line):
            return text.format(*found.groups())
    return None
