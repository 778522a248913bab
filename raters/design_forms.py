"""What a coordinator decides: the design of a study, its consent text, its honorarium."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from raters.domain.rubric.rubric import Rubric
from raters.domain.study_design import StudyDesign
from raters.forms import TextField

LONGEST_CONSENT = 20_000
PERCENT = ("overlap_share", "repeat_share", "gold_share", "twin_share", "pass_rate", "fail_rate")


def _percent(label: Any, help_text: Any) -> forms.FloatField:
    return forms.FloatField(min_value=0, max_value=100, label=label, help_text=help_text)


class DesignForm(forms.Form):
    """A study's decisions; shares are typed in percent."""

    overlap_share = _percent(
        _("Overlap, %"), _("Share of items that several raters judge. A quarter buys a usable agreement.")
    )
    overlap_raters = forms.IntegerField(
        min_value=1,
        max_value=20,
        label=_("Raters in the overlap"),
        help_text=_("For each item of the overlap."),
    )
    raters_per_item = forms.IntegerField(
        min_value=1, max_value=20, label=_("Raters of all other items"), help_text=_("One, as a rule.")
    )
    systems_per_item = forms.IntegerField(
        min_value=1,
        max_value=50,
        required=False,
        label=_("Systems per item"),
        help_text=_("Empty: all of them. Fewer are dealt in balance, so that all meet all."),
    )
    pairs_per_item = forms.IntegerField(
        min_value=1,
        max_value=1225,
        required=False,
        label=_("Pairs per item"),
        help_text=_("Empty: every pair of systems. Fewer are dealt in balance over the items."),
    )
    repeat_share = _percent(
        _("Repeats, %"), _("Screens a rater sees a second time, unannounced: how steady are they?")
    )
    gold_share = _percent(_("Gold, %"), _("Unannounced screens of gold items, whose right answer is known."))
    twin_share = _percent(
        _("Wrong twins, %"), _("Answers seen before, with one clinical fact made wrong: is it noticed?")
    )
    pass_rate = _percent(
        _("Pass from, %"), _("Right training answers of a good rater. 0: nobody has to qualify.")
    )
    fail_rate = _percent(
        _("Fail below, %"), _("Right training answers of a rater who is not. Between the two a test decides.")
    )
    target_half_width = forms.FloatField(
        min_value=0.001,
        max_value=1000,
        label=_("Target precision, ±"),
        help_text=_("Half the width of the 95 % interval you want, in each scale's own unit."),
    )
    disagreement = forms.IntegerField(
        min_value=1,
        max_value=100,
        label=_("Disagreement from, steps"),
        help_text=_("Ratings that lie so many steps of the scale apart go to adjudication."),
    )
    seed = forms.IntegerField(
        min_value=0,
        max_value=2**31 - 1,
        label=_("Seed"),
        help_text=_("All chance in the plan follows from it: the same seed, the same plan."),
    )

    kept: Mapping[str, Any] = {}  # of decisions that are not in force and so not shown: what is stored

    def suiting(self, rubric: Rubric, kept: Mapping[str, Any]) -> DesignForm:
        """Without what does not apply to the rubric's screens, or to the study as it is: `kept`."""
        del self.fields["systems_per_item" if rubric.unit == "pair" else "pairs_per_item"]
        for name in kept:
            del self.fields[name]
        self.kept = kept
        return self

    @staticmethod
    def values_of(design: StudyDesign) -> dict[str, Any]:
        shown = {name: getattr(design, name) for name in DesignForm.base_fields}
        percents = {name: round(100 * shown[name], 4) for name in PERCENT}
        return shown | {name: int(each) if each.is_integer() else each for name, each in percents.items()}

    def design(self) -> dict[str, Any]:
        """As raters.domain.study_design reads it."""
        values = {name: value for name, value in self.cleaned_data.items() if value is not None}
        return values | {name: values[name] / 100 for name in PERCENT if name in values} | dict(self.kept)


class ConsentForm(forms.Form):
    consent_text = TextField(
        max_length=LONGEST_CONSENT,
        label=_("Consent text"),
        help_text=_("Markdown. Raters accept it before their first item."),
        widget=forms.Textarea(attrs={"rows": 14}),
    )


class PayForm(forms.Form):
    hourly_rate = forms.DecimalField(
        min_value=0,
        max_digits=8,
        decimal_places=2,
        label=_("Honorarium per hour"),
        help_text=_("For the ledger of hours; nothing is paid from here. 0: unpaid."),
    )
    currency = forms.CharField(
        max_length=3,
        label=_("Currency"),
        help_text=_("Three letters, such as EUR, USD or CNY."),
        validators=[RegexValidator(r"^[A-Za-z]{3}\Z", _("Give the three letters of a currency."))],
    )

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()
