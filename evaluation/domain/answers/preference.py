"""Which of two answers a judge prefers, also where it was asked twice, with the two in both orders.

A reply to one order says first, second, tie or both unacceptable. Asked in both orders the output is JSON of
the two replies as they came, `{"a_first": "…", "b_first": "…"}`: a preference counts where both orders give
it, anything else is a tie (the conservative rule of Zheng et al. 2023, Judging LLM-as-a-judge with MT-Bench
and Chatbot Arena), and what each order gave is kept, so that a liking for one place can be seen. With one of
the two unread nothing is known.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal, TypedDict, cast

from evaluation.domain.answers.final import final_part
from evaluation.domain.answers.objects import last_field
from evaluation.domain.answers.phrases import Vocabulary
from evaluation.domain.answers.verdicts import verdict
from evaluation.domain.judging.labels import Preference

Pick = Literal["first", "second", "tie", "both_unacceptable"]
A_FIRST, B_FIRST = "a_first", "b_first"

_LENGTH = 40_000  # characters of a reply that are looked at: its end
_FIELDS = ("preference", "preferred", "preferred_answer", "winner", "better_answer", "better", "choice",
           "verdict", "answer")  # fmt: skip
_NOUNS = ("answer", "response", "option", "text", "assistant", "model")
_PHRASES: dict[str, tuple[str, ...]] = {
    "first": ("the first answer", "first answer", "first response",
              *(f"{noun} {sign}" for noun in _NOUNS for sign in ("a", "1"))),
    "second": ("the second answer", "second answer", "second response",
               *(f"{noun} {sign}" for noun in _NOUNS for sign in ("b", "2"))),
    "tie": ("a tie", "tie", "tied", "draw", "equal", "equally good", "no preference"),
    "both_unacceptable": ("both unacceptable", "both_unacceptable", "both are unacceptable",
                          "both answers are unacceptable", "neither is acceptable",
                          "neither answer is acceptable"),
}  # fmt: skip
_WORDS = {
    "first": ("a", "1", "first", "the first"),
    "second": ("b", "2", "second", "the second"),
    "tie": ("same", "both are equally good", "0"),
    "both_unacceptable": ("neither", "both bad"),
}
_SAID = Vocabulary((word, key) for key, words in _PHRASES.items() for word in words)
# what says it only where it is the verdict itself ("a" is an article): never looked for in prose
_SIGN: dict[Pick, str] = {"first": "1", "second": "2", "tie": "0", "both_unacceptable": "00"}
_PICK = {sign: picked for picked, sign in _SIGN.items()}
_VERDICT = Vocabulary((word, sign) for key, sign in _SIGN.items() for word in (*_PHRASES[key], *_WORDS[key]))
_BRACKETED = re.compile(r"\[\[[ \t]*(?P<sign>[^\[\]\n]{1,20}?)[ \t]*\]\]")
_WHICH = rf"(?:(?:{'|'.join(_NOUNS)})[ \t]+(?P<sign>[AB12])|the[ \t]+(?P<ordinal>first|second)(?:[ \t]+\w+)?)"
_BETTER = re.compile(
    rf"\b{_WHICH}[ \t]+(?:is|was)[ \t]+(?:\w+[ \t]+)?(?:better|best|preferred|preferable|superior|safer)\b",
    re.IGNORECASE,
)
_PREFERRED = re.compile(rf"\bprefer(?:red)?[ \t:]+(?:is[ \t]+)?{_WHICH}", re.IGNORECASE)
_BY_PLACE: dict[str, tuple[Preference, Preference]] = {"first": ("a", "b"), "second": ("b", "a")}


class PreferenceVerdict(TypedDict):
    """`orders` has what was preferred with a shown first and with b shown first; empty when asked once."""

    preference: Preference
    orders: list[Preference]


def preference(text: str) -> PreferenceVerdict | None:
    """What a judge's output says of answers a and b; None when nothing certain could be read."""
    both = _both_orders(text)
    if both is None:
        picked = pick(text)
        return None if picked is None else PreferenceVerdict(preference=_of(picked, 0), orders=[])
    first, second = pick(both[0]), pick(both[1])
    if first is None or second is None:
        return None
    orders = [_of(first, 0), _of(second, 1)]
    return PreferenceVerdict(preference=orders[0] if orders[0] == orders[1] else "tie", orders=orders)


def pick(text: str) -> Pick | None:
    """What the reply to one order says of the answer shown first and the one shown second."""
    said = final_part(text, _LENGTH)
    if not said:
        return None
    if "{" in said and (field := last_field(said, _FIELDS)) is not None:
        return _named(_VERDICT.exact(str(field)) or _VERDICT.opens(str(field)))
    if marks := list(_BRACKETED.finditer(said)):
        sign = marks[-1]["sign"].lower()
        return "tie" if sign == "c" else _named(_VERDICT.exact(sign))
    for pattern in (_BETTER, _PREFERRED):
        if found := {_pointed(hit) for hit in pattern.finditer(said)}:
            return found.pop() if len(found) == 1 else None
    return _named(verdict(said, _VERDICT, _SAID))


def both_orders(a_first: str, b_first: str) -> str:
    """The output of a judge asked in both orders: its two replies, unchanged."""
    return json.dumps({A_FIRST: a_first, B_FIRST: b_first}, ensure_ascii=False)


def _both_orders(text: str) -> tuple[str, str] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or set(value) != {A_FIRST, B_FIRST}:
        return None
    return str(value[A_FIRST] or ""), str(value[B_FIRST] or "")


def _of(picked: Pick, order: int) -> Preference:
    if picked == "tie" or picked == "both_unacceptable":
        return picked
    return _BY_PLACE[picked][order]


def _pointed(hit: re.Match[str]) -> Pick:
    sign = (hit["sign"] or hit["ordinal"]).lower()
    return "first" if sign in {"a", "1", "first"} else "second"


def _named(word: str | None) -> Pick | None:
    return None if word is None else _PICK.get(word) or cast(Pick, word)
