"""Items per second of the transformers backend, against a bare batched generate loop and lm-evaluation-harness.

    python bench/transformers_backend.py [--items 512] [--tokens 32] [--batch 64] [--repeats 5]

All sides have the same tiny model, the same prompts, greedy decoding, the same number of new tokens and the same
batch size. The bare loop is what one writes by hand: chat template, sort by length, pad left, generate, decode. It
and the backend take turns in one process; the ratio is that of their medians. Target: at least 0.90.

lm-evaluation-harness runs in an environment of its own, whose interpreter CONSILIUM_PEER_PYTHON names (torch and
transformers of the versions here, then `pip install lm-eval accelerate`); without it nothing is said of it. Its clock starts
when its model is loaded, so that start-up is not held against it. Target: at least 1.5 times its items per second.
The exit status is 1 when a target is missed.
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
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PYTHON = "CONSILIUM_PEER_PYTHON"
LEAST_OF_BARE, LEAST_OF_HARNESS = 0.90, 1.5
SAMPLE = ROOT / "evaluation" / "specs" / "sample" / "items.jsonl"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, usual in (("items", 512), ("tokens", 32), ("batch", 64), ("repeats", 5)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--peer", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peer:
        print(json.dumps(harness(asked.peer, asked)))
        return 0
    try:
        import torch  # noqa: F401
    except ImportError:
        print("not run: the engines are not installed (make engines)")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        return compare(Path(folder) / "model", asked)


def compare(folder: Path, asked: argparse.Namespace) -> int:
    from workers.backends import tiny_model

    tiny_model.make(folder)
    prompts = questions(asked.items)
    (folder.parent / "prompts.json").write_text(json.dumps(prompts), encoding="utf-8")
    runs = {"bare generate loop": bare(folder, prompts, asked), "backend": ours(folder, prompts, asked)}
    took: dict[str, list[float]] = {name: [] for name in runs}
    texts = {name: run() for name, run in runs.items()}  # warm-up, and proof that both do the same
    for _ in range(asked.repeats):
        for name, run in runs.items():
            took[name].append(seconds(run))
    speed = {name: asked.items / statistics.median(times) for name, times in took.items()}
    same = sum(a == b for a, b in zip(*texts.values(), strict=True))
    print(
        f"{asked.items} items, {asked.tokens} new tokens each, batches of {asked.batch}; {same} texts the same"
    )
    for name, found in speed.items():
        print(f"{name:24}{found:10.1f} items a second")
    ratio = speed["backend"] / speed["bare generate loop"]
    print(f"backend / bare: {ratio:.2f} (target {LEAST_OF_BARE:.2f})")
    return int(ratio < LEAST_OF_BARE) | against_the_harness(folder, speed["backend"], asked)


def questions(count: int) -> list[str]:
    """Questions of the sample benchmark with a number, so that no two are alike and their lengths differ."""
    lines = [json.loads(line)["input"] for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    texts = [text[:600] for given in lines if (text := given.get("question") or given.get("context"))]
    return [f"Case {n}. {texts[n % len(texts)]}" for n in range(count)]


def bare(folder: Path, prompts: list[str], asked: argparse.Namespace) -> Callable[[], list[str]]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")

    def run() -> list[str]:
        turns = [[{"role": "user", "content": prompt}] for prompt in prompts]
        texts = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
        answers = [""] * len(texts)
        for start in range(0, len(order), asked.batch):
            places = order[start : start + asked.batch]
            rows = tokenizer(
                [texts[p] for p in places], padding=True, add_special_tokens=False, return_tensors="pt"
            )
            with torch.inference_mode():
                out = model.generate(**rows, max_new_tokens=asked.tokens, do_sample=False)
            written = tokenizer.batch_decode(out[:, rows["input_ids"].shape[1] :], skip_special_tokens=True)
            for place, text in zip(places, written, strict=True):
                answers[place] = text
        return answers

    return run


def ours(folder: Path, prompts: list[str], asked: argparse.Namespace) -> Callable[[], list[str]]:
    from evaluation.domain.asking import Decoding, ModelSpec, Request, Turn
    from workers.backends.protocol import backend

    spec = ModelSpec("transformers", str(folder), options={"batch_rows": asked.batch})
    model = backend("transformers").serve(spec, lambda _: None)
    decoding = Decoding(max_new_tokens=asked.tokens)

    def run() -> list[str]:
        requests = [Request(str(n), (Turn("user", text),), decoding) for n, text in enumerate(prompts)]
        replies = {reply.key: reply for reply in model.replies(requests, Event())}
        assert not any(reply.failure for reply in replies.values())
        return [replies[request.key].text for request in requests]

    return run


def against_the_harness(folder: Path, speed: float, asked: argparse.Namespace) -> int:
    python = os.environ.get(PYTHON)
    if not python:
        print(
            f"lm-evaluation-harness: not run, {PYTHON} names no interpreter that has it (see the docstring)"
        )
        return 0
    command = [python, __file__, "--peer", str(folder), "--items", str(asked.items), "--tokens", str(asked.tokens),
               "--batch", str(asked.batch), "--repeats", str(asked.repeats)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    if done.returncode:
        print(f"lm-evaluation-harness: failed\n{done.stderr[-2000:]}")
        return 1
    found = json.loads(done.stdout.splitlines()[-1])
    ratio = speed / found["speed"]
    print(f"lm-evaluation-harness {found['version']}: {found['speed']:.1f} items a second")
    print(f"backend / harness: {ratio:.2f} (target {LEAST_OF_HARNESS:.2f})")
    return int(ratio < LEAST_OF_HARNESS)


def harness(folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """Its own model class and its own generate_until, over the same prompts through the same chat template."""
    from importlib.metadata import version

    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    model = HFLM(pretrained=str(folder), device="cpu", dtype="float32", batch_size=asked.batch)
    prompts = json.loads((folder.parent / "prompts.json").read_text(encoding="utf-8"))
    texts = [model.apply_chat_template([{"role": "user", "content": prompt}]) for prompt in prompts]
    settings = {"until": [], "max_gen_toks": asked.tokens, "do_sample": False}

    def run() -> None:
        wanted = [Instance("generate_until", {}, (text, dict(settings)), n) for n, text in enumerate(texts)]
        assert len(model.generate_until(wanted, disable_tqdm=True)) == len(texts)

    run()
    times = [seconds(run) for _ in range(asked.repeats)]
    return {"version": version("lm-eval"), "speed": len(texts) / statistics.median(times)}


def seconds(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
