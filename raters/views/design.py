"""A study's design: decided, and said at once what it means; its consent text and pay."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import PersonRequest
from raters.design_forms import ConsentForm, DesignForm, PayForm
from raters.domain.study_design import StudyDesign, UnusableDesignError, read_design
from raters.selectors import design_meaning, rubrics
from raters.services import drafts
from raters.services.refusals import RefusalError
from raters.views.managing import back, coordinating


@coordinating
@require_safe
def design(request: PersonRequest, study: Any) -> HttpResponse:
    return _page(request, study)


@coordinating
@require_POST
def decide(request: PersonRequest, study: Any) -> HttpResponse:
    form = _suited(request, study)
    if form.is_valid():
        try:
            drafts.change(study, design=form.design())
        except RefusalError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The design is saved."))
            return redirect("raters:design", study.slug)
    return _page(request, study, form=form)


@coordinating
@require_POST
def meaning(request: PersonRequest, study: Any) -> HttpResponse:
    """What the design in the form would mean; nothing is saved."""
    form = _suited(request, study)
    context: dict[str, Any] = {"study": study}
    if form.is_valid():
        try:
            context["meanings"] = _meaning(study, read_design(form.design()))
        except UnusableDesignError as error:
            context["problem"] = str(error)
    else:
        context["problem"] = _("Some of it cannot be used: %(names)s.") % {
            "names": ", ".join(str(form.fields[name].label) for name in form.errors if name in form.fields)
        }
    return render(request, "raters/_meaning.html", context)


@coordinating
@require_POST
def consent_text(request: PersonRequest, study: Any) -> HttpResponse:
    form = ConsentForm(request.POST)
    if form.is_valid():
        try:
            changed = drafts.change(study, **form.cleaned_data)
        except RefusalError as refusal:
            form.add_error("consent_text", refusal.message)
        else:
            if changed.consent_version != study.consent_version:
                text = _("Version %(n)d: every rater is asked again before the next screen.")
                messages.success(request, text % {"n": changed.consent_version})
            else:
                messages.success(request, _("The consent text is saved."))
            return back("raters:design", study.slug, anchor="consent")
    return _page(request, study, consent=form)


@coordinating
@require_POST
def consent_preview(request: PersonRequest, study: Any) -> HttpResponse:
    form = ConsentForm(request.POST)
    text = form.cleaned_data["consent_text"] if form.is_valid() else ""
    return render(request, "raters/_consent_preview.html", {"text": text, "form": form})


@coordinating
@require_POST
def pay(request: PersonRequest, study: Any) -> HttpResponse:
    form = PayForm(request.POST)
    if study.state != "draft":
        form.fields["currency"].required = False
    if form.is_valid():
        changed = dict(form.cleaned_data)
        if study.state != "draft":
            del changed["currency"]
        try:
            drafts.change(study, **changed)
        except RefusalError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The honorarium is saved."))
            return back("raters:design", study.slug, anchor="pay")
    return _page(request, study, money=form)


def _suited(request: PersonRequest, study: Any) -> DesignForm:
    chosen = read_design(study.design)
    return DesignForm(request.POST).suiting(rubrics.rubric_of(study.rubric_id), _kept(study, chosen))


def _kept(study: Any, chosen: StudyDesign) -> dict[str, Any]:
    """What is decided and comes to nothing yet stays as it is."""
    return {name: getattr(chosen, name) for name in design_meaning.not_in_force(study)}


def _page(
    request: PersonRequest,
    study: Any,
    form: DesignForm | None = None,
    consent: ConsentForm | None = None,
    money: PayForm | None = None,
) -> HttpResponse:
    chosen = read_design(study.design)
    rubric = rubrics.rubric_of(study.rubric_id)
    shown = form or DesignForm(initial=DesignForm.values_of(chosen)).suiting(rubric, _kept(study, chosen))
    context = {
        "study": study,
        "rubric": rubric,
        "form": shown,
        "not_in_force": design_meaning.not_in_force(study).values(),
        "consent": consent or ConsentForm(initial={"consent_text": study.consent_text}),
        "money": money or PayForm(initial={"hourly_rate": study.hourly_rate, "currency": study.currency}),
        "meanings": _meaning(study, chosen) if study.state == "draft" else None,
    }
    return render(request, "raters/design.html", context, status=400 if form or consent or money else 200)


def _meaning(study: Any, chosen: StudyDesign) -> list[design_meaning.GroupMeaning]:
    return design_meaning.meaning_of(study, chosen, Decimal(study.hourly_rate))
