"""Where the embedded servers listen: functions of the state folder, so settings name them unstarted."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

DATABASE = ROLE = "consilium"
PORT = "5432"  # only part of the socket's file name: no TCP port is opened
_ROOT = Path(__file__).resolve().parents[3]


def state_folder() -> Path:
    """The folder of everything this checkout keeps: CONSILIUM_STATE, or `.consilium` at its root."""
    given = os.environ.get("CONSILIUM_STATE", "").strip()
    return (Path(given).expanduser() if given else _ROOT / ".consilium").resolve()


def socket_folder(state: Path) -> Path:
    """A short folder for the sockets of `state`: the same after a restart, another for another state folder.

    The path of a Unix socket holds about 100 bytes and a checkout may lie deeper than that. TMPDIR is not
    asked: two shells of one person may differ in it and must still find the same server.
    """
    digest = hashlib.sha256(os.fsencode(state.resolve())).hexdigest()[:16]
    shared = Path("/tmp")  # noqa: S108  (owner and mode of the folder inside are checked where it is made)
    return (shared if shared.is_dir() else Path(tempfile.gettempdir())) / f"consilium-{digest}"


def database(state: Path) -> dict[str, str]:
    """The address of the embedded database, in the words of Django's DATABASES."""
    return {"NAME": DATABASE, "USER": ROLE, "PASSWORD": "", "HOST": str(socket_folder(state)), "PORT": PORT}


def database_url(state: Path) -> str:
    """The same address for psql, pg_dump and psycopg."""
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(socket_folder(state)), safe='')}&port={PORT}"


def redis_socket(state: Path) -> Path:
    return socket_folder(state) / "redis.sock"


def broker_url(state: Path) -> str:
    """The embedded Redis as Celery names it."""
    return f"redis+socket://{redis_socket(state)}?virtual_host=0"


def redis_url(state: Path) -> str:
    """The embedded Redis as `redis.Redis.from_url` names it."""
    return f"unix://{redis_socket(state)}?db=0"
