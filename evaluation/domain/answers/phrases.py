"""Telling phrases apart: the names of labels and the text of options, wherever in a sentence they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from evaluation.domain.answers.announcements import negated

_COMMON = frozenset({"yes", "no", "maybe", "true", "false", "not", "none", "other", "positive", "negative"})
_SPACE = re.compile(r"\s+")
_UNSPACED = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_SET_OFF = re.compile(r"[ \t]{0,3}(?:$|[\n.,;:!)*_`\"'”」、。(\]|]|[-–—])[ \t\"'*]{0,4}")
_GOES_ON = re.compile(
    r"[ \t]{1,3}(?:because|since|as|given|for|it|there|the|this|based|according|to)\b|[^\x00-\x7f]"
)
_EITHER = re.compile(r"[ \t]{0,3}(?:/|(?:or|o|ou|oder)\b|或|または)")
_WRAPPING = " \t\n*_`\"'“「("
_HEAD = 600  # characters at the beginning of a text that may hold the label it opens with
_NONE = re.compile(
    r"^(?:there (?:is|are) no [\w ]{1,60}|(?:none|no (?:labels?|codes?|findings|entit(?:y|ies))"
    r"|n/?a|null|nothing|ninguno|ninguna|aucune?|nessuno|nessuna|keine?|无|無|没有|なし|該当なし)"
    r"(?: (?:of (?:them|the above)|apply|found|applies))?)?$"
)


def plain(text: str) -> str:
    """Case, spacing and the punctuation around a phrase do not tell phrases apart."""
    return _SPACE.sub(" ", text.casefold()).strip(" .,;:!*_`\"'“”‘’「」。")


def says_none(said: str) -> bool:
    """Whether a text says in so many words that there is nothing to list."""
    bare = plain(said) if len(said) <= 80 else ""
    return said.strip() == "[]" or (bool(bare) and _NONE.match(bare) is not None)


class Vocabulary:
    """The ways each label may be written."""

    def __init__(self, spellings: Iterable[tuple[str, str]]) -> None:
        self.labels = {plain(spelling): label for spelling, label in reversed(list(spellings))}
        longest_first = sorted(filter(None, self.labels), key=len, reverse=True)
        parts = [_bounded(spelling) for spelling in longest_first]
        self._any = re.compile("|".join(parts) or r"(?!)")

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
        if begun is None or (_common(begun[0]) and not _GOES_ON.match(bare, begun.end())):
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
        uncommon = [label for label in self.named(said) if not _common(plain(label))]
        return uncommon[0] if len(uncommon) == 1 and len(self.named(said)) == 1 else None


@lru_cache(maxsize=256)
def vocabulary(labels: tuple[str, ...]) -> Vocabulary:
    """Labels written as they are."""
    return Vocabulary((label, label) for label in labels)


def _bounded(spelling: str) -> str:
    """The spelling as a whole word; scripts without spaces have no word ends to ask for."""
    before = "" if _UNSPACED.match(spelling[0]) else r"(?<![^\W_])"
    after = "" if _UNSPACED.match(spelling[-1]) else r"(?![^\W_])"
    return f"{before}{re.escape(spelling)}{after}"


def _common(spelling: str) -> bool:
    return spelling in _COMMON or len(spelling) < 3 or spelling.isdigit()
