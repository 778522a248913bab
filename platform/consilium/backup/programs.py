"""pg_dump and pg_restore: those of this machine where it has them, else those that came with the packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from consilium.backup.manifest import BackupError
from consilium.embedded.account import account_for
from consilium.embedded.engines import postgres_programs
from consilium.supervisor import CannotStartError


def run(program: str, *words: str) -> None:
    """Run `pg_dump` or `pg_restore` on the site's database. Raises BackupError with what it said."""
    connection.ensure_connection()
    server = connection.connection.info
    where = {
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGUSER": server.user,
        "PGPASSWORD": server.password,
        **_options(connection.settings_dict.get("OPTIONS", {})),
    }
    environment = {**os.environ, **{name: str(value) for name, value in where.items() if value}}
    done = subprocess.run(  # noqa: S603 - the program is ours, its words are made here
        [str(_path(program, server.server_version // 10_000)), f"--dbname={server.dbname}", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{program} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")


def _path(program: str, version: int) -> Path:
    """One of the server's version or newer: an older pg_dump refuses to read a newer server."""
    found = shutil.which(program)
    if found and _major(found) >= version:
        return Path(found)
    try:
        return postgres_programs(account_for(Path(settings.STATE_DIR)), None) / program
    except CannotStartError as refusal:
        raise BackupError(
            f"{program} of PostgreSQL {version} or newer is needed: install PostgreSQL's client programs. "
            f"({refusal})"
        ) from refusal


def _major(path: str) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    numbers = [word.split(".")[0] for word in said.split() if word[:1].isdigit()]
    return int(numbers[0]) if numbers and numbers[0].isdigit() else 0


def _options(options: dict[str, Any]) -> dict[str, Any]:
    """What of the connection's options the programs must know too."""
    known = {
        "sslmode": "PGSSLMODE",
        "sslrootcert": "PGSSLROOTCERT",
        "sslcert": "PGSSLCERT",
        "sslkey": "PGSSLKEY",
    }
    return {name: options.get(option) for option, name in known.items()}
