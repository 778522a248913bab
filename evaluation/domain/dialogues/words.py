"""What a sentence is about and whether it denies it, by words alone: no model, the same answer every time.

The words are data, in evaluation/specs/dialogues/words.toml. Scripts without spaces are cut into pairs of
signs.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from unicodedata import normalize

FOLDER = Path(__file__).parents[2] / "specs" / "dialogues"

_SIGNS = "\u3040-\u30ff\u3400-\u9fff"  # kana and Han: no spaces between words
_SENTENCES = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|\n+")
_CLAUSES = re.compile(
    r"(?<!\d),|,(?!\d)|[;:.!?。！？；，、…\n]+|\s+[-–—]\s+|\b(?:but|although|though|however|pero|aunque)\b|\band\s+(?=(?:i|my|it|he|she|they|we|there)\b)|但是?|可是|けど|しかし",
    re.IGNORECASE,
)
_LISTED = re.compile(r",|[;、，；]|\b(?:or|and|nor|y|o|e|u)\b|或者?|还是|以及|和|または", re.IGNORECASE)
_WORD = re.compile(rf"[^\W\d_{_SIGNS}]+(?:['’][^\W\d_{_SIGNS}]+)*")
_RUN = re.compile(rf"[{_SIGNS}]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_IN_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20", "thirty": "30",
    "forty": "40", "fifty": "50", "两": "2", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7",
    "八": "8", "九": "9", "十": "10",
}  # fmt: skip
_ENDINGS = ("ingly", "edly", "ness", "ies", "ing", "ed", "ly", "es", "s", "e", "y")
_SUBJECTS = re.compile(
    r"\b(?:i|my|it|its|he|she|they|we|you|the|there|is|was|are|were|have|has|had|am|do|did)\b"
)
SHORT = 4  # words up to which a clause without a subject goes with the denial before it


def tokens(text: str) -> frozenset[str]:
    """What a text is about: concepts ("@fever"), stems of its other words, pairs of signs; no numbers."""
    return _tokens(plain(text))


def plain(text: str) -> str:
    """NFKC, folded, with straight apostrophes."""
    return normalize("NFKC", text).replace("’", "'").casefold()


def sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCES.split(text) if part.strip()]


def clauses(text: str) -> list[str]:
    """The statements of a text, each with its own denial; a short one without a subject shares the last."""
    found = []
    for sentence in sentences(text):
        denied = ""
        for part in (piece.strip() for piece in _CLAUSES.split(sentence)):
            if not part:
                continue
            known = plain(part)
            goes_on = len(known.split()) <= SHORT and not _SUBJECTS.search(known)
            found.append(f"{denied} {part}".strip() if goes_on and not denies(part) else part)
            denied = _negator(known) or (denied if goes_on else "")
    return found


def questions(text: str, most: int | None = None) -> list[str]:
    """The sentences that ask, the first `most` of them; [] where none does."""
    asked = [each for each in sentences(text) if each.endswith(("?", "？")) or _has(plain(each), "asking")]
    return asked[:most]


def listed(question: str) -> list[str]:
    """The things one question asks after: "fever, cough or a rash" asks after three."""
    return [part.strip() for part in _LISTED.split(question) if part.strip()]


def denies(clause: str) -> bool:
    return bool(_negator(plain(clause)))


def is_unknown(clause: str) -> bool:
    """Whether somebody says that they do not know."""
    return _has(plain(clause), "unknowns")


def is_open(question: str) -> bool:
    return _has(plain(question), "open_questions")


def is_of_a_doctor(text: str) -> bool:
    return _has(plain(text), "as_doctor")


def bare(clause: str) -> bool | None:
    """True for nothing but "yes", False for nothing but "no", None for anything else."""
    said = plain(clause).strip(" .,!?;:。，！")
    if said in _data()["affirmations"]:
        return True
    return False if said in _data()["denials"] else None


def numbers(text: str) -> frozenset[str]:
    """Numbers from 2 in figures, those written as words too; "one" is too often no number."""
    said = plain(text)
    found = {number.replace(",", ".") for number in _NUMBER.findall(said)}
    found |= {_IN_WORDS[word] for word in _WORD.findall(said) if word in _IN_WORDS}
    return frozenset(
        found | {_IN_WORDS[sign] for run in _RUN.findall(said) for sign in run if sign in _IN_WORDS}
    )


@lru_cache(maxsize=8192)
def _tokens(said: str) -> frozenset[str]:
    found = set()
    for name, pattern in _concepts():
        said, times = pattern.subn(" ", said)
        if times:
            found.add(f"@{name}")
    words = [word for word in _WORD.findall(said) if word not in _empty_words()]
    found |= {_stem(word) for word in words if not word.endswith("n't") and word not in _IN_WORDS}
    for run in _RUN.findall(_empty_signs().sub(" ", said)):
        found |= {run[at : at + 2] for at in range(len(run) - 1)}
    return frozenset(found - _negation_stems())


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def _negator(said: str) -> str:
    found = _pattern("negations").search(said)
    return found[0] if found else ""


def _has(said: str, name: str) -> bool:
    return _pattern(name).search(said) is not None


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return _any_of(_data()[name])


@cache
def _concepts() -> Sequence[tuple[str, re.Pattern[str]]]:
    return [(name, _any_of(phrases)) for name, phrases in _data()["concepts"].items()]


@cache
def _empty_words() -> frozenset[str]:
    return frozenset(plain(_data()["empty"]).split())


@cache
def _empty_signs() -> re.Pattern[str]:
    return _any_of(_data()["empty_signs"])


@cache
def _negation_stems() -> frozenset[str]:
    return frozenset(_stem(word) for word in _data()["negations"] if "*" not in word)


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Any of the phrases as a whole word, long ones first; one in a script without spaces anywhere."""
    ordered = sorted((plain(phrase) for phrase in phrases), key=len, reverse=True)
    return re.compile("|".join(map(_written, ordered)))


def _written(phrase: str) -> str:
    inner = re.escape(phrase).replace(r"\*", r"[\w']*").replace(r"\ ", r"\s+")
    if _RUN.search(phrase):
        return inner
    return rf"(?<!\w){inner}(?!\w)" if phrase[-1:].isalnum() or phrase.endswith("*") else rf"(?<!\w){inner}"
