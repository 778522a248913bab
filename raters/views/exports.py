"""A study's ratings as files, for its coordinator and, once it is published, for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.http import PageRequest
from raters.domain.exporting import FORMATS
from raters.files import file_of
from raters.selectors import agreement, export, studies


@require_safe
@never_cache
def export_page(request: PageRequest, slug: str) -> HttpResponse:
    study = _study(request, slug)
    person: Any = request.user
    context = {
        "study": study,
        "manages": person.is_authenticated and studies.may_manage(person, study),
        "tables": [(table, [_shown(row) for row in table.preview()]) for table in export.tables(study)],
        "formats": FORMATS,
    }
    return render(request, "raters/export.html", context)


@require_safe
@never_cache
def export_file(request: PageRequest, slug: str, name: str, suffix: str) -> HttpResponseBase:
    study = _study(request, slug)
    if (name, suffix) == ("study", "json"):
        return JsonResponse(export.description(study), json_dumps_params={"indent": 2, "ensure_ascii": False})
    asked = {key: request.GET.get(key, "") for key in ("variable", "group")}
    table = export.table(study, name, **asked)
    if table is None or suffix not in FORMATS:
        raise Http404(_("There is no such file: the export page lists them."))
    return file_of(table, suffix, f"{slug}-{name}.{suffix}")


def _study(request: PageRequest, slug: str) -> Any:
    study = studies.find(slug)
    person: Any = request.user if request.user.is_authenticated else None
    if study is None or not agreement.may_see(person, study):
        raise Http404(_("There is no such study, or its ratings are not open to you."))
    return study


def _shown(row: Any) -> Iterator[str]:
    """Cells short enough for a page."""
    words = {None: "", True: _("yes"), False: _("no")}
    return ((words[cell] if cell is None or isinstance(cell, bool) else str(cell))[:80] for cell in row)
