"""The people and things every test needs."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[1]


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
    return _person("lab", ["submitter"])


@pytest.fixture
def rival(db: None) -> Any:
    """Rival submits too, and owns other systems."""
    return _person("rival", ["submitter"])


@pytest.fixture
def eve(db: None) -> Any:
    """Eve has an account and no role at all."""
    return _person("eve", [])


@pytest.fixture
def root_admin(db: None) -> Any:
    return _person("root", ["administrator"])


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


TINY_SPEC = """
slug = "tiny"
name = "Tiny"
description = "Eight items for tests."
licence = "CC0-1.0"

[[files]]
reader = "items"
paths = ["items.jsonl"]

[[tasks]]
slug = "choice"
name = "Choice"
family = "multiple_choice"
metric = "accuracy"
specialty = ["Cardiology"]

[[tasks]]
slug = "verdict"
name = "Verdict"
family = "yes_no_maybe"
metric = "accuracy"
language = "es"
[tasks.options]
labels = ["yes", "no", "maybe"]
"""


def tiny_items() -> list[dict[str, Any]]:
    options = {"A": "one", "B": "two", "C": "three"}
    choice = [
        {"task": "choice", "id": f"c{n}", "split": "public" if n % 2 else "private",
         "input": {"question": f"Which is {n}?", "options": options}, "gold": {"letters": ["ABC"[n % 3]]}}
        for n in range(5)
    ]  # fmt: skip
    verdict = [
        {"task": "verdict", "id": f"v{n}", "split": "private",
         "input": {"question": f"Is it {n}?", "context": "An invented abstract."}, "gold": {"label": label}}
        for n, label in enumerate(["yes", "no", "maybe"])
    ]  # fmt: skip
    return choice + verdict


def write_tiny(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmark.toml").write_text(TINY_SPEC, encoding="utf-8")
    lines = (json.dumps(item) for item in tiny_items())
    (folder / "items.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def right_answers(wrong: tuple[str, ...] = (), unreadable: tuple[str, ...] = ()) -> bytes:
    """A predictions file for `tiny`: right everywhere but where said."""
    lines = []
    for item in tiny_items():
        gold = item["gold"]
        answer = gold["letters"][0] if "letters" in gold else gold["label"]
        if item["id"] in wrong:
            answer = {"A": "B", "B": "C", "C": "A", "yes": "no", "no": "maybe", "maybe": "yes"}[answer]
        if item["id"] in unreadable:
            answer = "I would rather not say."
        lines.append(json.dumps({"id": item["id"], "output": answer}))
    return ("\n".join(lines) + "\n").encode()


def _person(name: str, roles: list[str]) -> Any:
    from accounts.models import User

    boss = "administrator" in roles
    return User.objects.create(
        username=name,
        password=_hashed(f"{name}-long-password"),
        roles=roles,
        is_staff=boss,
        is_superuser=boss,
    )


@cache
def _hashed(password: str) -> str:
    """Argon2 is slow on purpose: once a test process is enough."""
    from django.contrib.auth.hashers import make_password

    return make_password(password)


class Site:
    """The whole of Consilium as `manage.py up --demo` starts it, in a state folder of its own."""

    def __init__(self, state: Path, port: int, root: Path = ROOT) -> None:
        self.state, self.port, self.root = state, port, root
        self.address = f"http://127.0.0.1:{port}"
        self._environment = os.environ | {
            "CONSILIUM_STATE": str(state),
            "DEBUG": "true",
            "PORT": str(port),
            "LEASE_SECONDS": "4",
            "SWEEP_SECONDS": "1",
            "CHUNK_ITEMS": "25",
            "SUBMISSIONS_PER_DAY": "1000",
            "ENDPOINT_ALLOWED_HOSTS": "127.0.0.1",  # endpoints of the tests
        }
        self._log = (state / "up.log").open("wb")
        self._up = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--demo"],
            cwd=root, env=self._environment, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        try:
            wait_until(self._is_ready, 300, lambda: self._said())
        except BaseException:
            self.stop()  # nobody else knows of it yet
            raise

    def _said(self) -> str:
        return (self.state / "up.log").read_text(encoding="utf-8")

    def _is_ready(self) -> bool:
        assert self._up.poll() is None, self._said()
        return f"Consilium is ready at {self.address}/" in self._said()

    def manage(self, *words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=self.root, env=self._environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def client(self, person: str = "submitter") -> httpx.Client:
        token = self.manage("create_token", person)
        return httpx.Client(base_url=self.address, headers={"Authorization": f"Token {token}"}, timeout=60)

    def pid(self, name: str) -> int:
        return int(json.loads((self.state / "processes.json").read_text(encoding="utf-8"))[name])

    def kill(self, name: str) -> None:
        """SIGKILL to a process and everything it started."""
        os.killpg(os.getpgid(self.pid(name)), signal.SIGKILL)

    def stop(self) -> None:
        self._up.send_signal(signal.SIGTERM)
        self._up.wait(timeout=60)
        self._log.close()


def wait_until(holds: Callable[[], bool], seconds: float, said: Callable[[], str] = str) -> None:
    """Wait for something that must come about; what was said until then is shown when it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {said()}"
        time.sleep(0.1)


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
