"""A model named by its id is pinned to a commit, fetched without pickles, and missed in words without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workers.model_hub import COMMIT, NAME, open_hub

ROOT = Path(__file__).resolve().parents[2]
LOOK = """
import json, sys
from evaluation.domain.asking import ModelSpec
from workers.backends.protocol import ServingError, backend

spec = ModelSpec("transformers", sys.argv[1], sys.argv[2])
said = {finding.name: [finding.state, finding.text] for finding in backend("transformers").inspect(spec)}
if sys.argv[3] == "serve":
    try:
        about = backend("transformers").serve(spec, lambda _: None).about()
        said["served"] = ["ok", about.revision, sorted(about.weights)]
    except ServingError as error:
        said["served"] = ["failed", error.code, error.message]
print(json.dumps(said))
"""


class Worker:
    """Looks at models in a process of its own, with a hub on this machine and an empty cache."""

    def __init__(self, cache: Path) -> None:
        self.cache, self.hub, self.asked = cache, "http://127.0.0.1:9", []  # nobody listens there
        self._opened: Any = None

    def open_hub(self, folder: Path, **sizes: int) -> None:
        self._opened, self.asked = open_hub(folder, {name.replace("__", "."): n for name, n in sizes.items()})
        self.hub = f"http://127.0.0.1:{self._opened.server_address[1]}"

    def close(self) -> None:
        if self._opened:
            self._opened.shutdown()
            self._opened.server_close()

    def look(self, model: str, revision: str = "", then: str = "", offline: bool = False) -> dict[str, Any]:
        environment = os.environ | {
            "HF_ENDPOINT": self.hub, "HF_HOME": str(self.cache), "HF_HUB_OFFLINE": str(int(offline)),
            "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_ETAG_TIMEOUT": "2",
            "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1",
        }  # fmt: skip
        command = [sys.executable, "-c", LOOK, model, revision, then]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    one = Worker(tmp_path / "cache")
    yield one
    one.close()


def test_a_branch_is_pinned_to_its_commit_and_pickles_stay_where_they_are(
    worker: Worker, tiny_model_at: Callable[[str], Path], tmp_path: Path
) -> None:
    published = tmp_path / "published"
    published.mkdir()
    for path in tiny_model_at("chat").iterdir():
        (published / path.name).write_bytes(path.read_bytes())
    (published / "pytorch_model.bin").write_bytes(b"\x80\x04 a pickle")
    (published / "modeling_evil.py").write_text("raise SystemExit", encoding="utf-8")
    worker.open_hub(published)
    looked = worker.look(NAME, "main")
    assert not [finding for finding in looked.values() if finding[0] == "failed"], looked
    assert COMMIT in looked["revision"][1]
    assert not [
        path for path in worker.asked if path.startswith("GET") and "safetensors" in path.split("/")[-1]
    ]
    served = worker.look(NAME, "main", "serve")["served"]
    assert served[:2] == ["ok", COMMIT] and "model.safetensors" in served[2]
    assert not [path for path in worker.asked if "pytorch_model.bin" in path or ".py" in path]
    offline = worker.look(NAME, COMMIT, "serve", offline=True)
    assert offline["served"] == served


def test_without_a_network_it_is_said_what_can_be_done(worker: Worker, engines: None) -> None:
    branch = worker.look(NAME, "main", "serve", offline=True)
    assert branch["files"][0] == "failed" and "40-character commit" in branch["files"][1]
    assert branch["served"][1] == "offline"
    assert "was never fetched" in worker.look(NAME, COMMIT, offline=True)["files"][1]
    assert "hub does not answer" in worker.look(NAME, "main")["files"][1]


def test_what_the_hub_does_not_have_is_named(worker: Worker, tiny_model_at: Callable[[str], Path]) -> None:
    worker.open_hub(tiny_model_at("chat"))
    assert "no such revision" in worker.look(NAME, "dev")["files"][1]
    assert "was not found" in worker.look("lab/other")["files"][1]


def test_a_file_that_is_too_big_for_its_name_is_not_fetched(
    worker: Worker, tiny_model_at: Callable[[str], Path]
) -> None:
    worker.open_hub(tiny_model_at("chat"), config__json=10**10)
    assert "config.json of lab/tiny has 9,537 MB" in worker.look(NAME)["files"][1]
    assert not [path for path in worker.asked if "/resolve/" in path]
