"""Agreement of a study's raters: the dashboard, the cases they differ on, publishing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import PageRequest, PersonRequest
from accounts.pages import render_page
from raters.domain.rendering import to_html
from raters.selectors import agreement as selectors
from raters.selectors import disagreement, studies
from raters.services import publication
from raters.services.refusals import RefusalError
from raters.views.managing import coordinating

PAGE = 25


@require_safe
@never_cache
def agreement(request: PageRequest, slug: str) -> HttpResponse:
    study = _study(request, slug)
    shown = [name for name in request.GET.getlist("show") if name in selectors.COLUMNS] or selectors.DEFAULT
    board = selectors.dashboard(study, shown, request.GET.get("sort", ""))
    person: Any = request.user
    context = {
        "study": study,
        "board": board,
        "manages": person.is_authenticated and studies.may_manage(person, study),
        "heads": [_head(request.GET, key, label, board.sort) for key, label in board.columns],
        "systems": selectors.system_names(study),
        "publication": publication.state_of(study),
    }
    return render_page(request, "raters/agreement.html", context, fragment="agreement")


@require_safe
@never_cache
def variable(request: PageRequest, slug: str) -> HttpResponse:
    """One variable of one group: every coefficient, and the cases by disagreement."""
    study = _study(request, slug)
    group, row = _row(request, study)
    cases = disagreement.disputed_cases(study, group.pk, row.variable)
    page = Paginator(cases, PAGE).get_page(request.GET.get("page"))
    labels = selectors.value_labels(disagreement.rubric_of(study), row.variable)
    names = disagreement.keys_of(case.item for case in page)
    numbers = disagreement.answer_numbers(study, (case.unit for case in cases))
    context = {
        "study": study,
        "group": group,
        "row": row,
        "page": page,
        "cases": [
            (case, names[case.item], numbers[case.unit], _counted(case.values, labels)) for case in page
        ],
        "most": disagreement.MOST_CASES,
    }
    return render(request, "raters/agreement_variable.html", context)


@require_safe
@never_cache
def case(request: PageRequest, slug: str) -> HttpResponse:
    """One case as raters saw it, with what they said of it, without a name."""
    study = _study(request, slug)
    group, row = _row(request, study)
    unit, part = request.GET.get("unit", ""), request.GET.get("part", "").replace("\0", "")
    view = disagreement.case_of(study, unit)
    if view is None:
        raise Http404(_("There is no such case in this study."))
    ratings = disagreement.ratings_of(study, group.pk, unit, part, row.variable)
    names = selectors.system_names(study)
    context = {
        "study": study,
        "group": group,
        "row": row,
        "view": view,
        "part": disagreement.part_label(view, row.variable, part),
        "ratings": [
            (chr(ord("A") + number % 26), disagreement.said(view, row.variable, value))
            for number, value in enumerate(ratings)
        ],
        "sources": disagreement.sources(view, names),
    }
    return render(request, "raters/agreement_case.html", context)


@require_safe
def image(request: PageRequest, slug: str, number: int) -> FileResponse:
    """The image of a case, to whoever may see the study's agreement."""
    item = disagreement.item_with_image(_study(request, slug), number)
    if item is None:
        raise Http404(_("There is no such image."))
    return FileResponse(item.image.open("rb"), filename=f"{slug}-{number}.png")


@coordinating
@require_POST
def publish(request: PersonRequest, study: Any) -> HttpResponse:
    try:
        publication.ask(study)
        messages.info(request, _("The agreement is computed a second time; then the study is published."))
    except RefusalError as refusal:
        messages.error(request, refusal.message)
    return redirect("raters:agreement", study.slug)


@require_safe
def methods(request: PageRequest) -> HttpResponse:
    """The chapter on agreement, as it stands in the documentation."""
    path = Path(settings.BASE_DIR) / "docs" / "methods.md"
    if not path.is_file():
        raise Http404(_("The documentation is not part of this installation."))
    chapter = path.read_text(encoding="utf-8").partition("\n## 3. ")[2].partition("\n## 4. ")[0]
    # lines are broken for editors alone; headings and rows of tables stay lines
    joined = re.sub(r"^(?![#|])(.+)\n(?=[^\n|#\-])", r"\1 ", f"## {chapter}", flags=re.MULTILINE)
    text = mark_safe(to_html(joined))  # noqa: S308 - written by to_html alone
    return render(request, "raters/agreement_methods.html", {"text": text})


def _study(request: PageRequest, slug: str) -> Any:
    study = studies.find(slug)
    person: Any = request.user if request.user.is_authenticated else None
    if study is None or not selectors.may_see(person, study):
        raise Http404(_("There is no such study, or its agreement is not open to you."))
    return study


def _row(request: PageRequest, study: Any) -> tuple[Any, selectors.VariableRow]:
    group, named = request.GET.get("group", ""), request.GET.get("variable", "")
    found = None
    if "\0" not in named and group.isascii() and group.isdigit() and len(group) < 16:
        found = selectors.row_of(study, int(group), named)
    if found is None:
        raise Http404(_("Nothing is rated on this variable."))
    return found


def _head(query: QueryDict, key: str, label: Any, sort: str) -> tuple[str, Any, str, str]:
    """Key, label, address that sorts by it, and how it is sorted now."""
    turned = query.copy()
    turned["sort"] = key if sort == f"-{key}" else f"-{key}"
    now = {"": "none", key: "ascending", f"-{key}": "descending"}.get(sort, "none")
    return key, label, f"?{turned.urlencode()}", now


def _counted(values: tuple[str, ...], labels: dict[str, str]) -> list[tuple[str, int]]:
    """Each value given, with how often, in the words of the rubric."""
    return [(labels.get(value, value)[:60], values.count(value)) for value in dict.fromkeys(values)]
