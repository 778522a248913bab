"""The shape of an upload, the same for the page and the API."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from evaluation.forms.fields import BenchmarkField, NameField, problems_of
from evaluation.forms.publication import PublicationForm
from evaluation.models import BenchmarkVersion


class SubmissionForm(PublicationForm):
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
        return problems_of(self)
