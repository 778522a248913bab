"""Answers are shown without a word about whose they are: models' names are taken out before raters see them.

Names that mean nothing else go wherever they stand; names such as Claude, Phi, GLM or Llama, which are also
people, angles, statistics and animals, only where a model speaks of itself, with a version, beside their
maker or in a list with another model. Look-alike letters of other scripts are not folded. Every pattern is
bounded, so time grows with the text.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from raters.domain.folded_text import FoldedText, fold
from raters.domain.model_names import ORDINARY_ARMS
from raters.domain.name_patterns import LINKED, PATTERNS, REMOVED, is_self_naming, name_pattern, name_variants

SHORTEST_NAME = 3


@dataclass(frozen=True)
class Replacement:
    """Characters `start` to `end` (exclusive, code points of the text as answered) and what stood there."""

    start: int
    end: int
    original: str


@dataclass(frozen=True)
class Masked:
    """The text to show, and what was taken out, in the order of the text."""

    text: str
    replacements: tuple[Replacement, ...]


def mask(text: str, more_names: Sequence[str] = ()) -> Masked:
    """Replace names of models and makers by "[name removed]".

    `more_names` are the study's own systems: masked everywhere, whatever their case, width, hyphens and
    blanks, unless they are ambiguous (see `model_names`), shorter than three letters and digits, or an
    ordinary word for an arm of a study such as "Physician".
    """
    folded = fold(text)
    kept = _merged(folded, [*_known_spans(folded.text), *_own_spans(folded.text, more_names)])
    replacements = []
    for start, end in kept:
        first, last = folded.original_span(start, end)
        replacements.append(Replacement(first, last, text[first:last]))
    return Masked(_replaced(text, replacements), tuple(replacements))


def leaks(text: str, names: Iterable[str]) -> list[str]:
    """Those of `names` that stand in `text`, a page or a response as sent, in the order given.

    Compared as in `mask`, also after decoding entities and percent signs; no name is taken for harmless.
    """
    decoded = html.unescape(text)
    seen = [fold(each).text for each in dict.fromkeys((text, decoded, unquote(decoded)))]
    return [name for name in names if _occurs(name, seen)]


def _occurs(name: str, texts: list[str]) -> bool:
    pattern = name_pattern(name)
    return bool(pattern) and any(re.search(pattern, each) for each in texts)


def _own_spans(text: str, names: Sequence[str]) -> list[tuple[int, int]]:
    wanted: dict[str, None] = {}
    for name in names:
        for variant in name_variants(name):
            compact = re.sub(r"[\W_]", "", fold(variant).text)
            if len(compact) >= SHORTEST_NAME and compact not in ORDINARY_ARMS | PATTERNS.ambiguous_names:
                wanted[name_pattern(variant)] = None
    if not wanted:
        return []
    longest_first = sorted(wanted, key=len, reverse=True)
    return [found.span() for found in re.finditer("|".join(longest_first), text)]


def _known_spans(text: str) -> list[tuple[int, int]]:
    """Spans of well-known names, those told by their context included, in the order of the text."""
    certain = [found.span() for pattern in PATTERNS.certain for found in pattern.finditer(text)]
    contexts = PATTERNS.contexts(text)
    doubtful = []
    for found in PATTERNS.doubtful.finditer(text):
        if is_self_naming(found, contexts):
            certain.append(found.span())
        elif not PATTERNS.eponym.match(text, found.end()):
            doubtful.append(found.span())
    return _linked(text, certain, doubtful)


def _linked(
    text: str, certain: list[tuple[int, int]], doubtful: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The certain names and those listed with one, before or after it: "ChatGPT, Claude and Bard"."""
    accepted = set(certain)
    every = sorted({*certain, *doubtful})
    last_end = len(text) + 1
    for start, end in every:
        if (start, end) in accepted or (last_end <= start and LINKED.fullmatch(text, last_end, start)):
            accepted.add((start, end))
            last_end = end
    next_start = -1
    for start, end in reversed(every):
        if (start, end) in accepted or (end <= next_start and LINKED.fullmatch(text, end, next_start)):
            accepted.add((start, end))
            next_start = start
    return sorted(accepted)


def _merged(folded: FoldedText, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping spans, and parts of one name joined by a hyphen or slash, become one span."""
    protected = [found.span() for found in REMOVED.finditer(folded.text)]
    starts = [start for start, _ in protected]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        place = bisect_right(starts, start) - 1
        if place >= 0 and start < protected[place][1]:
            continue
        if merged and (start <= merged[-1][1] or folded.text[merged[-1][1] : start] in ("-", "/", " ")):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _replaced(text: str, replacements: Sequence[Replacement]) -> str:
    pieces: list[str] = []
    position = 0
    for each in replacements:
        pieces += [text[position : each.start], "[name removed]"]
        position = each.end
    return "".join([*pieces, text[position:]])
