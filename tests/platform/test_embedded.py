"""The servers that come with the packages: durable, apart from other checkouts, and back after a fault."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from kombu import Connection
from redis import Redis as RedisClient

from consilium.embedded import (
    broker_url,
    database,
    database_url,
    redis_url,
    socket_folder,
    state_folder,
)
from consilium.embedded.postgres import Postgres
from consilium.embedded.redis import Redis
from consilium.embedded.services import running
from consilium.supervisor import holder
from tests.platform.embedded_use import Eventually, Gone, numbers, run


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
