"""Which options of a multiple-choice question an answer names.

A reading is given only where the answer says it: letters alone, letters in an announcement, an option's own
text. Where two readings contend, or a letter may be an article ("A patient …") or a genus ("E. coli"), there
is none. Of several announcements the last holds: a chain of thought ends with its answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, lru_cache

from evaluation.domain.answers.announcements import (
    Places,
    before_next_question,
    line_rest,
    negated,
    strong,
    weak,
)
from evaluation.domain.answers.final import final_part
from evaluation.domain.answers.letters import Letters, Named, OptionLetters, option_letters
from evaluation.domain.answers.objects import last_field
from evaluation.domain.answers.phrases import plain

_FIELDS = (
    "answer",
    "final_answer",
    "correct_answer",
    "answer_choice",
    "choice",
    "letter",
    "option",
    "answer_idx",
    "prediction",
    "respuesta",
    "答案",
    "解答",
)
_LENGTH = 40_000  # characters of a reply that are looked at: its end
_CLOSING = 1_500  # characters in which a conclusion without the word "answer" is looked for
_SHORT = 80  # replies up to this length are remembered
_MARKS = " \t\n.!*_)]}\"'”$"
_QUOTED = re.compile(r"\*\*([^*\n]{2,300})\*\*|\"([^\"\n]{2,300})\"|“([^”\n]{2,300})”|「([^」\n]{1,300})」")
_BRACKETED = re.compile(r"\([^()]{0,100}\)")
_TAGGED = re.compile(r"<answer>([^<]{1,400})</answer>|\\boxed\{([^{}]{1,400})\}", re.IGNORECASE)


def choice_letters(text: str, options: Mapping[str, str]) -> Letters | None:
    """The letters of `options` (letter → text) that the reply names; None when that is not certain."""
    if text in options:
        return (text,)
    if not options:
        return None
    if len(text) <= _SHORT and (alone := _alone(text, tuple(options))):
        return alone
    return _Reply(options).read(final_part(text, _LENGTH))


@lru_cache(maxsize=1 << 16)
def _alone(text: str, keys: Letters) -> Letters | None:
    """One letter that is all a reply says, or ends its only announcement: options' texts have no say here."""
    said, letters = final_part(text), option_letters(keys)
    if (found := letters.whole(said)) is not None:
        return found if len(found) == 1 else None
    announced = list(strong(said))
    if len(announced) != 1 or letters.at_head(said):
        return None
    named = next((named for place in announced[0] if (named := letters.at(said, place))), None)
    ends = named and len(named.letters) == 1 and not said[named.end :].strip(_MARKS)
    return named.letters if named and ends else None


