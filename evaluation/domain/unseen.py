"""Text of unknown origin, taken apart so that a page can show what a reader would not see.

A character that has no shape of its own, or that turns what stands round it, is given as its code point:
controls, marks of direction, blanks without width, characters of tags and of private use. Line breaks and
tabs stay, and so do the joiners that several scripts are written with.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

_KEPT = frozenset("\n\t\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
# blanks and fillers that have a category of letters or marks
_BLANK = frozenset("\N{HANGUL FILLER}\N{HALFWIDTH HANGUL FILLER}\N{BRAILLE PATTERN BLANK}")


class Piece(NamedTuple):
    """A stretch of text as it is, or one code point ("U+202E") with its name, shown instead of itself."""

    text: str
    name: str = ""


def pieces(text: str) -> list[Piece]:
    """The text in order; line ends of every kind become "\\n"."""
    found: list[Piece] = []
    plain: list[str] = []
    for character in text.replace("\r\n", "\n").replace("\r", "\n"):
        if not is_unseen(character):
            plain.append(character)
            continue
        if plain:
            found.append(Piece("".join(plain)))
            plain = []
        found.append(Piece(f"U+{ord(character):04X}", name_of(character)))
    return [*found, Piece("".join(plain))] if plain else found


def is_unseen(character: str) -> bool:
    if character in _KEPT or (character.isascii() and character.isprintable()):
        return False
    return character in _BLANK or unicodedata.category(character) in _HIDDEN


def name_of(character: str) -> str:
    """RIGHT-TO-LEFT OVERRIDE; controls, which have no name, are called so."""
    return unicodedata.name(character, "") or (
        "control character" if unicodedata.category(character) == "Cc" else "character without a name"
    )


def on_one_line(text: str, longest: int) -> str:
    """The beginning of a text for a list: blanks folded, unseen characters as their code points."""
    shown = "".join(f"[{piece.text}]" if piece.name else piece.text for piece in pieces(text[: 4 * longest]))
    line = " ".join(shown.split())
    return line if len(line) <= longest and len(text) <= 4 * longest else f"{line[: longest - 1].rstrip()}…"
