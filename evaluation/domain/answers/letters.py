"""The grammar of option letters: which letters a text names at a given place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

Letters = tuple[str, ...]

_OPEN = r"[(\[{<「【*_`\"'“‘$]{0,4}(?:\\(?:boxed|text|mathrm|mathbf|textbf)[ ]?\{){0,2}[ ]?"
_CLOSE = r"[)\]}>」】*_`\"'”’$]{1,6}"
_END_OF_KEY = r"(?![A-Za-z0-9À-ɏ_]|['’][A-Za-z]|[.,]\d|[ ]?%)"
# "e" and "y" are also letters: they join only between spaces, in small print, without a comma before
_JOINS = r"(?:(?:and|et|und)(?![A-Za-z])|[和と及])"
_SHORT_JOIN = r"(?-i:[ey])(?=[ \t]{1,3}[(\[*\"]{0,2}[A-Za-z0-9](?![A-Za-z]))"
_AND = re.compile(
    rf"[ \t]{{0,3}}[,;、&+][ \t]{{0,3}}{_JOINS}?[ \t]{{0,3}}"
    rf"|[ \t]{{0,3}}(?:{_JOINS}|(?<=[ \t]){_SHORT_JOIN})[ \t]{{0,3}}",
    re.IGNORECASE,
)
_OR = re.compile(
    r"[ \t]{0,3},?[ \t]{0,3}(?:(?:or|(?-i:o)|ou|oder)(?![A-Za-z])|/|或|または|か)[ \t]{0,3}", re.IGNORECASE
)
_FOLLOWS_A_NAME = re.compile(
    r"[ \t]{0,3}(?:$|[\n.,;:)!?&+/。、(\u3040-\u30ff\u4e00-\u9fff]|[ \t][-–—]|[-–—][ \t]"
    r"|(?:and|or|because|since|as|which|that|is|was|by|given|in|for|due|based|y|e|o|porque|ya|et|ou|car|parce"
    r"|und|oder|weil|da|perché)\b)",
    re.IGNORECASE,
)
_LIST_ENDS = re.compile(r"[ \t]{0,3}(?:$|[\n.;!)。(\u3040-\u30ff\u4e00-\u9fff]|\b(?:because|since)\b)")
_GENUS = re.compile(r"\.[ \t]{0,2}[a-zà-ɏ]")  # E. coli, C. difficile
_DELIMITER = re.compile(r"[ \t]{0,2}(?:$|[\n.):(]|[-–—][ \t])")
_WRAPPING = " \t\n.,;:!*_`\"'“”‘’()[]{}<>$「」【】。"
_BETWEEN = re.compile(
    rf"(?:[\s,;、&+]|(?<![A-Za-z]){_JOINS}|(?<=[^,;、&+\s][ \t]){_SHORT_JOIN})+", re.IGNORECASE
)
_OPTION = r"(?:\b(?:option|choice|letter|opci[oó]n|opzione|lettre|lettera)|选项|選項|選択肢)"
_PRAISE = (
    r"(?:\b(?:correct|best|right|most (?:appropriate|likely)|correcta|correcte|corretta|richtig)\b"
    r"|正解|正しい|正确|正確)"
)
_PREFIX = re.compile(
    r"[\s*_(\[]{0,4}(?:(?:i think |i'd say )?(?:it['’]s|it is|c['’]est|es ist|es|è)[ ])?"
    rf"(?:the )?(?:{_OPTION}[ ]?)?",
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\(?:boxed|text|mathrm|mathbf|textbf)\b")
_LONGEST_LIST = 60


@dataclass(frozen=True)
class Named:
    """What is named at one place, up to `end`; `firm` when bracketed, `ambiguous` for "A or B"."""

    letters: Letters
    end: int
    firm: bool
    ambiguous: bool = False


class OptionLetters:
    """The letters of one question; text may name them in either case."""

    def __init__(self, keys: Letters) -> None:
        names = "|".join(re.escape(key) for key in sorted(keys, key=len, reverse=True))
        self.keys = keys
        self._known = {key.casefold(): key for key in reversed(keys)}
        self._item = re.compile(rf"{_OPEN}(?P<key>{names}){_END_OF_KEY}(?P<close>{_CLOSE})?", re.IGNORECASE)
        self._line = re.compile(
            rf"^[ \t]{{0,8}}[-•#>*]{{0,4}}[ ]?[(\[*]{{0,3}}(?P<key>{names})[)\]*]{{0,3}}"
            r"(?:(?<=[)\]*])|[.:、．])[)*:]{0,3}(?=[ \t\n]|$|[^\x00-\x7f])(?P<rest>[^\n]{0,400})",
            re.IGNORECASE | re.MULTILINE,
        )
        capitals = "".join(re.escape(key.upper()) for key in keys if len(key) == 1 and key.isalpha())
        self._run = re.compile(rf"{_OPEN}(?P<run>[{capitals or 'A'}]{{2,10}}){_END_OF_KEY}(?:{_CLOSE})?")
        self._added = re.compile(
            rf"(?:[,;、&+和と及]|[ ](?:and|y|et|und|e))[ ]{{0,2}}[(*]{{0,3}}(?P<key>{names})[).:、]",
            re.IGNORECASE,
        )
        self._praised = re.compile(
            rf"(?:{_OPTION}[ ]?[(*\[]{{0,3}}(?P<key>{names}){_END_OF_KEY}(?P<between>[^.\n。]{{0,100}}?)"
            rf"|(?<![A-Za-z0-9À-ɏ])(?P<alone>{names})[)*\]]{{0,3}}[ ]?(?:is|es|est|è|ist|が|は|是)[ ]?"
            rf"(?:(?:the|la|die)[ ])?){_PRAISE}",
            re.IGNORECASE,
        )

    def whole(self, text: str) -> Letters | None:
        """The letters if the text is nothing but letters: "B", "(B).", "a, c", "ac", "\\boxed{B}"."""
        if len(text) > _LONGEST_LIST:
            return None
        prefix = _PREFIX.match(text)
        bare = _BOXED.sub("", text[prefix.end() :] if prefix else text)
        words = [word.strip(_WRAPPING) for word in _BETWEEN.split(bare.strip(_WRAPPING))]
        words = [word for word in words if word]
        if len(words) == 1 and words[0].casefold() not in self._known:
            words = self._run_together(words[0])
        found = tuple(self._known.get(word.casefold(), "") for word in words)
        return found if found and all(found) and len(set(found)) == len(found) else None

    def at(self, text: str, start: int) -> Named | None:
        """The letters named from `start` on, if a name stands there and not an article or part of a word."""
        first = self._item.match(text, start)
        if first is None or not _stands_alone(text, first):
            return self._run_at(text, start)
        found, last = [self._key(first)], first
        while (item := self._next(text, last.end())) is not None and len(found) < len(self.keys):
            found, last = [*found, self._key(item)], item
        either = _OR.match(text, last.end())
        ambiguous = bool(either and self._item.match(text, either.end())) or (
            len(found) > 1 and not _LIST_ENDS.match(text, last.end())
        )
        letters = tuple(dict.fromkeys(found))
        return Named(letters, last.end(), bool(first["close"]), ambiguous)

    def at_head(self, text: str) -> Named | None:
        """The letters a text opens with, set off from what follows: "B. …", "(B) …", "Option B: …"."""
        prefix = _PREFIX.match(text)
        named = self.at(text, prefix.end() if prefix else 0)
        if named and (named.firm or _DELIMITER.match(text, named.end)):
            return named
        return None

    def lines(self, text: str) -> list[tuple[str, str]]:
        """(letter, rest) of each line laid out as an option: "C. rest"."""
        return [(self._key(line), line["rest"].strip(" *")) for line in self._line.finditer(text)]

    def lines_from(self, text: str, start: int) -> tuple[list[tuple[str, str]], int]:
        """The option lines that follow each other from `start` on, and where they end."""
        found = []
        while (line := self._line.match(text, start)) is not None:
            found.append((self._key(line), line["rest"].strip(" *")))
            start = line.end()
            while start < len(text) and text[start].isspace():
                start += 1
        return found, start

    def praised(self, text: str) -> list[tuple[str, str]]:
        """(letter, words between) of each "option C … is the best" and "C is the best"."""
        return [
            (self._known[(found["key"] or found["alone"]).casefold()], found["between"] or "")
            for found in self._praised.finditer(text)
        ]

    def added(self, text: str, start: int, end: int) -> list[tuple[str, int]]:
        """(letter, end) of each further letter that a line adds: "A) aspirin and C) insulin"."""
        return [(self._key(found), found.end()) for found in self._added.finditer(text, start, end)]

    def _run_at(self, text: str, start: int) -> Named | None:
        """Capitals run together where letters are expected, in the alphabet's order: "ACE" but not "CAD"."""
        run = self._run.match(text, start)
        if (
            run is None
            or list(run["run"]) != sorted(set(run["run"]))
            or not _LIST_ENDS.match(text, run.end())
        ):
            return None
        found = tuple(self._known.get(letter.casefold(), "") for letter in run["run"])
        return Named(found, run.end(), firm=False) if all(found) else None

    def _next(self, text: str, end: int) -> re.Match[str] | None:
        separator = _AND.match(text, end)
        item = self._item.match(text, separator.end()) if separator else None
        return item if item and _stands_alone(text, item) else None

    def _run_together(self, word: str) -> list[str]:
        """["a", "c"] for "ac"; three small letters or more only in the alphabet's order, unlike a word."""
        letters = word.isupper() or len(word) == 2 or list(word) == sorted(word)
        return list(word) if 1 < len(word) <= len(self.keys) and letters else [word]

    def _key(self, found: re.Match[str]) -> str:
        return self._known[found["key"].casefold()]


@lru_cache(maxsize=512)
def option_letters(keys: Letters) -> OptionLetters:
    return OptionLetters(keys)


def _stands_alone(text: str, item: re.Match[str]) -> bool:
    """Whether the letter is a name, as in "A.", "A because", "(A)", not in "A patient", "A. baumannii"."""
    if item["close"]:
        return True
    end = item.end("key")
    return not _GENUS.match(text, end) and bool(_FOLLOWS_A_NAME.match(text, end))
