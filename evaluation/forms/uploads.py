"""The shape of an upload, the same for the page and the API."""

from __future__ import annotations

import unicodedata

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
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


class SubmissionForm(forms.Form):
    benchmark = BenchmarkField(max_length=80)
    system = NameField(
        max_length=120,
        label=_("System"),
        help_text=_("The name readers will see, for instance the model and its size."),
    )
    mode = NameField(
        max_length=40,
        required=False,
        label=_("Prompt mode"),
        help_text=_("How it was asked, when that matters: zero-shot, 5-shot, cot …"),
    )
    file = forms.FileField(
        label=_("Predictions"),
        help_text=_("JSONL, CSV or Parquet, plain or gzip; one row an item with id and output."),
        allow_empty_file=True,  # the checker says more about an empty file than a form could
    )

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_LIMIT_BYTES:
            raise forms.ValidationError(
                _("The file is %(size)d MB; the limit is %(limit)d MB. Compress it with gzip.")
                % {"size": (file.size or 0) // 2**20, "limit": settings.UPLOAD_LIMIT_BYTES // 2**20},
                code="file_too_large",
            )
        return file

    def system_under_test(self) -> tuple[BenchmarkVersion, str, str]:
        """Benchmark version, system name and prompt mode."""
        return self.cleaned_data["benchmark"], self.cleaned_data["system"], self.cleaned_data["mode"]

    def problems(self) -> list[dict[str, object]]:
        """The form's own faults, in the words of a verdict: {line, key, code, message}."""
        return [
            {"line": None, "key": name, "code": fault.get("code") or "invalid", "message": fault["message"]}
            for name, faults in self.errors.get_json_data().items()
            for fault in faults
        ]
