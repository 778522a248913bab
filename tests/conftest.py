"""The people and things every test needs."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.people import person
from tests.running_site import ROOT, Site, wait_until
from tests.tiny_benchmark import right_answers, write_tiny


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Hostile tests make log lines with lone surrogates, which no test process could send to the one that reports."""
    return _sendable((yield))


def _sendable(told: Any) -> Any:
    if isinstance(told, str):
        return told.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(told, dict):
        return {_sendable(key): _sendable(value) for key, value in told.items()}
    if isinstance(told, (list, tuple)):
        return type(told)(map(_sendable, told))
    return told


@pytest.fixture(scope="session")
def services() -> None:
    """Real PostgreSQL and Redis, for as long as this test process lives."""
    from consilium.embedded.services import ensure_services

    ensure_services()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(services: None, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Any test that asks for the database has the services started first, and may empty its tables."""
    from django.conf import settings

    options = settings.DATABASES["default"].setdefault("OPTIONS", {})
    options["options"] = f"{options.get('options', '')} -c consilium.ratings_may_be_truncated=yes".strip()


@pytest.fixture(scope="session")
def published_data() -> Path:
    """The folder of real public benchmark files (CONSILIUM_DATA); absent on most machines."""
    folder = Path(os.environ.get("CONSILIUM_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"published benchmark data not found at {folder}; set CONSILIUM_DATA to its folder")
    return folder


@pytest.fixture
def record_figure(request: pytest.FixtureRequest) -> Callable[[str, str, str, bool], None]:
    """Keeps a figure, what was measured, its target and whether it holds, for docs/quality.md."""

    def record(figure: str, measured: str, target: str, holds: bool) -> None:
        if path := os.environ.get("CONSILIUM_FIGURES"):
            by = str(request.path.relative_to(ROOT))
            line = {"figure": figure, "measured": measured, "target": target, "holds": bool(holds), "by": by}
            with Path(path).open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(line) + "\n")

    return record


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_their_own(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def _what_was_remembered_by_id_is_forgotten() -> Iterator[None]:
    """Tests with real transactions empty every table and some set ids: the next test's may be the same."""
    yield
    from django.contrib.contenttypes.models import ContentType

    from evaluation.selectors import asked, flips, model_runs, pairs, shown_scores
    from leaderboard.selectors import item_scores, limits, systems
    from leaderboard.selectors.boards import benchmarks, columns, contents, printed, ranked, rows
    from raters.selectors import ledger, rated_screen, rubrics, screens

    ContentType.objects.clear_cache()
    for remembered in (
        asked.pool,
        flips._of_scored_run,
        model_runs._interim,
        pairs._of_run,
        shown_scores.limited_tasks,
        limits._with_private_items,
        item_scores.layouts,
        item_scores._public_scores,
        systems._spent,
        rubrics.rubric_of,
        rated_screen.case_of,
        rated_screen.shown_answers,
        ledger.digest_once,
        screens.axes_for,
        benchmarks._labelled_by,
        columns.columns_of,
        columns.slug_of,
        contents.contents,
        contents.read_moments,
        printed.columns_of,
        printed.rows_of,
        printed.ranked,
        ranked.ranked,
        ranked.group_means,
        ranked.whole_rows,
        rows.rows_of,
    ):
        remembered.cache_clear()


@pytest.fixture
def lab(db: None) -> Any:
    """Lab submits."""
    return person("lab", ["submitter"])


@pytest.fixture
def rival(db: None) -> Any:
    """Rival submits too, and owns other systems."""
    return person("rival", ["submitter"])


@pytest.fixture
def eve(db: None) -> Any:
    """Eve has an account and no role at all."""
    return person("eve", [])


@pytest.fixture
def root_admin(db: None) -> Any:
    return person("root", ["administrator"])


@pytest.fixture
def tiny(db: None, tmp_path: Path) -> Any:
    """A benchmark of two tasks and eight items; the right answers are in `answers_to`."""
    from django.core.management import call_command

    from evaluation.selectors import benchmarks

    write_tiny(tmp_path / "tiny")
    call_command("load_benchmark", str(tmp_path / "tiny"), stdout=io.StringIO())
    return benchmarks.current_version("tiny")


@pytest.fixture
def answers_to() -> Callable[..., bytes]:
    return right_answers


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    parent = Path(tempfile.mkdtemp(prefix="consilium-site-"))
    parent.chmod(0o711)  # the database does not run as root and must reach its folder
    (parent / "state").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Site(parent / "state", port)
    yield running
    running.stop()
    shutil.rmtree(parent)


@pytest.fixture
def eventually() -> Callable[..., None]:
    return wait_until
