"""What no log line may hold: secrets of the site, tokens of people, and values of a statement that failed.

Our own lines name things by number and never print what somebody wrote. What others raise may quote it, so of
an exception only its kind, where it happened, and the first line of what it says without anything quoted is
written.
"""

from __future__ import annotations

import re
import traceback
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

LONGEST_MESSAGE, LONGEST_CAUSE = 2000, 300
GONE = "***"
_NAMES = "SECRET_KEY", "METRICS_TOKEN", "EMAIL_HOST_PASSWORD", "DATABASE_URL", "BROKER_URL"
_PATTERNS = (
    (re.compile(r"(?i)\b(token|bearer|basic)\s+[\w.=+/~-]{12,}"), rf"\1 {GONE}"),
    (
        re.compile(
            r"(?i)\b((?:[\w-]*(?:password|passwd|secret|api[_-]?key|access[_-]?key|token|sessionid)|cookie|authorization)"
            r"[\"']?\s*[:=]\s*)[\"']?[^\s\"',;&]+"
        ),
        rf"\1{GONE}",
    ),
    (re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+@"), rf"\1:{GONE}@"),
    (re.compile(r"\b(sk|hf|ghp|csl)[-_][A-Za-z0-9_-]{16,}"), GONE),
)
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|“[^”]*”|«[^»]*»|`[^`]*`")
_ROOT = Path(__file__).resolve().parents[2]


def clean(text: str) -> str:
    """A line without secrets, and not longer than a line should be."""
    text = (
        text[: 2 * LONGEST_MESSAGE].encode("utf-8", "replace").decode()
    )  # halves of characters have no bytes
    for secret in _secrets():
        text = text.replace(secret, GONE)
    for pattern, kept in _PATTERNS:
        text = pattern.sub(kept, text)
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}…"


def told(error: BaseException) -> str:
    """An exception and what it came from: kinds, places in the code, and what may be told of the messages."""
    parts, seen = [], set[int]()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        parts.append(_one(following))
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return "\nwhile handling ".join(parts)


def cause(error: BaseException) -> str:
    """The first line of a message, nothing quoted in it: drivers and parsers quote what they were given."""
    said = _QUOTED.sub("'…'", str(error).strip().partition("\n")[0])
    # what follows a colon may be the value itself, unquoted
    head, colon, value = said.partition(": ")
    told = head if colon and len(value) > LONGEST_CAUSE // 2 else said
    return clean(told)[:LONGEST_CAUSE]


def _one(error: BaseException) -> str:
    frames = [
        f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return "\n".join([f"{type(error).__qualname__}: {cause(error)}", *frames])


def _short(path: str) -> str:
    return path.removeprefix(f"{_ROOT}/")


@lru_cache(maxsize=1)
def _secrets() -> tuple[str, ...]:
    """Longest first, so that none is left in part."""
    found = {str(getattr(settings, name, "")) for name in _NAMES}
    found |= {str(each) for each in getattr(settings, "ENDPOINT_KEY_SECRETS", [])}
    found.add(str(settings.DATABASES["default"].get("PASSWORD", "")))
    stores: dict[str, Any] = settings.STORAGES
    store = stores["default"].get("OPTIONS", {})
    found |= {str(store.get(name) or "") for name in ("access_key", "secret_key")}
    return tuple(sorted((each for each in found if len(each) >= 8), key=len, reverse=True))
