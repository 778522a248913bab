"""Which labels of a classification an answer gives.

A label counts where the answer is the label, opens with it, announces it, or names it and no other.
"yes", "no" and other words too common to mean anything in passing do not count for being named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

from evaluation.domain.answers.announcements import before_next_question, line_rest, strong
from evaluation.domain.answers.final import final_part
from evaluation.domain.answers.objects import json_values, last_field
from evaluation.domain.answers.phrases import Vocabulary, says_none, vocabulary

_FIELDS = (
    "answer",
    "final_answer",
    "label",
    "labels",
    "prediction",
    "class",
    "category",
    "categories",
    "codes",
    "result",
)
_LENGTH = 40_000  # characters of a reply that are looked at: its end
_PREFIX = re.compile(
    r"^[ \t*#]{0,8}(?:labels?|class(?:es)?|categor(?:y|ies)|codes?|diagnos[ie]s"
    r"|标签|类别|ラベル)[ \t*]{0,4}:",
    re.I | re.M,
)
_PIECES = re.compile(r"[,;\n、，；|]")
_BULLET = re.compile(r"^[\s\-•*·\d.)(\[\]]{1,8}(?=\D)")
_SPELLINGS = {
    "yes": ("yes", "sí", "si", "oui", "sì", "ja", "sim", "да", "是", "是的", "はい", "true"),
    "no": ("no", "non", "nein", "não", "нет", "否", "不是", "いいえ", "false"),
    "maybe": (
        "maybe",
        "uncertain",
        "unclear",
        "quizás",
        "quizá",
        "tal vez",
        "peut-être",
        "forse",
        "vielleicht",
        "可能",
        "不确定",
        "不確定",
        "多分",
        "たぶん",
    ),
}
_YES_NO_MAYBE = Vocabulary((word, key) for key, words in _SPELLINGS.items() for word in words)


def label(text: str, labels: Sequence[str]) -> str | None:
    """The label of `labels` that the reply gives, as spelt there; None when that is not certain."""
    return of_vocabulary(text, vocabulary(tuple(labels)))


def yes_no_maybe(text: str) -> str | None:
    """One of "yes", "no" and "maybe", read in any of the languages the benchmarks come in."""
    return of_vocabulary(text, _YES_NO_MAYBE)


def labels(text: str, allowed: Sequence[str] | None) -> tuple[str, ...] | None:
    """Every label the reply gives, () when it says there is none, None when nothing could be read.

    With `allowed` only these are labels and anything else in the reply is prose; without, every piece
    between commas, semicolons and line ends is one.
    """
    said = before_next_question(final_part(text, _LENGTH))
    listed = _listed_in_json(said)
    pieces = listed if listed is not None else _pieces(_announced_part(said))
    if listed == [] or (len(pieces) == 1 and says_none(pieces[0])):
        return ()
    if allowed is None:
        return tuple(dict.fromkeys(pieces)) or None
    words = vocabulary(tuple(allowed))
    found = (
        [exact]
        if (exact := words.exact(said))
        else [hit for piece in pieces for hit in _in_piece(words, piece)]
    )
    return tuple(dict.fromkeys(found)) or None


def of_vocabulary(text: str, words: Vocabulary) -> str | None:
    """The label of `words` that the reply gives, however it is spelt; None when that is not certain."""
    if (bare := words.labels.get(text)) is not None:
        return bare
    said = before_next_question(final_part(text, _LENGTH))
    if not said:
        return None
    if "{" in said and (field := last_field(said, _FIELDS)) is not None:
        return words.exact(str(field)) or words.opens(str(field))
    lines = [line for line in said.splitlines() if line.strip()]
    opened, announced = words.opens(said), _announced(said, words)
    if opened and announced and opened != announced:
        return None
    return words.exact(said) or announced or opened or words.exact(lines[-1]) or words.only(said)


def _announced(said: str, words: Vocabulary) -> str | None:
    prefixes = [(found.end(),) for found in _PREFIX.finditer(said)]
    for places in chain(reversed(prefixes), strong(said)):
        for place in places:
            rest = line_rest(said, place)
            if (found := words.announced(rest)) is not None:
                return found
    return None


def _in_piece(words: Vocabulary, piece: str) -> tuple[str, ...]:
    exact = words.exact(piece)
    return (exact,) if exact else words.named(piece)


def _announced_part(said: str) -> str:
    """What follows the last line that announces labels, else all of it."""
    ends = [found.end() for found in _PREFIX.finditer(said)]
    start = ends[-1] if ends else next(strong(said), (0,))[0]
    return said[start:] if said[start:].strip() else said


def _pieces(said: str) -> list[str]:
    cleaned = (_BULLET.sub("", piece).strip(" \t.*_`\"'“”‘’[](){}。") for piece in _PIECES.split(said))
    return [piece for piece in cleaned if piece]


def _listed_in_json(said: str) -> list[str] | None:
    """The strings of a JSON list, or of the list in an object's label field."""
    field: Any = last_field(said, _FIELDS) if "{" in said else None
    if field is None and said.lstrip(" `json\n").startswith("["):
        field = next((value for value in json_values(said) if isinstance(value, list)), None)
    if isinstance(field, str):
        return _pieces(field)
    return (
        [str(item).strip() for item in field if isinstance(item, str | int)]
        if isinstance(field, list)
        else None
    )
