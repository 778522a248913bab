"""Answers are shown without a word about whose they are: models' names are taken out before raters see them.

Names that mean nothing else go wherever they stand; names such as Claude, Phi, GLM or Llama, which are also
people, angles, statistics and animals, only where a model speaks of itself, with a version, beside their
maker, in a list with another model, spelled out or disguised, or where the study compares a system of that
name and it stands as a proper noun. Letters of other scripts that look Latin, invisible characters, signs
and blanks between letters hide nothing. Every pattern is bounded, so time grows with the text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from raters.domain.disguised_names import DISGUISED
from raters.domain.folded_text import FoldedText, fold
from raters.domain.look_alikes import LOOK_ALIKES
from raters.domain.model_names import ORDINARY_ARMS, SPELLED_NAMES
from raters.domain.name_patterns import (
    LINKED,
    PATTERNS,
    REMOVED,
    is_ordinary,
    is_self_naming,
    name_pattern,
    name_variants,
)

SHOWN = "[name removed]"
SHORTEST_NAME = 3
_BEGINS = re.compile(r"(?:^|[.!?:\n])[\s\"'“‘*_>#-]*$")  # where every word has a capital


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
    blanks, unless they are shorter than three letters and digits, or an ordinary word for an arm of a study
    such as "Physician". Ambiguous ones (see `model_names`) are masked as proper nouns.
    """
    own = [name for name in more_names if _is_name(name)]
    found = _spans(text, own)
    done = _masked(text, found)
    # a name may have hidden what stands beside it: what is shown has none left
    while again := _spans(done.text, own):
        found = _joined([*found, *(_before_masking(done, *span) for span in again)])
        done = _masked(text, found)
    return done


def _spans(text: str, own: Sequence[str]) -> list[tuple[int, int]]:
    """Where names stand in a text, with the marks over their last letters, in its order."""
    folded = fold(text)
    spans = [*_known_spans(folded.text), *_telling_letters(text, folded, own)]
    for reading in folded.readings:
        spans += _own_spans(reading, own)
    return [_with_marks(text, *folded.original_span(*span)) for span in _merged(folded, spans)]


def _with_marks(text: str, start: int, end: int) -> tuple[int, int]:
    while end < len(text) and unicodedata.category(text[end]) in ("Mn", "Me"):
        end += 1
    return start, end


def _masked(text: str, spans: Sequence[tuple[int, int]]) -> Masked:
    pieces: list[str] = []
    position = 0
    for start, end in spans:
        pieces += [text[position:start], SHOWN]
        position = end
    shown = "".join([*pieces, text[position:]])
    return Masked(shown, tuple(Replacement(start, end, text[start:end]) for start, end in spans))


def _before_masking(done: Masked, start: int, end: int) -> tuple[int, int]:
    """Where characters of the masked text stood; what was masked already counts as a whole."""
    begin, stop, shift = start, end, 0
    for each in done.replacements:
        at = each.start - shift  # where it is shown
        shift += each.end - each.start - len(SHOWN)
        if at < start:
            begin = max(start + shift, each.end)
        if at < end:
            stop = max(end + shift, each.end)
    return begin, stop


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """In the order of the text, overlapping ones as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def leaks(text: str, names: Iterable[str]) -> list[str]:
    """Those of `names` that stand in `text`, a page or a response as sent, in the order given.

    Compared as in `mask`, also after decoding entities and percent signs; no name is taken for harmless.
    """
    decoded = html.unescape(text)
    seen = [
        reading
        for each in dict.fromkeys((text, decoded, unquote(decoded)))
        for reading in fold(each).readings
    ]
    return [name for name in names if _occurs(name, seen)]


def _occurs(name: str, texts: list[str]) -> bool:
    pattern = name_pattern(name)
    return bool(pattern) and any(re.search(pattern, each) for each in texts)


def _is_name(name: str) -> bool:
    return any(_is_worth_masking(_compact(variant)) for variant in name_variants(name))


def _is_worth_masking(compact: str) -> bool:
    return len(compact) >= SHORTEST_NAME and compact not in ORDINARY_ARMS


def _compact(name: str) -> str:
    return re.sub(r"[\W_]", "", fold(name).text)


def _own_spans(text: str, names: Sequence[str]) -> list[tuple[int, int]]:
    wanted: dict[str, None] = {}
    for name in names:
        for variant in name_variants(name):
            compact = _compact(variant)
            if _is_worth_masking(compact) and compact not in PATTERNS.ambiguous_names:
                wanted[name_pattern(variant)] = None
    if not wanted:
        return []
    longest_first = sorted(wanted, key=len, reverse=True)
    return [found.span() for found in re.finditer("|".join(longest_first), text)]


def _telling_letters(text: str, folded: FoldedText, names: Sequence[str]) -> list[tuple[int, int]]:
    """Ambiguous names that their letters give away: those of `names` written as names, "Llama" and not
    "a llama", and any in look-alike letters."""
    own = {
        _compact(variant)
        for name in names
        for variant in name_variants(name)
        if any(map(str.isupper, variant)) and any(map(str.islower, variant))
    }
    if not own and text.isascii():
        return []
    spans = []
    for found in PATTERNS.doubtful.finditer(folded.text):
        first, last = folded.original_span(*found.span())
        is_own = found[0] in own and not found["maker"] and _is_proper(text, first, last, found["term"])
        is_disguised = found[0] in SPELLED_NAMES and any(map(LOOK_ALIKES.__contains__, text[first:last]))
        if (is_own or is_disguised) and not is_ordinary(folded.text, found.end()):
            spans.append(found.span())
    return spans


def _is_proper(text: str, first: int, last: int, term: str | None) -> bool:
    """Written with a capital, and not only because a sentence begins: with a term most often one does."""
    written = text[first:last]
    begins = bool(term) and _BEGINS.search(text[max(0, first - 8) : first])
    return written[0].isupper() and not written.isupper() and not begins


def _known_spans(text: str) -> list[tuple[int, int]]:
    """Spans of well-known names, those told by their context included, in the order of the text."""
    certain = [found.span() for pattern in PATTERNS.certain for found in pattern.finditer(text)]
    certain += DISGUISED.spans(text)
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
