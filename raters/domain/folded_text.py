"""A text as it is read for names: one case, one width, no invisible characters, with the way back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from raters.domain.look_alikes import ENCLOSED, LOOK_ALIKES

_MARKUP = frozenset("*`~\\")
_HYPHENS = frozenset("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d-")
_DASHES = frozenset("\u2014\u2015\u2e3a\u2e3b")
_QUOTES = frozenset("\u2018\u2019\u02bc`'")
# letters by name and shown as nothing, or as a stretch: Hangul fillers, Arabic tatweel
_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0\u0640")
_EMPTY = frozenset("\u2800")  # a braille pattern without dots is read as a blank
_ONE_LETTER = str.maketrans("یکہ", "يكه")  # Arabic as Persian and Urdu type it
_IN_BRACKETS = re.compile(r"\((\w)\)")
_WORD = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")  # of scripts that part words


@dataclass(frozen=True)
class FoldedText:
    """`text` is what to search in; its character k is starts[k] to ends[k] (exclusive) of the original.

    Letters that look Latin are Latin in `text` where a whole word then is, so that words of other languages
    stay what they are. In `shapes`, as long as `text`, they are Latin everywhere.
    """

    text: str
    shapes: str
    starts: list[int]
    ends: list[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters `start` to `end` (exclusive, at least one) of `text` lie in the original."""
        return self.starts[start], self.ends[end - 1]

    @property
    def readings(self) -> tuple[str, ...]:
        """`text`, and `shapes` where it differs."""
        return (self.text,) if self.text == self.shapes else (self.text, self.shapes)


def fold(text: str) -> FoldedText:
    """Case, width, accents and composition folded; format characters and emphasis marks dropped.

    Hyphens of all kinds become "-", longer dashes "—", a run of blanks one space, or one newline if it holds
    one. An underscore inside a word becomes "-". Takes time in proportion to the text.
    """
    folded: list[str] = []
    shapes: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for index, character in enumerate(text):
        if character == "_":
            character = "-" if _is_inside_a_word(text, index) else "*"
        for piece, shape in _fold_character(character):
            if piece in " \n" and folded and folded[-1] in " \n":
                folded[-1] = shapes[-1] = "\n" if "\n" in (piece, folded[-1]) else " "
                ends[-1] = index + 1
                continue
            folded.append(piece)
            shapes.append(shape)
            starts.append(index)
            ends.append(index + 1)
    plain, shaped = "".join(folded), "".join(shapes)
    return FoldedText(_latin_words(plain, shaped), shaped, starts, ends)


def _latin_words(plain: str, shapes: str) -> str:
    """The plain text, with those words in Latin letters that look as if they were written in them."""
    if plain == shapes:
        return plain
    return _WORD.sub(lambda word: _as_seen(word, shapes), plain)


def _as_seen(word: re.Match[str], shapes: str) -> str:
    seen = shapes[word.start() : word.end()]
    return seen if seen.isascii() else word[0]


def _is_inside_a_word(text: str, index: int) -> bool:
    return 0 < index < len(text) - 1 and text[index - 1].isalnum() and text[index + 1].isalnum()


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> tuple[tuple[str, str], ...]:
    """What a character is read as, piece by piece, each with the Latin letter it looks like."""
    if character in _MARKUP or character in _UNSEEN:
        return ()
    read = _fold_ascii(character)
    return ((read, read),) if read else tuple(_fold_beyond_ascii(character))


def _fold_ascii(character: str) -> str:
    """Signs, blanks and ASCII as one sign of ASCII; "" for everything else."""
    if character in _HYPHENS:
        return "-"
    if character in _DASHES:
        return "—"
    if character in _QUOTES:
        return "'"
    if character.isspace() or character in _EMPTY:
        return "\n" if character in "\n\r\u2028\u2029" else " "
    return character.lower() if character.isascii() and character.isprintable() else ""


def _fold_beyond_ascii(character: str) -> Iterator[tuple[str, str]]:
    known = ENCLOSED.get(character, character)
    apart = _IN_BRACKETS.sub(r"\1", unicodedata.normalize("NFKD", known).translate(_ONE_LETTER))
    for letter in apart:
        look_alike = LOOK_ALIKES.get(character) or LOOK_ALIKES.get(letter, "")
        for piece in unicodedata.normalize("NFKD", letter.casefold()).replace("ı", "i"):
            if unicodedata.category(piece) not in ("Mn", "Me", "Cf", "Cc"):
                yield piece, look_alike or piece
