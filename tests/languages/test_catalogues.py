"""The catalogues: whole, compiled as they are written, and faithful to what they translate."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator

import polib
import pytest
from django.conf import settings
from django.utils.translation import to_locale

from tests.languages.made_catalogues import CATALOGUES, catalogue

LANGUAGES = [to_locale(code) for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
HELD = re.compile(
    r"%\(\w+\)[sdg]|%%|%[sdn]|\{\w+\}|</?[a-z][^>]*>|https?://[A-Za-z0-9_/-]+(?:\.[A-Za-z0-9_/-]+)*|--?[a-z]+_[a-z_]+"
)
FORMS = {"es": 2, "zh_Hans": 1}
SCRIPT = {"zh_Hans": re.compile(r"[一-鿿]")}
_SENTENCE = re.compile(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}")


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Each text with a translation of it; of plurals every form beside the form it may stand for."""
    for entry in catalogue(language):
        for said in translations(entry):
            yield entry.msgid_plural or entry.msgid, said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_a_translation_and_none_is_a_guess(
    language: str, record_figure: Callable[[str, str, str, bool], None]
) -> None:
    entries = catalogue(language)
    missing = [entry.msgid for entry in entries if not all(translations(entry))]
    guessed = [entry.msgid for entry in entries if entry.fuzzy]
    share = 100 * (len(entries) - len(missing)) / len(entries)
    name = f"texts of the interface translated, {language}"
    record_figure(name, f"{share:.1f} % of {len(entries)}", "100 %", not missing)
    assert len(entries) > 2000
    assert (missing, guessed, entries.obsolete_entries()) == ([], [], [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_says_what_the_written_one_says(language: str) -> None:
    compiled = polib.mofile(str(CATALOGUES / language / "LC_MESSAGES" / "django.mo"))
    assert {(e.msgctxt, e.msgid): (e.msgstr, e.msgstr_plural) for e in compiled} == {
        (e.msgctxt, e.msgid): (e.msgstr, e.msgstr_plural) for e in catalogue(language)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_filled_in_is_filled_in_in_the_translation_too(language: str) -> None:
    strange = []
    for entry in catalogue(language):
        wanted = {frozenset(HELD.findall(text)) for text in (entry.msgid, entry.msgid_plural) if text}
        strange += [said for said in translations(entry) if frozenset(HELD.findall(said)) not in wanted]
    assert strange == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_have_the_forms_of_the_language(language: str) -> None:
    entries = catalogue(language)
    assert f"nplurals={FORMS[language]};" in entries.metadata["Plural-Forms"]
    plurals = [entry for entry in entries if entry.msgid_plural]
    assert len(plurals) > 50
    assert {tuple(entry.msgstr_plural) for entry in plurals} == {tuple(range(FORMS[language]))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_was_left_as_it_was(language: str) -> None:
    same = [text for text, said in pairs(language) if text == said and _SENTENCE.search(text)]
    assert same == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_surrounds_a_text_fits_its_translation(language: str) -> None:
    """A text that begins in the middle of a sentence, or ends one, does so in translation."""
    ends = {"?": "?？", ":": ":：", "…": "…"}
    for text, said in pairs(language):
        for end, fitting in ends.items():
            assert not text.endswith(end) or said[-1] in fitting, (text, said)
        assert not text.startswith("\n") or said.startswith("\n"), text


def test_chinese_is_written_in_chinese() -> None:
    words = re.compile(r"[A-Za-z]{4,} [a-z]{3,}")
    plain = [
        text for text, said in pairs("zh_Hans") if words.search(text) and not SCRIPT["zh_Hans"].search(said)
    ]
    assert plain == []


def test_spanish_addresses_nobody_as_a_friend() -> None:
    familiar = re.compile(
        r"\b(tú|tus|tuyo|tuya|haz|pulsa|escribe tu|puedes|tienes|quieres|eres)\b", re.IGNORECASE
    )
    assert [said for _, said in pairs("es") if familiar.search(said)] == []


@pytest.mark.skipif(
    shutil.which("xgettext") is None, reason="GNU gettext is not installed: sources cannot be read"
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogues_hold_exactly_what_the_pages_say(language: str) -> None:
    """After a text was added or changed: make messages, then translate what is new."""
    from consilium.management.commands.messages import said_now

    now = {entry.msgid for entry in said_now()}
    held = {entry.msgid for entry in catalogue(language)}
    assert (sorted(now - held), sorted(held - now)) == ([], [])
