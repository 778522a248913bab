"""Rubrics: what they ask, where they come from, their versions; and coordinators' own."""

from __future__ import annotations

import csv
from dataclasses import astuple, fields
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import PageRequest, PersonRequest
from accounts.pages import render_refusal
from raters.domain.phantom import Phantom, png
from raters.domain.rubric import CodebookRow
from raters.domain.safe_cells import safe_cell
from raters.forms import RubricForm
from raters.selectors import previews, rubric_pages
from raters.services import rubric_uploads
from raters.services.refusals import RefusalError
from raters.views.managing import coordinators_only, faults


@require_safe
def rubric_list(request: PageRequest) -> HttpResponse:
    return render(request, "raters/rubrics.html", _list_context(request))


@coordinators_only
@require_POST
def upload(request: PersonRequest) -> HttpResponse:
    form = RubricForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, (faults(form),))
    try:
        found = rubric_uploads.upload(form.text(), request.user)
    except RefusalError as refusal:
        return _refused(request, (refusal.message,))
    if found.version is None:
        return _refused(request, found.problems)
    number = {"title": found.version.title, "n": found.version.number}
    if found.is_new:
        messages.success(request, _("%(title)s, version %(n)d, is published.") % number)
    else:
        messages.info(request, _("This content is version %(n)d of %(title)s already.") % number)
    address = f"{reverse('raters:rubric', args=[found.version.slug])}?version={found.version.number}"
    return HttpResponse(headers={"HX-Redirect": address}) if request.htmx else redirect(address)


@require_safe
def rubric(request: PageRequest, slug: str) -> HttpResponse:
    version = _version(request, slug)
    versions = rubric_pages.versions_of(slug)
    other = _number(request.GET.get("against"))
    against = rubric_pages.version_of(slug, other) if other else None
    context = {
        "version": version,
        "rubric": previews.rubric_of(version),
        "versions": versions,
        "view": previews.of_rubric(version, reverse("raters:rubric_image")),
        "against": against,
        "suggested": rubric_pages.neighbour(versions, version.number),
        "difference": rubric_pages.difference(against.toml, version.toml) if against else None,
        "is_coordinator": request.user.is_authenticated and request.user.has_role("coordinator"),
    }
    return render(request, "raters/rubric.html", context)


@require_safe
def toml_file(request: PageRequest, slug: str) -> HttpResponse:
    version = _version(request, slug)
    answer = HttpResponse(version.toml, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slug}-v{version.number}.toml"'
    return answer


@require_safe
def codebook_file(request: PageRequest, slug: str) -> HttpResponse:
    version = _version(request, slug)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slug}-v{version.number}-codebook.csv"'
    writer = csv.writer(answer)
    writer.writerow([each.name for each in fields(CodebookRow)])
    writer.writerows([safe_cell(cell) for cell in astuple(row)] for row in rubric_pages.codebook_of(version))
    return answer


@require_safe
def image(request: PageRequest) -> HttpResponse:
    """A drawn picture that stands for the picture of a case."""
    return HttpResponse(
        _drawn(), content_type="image/png", headers={"Cache-Control": "public, max-age=86400"}
    )


@lru_cache(maxsize=1)
def _drawn() -> bytes:
    return png(Phantom(finding="nodule", side="right", seed=1))


def _list_context(request: PageRequest) -> dict[str, Any]:
    person = request.user
    return {
        "cards": rubric_pages.cards(),
        "form": RubricForm(),
        "is_coordinator": person.is_authenticated and person.has_role("coordinator"),
    }


def _refused(request: PersonRequest, problems: tuple[str, ...]) -> HttpResponse:
    context = _list_context(request) | {"form": RubricForm(request.POST), "problems": problems}
    return render_refusal(request, "raters/rubrics.html", context, fragment="verdict")


def _version(request: PageRequest, slug: str) -> Any:
    asked = request.GET.get("version")
    number = _number(asked)
    found = rubric_pages.version_of(slug, number) if number or not asked else None
    if found is None:
        raise Http404(_("There is no rubric of this name, or not in this version."))
    return found


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 7 else None
