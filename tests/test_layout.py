"""The house stands as it was drawn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOP_LEVEL = {"platform", "evaluation", "raters", "leaderboard", "workers", "templates", "tests", "docker"}


def test_platform_is_a_folder_and_never_a_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    found = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.system())"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.strip(), "the standard library's platform must win at the root"


def test_the_top_level_is_the_fixed_one() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert folders - {"bench", "docs", "node_modules"} == TOP_LEVEL


def test_every_task_that_is_sent_by_name_exists() -> None:
    from celery import current_app

    current_app.loader.import_default_modules()
    sent = {"workers.serve_queue"} | {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    assert sent <= set(current_app.tasks)


@pytest.mark.parametrize(
    "module", ["torch", "transformers", "vllm", "pandas", "plotly", "pyarrow", "sklearn", "nltk"]
)
def test_the_web_process_starts_without(module: str) -> None:
    code = f"import sys, consilium.asgi; sys.exit({module!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr or f"{module} was imported"
