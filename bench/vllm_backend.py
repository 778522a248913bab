"""Items per second of the vllm backend through its server, against vLLM's own offline LLM.generate.

    CONSILIUM_VLLM_PYTHON=.venv-vllm/bin/python python bench/vllm_backend.py [--items 512] [--tokens 128] [--turns 11]

Both have the same tiny model, the same prompts as tokens, greedy decoding, the same number of new tokens and the
same limit of answers written at a time. Each has a process of its own with the model loaded; they take turns, and
what counts is the median of the ratios within a turn. Between two rounds there is a pause: a server's processes look
for work without rest for a second after the last, which would be taken from the other. `make vllm` installs vLLM;
without it nothing is said of it. Target: at least 0.90 at 128 new tokens, the length of a short reasoned answer; the
exit status is 1 when it is missed. With fewer tokens (try --tokens 16) a server costs more: its price is paid by the
answer, not by the token.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import perf_counter, sleep
from typing import Any

from measured.figures import figure

ROOT = Path(__file__).resolve().parents[1]
PYTHON = "CONSILIUM_VLLM_PYTHON"
LEAST = 0.90
WINDOW, AT_A_TIME = 1024, 64
PAUSE_SECONDS = 2.0
SAMPLE = ROOT / "evaluation" / "specs" / "sample" / "items.jsonl"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, usual in (("items", 512), ("tokens", 128), ("turns", 11)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--offline", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.offline:
        return offline(asked.offline, asked.tokens)
    usual_place = ROOT / ".venv-vllm" / "bin" / "python"
    if not os.environ.get(PYTHON) and usual_place.exists():
        os.environ[PYTHON] = str(usual_place)
    if not os.environ.get(PYTHON):
        print(f"not run: vLLM is not installed (make vllm) and {PYTHON} names no interpreter that has it")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        return compare(Path(folder), asked)


def compare(folder: Path, asked: argparse.Namespace) -> int:
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consilium.settings")
    import django

    django.setup()
    from workers.backends import tiny_model, vllm

    tiny_model.make(folder)
    backend, ours = through_the_server(folder, asked)
    theirs, end = generated_offline(folder, asked)
    took: dict[str, list[float]] = {"LLM.generate": [], "backend": []}
    texts = ours()[1], theirs()[1]  # warm-up, and proof that both do the same
    for _ in range(asked.turns):
        for name, once in (("backend", ours), ("LLM.generate", theirs)):
            sleep(PAUSE_SECONDS)
            took[name].append(once()[0])
    same = sum(a == b for a, b in zip(*texts, strict=True))
    print(
        f"{asked.items} items, {asked.tokens} new tokens each; {same} texts the same; {backend.about().device}"
    )
    for name, times in took.items():
        print(f"{name:24}{asked.items / statistics.median(times):10.1f} items a second")
    pairs = zip(took["LLM.generate"], took["backend"], strict=True)
    ratios = sorted(offline / ours for offline, ours in pairs)
    ratio = statistics.median(ratios)
    print(f"backend / LLM.generate: {ratios[0]:.2f} to {ratios[-1]:.2f}; the target is set at 128 tokens")
    end()
    vllm.let_go()
    return 0 if figure("vLLM backend / LLM.generate", ratio, "×", least=LEAST) else 1


def questions(count: int) -> list[str]:
    """Questions of the sample benchmark with a number, so that no two are alike and their lengths differ."""
    lines = [json.loads(line)["input"] for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    texts = [text[:600] for given in lines if (text := given.get("question") or given.get("context"))]
    return [f"Case {n}. {texts[n % len(texts)]}" for n in range(count)]


Round = Callable[[], tuple[float, list[str]]]  # seconds, texts in the order of the prompts


def through_the_server(folder: Path, asked: argparse.Namespace) -> tuple[Any, Round]:
    from evaluation.domain.asking import Decoding, ModelSpec, Request, Turn
    from workers.backends import vllm

    options = {"window": WINDOW, "concurrency": AT_A_TIME, "cache_gb": 1, "idle_seconds": 0}
    backend = vllm.serve(ModelSpec("vllm", str(folder), options=options), lambda line: None)
    decoding = Decoding(max_new_tokens=asked.tokens)
    requests = [
        Request(str(number), (Turn("user", text),), decoding)
        for number, text in enumerate(questions(asked.items))
    ]

    def once() -> tuple[float, list[str]]:
        begun = perf_counter()
        replies = list(backend.replies(requests, Event()))
        seconds = perf_counter() - begun
        assert len(replies) == len(requests), f"{len(replies)} of {len(requests)} answered"
        failures = [reply.failure for reply in replies if reply.failure]
        assert not failures, failures[0]
        return seconds, [reply.text for reply in sorted(replies, key=lambda reply: int(reply.key))]

    return backend, once


def generated_offline(folder: Path, asked: argparse.Namespace) -> tuple[Round, Callable[[], None]]:
    (folder / "prompts.json").write_text(json.dumps(questions(asked.items)), encoding="utf-8")
    command = [
        os.environ[PYTHON],
        str(Path(__file__).resolve()),
        "--offline",
        str(folder),
        "--tokens",
        str(asked.tokens),
    ]
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1",
        "TORCH_COMPILE_DISABLE": "1",
    }  # fmt: skip
    peer = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert peer.stdin is not None and peer.stdout is not None
    to_peer, from_peer = peer.stdin, peer.stdout

    def once() -> tuple[float, list[str]]:
        to_peer.write("go\n")
        to_peer.flush()
        while not (line := from_peer.readline()).startswith("{"):
            assert line, "vLLM ended: run this file with --offline FOLDER to see why"
        told = json.loads(line)
        return told["seconds"], told["texts"]

    def end() -> None:
        to_peer.close()
        peer.wait()
        from_peer.close()

    return once, end


def offline(folder: Path, tokens: int) -> int:
    """In the interpreter that has vLLM: one round for each line of standard input."""
    from vllm import LLM, SamplingParams

    llm = LLM(
        str(folder), dtype="float32", enforce_eager=True, max_model_len=WINDOW, max_num_seqs=AT_A_TIME,
        generation_config="vllm", load_format="safetensors", seed=0,
    )  # fmt: skip
    asked = json.loads((folder / "prompts.json").read_text(encoding="utf-8"))
    tokenizer = llm.get_tokenizer()
    how = SamplingParams(max_tokens=tokens, temperature=0)
    for _ in sys.stdin:
        begun = perf_counter()
        turns = [[{"role": "user", "content": text}] for text in asked]
        written = [
            tokenizer.apply_chat_template(one, tokenize=False, add_generation_prompt=True) for one in turns
        ]
        prompts = [
            {"prompt_token_ids": ids} for ids in tokenizer(written, add_special_tokens=False)["input_ids"]
        ]
        answers = llm.generate(prompts, how, use_tqdm=False)
        seconds = perf_counter() - begun
        print(json.dumps({"seconds": seconds, "texts": [one.outputs[0].text for one in answers]}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
