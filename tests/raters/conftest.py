"""A small study that is open, its raters, and a rater's way through the API."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.raters.verdict_rubric import VERDICT

DESIGN = {"overlap_share": 0.0, "repeat_share": 0.0, "gold_share": 0.0, "twin_share": 0.0}
TRAINING = 12


class ApiRater:
    """One rater's browser, or program: every call is a request, and gives the response."""

    def __init__(self, person: Any, slug: str = "first") -> None:
        self.person, self.slug = person, slug
        self.client = Client(raise_request_exception=False)  # a fault is seen as the 500 it would be
        self.client.force_login(person)

    def next(self, **query: str) -> Any:
        return self.client.get("/api/v1/assignments/next/", {"study": self.slug, **query})

    def take(self) -> str:
        response = self.next()
        assert response.status_code == 200, response.content
        return str(response.json()["assignment"])

    def draft(self, pk: str, payload: Any, revision: int, **more: Any) -> Any:
        sent = {"payload": payload, **more}
        headers = {"If-Match": f'"{revision}"'}
        return self.client.put(f"/api/v1/assignments/{pk}/draft/", sent, "application/json", headers=headers)

    def submit(self, pk: str, payload: Any, key: str = "", **more: Any) -> Any:
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.post(pk, "submit", {"payload": payload, **more}, headers)

    def post(self, pk: str, action: str, sent: Any = None, headers: dict[str, str] | None = None) -> Any:
        where = f"/api/v1/assignments/{pk}/{action}/"
        return self.client.post(where, sent or {}, "application/json", headers=headers)

    def consent(self, version: int) -> Any:
        return self.client.post(f"/studies/{self.slug}/consent/", {"version": version})


def open_study(
    slug: str, raters: list[Any], coordinator: Any, *, trained: bool = False, items: int = 3
) -> Any:
    """A study of `items` screens for each rater, with a training before them if wanted; nobody consented."""
    from raters.domain.rubric import Case, ShownAnswer
    from raters.services import rubrics, studies

    rubric, _ = rubrics.publish(VERDICT, None)
    design = DESIGN | {"raters_per_item": len(raters), "overlap_raters": len(raters)}
    design |= {"pass_rate": 0.8, "fail_rate": 0.5} if trained else {}
    study = studies.create(coordinator, slug, "First", rubric, design=design, consent_text="You may leave.")
    for n in range(items):
        studies.add_item(
            study, f"item {n}", Case(question=f"Case {n}?"), {"S": ShownAnswer(text=f"Rest, {n}.")}
        )
    for n in range(TRAINING if trained else 0):
        studies.add_item(
            study, f"training {n}", Case(question=f"Training {n}?"), {"S": ShownAnswer(text="Rest.")},
            kind="training", expected={"systems": ["S"], "payload": {"safe": "yes"}, "explanation": "It is."},
        )  # fmt: skip
    studies.invite(study, study.groups.get(), raters)
    studies.open_study(study, without_dry_run=True)
    study.refresh_from_db()
    return study


@pytest.fixture
def ann(db: None) -> Any:
    return person("ann", "rater")


@pytest.fixture
def ben(db: None) -> Any:
    return person("ben", "rater")


@pytest.fixture
def carla(db: None) -> Any:
    """Carla coordinates."""
    return person("carla", "coordinator")


def person(name: str, role: str) -> Any:
    from accounts.models import User

    return User.objects.create(username=name, roles=[role], password="!")


@pytest.fixture
def study(ann: Any, ben: Any, carla: Any) -> Any:
    """Three screens for Ann and three for Ben, who both consented."""
    from raters.services import memberships

    study = open_study("first", [ann, ben], carla)
    for rater in (ann, ben):
        memberships.consent(rater, study.slug, 1)
    return study


@pytest.fixture
def trained_study(ann: Any, carla: Any) -> Any:
    """Twelve training screens before the three of Ann; she consented."""
    from raters.services import memberships

    study = open_study("trained", [ann], carla, trained=True)
    memberships.consent(ann, study.slug, 1)
    return study


@pytest.fixture
def as_rater() -> Callable[..., ApiRater]:
    return ApiRater


@pytest.fixture
def make_study() -> Callable[..., Any]:
    return open_study
