"""The items of a study: looked at as raters see them, added, pictured, left out, removed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PersonRequest
from accounts.pages import render_page, render_refusal
from evaluation.domain.benchmarks import CONSULTING
from raters.domain.study_items_template import template_lines
from raters.forms import BenchmarkItemsForm, ImageForm, ItemsFileForm, ReasonForm
from raters.selectors import benchmark_answers, coordination, previews, rubrics
from raters.services import drawing, items_uploads, transcripts
from raters.services import items as service
from raters.services.items import Added
from raters.services.items_uploads import is_long
from raters.services.refusals import RefusalError
from raters.views.managing import coordinating, faults, told


@coordinating
@require_safe
def items(request: PersonRequest, study: Any) -> HttpResponse:
    return render_page(request, "raters/items.html", _list_context(request, study), fragment="rows")


@coordinating
@require_POST
def add(request: PersonRequest, study: Any) -> HttpResponse:
    """Add a file. What is wrong with it is shown in place; otherwise the list is shown again."""
    form = ItemsFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _verdict(request, study, None, faults(form))
    content = form.content()
    try:
        if is_long(content):
            items_uploads.keep(study, request.user, form.cleaned_data["file"].name, content)
            return _go(request, reverse("raters:items", args=[study.slug]))
        added = service.add_file(study, content)
    except RefusalError as refusal:
        return _verdict(request, study, None, refusal.message)
    if added.problems:
        return _verdict(request, study, added, "")
    items_uploads.forget_finished(study)
    _tell(request, added)
    return _go(request, reverse("raters:items", args=[study.slug]))


@coordinating
@require_safe
def upload(request: PersonRequest, study: Any, pk: uuid.UUID) -> HttpResponse:
    """How far a file is; once it is done the page around it is shown anew."""
    found = coordination.upload_of(study, pk)
    if found is None or found.state != found.State.WAITING:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "raters/_items_upload.html", {"study": study, "upload": found})


@coordinating
@require_POST
def forget_upload(request: PersonRequest, study: Any, pk: uuid.UUID) -> HttpResponse:
    items_uploads.forget(study, pk)
    return redirect("raters:items", study.slug)


@coordinating
@require_safe
def template_file(request: PersonRequest, study: Any) -> HttpResponse:
    """A file of two items for the study's rubric, to be filled in."""
    answer = HttpResponse(
        template_lines(rubrics.rubric_of(study.rubric_id)), content_type="application/octet-stream"
    )
    answer["Content-Disposition"] = f'attachment; filename="{study.slug}-items.jsonl"'
    return answer


@coordinating
@require_http_methods(["GET", "HEAD", "POST"])
def draw(request: PersonRequest, study: Any) -> HttpResponse:
    """Draw items of a benchmark with the answers of scored submissions."""
    asked = request.POST.get("benchmark") or request.GET.get("benchmark", "")
    version = benchmark_answers.version_of(asked.replace("\0", ""))
    form = _draw_form(request, version) if version else None
    if request.method == "POST" and version and form and form.is_valid():
        chosen = form.cleaned_data
        try:
            added = _drawing(version, chosen["task"])(
                study,
                version,
                chosen["task"],
                chosen["number"],
                chosen["systems"],
                only_suited=chosen["only_suited"],
            )
        except RefusalError as refusal:
            form.add_error(None, refusal.message)
        else:
            if not added.problems:
                _tell(request, added)
                return redirect("raters:items", study.slug)
            form.add_error(None, f"{added.problems[0].key}: {added.problems[0].message}")
    context = {"study": study, "versions": benchmark_answers.versions(), "version": version, "form": form}
    return render(request, "raters/draw.html", context, status=400 if form and form.errors else 200)


@coordinating
@require_safe
def item(request: PersonRequest, study: Any, number: int) -> HttpResponse:
    return render(request, "raters/item.html", _item_context(request, study, _found(study, number)))


@coordinating
@require_safe
def item_image(request: PersonRequest, study: Any, number: int) -> FileResponse:
    found = _found(study, number)
    if not found.image:
        raise Http404(_("There is no such image."))
    answer = FileResponse(found.image.open("rb"), filename=f"{number}.png", content_type="image/png")
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@coordinating
@require_POST
def set_image(request: PersonRequest, study: Any, number: int) -> HttpResponse:
    found, form = _found(study, number), ImageForm(request.POST, request.FILES)
    if form.is_valid():
        content = form.content()
        told(request, lambda: service.set_image(found, content), lambda _none: _("The picture is kept."))
    else:
        messages.error(request, faults(form))
    return redirect("raters:item", study.slug, number)


@coordinating
@require_POST
def leave_out(request: PersonRequest, study: Any, number: int) -> HttpResponse:
    found, form = _found(study, number), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    told(
        request,
        lambda: service.leave_out(found, reason),
        lambda taken: (
            _("Left out. %(n)d waiting screens were taken back; what was rated stays on record.")
            % {"n": taken}
        ),
    )
    return redirect("raters:item", study.slug, number)


