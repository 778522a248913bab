"""Specialties, countries and languages by the names the reader's language has for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from raters.domain.languages import LANGUAGES

Names = Sequence[tuple[str, str]]  # codes with English names
_SEPARATORS = re.compile("([,;\n，、；])")


def choices(names: Names) -> list[tuple[str, Promise]]:
    """For a form: in the language of whoever looks at it."""
    return [(code, gettext_lazy(name)) for code, name in names]


def named(codes: Iterable[str], names: Names) -> list[str]:
    known = dict(names)
    return [gettext(known[code]) if code in known else code for code in codes]


def saying(word: str, names: Names) -> list[str]:
    """Codes whose name holds this word, in English or in the reader's language."""
    sought = word.casefold()
    return [code for code, name in names if sought in name.casefold() or sought in gettext(name).casefold()]


def in_english(written: str) -> str:
    """A list of languages as the domain reads it, from one in the reader's language."""
    english = {gettext(name).casefold(): name for _, name in LANGUAGES}
    parts = _SEPARATORS.split(written)
    return "".join(english.get(" ".join(part.split()).casefold(), part) for part in parts)
