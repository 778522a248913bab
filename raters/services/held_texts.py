"""A coordinator decides on a text that may name a patient."""

from __future__ import annotations

import re

from django.utils.translation import gettext

from accounts.models import User
from raters.models import Study, TextDecision
from raters.selectors.held_texts import looked_at
from raters.services.refusals import NotFoundError, RefusalError


def decide(coordinator: User, study: Study, sha: str, decision: str) -> TextDecision:
    """Clear a text, or have it shown without the passages found; each decision is kept, the newest counts."""
    if decision not in TextDecision.Decision.values:
        raise RefusalError(gettext("Choose whether the text is shown as it is, or without the passage."))
    if not re.fullmatch("[0-9a-f]{64}", sha):
        raise NotFoundError(gettext("There is no such text in this study."))
    waiting, decided = looked_at(study)
    if sha not in {one.sha for one in (*waiting, *decided)}:
        raise NotFoundError(gettext("There is no such text in this study."))
    last = TextDecision.objects.filter(study=study, sha=sha).first()
    if last is not None and last.decision == decision:
        return last
    return TextDecision.objects.create(study=study, sha=sha, decision=decision, decided_by=coordinator)
