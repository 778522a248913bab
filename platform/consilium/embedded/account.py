"""Whom the embedded servers run as: PostgreSQL refuses root, so root lends them an unprivileged account."""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

from consilium.supervisor import CannotStartError

_NAME = "consilium"
_MAKERS = (
    ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", _NAME],
    ["adduser", "-S", "-D", "-H", "-h", "/nonexistent", _NAME],  # BusyBox
)


class Account(NamedTuple):
    """A user of the machine; `borrowed` when it is another than the one we run as."""

    name: str
    uid: int
    gid: int
    borrowed: bool

    @property
    def ids(self) -> tuple[int, int] | None:
        """User and group to become; None where we are that account already."""
        return (self.uid, self.gid) if self.borrowed else None

    def run_as(self) -> dict[str, int | list[int]]:
        """The arguments with which `subprocess` becomes this account: empty unless it is borrowed."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.borrowed else {}

    def may(self, mode: str, path: Path) -> bool:
        """Whether the account has `mode` (r, w or x) on `path`; tried, for access lists count too."""
        command = ["/bin/sh", "-c", f'test -{mode} "$1"', "sh", str(path)]
        return subprocess.run(command, cwd="/", check=False, **self.run_as()).returncode == 0  # type: ignore[call-overload,no-any-return]  # noqa: S603

    def own(self, folder: Path) -> None:
        """Give `folder` to the account, closed to everyone else."""
        folder.chmod(0o700)
        if self.borrowed:
            os.chown(folder, self.uid, self.gid)


def account_for(data: Path) -> Account:
    """This user; for root, the owner of an existing `data` folder, else `consilium`, made where absent.

    Raises CannotStartError when `data` belongs to somebody else and we are not root.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner != os.geteuid():
            raise CannotStartError(
                f"{data} belongs to user {_name(owner)}: it was started as root or by another person. "
                "Start it as before, or choose another folder: CONSILIUM_STATE=/path/of/your/own"
            )
        return Account(_name(os.geteuid()), os.geteuid(), os.getegid(), borrowed=False)
    if owner:
        return Account(_name(owner), owner, data.stat().st_gid, borrowed=True)
    entry = _system_user()
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, borrowed=True)


def make_private(folder: Path, account: Account) -> None:
    """Make `folder` for the account alone, or take it over, refusing one that somebody else put there.

    Raises CannotStartError: in a shared folder such as /tmp anybody may make a folder of this name first.
    """
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account.uid}:
        raise CannotStartError(
            f"{folder} is needed for the sockets of the embedded services, but user {_name(found.st_uid)} "
            "put it there. Remove it, or choose another state folder: CONSILIUM_STATE=/path/of/your/own"
        )
    account.own(folder)


def _system_user() -> pwd.struct_passwd:
    """The account named consilium, made where absent; `nobody` where none can be made."""
    for make in (None, *_MAKERS):
        if make:
            with contextlib.suppress(OSError):
                subprocess.run(make, capture_output=True, check=False)  # noqa: S603
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(_NAME)
    return pwd.getpwnam("nobody")


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
