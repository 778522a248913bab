"""What can be known of the images without an engine that builds them: nothing they name is missing."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
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
NOT_OURS = {
    "HF_HOME",
    "MALLOC_ARENA_MAX",
    "PYTHONPATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "PIP_NO_CACHE_DIR",
    "PATH",
}
NOT_OURS |= {"HF_TOKEN", "VLLM_CACHE_ROOT", "TRITON_CACHE_DIR"}  # read by what models are run with
WEB_HEALTH = {"test": "HEALTHCHECK --" in (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")}
ONCE = {"migrate", "backup", "objects-owner"}  # do one thing and end


def instructions(path: Path) -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", path.read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines if not line[0].isspace()]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


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
    assert found[0][0] in {"FROM", "ARG"}
    (base,) = [value for name, value in found if name == "FROM"]
    if base == "${BASE}":
        base = dict([value.split("=", 1) for name, value in found if name == "ARG"])["BASE"]
    assert re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*(@sha256:[0-9a-f]{64})?", base), "the base names a version"
    users = [value for name, value in found if name == "USER"]
    assert users, "an image that ends as root"
    assert int(users[-1]) > 0, "a number tells an orchestrator that it is not root"
    assert users[-1] in text_of(path).partition("--uid ")[2].split()[0], "the one that was made"
    assert "HEALTHCHECK" in {name for name, _ in found}
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
                assert SERVICES.get(other, {}).get("healthcheck", WEB_HEALTH).get("test"), other
            if how["condition"] == "service_completed_successfully":
                assert SERVICES[other]["restart"] == "no", other
        assert "healthcheck" in service or name == "web", f"{name}; that of web is in its image"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / "docker" / source).is_file(), source


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


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_has_nothing_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True, "its root file system"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "pid", "ipc", "userns_mode"} & set(service)
    assert service.get("network_mode") in {None, "none"}
    assert set(service.get("cap_add", [])) <= {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
    assert not (service in OURS.values() and service.get("cap_add")), "ours need none"
    assert service["logging"]["driver"] == "local"
    assert {"max-size", "max-file"} <= set(service["logging"]["options"]), "or the log fills the disk"
    assert service["deploy"]["resources"]["limits"]["memory"]
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_a_service_writes_it_may_write(name: str) -> None:
    """With a root that is read-only, /tmp is a tmpfs or a volume, and the state folder a volume."""
    service = OURS[name]
    mounted = {volume.split(":")[1] for volume in service["volumes"]}
    in_memory = {each.split(":")[0] for each in service["tmpfs"]}
    assert "/var/lib/consilium" in mounted
    assert "/tmp" in mounted | in_memory
    assert not mounted & in_memory
    if name == "web":
        assert "/tmp" in mounted, "files that arrive must not lie in memory"


def test_ports_listen_on_this_machine_alone_unless_somebody_says_otherwise() -> None:
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert re.match(r"(\$\{\w+:-)?127\.0\.0\.1\}?:", port), f"{name}: {port}"
    for name in ("postgres", "redis"):
        assert "ports" not in SERVICES[name], "nobody outside asks these"


def test_the_worker_with_cards_reserves_them_and_its_image_brings_vllm() -> None:
    vllm = SERVICES["vllm"]
    (device,) = vllm["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
    assert vllm["profiles"] == ["gpu"], "a machine without cards starts without it"
    found = instructions(ROOT / vllm["build"]["dockerfile"])
    (install,) = [value for name, value in found if name == "RUN" and 'pip install "vllm' in value]
    pin = re.search(r"sed -n '([^']+)' (\S+)", install)
    assert pin
    told = subprocess.run(
        ["sed", "-n", pin[1], ROOT / pin[2].rstrip(')"')], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(told) == 1, "one version, that of the tests on the processor"
    assert re.fullmatch(r"\d+\.\d+\.\d+", told[0])
    assert ("ENV", "CONSILIUM_VLLM_PYTHON=/opt/vllm/bin/python") in found


def test_the_account_of_the_image_can_read_the_style_sheets_that_root_collected() -> None:
    """FILE_UPLOAD_PERMISSIONS closes what is stored; a web server that cannot read them does not start."""
    (collected,) = [
        value for _, value in instructions(ROOT / "docker" / "Dockerfile") if "collectstatic" in value
    ]
    assert 'chmod -R a+rX "$STATIC_ROOT"' in collected.partition("collectstatic")[2]


def test_prometheus_asks_where_the_figures_are_with_the_token_it_was_given() -> None:
    from django.urls import reverse

    told = yaml.safe_load(text_of(ROOT / "docker" / "prometheus.yml"))
    (job,) = told["scrape_configs"]
    assert job["metrics_path"] == reverse("metrics")
    (target,) = job["static_configs"][0]["targets"]
    host, port = target.split(":")
    assert SERVICES[host]["ports"][0].endswith(f":{port}")
    allowed = OURS[host]["environment"]["ALLOWED_HOSTS"].split(",")
    assert {host, "127.0.0.1"} <= set(allowed), (
        "or Django refuses Prometheus, and the health check of the image"
    )
    secret = Path(job["authorization"]["credentials_file"]).name
    assert COMPOSE["secrets"][secret] == {"environment": "METRICS_TOKEN"}
    prometheus = SERVICES["prometheus"]
    assert secret in prometheus["secrets"]
    mounted = [volume.split(":")[1] for volume in prometheus["volumes"]]
    assert set(told["rule_files"]) <= set(mounted)


def test_a_backup_lies_where_no_container_ends_with_it() -> None:
    command = " ".join(OURS["backup"]["command"])
    folder = re.search(r"backup (/\w+)/", command)
    assert folder
    assert f"backups:{folder[1]}" in OURS["backup"]["volumes"]
    made = text_of(ROOT / "docker" / "Dockerfile")
    assert f"--owner consilium --mode 0700 {folder[1]}" in made, "a new volume takes its owner from there"


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_the_linter_of_dockerfiles_has_nothing_to_say(path: Path) -> None:
    hadolint = shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run([hadolint, "--no-color", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_engine_itself_can_read_the_compose_file() -> None:
    if subprocess.run(["sh", "-c", "docker compose version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    names = ("SECRET_KEY", "POSTGRES_PASSWORD", "MINIO_PASSWORD", "METRICS_TOKEN")
    done = subprocess.run(
        ["docker", "compose", "-f", ROOT / "docker" / "compose.yaml", "--profile", "*", "config", "--quiet"],
        env={**os.environ, **dict.fromkeys(names, "x" * 50)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
