"""The pre-flight of a model: one worker looks, loads it and asks three items; the outcome is the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from evaluation.domain.asking import Engine, Finding
from evaluation.domain.queue import Abilities
from evaluation.domain.storable import storable_json
from evaluation.models import Recipe, Run, Submission
from evaluation.services import admission, laying_out, leases, recipes
from evaluation.services.admission import RefusedError

MOST_ATTEMPTS = 3


def claim(worker: str, able: Abilities, submission: Submission | None = None) -> Recipe | None:
    """The pre-flight that waited longest and that this worker can do, leased to it; None without one."""
    chosen = Q(submission=submission) if submission else Q()
    with transaction.atomic():
        recipe = (
            Recipe.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
            .select_related("submission__version__benchmark", "submission__submitter")
            .filter(_waiting(), chosen, _doable(able))
            .order_by("submission__checking_since")
            .first()
        )
        if recipe is None:
            return None
        recipe.worker, recipe.lease_until = worker, _lease()
        recipe.attempts, recipe.stage, recipe.told = recipe.attempts + 1, Recipe.Stage.INSPECTING, ""
        recipe.save(update_fields=["worker", "lease_until", "attempts", "stage", "told"])
    if recipe.attempts <= MOST_ATTEMPTS:
        return recipe
    message = (
        f"{MOST_ATTEMPTS} workers stopped while they loaded this model: it may need more memory than there "
        "is. It costs you nothing. Choose a smaller model or a smaller dtype, or tell an operator."
    )
    refuse(recipe, worker, "worker_lost", message)
    return claim(worker, able, submission)


def there_is_any(able: Abilities) -> bool:
    """Whether one waits that such a worker can do."""
    return Recipe.objects.filter(_waiting(), _doable(able)).exists()


def is_waiting(submission: Submission) -> bool:
    """Whether its pre-flight is still to be done and nobody is at it."""
    return Recipe.objects.filter(_waiting(), submission=submission).exists()


def waiting_queues() -> set[str]:
    return set(Recipe.objects.filter(_waiting()).values_list("queue", flat=True))


def tell(recipe: Recipe, worker: str, stage: str, told: str = "") -> bool:
    """Note how far it is, and renew the lease; False once it is no longer wanted from this worker."""
    return bool(
        _held(recipe, worker).update(stage=stage, told=told[:300], lease_until=_lease())
        and Submission.objects.filter(pk=recipe.pk, verdict=Submission.Verdict.CHECKING).exists()
    )


def is_held(recipe: Recipe, worker: str) -> bool:
    """Whether this worker is still to do it: it was neither cancelled nor taken over."""
    return bool(_held(recipe, worker).filter(submission__verdict=Submission.Verdict.CHECKING).exists())


def renew(worker: str) -> None:
    Recipe.objects.filter(worker=worker, lease_until__isnull=False).update(lease_until=_lease())


def free(worker: str) -> None:
    """Free what a worker held that is known to be gone; the try counts."""
    Recipe.objects.filter(worker=worker, lease_until__isnull=False).update(
        stage=Recipe.Stage.WAITING, worker="", lease_until=None
    )


def refuse(
    recipe: Recipe,
    worker: str,
    code: str,
    message: str,
    findings: Sequence[Finding] = (),
    canaries: Sequence[Mapping[str, Any]] = (),
) -> None:
    """The model cannot be run, and why; nothing was spent."""
    problem = {"line": None, "key": None, "code": code, "message": message}
    told = _told(findings, canaries) | {"problems": [problem], "counts": {code: 1}}
    with transaction.atomic():
        if _ended(recipe, worker):
            Submission.objects.filter(pk=recipe.pk, verdict=Submission.Verdict.CHECKING).update(
                verdict=Submission.Verdict.REFUSED, findings=told, checked_at=timezone.now()
            )


def accept(
    recipe: Recipe,
    worker: str,
    engines: Mapping[str, Engine],
    findings: Sequence[Finding],
    canaries: Sequence[Mapping[str, Any]],
) -> Run | None:
    """Spend the quota, make the run and lay out its chunks; None where that was refused or too late."""
    try:
        return _accept(recipe, worker, engines, _told(findings, canaries))
    except RefusedError as refusal:
        refuse(recipe, worker, refusal.code, refusal.message, findings, canaries)
        return None


@transaction.atomic
def _accept(recipe: Recipe, worker: str, engines: Mapping[str, Engine], told: dict[str, Any]) -> Run | None:
    # the person before the submission, as when a recipe is sent in
    admission.spend_quota(recipe.submission.submitter, recipe.submission.version)
    submission = (
        Submission.objects.select_for_update(no_key=True, of=("self",))
        .select_related("version__benchmark", "submitter")
        .get(pk=recipe.pk)
    )
    if submission.verdict != Submission.Verdict.CHECKING or not _ended(
        recipe,
        worker,
        engines=recipes.written(engines),
        revision=engines["system"].revision or recipe.revision,
    ):
        return None
    submission.system = admission.own_system(submission.submitter, submission.system_name, submission.kind)
    submission.verdict, submission.findings = Submission.Verdict.ACCEPTED, told
    submission.checked_at = timezone.now()
    submission.save(update_fields=["system", "verdict", "findings", "checked_at"])
    return laying_out.lay_out(submission, recipe)


def _doable(able: Abilities) -> Q:
    return Q(queue__in=able.queues, backend__in=able.engines, memory__lte=able.memory)


def _waiting() -> Q:
    free = Q(lease_until__isnull=True) | leases.over()
    return free & ~Q(stage=Recipe.Stage.DONE) & Q(submission__verdict=Submission.Verdict.CHECKING)


def _held(recipe: Recipe, worker: str) -> Any:
    return Recipe.objects.filter(pk=recipe.pk, worker=worker, lease_until__isnull=False)


def _ended(recipe: Recipe, worker: str, **fields: Any) -> bool:
    return bool(_held(recipe, worker).update(stage=Recipe.Stage.DONE, lease_until=None, **fields))


def _told(findings: Sequence[Finding], canaries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    told = {"preflight": [asdict(finding) for finding in findings], "canaries": list(canaries)}
    return dict(storable_json(told))


def _lease() -> Any:
    return leases.now() + leases.length()
