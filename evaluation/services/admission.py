"""Who may hand in what: the role, the name of the system, the quota."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import Role, User
from evaluation.domain.names import name_key
from evaluation.domain.publication import ANONYMOUS, Publication
from evaluation.models import BenchmarkVersion, Run, System


class RefusedError(Exception):
    """The request cannot be taken, whatever the file holds; `field`, `code` and the text say why."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field, self.code, self.message = field, code, message

    def as_problem(self) -> dict[str, object]:
        return {"line": None, "key": self.field, "code": self.code, "message": self.message}


def admit(
    submitter: User, version: BenchmarkVersion, system_name: str, publication: Publication | None = None
) -> None:
    """Refuse early what would be refused after the check anyway."""
    for fault in (publication or Publication()).faults(timezone.now().date()):
        raise RefusedError(*fault)
    if not submitter.has_role(Role.SUBMITTER):
        message = "Your account may not submit; ask an administrator."
        raise RefusedError("submitter", "not_a_submitter", message)
    if System.objects.filter(name_key=name_key(system_name)).exclude(owner=submitter).exists():
        raise _taken(system_name)
    refuse_beyond_quota(submitter, version)


def as_fields(publication: Publication | None) -> dict[str, object]:
    """What was chosen, as a submission keeps it."""
    chosen = publication or Publication()
    effective = chosen.effective
    return {
        "visibility": effective,
        "named_on": chosen.named_on if effective == ANONYMOUS else None,
        "relation": chosen.relation,
        "consent": chosen.consent.strip(),
    }


def own_system(owner: User, name: str, kind: str) -> System:
    """The owner's system of this name, made if nobody has it; RefusedError when somebody else does."""
    key = name_key(name)
    System.objects.bulk_create(
        [System(name=name, name_key=key, owner=owner, kind=kind)], ignore_conflicts=True
    )
    system = System.objects.get(name_key=key)
    if system.owner_id != owner.pk:
        raise _taken(name)
    if system.kind != kind:
        kind_now = system.get_kind_display().lower()
        message = f"Your system {name!r} is a {kind_now}: choose another name for this one."
        raise RefusedError("system", "other_kind", message)
    return system


def spend_quota(submitter: User, version: BenchmarkVersion) -> None:
    """Refuse beyond the quota, in a transaction: two requests cannot share the last of it."""
    User.objects.select_for_update(no_key=True).get(pk=submitter.pk)
    refuse_beyond_quota(submitter, version)


def refuse_beyond_quota(submitter: User, version: BenchmarkVersion) -> None:
    """Only runs that were scored or still may be count: a failed or cancelled run costs nothing."""
    spent = Run.objects.filter(
        Q(state=Run.State.SCORED) | Q(state__in=Run.ACTIVE),
        submission__submitter=submitter,
        submission__version__benchmark=version.benchmark_id,
        queued_at__gte=timezone.now() - timedelta(days=1),
    ).count()
    if spent >= settings.SUBMISSIONS_PER_DAY:
        message = f"{spent} runs in 24 hours is the limit on a benchmark; failed and cancelled do not count."
        raise RefusedError("quota", "quota_spent", message)


def _taken(name: str) -> RefusedError:
    message = f"The system name {name!r} belongs to somebody else; choose another."
    return RefusedError("system", "name_taken", message)
