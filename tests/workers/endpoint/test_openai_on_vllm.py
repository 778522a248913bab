"""The endpoint backend against a real vLLM server on the CPU (CONSILIUM_VLLM_PYTHON names its interpreter)."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from django.conf import settings as configured

from evaluation.domain.asking import Decoding, ModelSpec, Reply, Request, Turn
from workers.backends import openai_api
from workers.backends.protocol import ServingError

KEY = "sk-of-a-server-of-our-own"
WINDOW = 512
QUESTION = "Q: What lowers fever?\nAnswer:"
START_SECONDS = 600  # only so that a server that never starts fails the test

pytestmark = pytest.mark.skipif(
    not configured.VLLM_PYTHON, reason="vLLM is not installed: name its interpreter in CONSILIUM_VLLM_PYTHON"
)


@pytest.fixture(scope="module")
def address(tiny_model_at: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [
        configured.VLLM_PYTHON, "-m", "vllm.entrypoints.openai.api_server", "--model", str(tiny_model_at("chat")),
        "--served-model-name", "tiny", "--host", "127.0.0.1", "--port", port, "--api-key", KEY,
        "--dtype", "float32", "--enforce-eager", "--max-model-len", str(WINDOW),
    ]  # fmt: skip
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "1"}
    log = tmp_path_factory.mktemp("vllm") / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=written, stderr=written, start_new_session=True
        )  # fmt: skip
    try:
        _wait(process, f"http://127.0.0.1:{port}/health", log)
        yield f"127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(START_SECONDS):
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-4000:]
        try:
            if httpx.get(url, timeout=1, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            Event().wait(1)
    raise AssertionError(f"vLLM did not start: {log.read_text(encoding='utf-8', errors='replace')[-4000:]}")


@pytest.fixture
def opened(address: str, settings: Any) -> Iterator[Callable[..., openai_api.EndpointBackend]]:
    settings.ENDPOINT_ALLOWED_HOSTS = [address]
    opened: list[openai_api.EndpointBackend] = []

    def serve(model: str = "tiny", key: str = KEY, **options: Any) -> openai_api.EndpointBackend:
        opened.append(openai_api.serve(spec_of(address, model, key, **options), logging.info))
        return opened[-1]

    yield serve
    for endpoint in opened:
        endpoint.close()


def spec_of(address: str, model: str = "tiny", key: str = KEY, **options: Any) -> ModelSpec:
    return ModelSpec("openai_api", model, base_url=f"http://{address}/v1", key=key, options=options)


def asked(endpoint: openai_api.EndpointBackend, *requests: Request) -> dict[str, Reply]:
    return {reply.key: reply for reply in endpoint.replies(requests, Event())}


def test_a_look_finds_the_model_and_its_window(address: str, settings: Any) -> None:
    settings.ENDPOINT_ALLOWED_HOSTS = [address]
    found = openai_api.inspect(spec_of(address))
    assert [finding.state for finding in found] == ["ok"] * 4
    assert f"{WINDOW} tokens" in found[-1].text


def test_many_at_a_time_are_answered(opened: Any) -> None:
    decoding = Decoding(max_new_tokens=12, temperature=0.8, top_p=0.9, top_k=20, seed=7, stop=("zzz",))
    turns = (Turn("system", "Be brief."), Turn("user", "Which?"))
    endpoint = opened(concurrency=32)
    came = asked(endpoint, *(Request(str(n), turns, decoding) for n in range(60)))
    assert len(came) == 60 and not any(reply.failure for reply in came.values())
    assert all(reply.tokens_out and reply.tokens_out <= 12 for reply in came.values())
    assert endpoint.about().versions["system_fingerprint"].startswith("vllm-")
    assert endpoint.count_tokens(turns) >= (came["0"].tokens_in or 0)


def test_the_same_seed_gives_the_same_text(opened: Any) -> None:
    decoding = Decoding(max_new_tokens=12, temperature=0.8, seed=7)
    requests = [Request(str(n), (Turn("user", "Which?"),), decoding) for n in range(3)]
    came = asked(opened(concurrency=1), *requests)
    assert len({reply.text for reply in came.values()}) == 1


def test_what_does_not_fit_is_too_long_and_costs_the_others_nothing(opened: Any) -> None:
    long = Request("long", (Turn("user", "word " * 3000),))
    greedy = Request("greedy", (Turn("user", "Which?"),), Decoding(max_new_tokens=10 * WINDOW))
    came = asked(
        opened(), long, greedy, Request("short", (Turn("user", "Which?"),), Decoding(max_new_tokens=4))
    )
    assert [came[key].failure and came[key].failure.code for key in ("long", "greedy", "short")] == [
        "too_long", "too_long", None,
    ]  # fmt: skip


def test_a_wrong_key_and_an_unknown_model_are_told_apart(opened: Any) -> None:
    with pytest.raises(ServingError) as refused:
        opened(key="sk-of-somebody-else")
    assert refused.value.code == "key_refused"
    with pytest.raises(ServingError) as unknown:
        asked(opened(model="other"), Request("1", (Turn("user", "Which?"),)))
    assert unknown.value.code == "model_unknown"


def test_options_are_as_likely_as_transformers_finds_them(
    opened: Any, tiny_model_at: Callable[[str], Path]
) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options = (" paracetamol", " a saw", " B")
    endpoint = opened(completion=True)
    assert endpoint.about().scores_options
    reply = asked(endpoint, Request("1", (Turn("user", QUESTION),), options=options))["1"]
    tokenizer = AutoTokenizer.from_pretrained(tiny_model_at("chat"))
    model = AutoModelForCausalLM.from_pretrained(tiny_model_at("chat"))
    start = len(tokenizer(QUESTION)["input_ids"])
    for option, score, count in zip(options, reply.option_scores, reply.option_tokens, strict=True):
        ids = tokenizer(QUESTION + option)["input_ids"]
        with torch.inference_mode():
            logs = model(torch.tensor([ids])).logits[0].log_softmax(-1)
        known = sum(logs[place - 1, ids[place]].item() for place in range(start, len(ids)))
        assert count == len(ids) - start
        assert score == pytest.approx(known, abs=1e-3)
