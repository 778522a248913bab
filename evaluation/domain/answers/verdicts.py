"""The line a judge closes with: "Verdict: not met", "Winner: answer A"."""

from __future__ import annotations

import re

from evaluation.domain.answers.labels import of_vocabulary
from evaluation.domain.answers.phrases import Vocabulary

_LINE = re.compile(
    r"\b(?:verdict|preference|preferred answer|winner|better answer|choice|decision|judge?ment|conclusion"
    r"|criteri(?:on|a)[ _]met|met|asked|covered)[ \t*_]{0,4}[:=][ \t*_]{0,4}(?P<said>[^\n]{1,200})",
    re.IGNORECASE,
)


def verdict(said: str, as_verdict: Vocabulary, in_prose: Vocabulary) -> str | None:
    """What the last such line says, else the reply; `in_prose` has only what is plain in any sentence."""
    lines = list(_LINE.finditer(said))
    if lines and (found := as_verdict.announced(lines[-1]["said"])) is not None:
        return found
    return of_vocabulary(said, as_verdict) or of_vocabulary(said, in_prose)
