"""The embedded services for one command or test run: started if nobody runs them, ended by the last user.

Every user holds a shared lock. The first one starts a keeper, a supervisor in a process of its own, which
waits to hold that lock alone: it gets it when the last user is gone, killed ones included, and ends. Where
`manage.py up` already runs, its services are used and nothing is started.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from consilium.embedded.addresses import state_folder
from consilium.embedded.postgres import Postgres
from consilium.embedded.redis import Redis
from consilium.supervisor import (
    LOCK,
    AlreadyRunningError,
    CannotStartError,
    StopRequested,
    Supervisor,
    holder,
    make_state_folder,
)

Service = Postgres | Redis
KEEPER = "services"  # the keeper's role in the supervisor's lock
_START_SECONDS = 90.0
_STEP_SECONDS = 0.03
_PLATFORM = Path(__file__).resolve().parents[2]


def wanted(state: Path) -> list[Service]:
    """The services to embed: those for which the environment names no other server."""
    own: dict[str, Service] = {"DATABASE_URL": Postgres(state), "CELERY_BROKER_URL": Redis(state)}
    return [service for name, service in own.items() if not any(map(os.environ.get, (name, f"{name}_FILE")))]


def ensure_services(state: Path | None = None) -> None:
    """Have the embedded services run until this process ends. Raises CannotStartError."""
    stack = contextlib.ExitStack()
    stack.enter_context(running(state))
    atexit.register(stack.close)


@contextlib.contextmanager
def running(state: Path | None = None) -> Iterator[Path]:
    """Have the embedded services run for the `with` block, which gets the state folder.

    Raises CannotStartError.
    """
    state = state or state_folder()
    services = wanted(state)
    if not services:
        yield state
        return
    make_state_folder(state)
    keeper: subprocess.Popen[bytes] | None = None
    with _users(state) as users:
        _wait_for(users, fcntl.LOCK_SH)  # a keeper that is just ending holds it
        try:
            keeper = _have_them_run(state, services)
            yield state
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            if keeper is not None:
                _wait_if_last(keeper, users)


def keep(state: Path, names: Sequence[str]) -> None:
    """The keeper: run the named services until nobody uses them."""
    services = [service for service in (Postgres(state), Redis(state)) if service.name in names]
    stopping = contextlib.suppress(StopRequested)
    with stopping, _users(state) as users, Supervisor(state, _print, role=KEEPER) as supervisor:
        supervisor.start(*(service.child() for service in services))
        supervisor.watch(until=lambda: _try_lock(users, fcntl.LOCK_EX))


def _have_them_run(state: Path, services: Sequence[Service]) -> subprocess.Popen[bytes] | None:
    """Wait until all services answer; start a keeper, and give it, where no supervisor runs."""
    keeper: subprocess.Popen[bytes] | None = None
    deadline = time.monotonic() + _START_SECONDS
    while not _are_kept(state, services):
        somebody = holder(state / LOCK)
        if keeper is None and not somebody:
            keeper = _start_keeper(state, services)
        elif keeper is not None and keeper.poll() not in {None, 0} and not somebody:
            raise CannotStartError(_log(state).read_text(encoding="utf-8").strip())
        if time.monotonic() > deadline:
            names = " and ".join(service.name for service in services)
            raise CannotStartError(
                f"{names} did not answer within {_START_SECONDS:g} s; see {state / 'logs'}"
            )
        time.sleep(_STEP_SECONDS)
    return keeper


def _are_kept(state: Path, services: Sequence[Service]) -> bool:
    """Whether they answer and a living supervisor runs them; those of one just killed answer too."""
    if not holder(state / LOCK):
        return False
    processes = Supervisor.processes(state)
    return all(service.name in processes and service.answers() for service in services)


def _start_keeper(state: Path, services: Sequence[Service]) -> subprocess.Popen[bytes]:
    paths = [str(_PLATFORM), os.environ.get("PYTHONPATH", "")]
    with _log(state).open("wb") as log:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", __name__, str(state), *(service.name for service in services)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            cwd=_PLATFORM,  # `-m` puts it on the import path: nothing in the command's own folder may get in
            start_new_session=True,  # Ctrl-C is for the command; the keeper ends by itself
        )


def _wait_if_last(keeper: subprocess.Popen[bytes], users: IO[bytes]) -> None:
    """Wait until the keeper has ended; leave it alone when it goes on for somebody else."""
    deadline = time.monotonic() + _START_SECONDS
    while keeper.poll() is None and time.monotonic() < deadline:
        if _try_lock(users, fcntl.LOCK_EX):  # nobody is left: the keeper is about to see that
            fcntl.flock(users, fcntl.LOCK_UN)
        elif _try_lock(users, fcntl.LOCK_SH):  # others share it
            fcntl.flock(users, fcntl.LOCK_UN)
            break
        time.sleep(_STEP_SECONDS)
    keeper.returncode = keeper.returncode or 0  # where it goes on it is not ours to wait for any more


def _users(state: Path) -> IO[bytes]:
    return (state / "users.lock").open("ab")


def _try_lock(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for(file: IO[bytes], kind: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _try_lock(file, kind):
        if time.monotonic() > deadline:
            raise CannotStartError(
                f"Another Consilium command has been ending for {_START_SECONDS:g} s; look with `ps`"
            )
        time.sleep(_STEP_SECONDS)


def _log(state: Path) -> Path:
    return state / "logs" / "keeper.log"


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        keep(Path(sys.argv[1]), sys.argv[2:])
    except (AlreadyRunningError, CannotStartError) as refusal:
        _print(str(refusal))
        sys.exit(1)
