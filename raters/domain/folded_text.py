"""A text as it is read for names: one case, one width, no invisible characters, with the way back."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_MARKUP = frozenset("*`~\\")
_HYPHENS = frozenset("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d-")
_DASHES = frozenset("\u2014\u2015\u2e3a\u2e3b")
_QUOTES = frozenset("\u2018\u2019\u02bc`'")


@dataclass(frozen=True)
class FoldedText:
    """`text` is what to search in; its character k is starts[k] to ends[k] (exclusive) of the original."""

    text: str
    starts: list[int]
    ends: list[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters `start` to `end` (exclusive, at least one) of `text` lie in the original."""
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> FoldedText:
    """Case, width, accents and composition folded; format characters and emphasis marks dropped.

    Hyphens of all kinds become "-", longer dashes "—", a run of blanks one space, or one newline if it holds
    one. An underscore inside a word becomes "-". Takes time in proportion to the text.
    """
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for index, character in enumerate(text):
        if character == "_":
            character = "-" if _is_inside_a_word(text, index) else "*"
        for piece in _fold_character(character):
            if piece in " \n" and folded and folded[-1] in " \n":
                folded[-1] = "\n" if "\n" in (piece, folded[-1]) else " "
                ends[-1] = index + 1
                continue
            folded.append(piece)
            starts.append(index)
            ends.append(index + 1)
    return FoldedText("".join(folded), starts, ends)


def _is_inside_a_word(text: str, index: int) -> bool:
    return 0 < index < len(text) - 1 and text[index - 1].isalnum() and text[index + 1].isalnum()


def _fold_character(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character.lower()
    if character in _MARKUP:
        return ""
    if character in _HYPHENS:
        return "-"
    if character in _DASHES:
        return "—"
    if character in _QUOTES:
        return "'"
    if character.isspace():
        return "\n" if character in "\n\r\u2028\u2029" else " "
    return character if character.isascii() else _fold_beyond_ascii(character)


def _fold_beyond_ascii(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(
        piece for piece in decomposed if unicodedata.category(piece) not in ("Mn", "Me", "Cf", "Cc")
    ).replace("ı", "i")