class _Reply:
    """Reads one reply to one question."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self.options = options
        self.letters: OptionLetters = option_letters(tuple(options))

    @cached_property
    def by_text(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for letter, text in self.options.items():
            found.setdefault(plain(str(text)), []).append(letter)
        return found

    @cached_property
    def texts(self) -> list[str]:
        """The longest first; "A" or "B" as a text is not told from a letter."""
        return sorted((text for text in self.by_text if len(text) > 2), key=len, reverse=True)

    def read(self, said: str) -> Letters | None:
        own = before_next_question(said)
        found = self._forms(own)
        return found if found is not None or own == said else self._forms(said)

    def _forms(self, said: str) -> Letters | None:
        if not said:
            return None
        for form in (self._whole, self._object, self._tagged):
            if (letters := form(said)) is not None:
                return letters
        head, announced = self._head(said), self._announced(said)
        if head and announced:
            return head.letters if set(head.letters) == set(announced) and not head.ambiguous else None
        if announced is not None:
            return announced or None
        if head:
            return None if head.ambiguous else head.letters
        return self._only_lines(said) or self._last_line(said) or self._quoted(said) or self._concluded(said)

    def _whole(self, said: str) -> Letters | None:
        named = self.letters.whole(said)
        return named if named and len(named) == 1 else self._by_text(said) or named

    def _object(self, said: str) -> Letters | None:
        field = last_field(said, _FIELDS) if "{" in said else None
        if isinstance(field, list):
            parts = [self._part(str(part)) for part in field]
            return tuple(dict.fromkeys(letter for part in parts if part for letter in part)) or None
        return None if field is None else self._part(str(field))

    def _tagged(self, said: str) -> Letters | None:
        tagged = [next(filter(None, found.groups())) for found in _TAGGED.finditer(said)]
        return self._part(tagged[-1]) if tagged else None

    def _part(self, said: str) -> Letters | None:
        """A passage known to be the answer."""
        head = self.letters.at_head(said.strip())
        return self._whole(said) or (head.letters if head and not head.ambiguous else None)

    def _announced(self, said: str) -> Letters | None:
        """What the last readable announcement names; () when that is ambiguous, None when there is none."""
        for places in strong(said):
            named = self._named_at(said, places)
            if named is not None:
                return () if named.ambiguous else named.letters
        return None

    def _named_at(self, said: str, places: Places) -> Named | None:
        for place in places:
            if (lines := self._listed(said, place)) is not None:
                return Named(lines, place, firm=True)
            if (text := self._text_at(said, place)) is not None:
                return text
            named = self.letters.at(said, place)
            if named is not None and not self._enumerates(said[place : place + _CLOSING]):
                return self._with_added(said, named)
        return None

    def _with_added(self, said: str, named: Named) -> Named:
        """Also the letters that the same line adds with their options' texts: "A) aspirin and C) insulin"."""
        end = named.end + len(line_rest(said, named.end))
        added = [
            letter
            for letter, start in self.letters.added(said, named.end, end)
            if (text := plain(str(self.options[letter]))) and plain(said[start:end]).startswith(text)
        ]
        return replace(named, letters=tuple(dict.fromkeys((*named.letters, *added)))) if added else named

    def _text_at(self, said: str, place: int) -> Named | None:
        """The option whose text begins at `place`, the longest if several do."""
        rest = plain(line_rest(said, place)[:400])
        for text in self.texts:
            if rest.startswith(text) and not rest[len(text) : len(text) + 1].isalnum():
                letters = self.by_text[text]
                return Named(tuple(letters), place + len(text), firm=True, ambiguous=len(letters) > 1)
        return None

    def _enumerates(self, said: str) -> bool:
        """Whether the options are gone through one after the other from here on."""
        return len({letter for letter, _ in self.letters.lines(said)}) > 1

    def _head(self, said: str) -> Named | None:
        named = self.letters.at_head(said)
        others = {letter for letter, _ in self.letters.lines(said)} - set(named.letters if named else ())
        return None if others else named

    def _listed(self, said: str, start: int = 0) -> Letters | None:
        """Letters of the option lines from `start` on, unless they go through all options."""
        listed, _ = self.letters.lines_from(said, start)
        letters = tuple(dict.fromkeys(letter for letter, _ in listed))
        if not letters or len(letters) == len(self.letters.keys):
            return None
        own = all(not rest or letter in self.by_text.get(plain(rest), []) for letter, rest in listed)
        return letters if own else None

    def _only_lines(self, said: str) -> Letters | None:
        return self._listed(said) if self.letters.lines_from(said, 0)[1] == len(said) else None

    def _last_line(self, said: str) -> Letters | None:
        lines = [line.strip() for line in said.splitlines() if line.strip()][-2:]
        if self.letters.lines(lines[0]) and len(lines) > 1:
            return None  # the tail of an enumeration
        return self._whole(lines[-1]) or self._listed(lines[-1])

    def _quoted(self, said: str) -> Letters | None:
        """The only option whose text stands in quotation marks or bold."""
        found = [self._by_text(next(filter(None, quoted.groups()))) for quoted in _QUOTED.finditer(said)]
        return _unanimous([letters for letters in found if letters])

    def _concluded(self, said: str) -> Letters | None:
        """Letters that every conclusion of the closing passage agrees on."""
        praised = self.letters.praised(said)
        found: list[Letters] = [(letter,) for letter, between in praised if not _denied(between)]
        closing = said[-_CLOSING:]
        for places in weak(closing):
            named = self._named_at(closing, places)
            if named and named.firm and not named.ambiguous:
                found.append(named.letters)
        return _unanimous(found)

    def _by_text(self, said: str) -> Letters | None:
        letters = self.by_text.get(plain(said), []) if len(said) <= 2_000 else []
        return (letters[0],) if len(letters) == 1 and plain(said) else None


def _denied(between: str) -> bool:
    """Whether words deny; an option's text in brackets may: "(CT to rule out a bleed)"."""
    outside = _BRACKETED.sub("", between)
    return negated(outside, 0, len(outside))


def _unanimous(found: list[Letters]) -> Letters | None:
    return found[0] if found and all(letters == found[0] for letters in found) else None