@coordinating
@require_POST
def take_back(request: PersonRequest, study: Any, number: int) -> HttpResponse:
    found = _found(study, number)
    told(request, lambda: service.take_back(found), _counts_again)
    return redirect("raters:item", study.slug, number)


@coordinating
@require_POST
def remove(request: PersonRequest, study: Any, number: int) -> HttpResponse:
    found = _found(study, number)
    if told(request, lambda: service.remove(found), lambda _none: _("The item is removed.")):
        return redirect("raters:items", study.slug)
    return redirect("raters:item", study.slug, number)


@coordinating
@require_POST
def remove_all(request: PersonRequest, study: Any) -> HttpResponse:
    told(request, lambda: service.remove_all(study), lambda n: _("Removed %(n)d items.") % {"n": n})
    return redirect("raters:items", study.slug)


def _list_context(request: PersonRequest, study: Any) -> dict[str, Any]:
    search, kind = request.GET.get("q", ""), request.GET.get("kind", "")
    page = Paginator(coordination.items_of(study, search, kind), 50).get_page(request.GET.get("page"))
    return {
        "study": study,
        "page": page,
        "search": search.replace("\0", "")[:200],
        "kind": kind,
        "ready": coordination.readiness(study),
        "form": ItemsFileForm(),
        "uploads": coordination.uploads_of(study),
        "limit": 20 * 2**20,
    }


def _verdict(request: PersonRequest, study: Any, added: Any, refused: str) -> HttpResponse:
    context = _list_context(request, study) | {"added": added, "refused": refused}
    return render_refusal(request, "raters/items.html", context, fragment="verdict")


def _go(request: PersonRequest, address: str) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": address}) if request.htmx else redirect(address)


def _tell(request: PersonRequest, added: Any) -> None:
    parts = [_("%(n)d items added.") % {"n": added.items}]
    if added.answers:
        parts.append(_("%(n)d answers joined items that were there.") % {"n": added.answers})
    if added.unchanged:
        parts.append(_("%(n)d items were there already and stay as they are.") % {"n": added.unchanged})
    messages.success(request, " ".join(parts))
    for note in added.notes:
        messages.warning(request, note)


def _drawing(version: Any, task: str) -> Callable[..., Added]:
    """Texts are drawn as they are; of a task of consultations the talks are."""
    talks = version.tasks.filter(slug=task, family__in=CONSULTING).exists()
    return transcripts.draw_transcripts if talks else drawing.draw


def _draw_form(request: PersonRequest, version: Any) -> BenchmarkItemsForm:
    tasks = [
        (task.slug, f"{task.name} ({task.item_count}, {task.language})")
        for task in benchmark_answers.tasks_of(version)
    ]
    systems = [(str(one.pk), benchmark_answers.name_of(one)) for one in benchmark_answers.scored(version)]
    data = request.POST if request.method == "POST" else None
    return BenchmarkItemsForm(data, label_suffix="").offering(tasks, systems)


def _item_context(request: PersonRequest, study: Any, found: Any) -> dict[str, Any]:
    given = coordination.answers_of(found)
    answers = [answer for answer in given if not answer.is_twin]
    wanted = previews.rubric_of(study.rubric).answers
    start = _number(request.GET.get("from"), len(answers))
    twin = request.GET.get("twin", "")
    shown = [answers[(start + step) % len(answers)] for step in range(min(wanted, len(answers)))]
    if twin.isascii() and twin.isdigit() and len(twin) < 10:
        shown = [answer for answer in given if answer.is_twin and str(answer.pk) == twin] or shown
    address = reverse("raters:item_image", args=[study.slug, found.number])
    before, after = coordination.neighbours(found)
    return {
        "study": study,
        "item": found,
        "view": previews.of_item(found, study.rubric, shown, address) if len(shown) == wanted else None,
        "answers": answers,
        "twins": [answer for answer in given if answer.is_twin],
        "masked": [answer for answer in given if answer.masked],
        "shown": shown,
        "start": start,
        "wanted": wanted,
        "shows_image": "image" in previews.rubric_of(study.rubric).shows,
        "flags": coordination.flags_of(study, found),
        "rated": coordination.rated_screens(found),
        "before": before,
        "after": after,
    }


def _counts_again(screens: int) -> str:
    if not screens:
        return _("The item counts again.")
    text = ngettext(
        "The item counts again: %(n)d screen is handed out for it.",
        "The item counts again: %(n)d screens are handed out for it.",
        screens,
    )
    return text % {"n": screens}


def _number(text: str | None, below: int) -> int:
    number = int(text) if text and text.isdecimal() and len(text) < 6 else 0
    return number if number < below else 0


def _found(study: Any, number: int) -> Any:
    found = coordination.item_of(study, number)
    if found is None:
        raise Http404(_("There is no such item in this study."))
    return found
