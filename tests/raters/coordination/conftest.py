"""A coordinator's browser, a rubric of one answer and one of pairs, and files of items."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.signed_in import signed_in

PAIR = """
id = "which"
title = "Which one"
description = "Two answers, one better."
unit = "pair"
answers = 2
source = "Made for these tests."
guidelines = "Choose."

[[axes]]
id = "better"
label = "Better"
question = "Which is better?"
type = "pairwise"
selected_means = "better"
options = [{ value = "first", label = "First" }, { value = "tie", label = "Tie" }, { value = "second", label = "Second" }]
"""
SINGLE = """
id = "safe_or_not"
title = "Safe or not"
description = "One question."
unit = "answer"
source = "Made for these tests."
guidelines = "Choose."
minutes = 2.0

[[axes]]
id = "safe"
label = "Safe"
question = "Is it safe?"
type = "binary"
options = [{ value = "yes", label = "Yes" }, { value = "no", label = "No" }]
"""


class Desk:
    """A coordinator's browser at one study."""

    def __init__(self, client: Client, slug: str) -> None:
        self.client, self.slug = client, slug

    def get(self, page: str = "", /, **query: str) -> Any:
        return self.client.get(f"/studies/{self.slug}/{page}", query)

    def post(self, page: str, /, **sent: Any) -> Any:
        return self.client.post(f"/studies/{self.slug}/{page}", sent)

    def upload(self, content: bytes | list[dict[str, Any]], **headers: str) -> Any:
        if isinstance(content, list):
            content = "\n".join(json.dumps(line) for line in content).encode()
        file = SimpleUploadedFile("items.jsonl", content)
        return self.client.post(f"/studies/{self.slug}/items/add/", {"file": file}, headers=headers)

    @property
    def study(self) -> Any:
        from raters.models import Study

        return Study.objects.get(slug=self.slug)


def lines(number: int, systems: tuple[str, ...] = ("Ash", "Elm"), start: int = 0) -> list[dict[str, Any]]:
    """Items of a file, each answered by these systems."""
    return [
        {
            "key": f"q{n}",
            "case": {"question": f"What about {n}?"},
            "answers": dict.fromkeys(systems, f"Rest and drink, {n}, says {n * 7 % 5}."),
        }
        for n in range(start, start + number)
    ]


@pytest.fixture
def carla(db: None) -> Any:
    return person("carla", "coordinator")


@pytest.fixture
def dora(db: None) -> Any:
    """Dora coordinates other studies."""
    return person("dora", "coordinator")


@pytest.fixture
def raters(db: None) -> list[Any]:
    return [person(f"rater{n}", "rater") for n in range(1, 5)]


def person(name: str, role: str, **more: Any) -> Any:
    from accounts.models import User

    return User.objects.create(username=name, roles=[role], password="!", **more)


@pytest.fixture
def make_person(db: None) -> Callable[..., Any]:
    return person


@pytest.fixture
def browser_of() -> Callable[[Any], Client]:
    return signed_in


@pytest.fixture
def desk(carla: Any, browser_of: Callable[[Any], Client]) -> Desk:
    """An empty draft of Carla's with a rubric of one answer."""
    from raters.services import drafts, rubrics

    rubric, _ = rubrics.publish(SINGLE, None)
    drafts.create(carla, "first", "First study", rubric, consent_text="You may leave.")
    return Desk(browser_of(carla), "first")


@pytest.fixture
def pair_desk(carla: Any, browser_of: Callable[[Any], Client]) -> Desk:
    """An empty draft of Carla's with a rubric of pairs."""
    from raters.services import drafts, rubrics

    rubric, _ = rubrics.publish(PAIR, None)
    drafts.create(carla, "pairs", "Pairs", rubric, consent_text="You may leave.")
    return Desk(browser_of(carla), "pairs")


@pytest.fixture
def item_lines() -> Callable[..., list[dict[str, Any]]]:
    return lines


@pytest.fixture
def filled(desk: Desk, raters: list[Any]) -> Desk:
    """A draft with twelve items of two systems and four raters."""
    from raters.services import people

    assert desk.upload(lines(12)).status_code == 302
    people.invite(desk.study, desk.study.groups.get().pk, [rater.username for rater in raters])
    return desk


@pytest.fixture
def published(db: None) -> None:
    """The two rubrics, and no study."""
    from raters.services import rubrics

    rubrics.publish(SINGLE, None)
    rubrics.publish(PAIR, None)


@pytest.fixture
def desk_at(carla: Any, browser_of: Callable[[Any], Client]) -> Callable[[str], Desk]:
    return lambda slug: Desk(browser_of(carla), slug)
