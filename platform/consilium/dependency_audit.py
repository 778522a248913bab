"""`python -m consilium.dependency_audit LOCK…`: does a pinned dependency have a known vulnerability?

Ends with 1 where one has. Where the advisory database cannot be reached it says so in one line and ends with
0: a machine without a network can still check everything else. Silence of the database is told from an answer
by asking first for a version that is known to be vulnerable; an audit that does not find that one is none.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

KNOWN_VULNERABLE = "jinja2==2.4.1"
SECONDS = 14.0  # for all of it
AT_ONCE = 4  # processes: the database is asked for one package after the other
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)
NOT_AUDITED = "NOT AUDITED: {why}. Run this again where the network is."


class NotAuditedError(Exception):
    """The database did not answer; the text says how."""


def pins_of(lock: str) -> set[str]:
    """Every `name==version` of a lock file, whatever machine it is for."""
    return {f"{name.lower()}=={version}" for name, version in _PIN.findall(lock)}


def looked_up(pins: Iterable[str], until: float, tool: Sequence[str]) -> dict[str, list[str] | None]:
    """Of each pin the ids of its known vulnerabilities; None where the database does not know the pin.

    Args:
        until: on the monotonic clock.
        tool: the command of pip-audit.

    Raises:
        NotAuditedError: the database did not answer, or time was up.
    """
    wanted = sorted(pins)
    parts = [part for at in range(AT_ONCE) if (part := wanted[at::AT_ONCE])]
    with tempfile.TemporaryDirectory() as folder:
        running = [_started(part, Path(folder) / f"{at}.txt", tool) for at, part in enumerate(parts)]
        try:
            told = {each["name"]: each for process in running for each in _told(process, until)}
        finally:
            for process in running:
                process.kill()
                process.wait()
    found: dict[str, list[str] | None] = {}
    for pin in wanted:
        said = told.get(re.sub(r"[-_.]+", "-", pin.partition("==")[0]), {})
        found[pin] = [one["id"] for one in said["vulns"]] if "vulns" in said else None
    return found


def _started(pins: Sequence[str], file: Path, tool: Sequence[str]) -> subprocess.Popen[str]:
    file.write_text("\n".join(pins) + "\n", encoding="utf-8")
    said = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json", "--timeout", "5")
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [*tool, *said, "-r", str(file)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def _told(process: subprocess.Popen[str], until: float) -> list[dict[str, Any]]:
    try:
        said, _ = process.communicate(timeout=max(until - time.monotonic(), 0.1))
        return list(json.loads(said)["dependencies"])
    except subprocess.TimeoutExpired:
        raise NotAuditedError(f"it was not done within {SECONDS:.0f} seconds") from None
    except (ValueError, KeyError):
        raise NotAuditedError("the advisory database cannot be reached") from None


def audit(locks: Sequence[Path], tool: Sequence[str]) -> int:
    """Look everything up and say what came of it; the exit status."""
    until = time.monotonic() + SECONDS
    pins = set().union(*(pins_of(lock.read_text(encoding="utf-8")) for lock in locks))
    try:
        if not looked_up([KNOWN_VULNERABLE], until, tool)[KNOWN_VULNERABLE]:
            raise NotAuditedError("the advisory database does not answer")
        found = looked_up(pins, until, tool)
    except NotAuditedError as refusal:
        print(NOT_AUDITED.format(why=refusal))  # noqa: T201
        return 0
    unknown = [pin for pin, ids in found.items() if ids is None]
    if unknown:
        why = f"the database does not know {len(unknown)} of {len(pins)}: {', '.join(unknown)}"
        print(NOT_AUDITED.format(why=why))  # noqa: T201
    vulnerable = {pin: ids for pin, ids in found.items() if ids}
    for pin, ids in vulnerable.items():
        print(f"{pin} is vulnerable: {', '.join(ids)}")  # noqa: T201
    if not vulnerable and not unknown:
        print(f"{len(pins)} pinned dependencies, none with a known vulnerability")  # noqa: T201
    return 1 if vulnerable else 0


if __name__ == "__main__":
    sys.exit(audit([Path(name) for name in sys.argv[1:]], [sys.executable, "-m", "pip_audit"]))
