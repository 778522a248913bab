"""The submission pages: choose a benchmark, hand a file in, follow the run."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PageRequest, PersonRequest
from accounts.pages import render_page, render_refusal
from accounts.signed_in import signed_in
from evaluation.domain import predictions
from evaluation.forms.uploads import SubmissionForm
from evaluation.selectors import artefacts, benchmarks, flips, holdings, model_runs, pairs, runs, shown_scores
from evaluation.services import submissions


def page_of(pk: uuid.UUID) -> str:
    return reverse("evaluation:submission", args=[pk])


@require_safe
def benchmark_list(request: PageRequest) -> HttpResponse:
    return render(request, "evaluation/benchmarks.html", {"versions": benchmarks.current_versions()})


@require_safe
def benchmark(request: PageRequest, slug: str) -> HttpResponse:
    version = _version(slug)
    context = {
        "version": version,
        "tasks": benchmarks.tasks_of(version),
        "splits": benchmarks.split_sizes(version),
    }
    return render(request, "evaluation/benchmark.html", context)


@require_safe
def benchmark_items(request: PageRequest, slug: str) -> HttpResponse:
    version = _version(slug)
    tasks = list(benchmarks.tasks_of(version))
    asked = request.GET.get("task", "")
    task = asked if asked in {each.slug for each in tasks} else ""  # an old link still opens
    page = Paginator(benchmarks.public_items(version, task), 20).get_page(request.GET.get("page"))
    context = {"version": version, "tasks": tasks, "task": task, "page": page}
    return render(request, "evaluation/benchmark_items.html", context)


@require_safe
def template_file(request: PageRequest, slug: str, suffix: str) -> StreamingHttpResponse:
    """A file with every id and an empty output, to be filled in."""
    version = _version(slug)
    if suffix not in {"jsonl", "csv"}:
        raise Http404(_("Templates come as .jsonl and .csv"))
    keys = benchmarks.keys_in_order(version)
    write = predictions.csv_template if suffix == "csv" else predictions.template
    lines = write(keys, version.label)
    return _download(lines, f"{slug}-v{version.number}-template.{suffix}")


@require_safe
def example_file(request: PageRequest, slug: str) -> StreamingHttpResponse:
    """A filled file that would be accepted: the answers are placeholders of the right kind."""
    version = _version(slug)
    return _download(benchmarks.example_lines(version), f"{slug}-v{version.number}-example.jsonl")


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: PersonRequest) -> HttpResponse:
    if request.method != "POST":
        form = SubmissionForm(initial={"benchmark": request.GET.get("benchmark", "")})
        return render(request, "evaluation/submit.html", _submit_context(form))
    form = SubmissionForm(request.POST, request.FILES)
    problems, submission = _hand_in(request, form)
    if submission is not None and not problems:
        return go(request, submission)
    context = _submit_context(form) | {"problems": problems, "submission": submission}
    return render_refusal(request, "evaluation/submit.html", context, fragment="verdict")


@signed_in()
@require_safe
def submission_list(request: PersonRequest) -> HttpResponse:
    page = Paginator(runs.submissions_of(request.user), 50).get_page(request.GET.get("page"))
    rows = runs.statuses_of(list(page))
    return render_page(request, "evaluation/submissions.html", {"page": page, "rows": rows}, fragment="rows")


@require_safe
def submission(request: PageRequest, pk: uuid.UUID) -> HttpResponse:
    found = visible(request, pk)
    own = runs.may_manage(request.user, found)
    scores = shown_scores.of_submission(found)
    context = {
        "submission": found,
        "run": getattr(found, "run", None),
        "status": runs.status_of(found),
        "scores": scores,
        "rounded": any(score.step for score in scores),
        "rescoring": runs.rescoring_of(found),
        "own": own,
        "problems": found.findings.get("problems", []),
        "counts": found.findings.get("counts", {}),
        "pairs": pairs.of_submission(found),
        "pressed": flips.of_submission(found),
        "kept": artefacts.of_submission(found) if own else None,
        **model_runs.page_of(found, own=own),
    }
    return render_page(request, "evaluation/submission.html", context, fragment="live")


@signed_in()
@require_safe
def submission_file(request: PersonRequest, pk: uuid.UUID) -> FileResponse:
    found = own_submission(request, pk)
    if not found.file:
        raise Http404(_("The bytes of a refused file are not kept."))
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=found.file_name)


@signed_in(then=page_of)
@require_POST
def cancel(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    found = own_submission(request, pk)
    if submissions.cancel(found):
        messages.success(request, _("Cancelled. It costs you nothing, and you can retry it at any time."))
    else:
        messages.info(request, _("There was nothing left to cancel."))
    return redirect("evaluation:submission", pk=found.pk)


@signed_in(then=page_of)
@require_POST
def retry(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    found = own_submission(request, pk)
    try:
        if submissions.retry(found):
            messages.success(request, _("Queued again. What was already scored is kept."))
        else:
            messages.info(request, _("Only a failed or cancelled run can be tried again."))
    except submissions.RefusedError as refusal:
        messages.error(request, refusal.message)
    return redirect("evaluation:submission", pk=found.pk)


@require_safe
def queue(request: PageRequest) -> HttpResponse:
    context = {
        "lengths": runs.queue_length(),
        "workers": holdings.at_work(request.user),
        "active": runs.active_runs(),
    }
    return render_page(request, "evaluation/queue.html", context, fragment="live")


def _hand_in(request: PersonRequest, form: SubmissionForm) -> tuple[list[dict[str, object]], Any | None]:
    """The problems found and the submission made, if it came to that."""
    if not form.is_valid():
        return form.problems(), None
    upload = form.cleaned_data["file"]
    try:
        made, is_new = submissions.submit(
            request.user, *form.system_under_test(), upload.name, upload, publication=form.publication()
        )
    except submissions.RefusedError as refusal:
        return [refusal.as_problem()], None
    if runs.state_of(made) == "refused":
        return made.findings["problems"], made
    if not is_new:
        messages.info(request, _("You handed in this very file before; this is that submission."))
    return [], made


def go(request: PersonRequest, submission: Any) -> HttpResponse:
    response = redirect("evaluation:submission", pk=submission.pk)
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": response["Location"]})
    return response


def _submit_context(form: SubmissionForm) -> dict[str, Any]:
    return {
        "form": form,
        "versions": benchmarks.current_versions(),
        "chosen": form["benchmark"].value(),
        "limit": settings.UPLOAD_LIMIT_BYTES,
    }


def _download(lines: Iterator[bytes], name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _version(slug: str) -> Any:
    version = benchmarks.current_version(slug)
    if version is None:
        raise Http404(_("There is no benchmark of this name."))
    return version


def visible(request: HttpRequest, pk: uuid.UUID) -> Any:
    """A submission this person may see; 404 otherwise, whether or not it exists."""
    found = runs.submission_for(request.user, pk)
    if found is None:
        raise Http404(_("There is no such submission, or it is not public yet."))
    return found


def own_submission(request: HttpRequest, pk: uuid.UUID) -> Any:
    found = visible(request, pk)
    if not runs.may_manage(request.user, found):
        raise Http404(_("This submission is not yours."))
    return found
