"""A real vLLM on the CPU, in the interpreter that CONSILIUM_VLLM_PYTHON names; `make test-vllm` installs it."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluation.domain.asking import ModelSpec
from workers.backends import tiny_model, vllm

os.environ.setdefault("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not os.environ.get("CONSILIUM_VLLM_PYTHON"):
        pytest.skip("vLLM is not installed: make test-vllm")
    if not (importlib.util.find_spec("torch") and importlib.util.find_spec("transformers")):
        pytest.skip("the engines are not installed: make engines")
    return tiny_model.make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def spec(tiny: Path) -> ModelSpec:
    return ModelSpec("vllm", str(tiny), options={"window": 512, "cache_gb": 1})


@pytest.fixture
def served(spec: ModelSpec) -> vllm.VllmBackend:
    """The server of the tiny model, started by the first test that asks for it and kept for the others."""
    return vllm.serve(spec, lambda line: None)


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    vllm.let_go()
