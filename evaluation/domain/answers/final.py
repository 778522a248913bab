"""What a model finally said: its text without the reasoning it went through first.

The steps and their order follow the published readers of clinical leaderboards (BRIDGE): full-width
characters to their plain form, then what comes after the reasoning, after a raw "assistantfinal" channel
mark, after the "Result:" of a requested analysis.
"""

from __future__ import annotations

import re
from collections import deque
from unicodedata import normalize

_TAGS = r"(?:think|thinking|thought|reasoning|reflection)"
_CLOSE = re.compile(rf"</{_TAGS}>|◁/think▷", re.IGNORECASE)
_OPEN = re.compile(rf"<{_TAGS}>|◁think▷", re.IGNORECASE)
_FINAL_CHANNEL = re.compile(r"<\|channel\|>final<\|message\|>|assistantfinal", re.IGNORECASE)
_CONTROL = re.compile(r"<\|[a-z_]{1,40}\|>|</?s>", re.IGNORECASE)
_ANALYSIS = re.compile(r"^[\s*#]{0,8}(?:step-by-step )?analysis\b", re.IGNORECASE | re.MULTILINE)
_RESULT = re.compile(r"^[ \t*#]{0,8}result\**[ \t]{0,4}:[ \t*]{0,8}", re.IGNORECASE | re.MULTILINE)


def final_part(text: str, longest: int | None = None) -> str:
    """NFKC, stripped, without reasoning; empty when the reasoning never came to an end.

    Of more than `longest` characters left, only the last are kept, before any further work on them.
    """
    said = _after_reasoning(text)[-longest if longest else 0 :]
    said = said if said.isascii() else normalize("NFKC", said)
    if (channel := _last(_FINAL_CHANNEL, said)) is not None:
        said = said[channel.end() :]
    if "<" in said:
        said = _CONTROL.sub(" ", said)
    return _after_analysis(said).strip()


def _after_reasoning(text: str) -> str:
    """Without a reasoning block; a block left open hides all that follows it, not what stands before it."""
    if "<" not in text and "◁" not in text:
        return text
    closed = _last(_CLOSE, text)
    said = text if closed is None else text[closed.end() :]
    opened = _OPEN.search(said)
    said = said if opened is None else said[: opened.start()]
    if said.strip() or closed is None:
        return said
    before = _OPEN.search(text)  # nothing after the block: an answer may stand before it
    return text[: before.start()] if before else ""


def _after_analysis(text: str) -> str:
    """What follows the first "Result:" line of an answer laid out as "Analysis: … Result: …"."""
    result = _RESULT.search(text)
    if result and result.start() and _ANALYSIS.search(text, 0, result.start()):
        return text[result.end() :]
    return text


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = deque(pattern.finditer(text), maxlen=1)
    return found[0] if found else None
