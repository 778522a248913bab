"""Which labels of a classification an answer gives.

A label counts where the answer is the label, opens with it, announces it, or names it and no other.
"yes", "no" and other words too common to mean anything in passing do not count for being named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from evaluation.domain.answers.announcements import before_next_question, line_rest, negated, strong
from evaluation.domain.answers.choice import plain
from evaluation.domain.answers.final import final_part
from evaluation.domain.answers.objects import json_values, last_field

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
_COMMON = frozenset({"yes", "no", "maybe", "true", "false", "not", "none", "other", "positive", "negative"})
_PREFIX = re.compile(
    r"^[ \t*#]{0,8}(?:labels?|class(?:es)?|categor(?:y|ies)|codes?|diagnos[ie]s"
    r"|标签|类别|ラベル)[ \t*]{0,4}:",
    re.I | re.M,
)
_SET_OFF = re.compile(r"[ \t]{0,3}(?:$|[\n.,;:!)*_`\"'”」、。(\]|]|[-–—])[ \t\"'*]{0,4}")
_GOES_ON = re.compile(
    r"[ \t]{1,3}(?:because|since|as|given|for|it|there|the|this|based|according|to)\b|[^\x00-\x7f]"
)
_EITHER = re.compile(r"[ \t]{0,3}(?:/|(?:or|o|ou|oder)\b|或|または)")
_WRAPPING = " \t\n*_`\"'“「("
_HEAD = 600  # characters at the beginning of a text that may hold the label it opens with
_PIECES = re.compile(r"[,;\n、，；|]")
_BULLET = re.compile(r"^[\s\-•*·\d.)(\[\]]{1,8}(?=\D)")
_NONE = re.compile(
    r"^(?:there (?:is|are) no [\w ]{1,60}|(?:none|no (?:labels?|codes?|findings|entit(?:y|ies))"
    r"|n/?a|null|nothing|ninguno|ninguna|aucune?|nessuno|nessuna|keine?|无|無|没有|なし|該当なし)"
    r"(?: (?:of (?:them|the above)|apply|found|applies))?)?$"
)
_YES_NO_MAYBE: Mapping[str, Sequence[str]] = {
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


class _Vocabulary:
    """The ways each label may be written."""

    def __init__(self, spellings: Iterable[tuple[str, str]]) -> None:
        self.labels = {plain(spelling): label for spelling, label in reversed(list(spellings))}
        longest_first = sorted(filter(None, self.labels), key=len, reverse=True)
        parts = [_bounded(spelling) for spelling in longest_first]
        self._any = re.compile("|".join(parts) or r"(?!)")
        self._common = all(_is_common(spelling) for spelling in longest_first)

    def exact(self, said: str) -> str | None:
        return self.labels.get(plain(said)) if len(said) <= 1_000 else None

    def opens(self, said: str) -> str | None:
        """The label a text begins with, set off from the rest: "No, …", not "No evidence …" or "yes, no"."""
        bare = said[:_HEAD].lstrip(_WRAPPING).casefold()
        found = self._any.match(bare)
        end = _SET_OFF.match(bare, found.end()) if found else None
        if found is None or end is None:
            return None
        second = self._any.match(bare, end.end())
        contends = (
            second and self.labels[second[0]] != self.labels[found[0]] and _SET_OFF.match(bare, second.end())
        )
        return None if contends else self.labels[found[0]]

    def announced(self, said: str) -> str | None:
        """The label of a line that follows "the answer is"."""
        if (found := self.exact(said) or self.opens(said)) is not None:
            return found
        bare = said[:_HEAD].lstrip(_WRAPPING).casefold()
        begun = self._any.match(bare)
        if begun is None or (_is_common(begun[0]) and not _GOES_ON.match(bare, begun.end())):
            return None
        return self.labels[begun[0]] if not _EITHER.match(bare, begun.end()) else None

    def named(self, said: str) -> tuple[str, ...]:
        """Every label named, the longest where one is part of another; one that is denied does not count."""
        low = " ".join(said.casefold().split())
        found = [
            hit for hit in self._any.finditer(low) if not negated(low, max(0, hit.start() - 16), hit.start())
        ]
        return tuple(dict.fromkeys(self.labels[hit[0]] for hit in found))

    def only(self, said: str) -> str | None:
        """The one label named in a text that names no other."""
        uncommon = [label for label in self.named(said) if not _is_common(plain(label))]
        return uncommon[0] if len(uncommon) == 1 and len(self.named(said)) == 1 else None


def label(text: str, labels: Sequence[str]) -> str | None:
    """The label of `labels` that the reply gives, as spelt there; None when that is not certain."""
    return _label(text, _vocabulary(tuple((item, item) for item in labels)))


def yes_no_maybe(text: str) -> str | None:
    """ "yes", "no" or "maybe", read in any of the languages the benchmarks come in."""
    return _label(
        text, _vocabulary(tuple((word, key) for key, words in _YES_NO_MAYBE.items() for word in words))
    )


def labels(text: str, allowed: Sequence[str] | None) -> tuple[str, ...] | None:
    """Every label the reply gives, () when it says there is none, None when nothing could be read.

    With `allowed` only these are labels and anything else in the reply is prose; without, every piece
    between commas, semicolons and line ends is one.
    """
    said = final_part(text)[-_LENGTH:]
    listed = _listed_in_json(said)
    pieces = listed if listed is not None else _pieces(_announced_part(said))
    if listed == [] or (len(pieces) == 1 and says_none(pieces[0])):
        return ()
    if allowed is None:
        return tuple(dict.fromkeys(pieces)) or None
    words = _vocabulary(tuple((item, item) for item in allowed))
    found = (
        [exact]
        if (exact := words.exact(said))
        else [hit for piece in pieces for hit in _in_piece(words, piece)]
    )
    return tuple(dict.fromkeys(found)) or None


def says_none(said: str) -> bool:
    """Whether a text says in so many words that there is nothing to list."""
    bare = plain(said) if len(said) <= 80 else ""
    return said.strip() == "[]" or (bool(bare) and _NONE.match(bare) is not None)


@lru_cache(maxsize=256)
def _vocabulary(spellings: tuple[tuple[str, str], ...]) -> _Vocabulary:
    return _Vocabulary(spellings)


def _label(text: str, words: _Vocabulary) -> str | None:
    if (bare := words.labels.get(text)) is not None:
        return bare
    said = before_next_question(final_part(text)[-_LENGTH:])
    if not said:
        return None
    if "{" in said and (field := last_field(said, _FIELDS)) is not None:
        return words.exact(str(field)) or words.opens(str(field))
    lines = [line for line in said.splitlines() if line.strip()]
    opened, announced = words.opens(said), _announced(said, words)
    if opened and announced and opened != announced:
        return None
    return words.exact(said) or announced or opened or words.exact(lines[-1]) or words.only(said)


def _announced(said: str, words: _Vocabulary) -> str | None:
    for places in [(found.end(),) for found in _PREFIX.finditer(said)][::-1] + strong(said):
        for place in places:
            rest = line_rest(said, place)
            if (found := words.announced(rest)) is not None:
                return found
    return None


def _in_piece(words: _Vocabulary, piece: str) -> tuple[str, ...]:
    exact = words.exact(piece)
    return (exact,) if exact else words.named(piece)


def _announced_part(said: str) -> str:
    """What follows the last line that announces labels, else all of it."""
    ends = [found.end() for found in _PREFIX.finditer(said)]
    places = strong(said)
    if ends:
        return said[ends[-1] :]
    return said[places[0][0] :] if places and said[places[0][0] :].strip() else said


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


def _bounded(spelling: str) -> str:
    """The spelling as a whole word; scripts without spaces have no word ends to ask for."""
    before = r"(?<![^\W_])" if spelling[0].isascii() else ""
    after = r"(?![^\W_])" if spelling[-1].isascii() else ""
    return f"{before}{re.escape(spelling)}{after}"


def _is_common(spelling: str) -> bool:
    return spelling in _COMMON or len(spelling) < 3 or spelling.isdigit()
