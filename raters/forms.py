"""What a coordinator types: studies, groups, invitations, files."""

from __future__ import annotations

import re
import uuid
from operator import itemgetter

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from evaluation.forms.fields import NameField
from raters import translated_names
from raters.domain.credentials import LANGUAGES, SPECIALTIES
from raters.domain.study_images import MOST_BYTES as LARGEST_IMAGE
from raters.domain.study_items import MOST_BYTES as LARGEST_ITEMS
from raters.services.drawing import MOST_DRAWN

LONGEST_DESCRIPTION = 4000
LARGEST_RUBRIC = 400_000
_BY_NAME = tuple(sorted(LANGUAGES, key=itemgetter(1)))


class TextField(forms.CharField):
    """Text of several lines; line ends as every system but one writes them."""

    widget = forms.Textarea

    def to_python(self, value: object) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")


class StudyForm(forms.Form):
    """A new study; of an existing one without address, once open without title and rubric."""

    title = NameField(max_length=200, label=_("Title"), help_text=_("As raters and readers will see it."))
    slug = forms.CharField(
        max_length=80,
        label=_("Address"),
        help_text=_("The end of the study's address: small letters, digits and hyphens. It stays."),
        validators=[
            RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*\Z", _("Use small letters, digits and hyphens."))
        ],
    )
    rubric = forms.CharField(max_length=60, label=_("Rubric"))
    description = TextField(
        max_length=LONGEST_DESCRIPTION,
        required=False,
        label=_("Description"),
        help_text=_("What the study is for, in two or three sentences. Raters read it before they join."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def without(self, *names: str) -> StudyForm:
        for name in names:
            del self.fields[name]
        return self


class ItemsFileForm(forms.Form):
    file = forms.FileField(label=_("Items"), allow_empty_file=True)

    def content(self) -> bytes:
        """The bytes; of a file that is too large one more than is allowed, which is enough to refuse it."""
        return bytes(self.cleaned_data["file"].read(LARGEST_ITEMS + 1))


class BenchmarkItemsForm(forms.Form):
    """Which items of a benchmark, and whose answers to them. `only_suited` narrows who may rate them."""

    task = forms.CharField(max_length=120, label=_("Task"))
    number = forms.IntegerField(
        min_value=1,
        max_value=MOST_DRAWN,
        initial=40,
        label=_("Items to draw"),
        help_text=_("Drawn by the study's seed: the same number of the same task brings the same items."),
    )
    systems = forms.TypedMultipleChoiceField(
        coerce=uuid.UUID,
        label=_("Systems"),
        help_text=_("Scored submissions of this benchmark; their answers are shown under no name."),
        widget=forms.CheckboxSelectMultiple,
    )
    only_suited = forms.BooleanField(
        required=False,
        label=_("Only for raters of the task's specialty and language"),
        help_text=_("Otherwise every rater of a group may be given them."),
    )

    def offering(self, tasks: list[tuple[str, str]], systems: list[tuple[str, str]]) -> BenchmarkItemsForm:
        self.fields["task"] = forms.ChoiceField(choices=tasks, label=_("Task"))
        self.fields["systems"].choices = systems  # type: ignore[attr-defined]
        self.order_fields(["task", "number", "systems", "only_suited"])
        return self


class ImageForm(forms.Form):
    file = forms.FileField(label=_("Picture"), allow_empty_file=True, help_text=_("PNG or JPEG."))

    def content(self) -> bytes:
        return bytes(self.cleaned_data["file"].read(LARGEST_IMAGE + 1))


class ReasonForm(forms.Form):
    reason = TextField(
        max_length=2000,
        label=_("Why"),
        help_text=_("Reports give the number of items left out and the reasons."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class GroupForm(forms.Form):
    name = NameField(max_length=60, label=_("Name"), help_text=_("Groups are compared, never pooled."))
    specialties = forms.MultipleChoiceField(
        choices=translated_names.choices(SPECIALTIES),
        required=False,
        label=_("Specialties"),
        help_text=_("They are given items of these. None: any. Ctrl or ⌘ chooses several."),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    languages = forms.MultipleChoiceField(
        choices=translated_names.choices(_BY_NAME),
        required=False,
        label=_("Languages"),
        help_text=_("They are given items in these. None: any. Ctrl or ⌘ chooses several."),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    needs_credential = forms.BooleanField(
        required=False,
        label=_("Only raters with a confirmed credential"),
        help_text=_("Of one of the specialties above, where there are some. Others are given nothing."),
    )


class InviteForm(forms.Form):
    group = forms.IntegerField(label=_("Group"), widget=forms.Select)
    names = TextField(
        max_length=20_000,
        label=_("Raters"),
        help_text=_("User names or e-mail addresses of people with the role of a rater, one a line."),
        widget=forms.Textarea(attrs={"rows": 4, "autocapitalize": "none", "spellcheck": "false"}),
    )
    at_most = forms.IntegerField(
        min_value=1,
        max_value=100_000,
        required=False,
        label=_("At most so many items each"),
        help_text=_("What they agreed to. Empty: as many as the plan gives them."),
    )

    def offering(self, groups: list[tuple[int, str]]) -> InviteForm:
        self.fields["group"].widget.choices = groups
        return self

    def listed(self) -> list[str]:
        return re.split(r"[\n,;]", self.cleaned_data["names"])


class ConfirmForm(forms.Form):
    typed = forms.CharField(max_length=300, required=False)


class RubricForm(forms.Form):
    file = forms.FileField(
        required=False,
        label=_("Rubric"),
        allow_empty_file=True,
        help_text=_("A TOML file of at most 200 kB."),
    )
    toml = TextField(
        required=False,
        max_length=LARGEST_RUBRIC,
        strip=False,
        label=_("Or its text"),
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocapitalize": "none"}),
    )

    def text(self) -> str:
        """What was handed in; bytes that are no UTF-8 become what the reader of rubrics refuses."""
        file = self.cleaned_data.get("file")
        if file is None:
            return str(self.cleaned_data.get("toml", ""))
        return (
            bytes(file.read(LARGEST_RUBRIC + 1))
            .removeprefix(b"\xef\xbb\xbf")
            .decode("utf-8", "surrogateescape")
        )


class VersionForm(forms.Form):
    """The version of a rubric that was looked at before it was confirmed."""

    version = forms.IntegerField(min_value=1, max_value=100_000)
