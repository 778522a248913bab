"""Those who look at agreement, and the cases and questions they look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from django.test import Client

from raters.models import Assignment
from raters.selectors import disagreement
from tests.signed_in import signed_in

Draw = Callable[[np.random.Generator], dict[str, Any]]
QUIET = {
    "risk": "none",
    "right": "yes",
    "feel": 5,
    "minutes": 1,
    "faults": [],
    "marks": [],
    "points": {"site": {"met": "met"}, "onset": {"met": "met"}},
}


def coordinator(study: Any) -> Client:
    return signed_in(study.coordinator)


def unit_of(study: Any, key: str) -> str:
    return Assignment.objects.filter(study=study, item__key=key)[0].unit


def axis_of(study: Any, name: str) -> Any:
    return next(axis for axis in disagreement.rubric_of(study).axes if axis.id == name)
