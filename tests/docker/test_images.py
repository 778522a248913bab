"""What can be known of the images without an engine that builds them: nothing they name is missing."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILES = sorted((ROOT / "docker").glob("Dockerfile*"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
READ = re.compile(r"\benv\.(?:text|secret|words|integer|boolean)\(\s*\"([A-Z0-9_]+)\"")
NOT_OURS = {"HF_HOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PIP_NO_CACHE_DIR"}


def instructions(path: Path) -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", path.read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines if not line[0].isspace()]


def settings_read() -> set[str]:
    """Every name that the platform takes from its environment."""
    found = {"CONSILIUM_STATE"}
    for part in ("platform", "evaluation", "raters", "leaderboard", "workers"):
        for path in (ROOT / part).rglob("*.py"):
            found |= set(READ.findall(path.read_text(encoding="utf-8")))
    return found


def words_of(command: str | list[str]) -> list[list[str]]:
    """The single commands of a service, each as its words."""
    words = command if isinstance(command, list) else shlex.split(command)
    if words[:2] == ["sh", "-c"]:
        return [shlex.split(part) for part in words[2].split("&&")]
    return [words]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_an_image_copies_what_is_there_and_runs_as_nobody_special(path: Path) -> None:
    found = instructions(path)
    assert found[0][0] == "FROM"
    assert re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*", found[0][1]), "the base names a version"
    users = [value for name, value in found if name == "USER"]
    assert users, "an image that ends as root"
    assert users[-1] not in {"root", "0"}
    for name, value in found:
        if name == "COPY":
            *sources, _ = value.split()
            assert all((ROOT / source).exists() for source in sources), value
    installs = [value for name, value in found if name == "RUN" and "-r requirements" in value]
    assert installs
    assert all("--require-hashes" in value for value in installs)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_every_setting_an_image_makes_is_read_by_somebody(path: Path) -> None:
    made = {
        name
        for kind, value in instructions(path)
        if kind == "ENV"
        for name in re.findall(r"(?:^|\s)([A-Z0-9_]+)=", value)
    }
    assert made <= settings_read() | NOT_OURS


def test_every_setting_of_a_service_is_read_by_somebody() -> None:
    known = settings_read() | NOT_OURS
    for name, service in OURS.items():
        assert set(service["environment"]) <= known, name


def test_every_command_of_a_service_is_one_that_exists() -> None:
    known = set(get_commands())
    for name, service in OURS.items():
        for words in words_of(service.get("command", ["uvicorn"])):
            if words[:2] == ["python", "manage.py"]:
                assert words[2] in known, f"{name}: {words}"
            else:
                assert words[0] in {"celery", "uvicorn"}, f"{name}: {words}"


def test_services_wait_for_services_that_exist_and_say_when_they_are_well() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, f"{name} waits for {other}"
            if how["condition"] == "service_healthy":
                assert SERVICES[other]["healthcheck"].get("test"), other
        assert "healthcheck" in service or "image" not in service or name == "web", name
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"]


def test_images_of_others_name_a_version_and_secrets_have_no_default() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8")
    for service in SERVICES.values():
        if "image" in service:
            tag = service["image"].partition(":")[2]
            assert re.search(r"\d", tag), service["image"]
    for secret in re.findall(r"\$\{(\w*(?:PASSWORD|SECRET)\w*)([^}]*)\}", text):
        assert secret[1].startswith(":?"), f"{secret[0]} must be set by whoever starts this"


def test_every_queue_has_somebody_who_serves_it() -> None:
    served = set()
    for service in OURS.values():
        words = words_of(service.get("command", ["uvicorn"]))[0]
        if "--queues" in words:
            served |= set(words[words.index("--queues") + 1].split(","))
    assert served == {"celery", "io", "cpu", "gpu"}
