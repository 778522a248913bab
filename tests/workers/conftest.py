"""Tiny real models, made once a test session; without the engines whatever needs one is skipped."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workers import tiny_models

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
