"""The embedded PostgreSQL: made on first use, run in the foreground by the supervisor, on a socket."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from consilium.embedded.account import Account, account_for, make_private
from consilium.embedded.addresses import DATABASE, PORT, ROLE, socket_folder
from consilium.embedded.engines import SHARED, postgres_programs
from consilium.embedded.predecessor import end_predecessor
from consilium.supervisor import CannotStartError, Child, Launch

# Small-machine settings, given at every start so that they also reach databases made earlier.
SETTINGS = {
    "listen_addresses": "",  # no TCP port
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "logging_collector": "off",  # the supervisor keeps what it writes
}
_ENVIRONMENT = {"LC_ALL": "C"}  # the machine's own locale may be missing, and must not matter


class Postgres:
    """PostgreSQL of one state folder."""

    name = "postgres"

    def __init__(self, state: Path) -> None:
        self._state = state
        self._link = state / "postgres"  # the data folder, or for root in a closed home a link to it

    def child(self) -> Child:
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave
        return Child(
            name=self.name, launch=self.launch, ready=self.ready, stop_signal=signal.SIGINT, stop_seconds=30.0
        )

    def launch(self) -> Launch:
        """Make what is missing and give the server's command line. Raises CannotStartError."""
        account = account_for(self._link)
        make_private(socket_folder(self._state), account)
        if account.borrowed:  # the state folder may be entered; what lies in it is closed
            self._state.chmod(self._state.stat().st_mode | 0o011)
        if not (self._link / "PG_VERSION").exists():
            self._make(account)
        data = self._link.resolve()
        if not account.may("x", data):
            raise CannotStartError(
                f"User {account.name}, who runs PostgreSQL for root, may not enter {data}. "
                f"Move it to where they may, or give it back to them: chown -R {account.name} {data}"
            )
        end_predecessor(data)
        (socket_folder(self._state) / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        programs = postgres_programs(account, (data / "PG_VERSION").read_text(encoding="utf-8").strip())
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        where = ["-D", str(data), "-k", str(socket_folder(self._state)), "-p", PORT]
        return Launch(
            [str(programs / "postgres"), *where, *settings],
            env=_ENVIRONMENT,
            folder=data,
            user=account.ids,
        )

    def ready(self) -> bool:
        """Whether the server takes connections; makes the database where it is absent."""
        return self._look(make=True)

    def answers(self) -> bool:
        """Whether the database can be used now."""
        return self._look(make=False)

    def _look(self, *, make: bool) -> bool:
        if not self._says_ready():  # asking earlier would fill its log with refusals
            return False
        address = (
            f"host={socket_folder(self._state)} port={PORT} user={ROLE} dbname=postgres connect_timeout=5"
        )
        try:
            with psycopg.connect(address, autocommit=True) as connection:
                names = connection.execute("SELECT datname FROM pg_database").fetchall()
                if make and (DATABASE,) not in names:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError:
            return False
        return make or (DATABASE,) in names

    def _says_ready(self) -> bool:
        """The last line of its pid file is its state: starting, ready, stopping."""
        try:
            words = (self._link / "postmaster.pid").read_text(encoding="utf-8").split()
        except OSError:
            return False
        return words[-1:] == ["ready"]

    def _make(self, account: Account) -> None:
        """initdb beside the final place, then rename: the data folder is complete or absent."""
        place = self._place(account)
        partial, data = place / "postgres.partial", place / "postgres"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        account.own(partial)
        _initdb(account, partial)
        partial.rename(data)
        if data != self._link:
            self._link.unlink(missing_ok=True)  # a link whose target was removed by hand
            self._link.symlink_to(data)

    def _place(self, account: Account) -> Path:
        """The state folder; or, when the account cannot enter it (say, under /root), one under /var/lib."""
        if account.may("x", self._state):
            return self._state
        try:
            SHARED.mkdir(parents=True, exist_ok=True, mode=0o755)
            place = Path(tempfile.mkdtemp(prefix=f"{self._state.parent.name}-", dir=SHARED))
        except OSError as error:
            raise CannotStartError(
                f"PostgreSQL does not run as root, and user {account.name} may not enter {self._state}. "
                "Choose a state folder that all may enter: CONSILIUM_STATE=/srv/consilium-state"
            ) from error
        place.chmod(0o711)
        return place


def _initdb(account: Account, data: Path) -> None:
    """A UTF-8 cluster whose order and case rules are PostgreSQL's own C.UTF-8: the same on every machine."""
    initdb = postgres_programs(account, None) / "initdb"
    encoding = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    command = [str(initdb), "-D", str(data), f"--username={ROLE}", "--auth=trust", *encoding]
    done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603
        command,
        env={**os.environ, **_ENVIRONMENT},
        cwd=data,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **account.run_as(),
    )
    if done.returncode != 0:
        raise CannotStartError(
            f"PostgreSQL could not make its data folder {data}:\n{done.stdout}{done.stderr}"
        )
