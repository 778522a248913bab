"""The house stands as it was drawn."""

from __future__ import annotations

import ast
import fnmatch
import re
import subprocess
import sys
from collections.abc import Iterator
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


MOST_LINES = 300
WRITTEN = {".py", ".html", ".css", ".js", ".md", ".toml"}
FOLDERS = sorted(TOP_LEVEL | {"bench", "docs"})


def named_as_longer() -> list[str]:
    decisions = (ROOT / "DECISIONS.md").read_text(encoding="utf-8")
    (paragraph,) = (each for each in decisions.split("\n\n") if "A file has at most 300 lines" in each)
    return re.findall(r"`([^`]+)`", paragraph)


def test_no_file_is_too_long_to_be_read_in_one_go_but_those_the_decisions_name() -> None:
    named, found = named_as_longer(), set()
    for path in [*ROOT.glob("*"), *(each for folder in FOLDERS for each in (ROOT / folder).rglob("*"))]:
        if path.suffix in WRITTEN and len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES:
            found.add(str(path.relative_to(ROOT)))
    assert {each for each in found if not any(fnmatch.fnmatch(each, pattern) for pattern in named)} == set()
    assert [pattern for pattern in named if not fnmatch.filter(found, pattern)] == [], "no longer too long"


PRODUCT = ("platform", "evaluation", "raters", "leaderboard", "workers")
# packages whose modules are loaded by a name that a specification or a setting gives
LOADED_BY_NAME = (
    "evaluation.domain.readers",
    "evaluation.domain.metrics",
    "evaluation.domain.predictions",
    "workers.backends",
    "consilium.formats",
)
STARTED = {
    "consilium.settings",
    "consilium.dependency_audit",  # by the Makefile
    "consilium.pytest_services",  # by pytest
    "consilium.supervisor.lifeline",  # as a file, beside every child
}
FOUND_BY_DJANGO = {"commands", "templatetags", "migrations", "apps", "admin"}


def imported_by(name: str, path: Path) -> Iterator[str]:
    """Every module that a file imports, and every dotted name that stands in a text of its own."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
            yield node.value.partition(":")[0]
            yield node.value.rpartition(".")[0]


def test_every_module_is_used_or_is_a_statistic_that_the_methods_describe() -> None:
    modules: dict[str, Path] = {}
    for path in (each for part in PRODUCT for each in (ROOT / part).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        modules[".".join(parts[1:] if parts[0] == "platform" else parts).removesuffix(".__init__")] = path
    used = {each for name, path in modules.items() for each in imported_by(name, path) if each != name}
    unused = {
        name: path
        for name, path in modules.items()
        if name not in used | STARTED
        and path.name != "__init__.py"
        and not name.startswith(LOADED_BY_NAME)
        and not FOUND_BY_DJANGO & set(name.split("."))
    }
    methods = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    assert {name for name, path in unused.items() if "/".join(path.parts[-2:]) not in methods} == set()
