"""A site with something at every address of the API: what is hostile should meet real things, not only 404."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import override_settings

PEOPLE = ("nobody", "submitter", "rater", "coordinator")


@dataclass(frozen=True)
class World:
    """`tokens` of the people by what they are; `there` has what exists, by path of the API and parameter."""

    files: Path
    tokens: dict[str, str]
    there: dict[str, dict[str, list[str]]]

    def headers(self, person: str) -> dict[str, str]:
        return {"Authorization": f"Token {self.tokens[person]}"} if person in self.tokens else {}


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Made once a module and never kept: a module that asks for it has the database open all the while."""
    folder = tmp_path_factory.mktemp("world")
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=folder / "files"),
        _connections_kept(),
        transaction.atomic(),
    ):
        yield _made(folder)
        transaction.set_rollback(True)


@contextmanager
def _connections_kept() -> Iterator[None]:
    """A request of a server ends by looking whether its connection is still good: ours is in a transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


@pytest.fixture
def world_files(world: World, settings: Any) -> None:
    settings.MEDIA_ROOT = world.files


def _made(folder: Path) -> World:
    from accounts import services as accounts
    from tests.people import person

    people = {
        "submitter": person("lab", ["submitter"]),
        "rater": person("ann", ["rater"]),
        "coordinator": person("carla", ["coordinator"]),
    }
    there = _runs(people["submitter"], folder) | _studies(people["rater"], people["coordinator"])
    tokens = {name: accounts.create_token(each, "hostile") for name, each in people.items()}
    return World(folder / "files", tokens, there)


def _runs(lab: Any, folder: Path) -> dict[str, dict[str, list[str]]]:
    """A benchmark; runs that are scored, waiting, cancelled and refused; their board, receipt and system."""
    from evaluation.models import Submission
    from evaluation.selectors import benchmarks
    from evaluation.services import receipts, submissions
    from tests.evaluation.test_artefacts import scored
    from tests.evaluation.test_work import hand_in
    from tests.tiny_benchmark import right_answers, write_tiny
    from workers import tasks

    write_tiny(folder / "tiny")
    call_command("load_benchmark", str(folder / "tiny"), stdout=io.StringIO())
    version = benchmarks.current_version("tiny")
    run = scored(lab, version, "Asked")
    tasks.keep_artefacts()
    handed_in = [hand_in(lab, version, right_answers(wrong=("c0",)), "Alpha é")]
    tasks.serve_queue()
    handed_in += [hand_in(lab, version, b"", "Refused")]
    handed_in += [hand_in(lab, version, right_answers(wrong=(wrong,)), wrong) for wrong in ("v0", "v1")]
    submissions.cancel(Submission.objects.get(pk=handed_in[-1].pk))
    ids = [str(each.pk) for each in (run, *handed_in)]
    receipt = receipts.issue(run.run).sha256
    systems = [row.key for row in _systems()]
    of_submission = {
        f"/api/v1/submissions/{{id}}/{what}": {"id": ids} for what in ("", "file/", "cancel/", "retry/")
    }
    return of_submission | {
        "/api/v1/submissions/{id}/artefacts/{kind}/": {
            "id": ids[:2],
            "kind": ["answers", "log", "manifest"],
        },
        "/api/v1/benchmarks/{slug}/": {"slug": ["tiny"]},
        "/api/v1/benchmarks/{slug}/items.jsonl": {"slug": ["tiny"]},
        "/api/v1/receipts/{sha256}/": {"sha256": [receipt]},
        "/api/v1/systems/{key}/": {"key": systems},
    }


def _systems() -> Any:
    from leaderboard.selectors.across import board_systems

    return board_systems()


def _studies(rater: Any, coordinator: Any) -> dict[str, dict[str, list[str]]]:
    """A study that is being rated, and one that is published and on its board."""
    from raters.models import Assignment
    from raters.services import handing_out, memberships
    from tests.raters.conftest import open_study
    from workers import demo_study

    _drafted(coordinator)
    study = open_study("first", [rater], coordinator, items=6)
    memberships.consent(rater, study.slug, 1)
    handing_out.next_screen(rater, study.slug, None)
    published = demo_study.publish(coordinator)
    assert published is not None
    screens = [
        str(each) for each in Assignment.objects.filter(membership__rater=rater).values_list("pk", flat=True)
    ]
    boards = {"slug": ["tiny", published.slug]}
    of_board = {f"/api/v1/boards/{{slug}}/{what}": boards for what in ("", "pairs/", "tasks/", "changes/")}
    of_screen = {
        f"/api/v1/assignments/{{id}}/{what}/": {"id": screens}
        for what in ("draft", "flag", "heartbeat", "reopen", "skip", "submit")
    }
    names = {"name": [study.slug, published.slug]}
    return (
        of_board
        | of_screen
        | {
            "/api/v1/boards/{slug}.{ending}": boards | {"ending": ["csv", "json", "parquet", "tex"]},
            "/api/v1/studies/{name}/agreement/": names,
            "/api/v1/studies/{name}/export.{suffix}": names | {"suffix": ["csv", "jsonl", "parquet"]},
        }
    )


def _drafted(coordinator: Any) -> None:
    """A study to which items can be added, with one that can have a picture."""
    from raters.domain.rubric import Case, ShownAnswer
    from raters.services import rubrics, studies
    from tests.raters.verdict_rubric import VERDICT

    rubric, _ = rubrics.publish(VERDICT.replace('id = "verdict"', 'id = "verdict_on_picture"', 1), None)
    study = studies.create(coordinator, "drafted", "Drafted", rubric)
    studies.add_item(study, "item 1", Case(question="What is it?"), {"S": ShownAnswer(text="Nothing.")})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """schemathesis calls the tests of all operations alike; what spreads tests over processes runs one of a name."""
    for item in items:
        if label := getattr(item, "operation_label", ""):
            item._id = item.id.with_params(label)
