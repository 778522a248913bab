"""The pages of a model that is run: ask for it, look at its answers, its log and its receipt."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import signing
from accounts.http import PageRequest, PersonRequest
from accounts.pages import render_refusal
from accounts.signed_in import signed_in
from evaluation.domain.prompts.modes import Mode, modes
from evaluation.domain.prompts.rendering import shown_input
from evaluation.forms.models import DECODING, NUMBERS_OF_ENDPOINTS, ModelForm, asked_before
from evaluation.selectors import benchmarks, model_runs, runs
from evaluation.selectors import receipts as receipts_there
from evaluation.selectors.model_folders import models_at_hand
from evaluation.services import answering, recipes
from evaluation.services.admission import RefusedError
from evaluation.views.submissions import go, own_submission, visible

ANSWERS_A_PAGE = 20
FIRST_MODES = ("direct", "cot", "direct-5-shot", "zero-shot")  # the others are a click away
GROUPS = (
    (_lazy("Asked once"), ("direct", "chain_of_thought")),
    (_lazy("Sampled many times, one answer"), ("self_consistency", "ensemble_refinement")),
    (_lazy("In a conversation"), ("followups", "consultation")),
    (_lazy("Without writing"), ("options_loglikelihood",)),
)
BASELINES = ("constant", "longest option", "word overlap")  # those of workers.backends.baseline
LIMITS = (*DECODING, *NUMBERS_OF_ENDPOINTS, "device", "memory_gb", "options", "companions")


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def submit_model(request: PersonRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "evaluation/submit_model.html", _context(ModelForm(initial=_chosen(request))))
    form = ModelForm(request.POST)
    made = _ask_for(request, form)
    if made is not None:
        return go(request, made)
    context = _context(form) | {"problems": form.problems(), "faults": form.faults()}
    return render_refusal(request, "evaluation/submit_model.html", context, fragment="form")


@signed_in()
@require_safe
def tasks_of_benchmark(request: PersonRequest) -> HttpResponse:
    """The tasks of the benchmark chosen, to tick some of them."""
    version = benchmarks.current_version(request.GET.get("benchmark", ""))
    context = {"tasks": benchmarks.tasks_of(version) if version else []}
    return render(request, "evaluation/_model_tasks.html", context)


@signed_in()
@require_safe
def log(request: PersonRequest, pk: uuid.UUID) -> StreamingHttpResponse:
    """Everything that was noted about a submission, as text."""
    found = own_submission(request, pk)
    lines = (f"{line.at:%Y-%m-%d %H:%M:%S} {line.worker} {line.text}\n" for line in model_runs.log_of(found))
    response = StreamingHttpResponse(lines, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{pk}.log"'
    return response


@signed_in()
@require_safe
def answers(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """What the model answered, item by item, for its submitter."""
    found = own_submission(request, pk)
    run = getattr(found, "run", None)
    if run is None:
        raise Http404(_("Nothing was answered yet."))
    which = request.GET.get("which", "")
    page = Paginator(model_runs.answers_of(run, which), ANSWERS_A_PAGE).get_page(request.GET.get("page"))
    rows = [
        (answer, item, shown_input(item.input) if item.split == "public" else "")
        for answer, item in model_runs.with_items(found.version.pk, list(page))
    ]
    context = {"submission": found, "run": run, "page": page, "rows": rows, "which": which}
    return render(request, "evaluation/answers.html", context)


@signed_in()
@require_POST
def close(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Score a run although some items could not be answered: they count as wrong."""
    found = own_submission(request, pk)
    try:
        given_up = answering.count_missing_as_wrong(found)
    except RefusedError as refusal:
        messages.error(request, refusal.message)
        return redirect("evaluation:submission", pk=found.pk)
    if given_up:
        told = ngettext("%(n)d item counts as wrong.", "%(n)d items count as wrong.", given_up)
        messages.success(request, told % {"n": given_up})
    else:
        messages.info(request, _("Only a run that failed on some of its items can be closed."))
    return redirect("evaluation:submission", pk=found.pk)


