"""A copy of the house in which the guides that change code have been followed, with its site running."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.adding.guides import guide
from tests.running_site import ROOT, Site, wait_until

ROOMS = ("platform", "evaluation", "raters", "leaderboard", "workers", "templates", "docs", "tests")
HERE = "http://127.0.0.1:8000"  # as the guides write it
SECONDS = 240.0
NEWCOMER, PASSWORD = "newcomer", "a-long-secret-of-a-newcomer"


@dataclass(frozen=True)
class House:
    root: Path
    site: Site
    token: str

    def run(self, command: str) -> str:
        """A command of a guide as it stands there, on this site, with the interpreter of the tests."""
        done = self._typed(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def refused(self, command: str) -> str:
        """What a command says that cannot be carried out."""
        done = self._typed(command)
        assert done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    def _typed(self, command: str) -> subprocess.CompletedProcess[str]:
        typed = command.replace(HERE, self.site.address).replace(".venv/bin/python", sys.executable)
        environment = {**self.site._environment, "TOKEN": self.token}
        return subprocess.run(
            ["bash", "-c", typed], cwd=self.root, env=environment, capture_output=True, text=True
        )

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Token {self.token}"}
        return httpx.Client(base_url=self.site.address, headers=headers, timeout=60)

    def scored(self, answer: str) -> dict[str, Any]:
        """The submission that a command said it has sent in, once it is scored and has its receipt."""
        where = f"/api/v1/submissions/{json.loads(answer)['id']}/"
        with self.client() as client:
            said: dict[str, Any] = {}

            def is_over() -> bool:
                said.update(client.get(where).raise_for_status().json())
                if said["state"] == "scored":
                    return said.get("receipt") != ""  # it is written a moment after the scores
                return said["state"] in {"refused", "failed", "cancelled"}

            wait_until(is_over, SECONDS, lambda: json.dumps(said))
        assert said["state"] == "scored", said
        return said

    def row(self, board: str, system: str) -> dict[str, Any]:
        """The system's row of a board, as everybody sees it."""
        with httpx.Client(base_url=self.site.address, timeout=60) as nobody:
            found: list[dict[str, Any]] = []

            def is_shown() -> bool:
                answer = nobody.get(f"/api/v1/boards/{board}/")
                rows = answer.json()["rows"] if answer.status_code == 200 else []
                found[:] = [row for row in rows if row["system"] == system]
                return bool(found)

            wait_until(is_shown, SECONDS, lambda: f"{system} is not on {board}")
        return found[0]


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    if shutil.which("curl") is None:
        pytest.skip("no curl: the guides send answers in with it (for instance: apt-get install curl)")
    parent = Path(tempfile.mkdtemp(prefix="consilium-adding-"))
    parent.chmod(0o711)  # the database does not run as root and must reach its folder
    root, state = parent / "house", parent / "house" / ".consilium"
    _copy(root)
    for name in ("metric", "backend"):
        guide(name).follow(root)
    state.mkdir(exist_ok=True)
    site = Site(state, _free_port(), root, demo=False)
    try:
        site.manage("load_benchmark", "sample")
        _sign_up(site.address)
        yield House(root, site, site.manage("create_token", NEWCOMER))
    finally:
        site.stop()
        shutil.rmtree(parent)


def _sign_up(address: str) -> None:
    with httpx.Client(base_url=address, timeout=60) as browser:
        browser.get("/account/signup/").raise_for_status()
        typed = {"username": NEWCOMER, "password1": PASSWORD, "password2": PASSWORD}
        typed["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        answer = browser.post("/account/signup/", data=typed, headers={"Referer": address})
        assert answer.status_code == 302, answer.text


def _copy(root: Path) -> None:
    root.mkdir()
    for room in ROOMS:
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("manage.py", "pyproject.toml"):
        shutil.copy(ROOT / file, root / file)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
