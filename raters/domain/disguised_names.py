"""Names hidden from a search and not from a reader: spelled out, split, with a 1 for an l, inside a word.

Patterns run over folded text. Whoever writes "C l a u d e" or "C1aude" means the model, so that here a name
counts which also has another meaning, as long as it is not written as usual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from raters.domain.model_names import NAMES_IN_OTHER_SCRIPTS, PLAIN_MODELS, PLAIN_NAMES, SPELLED_NAMES

BETWEEN = r"[-. ·•|/*,:\n]{1,3}"
# a number after a blank is a version unless a quantity follows
UNITS = (
    r"(?! ?(?:mg|g|kg|mcg|ug|ml|l|dl|cm|mm|iu|u|mmol|units?|%|/|times|x|days?|hours?|weeks?|months?|years?|of"
    r"|out|tablets?|doses?|patients?|points?|or|to|questions?|cases?|answers?)\b)"
)
_WORD = re.compile(r"(?<![a-z0-9])[a-z0-9]{5,14}(?![a-z0-9])")
_SINGLE = r"(?=\w[-. ·•|/*,:\n])"  # only a single letter can begin what is spelled
_FROM, _TO = r"(?<![a-z0-9])", r"(?![a-z0-9])"
_STAND_INS = str.maketrans("l10345", "iioeas")  # CIaude, 0penAI: one letter for all of its shapes
_WHOLE_ANYWHERE = 6  # letters from which a name is one in the middle of a word too
_SPLIT = 7  # letters from which it may be split in two anywhere
_PERSON_OR_STUDY = (
    r"(?!\W{1,6}(?:b\W{0,3}e\W{0,3}r\W{0,3}n\W{0,3}a\W{0,3}r\W{0,3}d|trials?|stud(?:y|ies)|group|cohort|score"
    r"|programme|program|criteria)\b)"
)
# initials with points are also those of an enzyme, and its value follows: no version has a unit
_SPELLED_GPT = (
    rf"{_FROM}(?<![a-z0-9]\.)(?<!\bs[. -])(?<!\bs\. )(?:c{BETWEEN}h{BETWEEN}a{BETWEEN}t{BETWEEN})?"
    rf"g{BETWEEN}p{BETWEEN}t[-. ·]{{0,3}}[2-5](?:\.\d)?[a-z]?(?:[- ](?:turbo|mini))?{_TO}(?![.,]\d)"
)
_POINTED_GPT = rf"{_FROM}gpt[.·—][2-5](?:\.\d)?[a-z]?{_TO}(?![.,]\d)"
_GLUED = (
    rf"{_FROM}(?!(?:alt|alat|ast|asat|got|sgot|ggt|serum)gpt)"
    rf"(?:[a-z]{{2,15}}gpt(?:-?\d{{1,3}}(?:\.\d)?[a-z]?)?|[a-z]{{2,12}}llama){_TO}"
)


class DisguisedNames:
    """Compiled once, at first use."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where disguised names stand."""
        for found in self._certain.finditer(text):
            yield found.span()
        for found in self._anywhere.finditer(text):
            yield _whole_word(text, *found.span())
        for found in self._spelled.finditer(text):
            yield found.span()
        for found in _WORD.finditer(text):
            if found[0].translate(_STAND_INS) in self._by_shape and found[0] not in self._as_usual:
                yield found.span()

    @cached_property
    def _certain(self) -> re.Pattern[str]:
        names, models = _letters(PLAIN_NAMES), _letters(PLAIN_MODELS)
        chinese = [_spelled(name) for name in NAMES_IN_OTHER_SCRIPTS if _is_chinese(name)]
        return re.compile(
            rf"(?:{_SPELLED_GPT}|{_POINTED_GPT}){UNITS}|{_GLUED}|{'|'.join(chinese)}"
            rf"|{_FROM}{_SINGLE}(?:{'|'.join(map(_spelled, names))}){_TO}"
            rf"|{_FROM}(?:{'|'.join(_split(name) for name in models if len(name) >= _SPLIT)}){_TO}"
        )

    @cached_property
    def _anywhere(self) -> re.Pattern[str]:
        names = [name for name in _letters(PLAIN_NAMES) if len(name) >= _WHOLE_ANYWHERE]
        return re.compile("|".join(names).replace("anthropic", "(?<!s)(?<!l)anthropic(?! principle)"))

    @cached_property
    def _spelled(self) -> re.Pattern[str]:
        """Ambiguous names, letter by letter."""
        return re.compile(
            rf"{_FROM}{_SINGLE}(?:{'|'.join(map(_spelled, SPELLED_NAMES))}){_TO}{_PERSON_OR_STUDY}"
            rf"|{_FROM}(?:{'|'.join(_dotted(name) for name in SPELLED_NAMES)}){_TO}"
        )

    @cached_property
    def _as_usual(self) -> frozenset[str]:
        return frozenset(name for name in (*_letters(PLAIN_NAMES), *SPELLED_NAMES) if len(name) > 4)

    @cached_property
    def _by_shape(self) -> frozenset[str]:
        return frozenset(name.translate(_STAND_INS) for name in self._as_usual)


DISGUISED = DisguisedNames()


def _whole_word(text: str, start: int, end: int) -> tuple[int, int]:
    while start and text[start - 1].isascii() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isascii() and text[end].isalnum():
        end += 1
    return start, end


def _letters(names: tuple[str, ...]) -> list[str]:
    """Names that are letters only, without the places where a blank may stand."""
    bare = [re.sub(r"_|\(\?! \w+\)|\[a-z\]\?", "", name) for name in names]
    return [name for name in bare if name.isalpha() and len(name) >= 4]


def _is_chinese(name: str) -> bool:
    return len(name) >= 4 and all("\u3400" <= letter <= "\u9fff" for letter in name)


def _spelled(name: str) -> str:
    return BETWEEN.join(map(re.escape, name))


def _split(name: str) -> str:
    return r"[-·•. \n]?".join(name)


def _dotted(name: str) -> str:
    return rf"(?=\w{{1,{len(name) - 1}}}[·•])" + "[·•]?".join(name)
