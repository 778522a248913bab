"""A study for its coordinator: defined, dry-run, opened, locked, copied, deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PersonRequest
from raters.domain.consent_template import consent_template
from raters.forms import ConfirmForm, ReasonForm, StudyForm
from raters.selectors import coordination, dry_run_report, rubric_pages
from raters.services import drafts
from raters.services.refusals import RefusalError
from raters.views.managing import back, coordinating, coordinators_only, told


@coordinators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    form = StudyForm(request.POST or None, initial={"rubric": request.GET.get("rubric", "")})
    if request.method == "POST" and form.is_valid():
        made = _created(request, form)
        if made is not None:
            return redirect("raters:items", made.slug)
    return render(
        request, "raters/new.html", {"form": form, "cards": rubric_pages.cards()}, status=_status(form)
    )


@coordinating
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PersonRequest, study: Any) -> HttpResponse:
    form = StudyForm(request.POST or None, initial=_texts(study)).without("slug")
    is_draft = study.state == "draft"
    if not is_draft:
        form.without("title", "rubric")
    if request.method == "POST" and form.is_valid():
        changed = {name: form.cleaned_data[name] for name in form.fields if name != "rubric"}
        rubric = rubric_pages.version_of(form.cleaned_data["rubric"]) if is_draft else None
        if is_draft and rubric is None:
            form.add_error("rubric", _("Choose one of the rubrics."))
        else:
            if is_draft and form.cleaned_data["rubric"] != study.rubric.slug:
                changed["rubric"] = rubric
            if told(request, lambda: drafts.change(study, **changed), lambda _made: _("Saved.")):
                return redirect("raters:study", study.slug)
    cards = rubric_pages.cards() if is_draft else []
    context = {
        "study": study,
        "form": form,
        "cards": cards,
        "newest": rubric_pages.card_of(study.rubric.slug),
    }
    return render(request, "raters/edit.html", context, status=_status(form))


@coordinating
@require_safe
def dry_run(request: PersonRequest, study: Any) -> HttpResponse:
    context = {
        "study": study,
        "report": dry_run_report.report_of(study),
        "ready": coordination.readiness(study),
        "width": dry_run_report.WIDTH,
        "height": dry_run_report.HEIGHT,
        "left": dry_run_report.LEFT,
        "right": dry_run_report.WIDTH - dry_run_report.RIGHT,
        "top": dry_run_report.TOP,
        "bottom": dry_run_report.HEIGHT - dry_run_report.BOTTOM,
    }
    return render(request, "raters/dry_run.html", context)


@coordinating
@require_POST
def play(request: PersonRequest, study: Any) -> HttpResponse:
    told(request, lambda: drafts.play(study), lambda _made: _("Played. This is what the design is worth."))
    return redirect("raters:dry_run", study.slug)


@coordinating
@require_POST
def open_study(request: PersonRequest, study: Any) -> HttpResponse:
    told(
        request,
        lambda: drafts.open_study(study, request.user, _reason(request)),
        lambda made: _("The study is open: %(n)d screens are handed out.") % {"n": made},
    )
    return redirect("raters:study", study.slug)


@coordinating
@require_POST
def lock(request: PersonRequest, study: Any) -> HttpResponse:
    told(
        request,
        lambda: drafts.lock(study, _typed(request)),
        lambda _none: _("The study is locked. No more ratings are taken, and its sources may be revealed."),
    )
    return back("raters:study", study.slug, anchor="closing")


@coordinating
@require_POST
def clone(request: PersonRequest, study: Any) -> HttpResponse:
    try:
        made = drafts.clone(study, request.user)
    except RefusalError as refusal:
        messages.error(request, refusal.message)
        return redirect("raters:study", study.slug)
    messages.success(request, _("A new draft with the same rubric, items and design. It has no raters yet."))
    return redirect("raters:study", made.slug)


@coordinating
@require_POST
def delete(request: PersonRequest, study: Any) -> HttpResponse:
    if told(request, lambda: drafts.delete(study, _typed(request)), lambda _none: _("The draft is deleted.")):
        return redirect("raters:studies")
    return back("raters:study", study.slug, anchor="closing")


def _created(request: PersonRequest, form: StudyForm) -> Any | None:
    values = dict(form.cleaned_data)
    rubric = rubric_pages.version_of(values.pop("rubric"))
    if rubric is None:
        form.add_error("rubric", _("Choose one of the rubrics."))
        return None
    minutes = rubric_pages.minutes_of(rubric)
    try:
        return drafts.create(
            request.user,
            values.pop("slug"),
            values.pop("title"),
            rubric,
            consent_text=consent_template(minutes),
            **values,
        )
    except RefusalError as refusal:
        form.add_error("slug", refusal.message)
        return None


def _reason(request: PersonRequest) -> str:
    form = ReasonForm(request.POST)
    return str(form.cleaned_data["reason"]) if form.is_valid() else ""


def _texts(study: Any) -> dict[str, str]:
    return {"title": study.title, "description": study.description, "rubric": study.rubric.slug}


def _typed(request: PersonRequest) -> str:
    form = ConfirmForm(request.POST)
    return str(form.cleaned_data["typed"]) if form.is_valid() else ""


def _status(form: Any) -> int:
    return 400 if form.errors else 200
