"""Bring the catalogues up to date: what the pages say now, merged into every language, and compiled.

A new text has no translation yet, and a test says so; one that
is gone is dropped. GNU gettext reads the sources (xgettext); polib, of the development group, does the rest.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.management.commands import makemessages
from django.test.utils import override_settings
from django.utils.translation import to_locale

from evaluation.domain.prompts.modes import modes
from raters.domain.credentials import COUNTRIES, SPECIALTIES
from raters.domain.languages import LANGUAGES

IGNORED = ["platform/locale", ".venv*", ".consilium*", "tests", "bench", "docs", "docker", "static_collected"]
REGISTER = "leaderboard/specs/methods.toml"
KEYS = "platform/static/rating/keys.json"
MODES = "evaluation/domain/prompts"
NAMES = "raters/translated_names.py"
SAID_OF_METHODS = ("title", "means", "assumes", "limits")
WIDTH = 110


class Extraction(makemessages.Command):
    """Django's, which also knows the short names that texts are made lazy by."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=lazy", "--keyword=_lazy"]


class Command(BaseCommand):
    help = (
        "Extract every text of the pages, merge it into platform/locale/*/LC_MESSAGES/django.po and compile."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if shutil.which("xgettext") is None:
            raise CommandError("GNU gettext is not installed: xgettext reads the sources. Install it first.")
        catalogues = settings.LOCALE_PATHS[0]
        reference = said_now()
        for code, _ in settings.LANGUAGES:
            if code != settings.LANGUAGE_CODE:
                path = Path(catalogues) / to_locale(code) / "LC_MESSAGES" / "django.po"
                self.stdout.write(f"{code}: {_merged(path, reference)} texts without a translation")


def said_now() -> polib.POFile:
    """Every text of sources, templates and the register of methods, untranslated."""
    with tempfile.TemporaryDirectory() as folder, override_settings(LOCALE_PATHS=[folder]):
        call_command(
            Extraction(),
            locale=["en"],
            ignore_patterns=IGNORED,
            no_wrap=True,
            add_location="file",
            verbosity=0,
        )
        found = polib.pofile(f"{folder}/en/LC_MESSAGES/django.po", wrapwidth=WIDTH)
    for where, text in _kept_elsewhere():
        if found.find(text) is None:
            found.append(polib.POEntry(msgid=text, occurrences=[(where, "")]))
    return found


def _kept_elsewhere() -> Iterator[tuple[str, str]]:
    """Texts that no call names, each with where it is: of the register of methods, the keys, the lists."""
    register = tomllib.loads((settings.BASE_DIR / REGISTER).read_text(encoding="utf-8"))
    for entry in (entry for kind in register.values() for entry in kind):
        yield from ((REGISTER, entry[name]) for name in SAID_OF_METHODS if entry[name])
    for key in json.loads((settings.BASE_DIR / KEYS).read_text(encoding="utf-8")):
        yield KEYS, key["label"]
    for mode in modes():
        yield from ((MODES, text) for text in (mode.label, mode.description))
    for names in (SPECIALTIES, COUNTRIES, LANGUAGES):
        yield from ((NAMES, name) for _, name in names)


def _merged(path: Path, reference: polib.POFile) -> int:
    """Merge into one catalogue and compile it; how many texts have no translation."""
    catalogue = polib.pofile(str(path), wrapwidth=WIDTH)
    catalogue.merge(reference)
    for entry in catalogue.obsolete_entries():
        catalogue.remove(entry)
    forms = int(re.search(r"nplurals=(\d)", catalogue.metadata["Plural-Forms"])[1])  # type: ignore[index]
    for entry in catalogue:
        entry.msgstr_plural = {
            n: entry.msgstr_plural.get(n, "") for n in range(forms if entry.msgid_plural else 0)
        }
    catalogue.sort(key=lambda entry: (entry.occurrences[0][0] if entry.occurrences else "", entry.msgid))
    catalogue.save(str(path))
    catalogue.save_as_mofile(str(path.with_suffix(".mo")))
    return len(catalogue.untranslated_entries())
