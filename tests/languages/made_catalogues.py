"""A language made at test time: every text of ours between marks, so that what nobody marked is seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import polib

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = ROOT / "platform" / "locale"
OPENING, CLOSING = "⟦", "⟧"
NAMES = {"bidi": False, "name": "Marked", "name_local": "Marked"}


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(CATALOGUES / language / "LC_MESSAGES" / "django.po"))


def marked(text: str) -> str:
    """⟦text⟧, with blanks and line ends where they were."""
    inner = text.strip()
    return text.replace(inner, f"{OPENING}{inner}{CLOSING}", 1)


def make(folder: Path, language: str, change: Callable[[str], str]) -> None:
    """A compiled catalogue of `language` with every text of ours changed by `change`."""
    made = polib.POFile()
    made.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for entry in catalogue("es"):
        if entry.msgid_plural:
            forms = {0: change(entry.msgid), 1: change(entry.msgid_plural)}
            made.append(
                polib.POEntry(msgid=entry.msgid, msgid_plural=entry.msgid_plural, msgstr_plural=forms)
            )
        else:
            made.append(polib.POEntry(msgid=entry.msgid, msgstr=change(entry.msgid)))
    target = folder / language / "LC_MESSAGES"
    target.mkdir(parents=True)
    made.save_as_mofile(str(target / "django.mo"))


def speak(settings: Any, folder: Path, language: str) -> None:
    """Have the pages made in a language of `folder`; `settings` gives back what was."""
    settings.LOCALE_PATHS = [folder]
    settings.LANGUAGES = [*settings.LANGUAGES, (language, "Marked")]


_LINK = re.compile(r"%\((?:end_)?link\)s")  # a page shows what is before, in and after it apart


@cache
def said_by_others() -> frozenset[str]:
    """Texts of Django and of the sign-in pages, which come translated."""
    import allauth
    import django

    found = set()
    for package in (django, allauth):
        for path in Path(package.__file__).parent.glob("**/locale/es/LC_MESSAGES/django.po"):
            for entry in polib.pofile(str(path)):
                texts = (entry.msgid, entry.msgid_plural) if entry.translated() else ()
                for text in texts:
                    found |= {" ".join(part.split()) for part in (text, *_LINK.split(text)) if part.strip()}
    return frozenset(found)


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Those with something to fill in."""
    return tuple(
        re.compile(re.sub(r"%\\?\(\w+\\?\)[sd]|%s", ".+", re.escape(text)))
        for text in said_by_others()
        if "%" in text and len(re.findall(r"[A-Za-z]{3,}", re.sub(r"%\(\w+\)[sd]", "", text))) > 1
    )


def is_said_by_others(text: str) -> bool:
    """Whether Django or the sign-in pages say this text."""
    return text in said_by_others() or any(pattern.fullmatch(text) for pattern in _patterns())
