"""Who sees it and whose the model is: the same four fields for files, models, API and the control page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from evaluation.domain.publication import LONGEST_CONSENT, OWN, PUBLIC, Publication
from evaluation.models import Submission

VISIBILITIES = (
    ("public", _("Public: on the board with its name")),
    ("anonymous", _("Public without its name: its scores and its rank are shown")),
    ("private", _("Private: nobody but you and administrators sees it")),
)
RELATIONS = (
    ("own", _("It is ours: we made the model or tuned it")),
    ("agreed", _("It is somebody else's, who agreed, or its licence allows it")),
    ("not_asked", _("It is somebody else's, who was not asked: it stays private until you say otherwise")),
)


class PublicationForm(forms.Form):
    """What is left out keeps its default, so that what programs sent before still means the same."""

    visibility = forms.ChoiceField(
        choices=VISIBILITIES,
        required=False,
        initial=PUBLIC,
        label=_("Who sees its scores"),
        widget=forms.RadioSelect,
    )
    named_on = forms.DateField(
        required=False,
        label=_("Named on"),
        help_text=_("The day its name is shown, in UTC. Empty: when you say so."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write a day as 2027-01-31.")},
    )
    relation = forms.ChoiceField(
        choices=RELATIONS,
        required=False,
        initial=OWN,
        label=_("Whose model it is"),
        widget=forms.RadioSelect,
    )
    consent = forms.CharField(
        required=False,
        max_length=LONGEST_CONSENT,
        label=_("How its owner agreed"),
        help_text=_(
            "Who and when, or the licence that allows it. Administrators read it, the public does not."
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for fault in self.publication().faults(timezone.now().date()):
            if fault.field not in self.errors:
                self.add_error(fault.field, forms.ValidationError(_(fault.message), code=fault.code))
        return cleaned

    def publication(self) -> Publication:
        """What was chosen, defaults where nothing was."""
        said = self.cleaned_data
        return Publication(
            visibility=said.get("visibility") or PUBLIC,
            named_on=said.get("named_on"),
            relation=said.get("relation") or OWN,
            consent=said.get("consent") or "",
        )


def publication_of(submission: Submission) -> dict[str, Any]:
    """What a submission chose, as a form opens with it."""
    return {
        "visibility": submission.visibility,
        "named_on": submission.named_on,
        "relation": submission.relation,
        "consent": submission.consent,
    }