@require_safe
def receipt(request: PageRequest, pk: uuid.UUID) -> HttpResponse:
    """The receipt as a page; with ?as=json signed, to be kept; with ?scoring=1 an earlier one."""
    found = visible(request, pk)
    asked = request.GET.get("scoring", "")
    issued = receipts_there.of_submission(found, int(asked[:4]) if asked.isdecimal() else None)
    if request.GET.get("as") == "json":
        return _signed(issued)
    context = {
        "submission": found,
        "receipt": issued,
        "every_one": receipts_there.every_one_of(found),
        "state": runs.state_of(found),
        "signed_by": signing.key_in_use(),
    }
    return render(request, "evaluation/receipt.html", context)


def _signed(issued: Any) -> HttpResponse:
    if issued is None:
        raise Http404(_("There is no receipt before the run is scored."))
    try:
        told = signing.signed(receipts_there.document(issued))
    except receipts_there.AlteredReceiptError as altered:
        raise Http404(str(altered)) from None
    response = JsonResponse(told, json_dumps_params={"indent": 2, "ensure_ascii": False, "sort_keys": True})
    response["Content-Disposition"] = f'attachment; filename="receipt-{issued.sha256[:12]}.json"'
    return response


def _chosen(request: PersonRequest) -> dict[str, Any]:
    """What the form opens with: a benchmark, or with ?again=ID everything an earlier submission asked for."""
    usual = {"benchmark": request.GET.get("benchmark", ""), "backend": "transformers", "mode": "direct"}
    try:
        again = own_submission(request, uuid.UUID(request.GET.get("again", "")))
        return usual | asked_before(again)
    except (ValueError, Http404):  # an old link still opens
        return usual


def _ask_for(request: PersonRequest, form: ModelForm) -> Any | None:
    """The submission made; None with its reasons in the form."""
    if not form.is_valid():
        return None
    cleaned = form.cleaned_data
    try:
        made, is_new = recipes.submit(
            request.user, cleaned["benchmark"], cleaned["system"], form.wanted(), form.kind(),
            form.publication(),
        )  # fmt: skip
    except RefusedError as refusal:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, ValidationError(refusal.message, code=refusal.code))
        return None
    if not is_new:
        said = _("You asked for this very model before; this is that submission.")
        with_key = _("It has the key you gave now: press Retry if its run had failed.")
        messages.info(request, f"{said} {with_key}" if cleaned["key"] else said)
    return made


def _grouped() -> list[tuple[str, list[Mode]]]:
    """Prompt modes by what they make of an item; those of no group we know come last."""
    known = {mode.id: mode for mode in modes()}
    first = [known.pop(name) for name in FIRST_MODES if name in known]
    groups = [(str(_("Most used")), first)]
    for label, strategies in GROUPS:
        groups.append((str(label), [mode for mode in known.values() if mode.strategy in strategies]))
    return [(label, several) for label, several in groups if several]


def _context(form: ModelForm) -> dict[str, Any]:
    chosen = form["benchmark"].value() or ""
    versions = list(benchmarks.current_versions())
    known = {version.benchmark.slug: version for version in versions}
    version = known.get(chosen) or (versions[0] if versions else None)
    first, *further = _grouped()
    return {
        "form": form,
        "versions": versions,
        "chosen": chosen,
        "tasks": benchmarks.tasks_of(version) if version else [],
        "ticked": form["tasks"].value() or [],
        "first_modes": first,
        "further_modes": further,
        "is_further": form["mode"].value() not in FIRST_MODES,
        "engines": model_runs.engines_alive(),
        "folders": models_at_hand(),
        "baselines": BASELINES,
        "has_limits": any(form[name].value() for name in LIMITS) or any(form[name].errors for name in LIMITS),
    }
