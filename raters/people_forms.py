"""The shape of what raters say about themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.forms.fields import NameField
from raters import translated_names
from raters.domain.credentials import COUNTRIES, SPECIALTIES, licence_problem, normal_orcid
from raters.domain.language_names import read_languages
from raters.domain.languages import LANGUAGES

MOST_YEARS = 80


class CredentialForm(forms.Form):
    """`is_confirmed`: what is there now was confirmed, so that a change has to be agreed to."""

    profession = NameField(
        max_length=80,
        label=_("Profession"),
        help_text=_("As on your licence or contract: consultant physician, nurse, medical student …"),
    )
    specialties = forms.MultipleChoiceField(
        choices=translated_names.choices(SPECIALTIES),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Specialties"),
        help_text=_(
            "In which you are trained or training. An item of a specialty goes to raters who have it."
        ),
    )
    languages = forms.CharField(
        max_length=400,
        label=_("Languages"),
        help_text=_("In which you can judge a medical text, with commas between: English, German."),
    )
    country = forms.ChoiceField(
        choices=[("", _("Choose a country")), *translated_names.choices(COUNTRIES)],
        label=_("Country"),
        help_text=_("Where you practise, and where your licence was issued."),
    )
    licence_number = forms.CharField(
        max_length=40,
        required=False,
        label=_("Licence number"),
        help_text=_(
            "In the United States your NPI, whose check digit is tested. Empty if your profession has none."
        ),
    )
    orcid = forms.CharField(
        max_length=60,
        required=False,
        label=_("ORCID iD"),
        help_text=_("If you have one: 0000-0002-1825-0097 or its address."),
    )
    years_in_practice = forms.IntegerField(
        min_value=0, max_value=MOST_YEARS, required=False, label=_("Years in practice")
    )
    agreed = forms.BooleanField(
        required=False, label=_("I know that a change removes the confirmation until it is given again")
    )

    def __init__(self, *args: Any, is_confirmed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_confirmed:
            del self.fields["agreed"]

    def clean_specialties(self) -> list[str]:
        return sorted(set(self.cleaned_data["specialties"]))

    def clean_languages(self) -> list[str]:
        try:
            found = read_languages(translated_names.in_english(self.cleaned_data["languages"]))
        except ValueError as fault:
            raise forms.ValidationError(str(fault), code="unknown_language") from None
        if not found:
            raise forms.ValidationError(_("Name at least one language."), code="required")
        return found

    def clean_orcid(self) -> str:
        written = self.cleaned_data["orcid"]
        try:
            return normal_orcid(written) if written else ""
        except ValueError as fault:
            raise forms.ValidationError(str(fault), code="invalid_orcid") from None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        number, country = given.get("licence_number", ""), given.get("country", "")
        if number and country and (problem := licence_problem(country, number)):
            self.add_error("licence_number", forms.ValidationError(problem, code="invalid_licence"))
        return given

    @property
    def credential(self) -> dict[str, Any]:
        """What was filled in, by column."""
        return {name: value for name, value in self.cleaned_data.items() if name != "agreed"}

    @property
    def is_agreed(self) -> bool:
        return bool(self.cleaned_data.get("agreed"))


def as_initial(content: dict[str, Any]) -> dict[str, Any]:
    """A stored credential as the form shows it."""
    return content | {"languages": ", ".join(translated_names.named(content["languages"], LANGUAGES))}
