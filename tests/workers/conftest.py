"""Tiny real models, made once a test session; without the engines whatever needs one is skipped."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluation.domain.asking import ModelSpec
from tests.workers import tiny_models
from tests.workers.asking_transformers import Served
from workers.backends.protocol import Backend, backend

os.environ.setdefault("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def engines() -> None:
    """torch and transformers, as `make engines` installs them."""
    if not (importlib.util.find_spec("torch") and importlib.util.find_spec("transformers")):
        pytest.skip("the engines are not installed: make engines")


@pytest.fixture(scope="session")
def tiny_model_at(engines: None, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny model: chat, base, encoder_decoder, classifier or vision; tests do not change it."""
    made: dict[str, Path] = {}

    def at(kind: str) -> Path:
        if kind not in made:
            made[kind] = getattr(tiny_models, kind)(tmp_path_factory.mktemp(kind))
        return made[kind]

    return at


@pytest.fixture
def served(engines: None) -> Iterator[Served]:
    """Serve the model in a folder; it is closed when the test ends."""
    opened: list[Backend] = []

    def serve(folder: Path, **options: Any) -> Backend:
        spec = ModelSpec("transformers", str(folder), options=options)
        opened.append(backend("transformers").serve(spec, lambda _: None))
        return opened[-1]

    yield serve
    for one in opened:
        one.close()


@pytest.fixture
def own_copy(tmp_path: Path, tiny_model_at: Callable[[str], Path]) -> Callable[[str], Path]:
    """A copy of a tiny model that a test may change."""
    return lambda kind: Path(shutil.copytree(tiny_model_at(kind), tmp_path / kind))
