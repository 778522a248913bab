"""Fields that pages and API share: a benchmark, and a name that reads as it is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.models import BenchmarkVersion
from evaluation.selectors import benchmarks


class BenchmarkField(forms.CharField):
    """A benchmark's slug, cleaned to its current version."""

    def clean(self, value: object) -> BenchmarkVersion:
        slug = super().clean(value)
        version = benchmarks.current_version(slug)
        if version is None:
            known = ", ".join(benchmarks.slugs()) or _("none is loaded yet")
            raise forms.ValidationError(
                _("There is no benchmark %(slug)s. Known: %(known)s.") % {"slug": slug[:80], "known": known},
                code="unknown_benchmark",
            )
        return version


INVISIBLE_LETTERS = (
    "\u115f\u1160\u2800"  # Hangul fillers and the empty Braille cell: no ink, yet not controls
)


class NameField(forms.CharField):
    """A name that reads as it is written: NFKC, single spaces, nothing invisible or reordering in it."""

    def to_python(self, value: object) -> str:
        name = " ".join(unicodedata.normalize("NFKC", super().to_python(value) or "").split())
        for character in name:
            if unicodedata.category(character).startswith("C") or character in INVISIBLE_LETTERS:
                raise _unreadable(
                    _("The name holds %(character)s, which cannot be seen. Type the name anew without it.")
                    % {"character": _described(character)}
                )
        if name and not any(character.isalnum() for character in name):
            raise _unreadable(
                _("%(name)s has no letter or digit. Write a name that can be read aloud.")
                % {"name": name[:40]}
            )
        return name


def _described(character: str) -> str:
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'a character without a name').lower()})"


def _unreadable(message: str) -> forms.ValidationError:
    return forms.ValidationError(message, code="unreadable_name")


def problems_of(form: forms.Form) -> list[dict[str, object]]:
    """A form's own faults, in the words of a verdict: {line, key, code, message}."""
    return [
        {"line": None, "key": name, "code": fault.get("code") or "invalid", "message": _told(name, fault)}
        for name, faults in form.errors.get_json_data().items()
        for fault in faults
    ]


def _told(name: str, fault: Mapping[str, str]) -> str:
    """A verdict is a list: what is missing is named in its line, where a page has the field beside it."""
    if fault["message"] == str(forms.Field.default_error_messages["required"]):
        return gettext("%(field)s is missing: send it, it is required.") % {"field": name}
    return fault["message"]
