"""Items per second of the transformers backend, against a bare batched generate loop and lm-evaluation-harness.

    python bench/transformers_backend.py [--items 512] [--tokens 32] [--batch 64] [--turns 7]

All sides have the same tiny model, the same prompts, greedy decoding, the same number of new tokens, the same batch
size and as many threads. They take turns, and what counts is the median of the ratios within a turn: a machine that
is busy for a while then slows all of them. Three tasks that evaluations really run:

- questions: a question each, an answer is written;
- examples: the same five worked examples before each question, an answer is written (five-shot);
- options: the log-likelihood of each option of a multiple-choice question, written out, as HEAD-QA is asked.

The bare loop is what one writes by hand: chat template, sort by length, pad left, generate, decode. Target for the
backend on questions: at least 0.90. The harness runs in an environment of its own, whose interpreter
CONSILIUM_PEER_PYTHON names (torch and transformers of the versions here, then `pip install lm-eval accelerate`);
without it nothing is said of it. It is asked through its own HFLM with its own settings; its clock starts when its
model is loaded and warm. Target on every task: at least 1.5 times its items per second. The exit status is 1 when a
target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import Any

from measured.figures import figure

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PYTHON = "CONSILIUM_PEER_PYTHON"
LEAST_OF_BARE, LEAST_OF_HARNESS = 0.90, 1.5
SAMPLE = ROOT / "evaluation" / "specs" / "sample" / "items.jsonl"
SHOTS = 5
OPTION_ITEMS = 4  # a quarter of the items, each with four or five options: about as many rows

Answer = list[Any]  # a text, or the log-likelihoods of an item's options
Side = Callable[[], Answer]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, usual in (("items", 512), ("tokens", 32), ("batch", 64), ("turns", 7)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--peer", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peer:
        return peer(asked.peer, asked)
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
    tasks: dict[str, tuple[list[str], list[list[str]]]] = {
        "questions": (questions(asked.items), []),
        "examples": (with_examples(asked.items), []),
        "options": with_options(asked.items // OPTION_ITEMS),
    }
    (folder.parent / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
    model = served(folder, asked)
    with the_harness(folder, asked) as harness:
        held = True
        for name, (prompts, options) in tasks.items():
            sides: dict[str, Side] = {"backend": ours(model, prompts, options, asked)}
            if not options:
                sides["bare loop"] = bare(folder, prompts, asked)
            if harness:
                sides["lm-evaluation-harness"] = partial(harness, name)
            held &= measured(name, len(prompts), sides, asked.turns)
    return 0 if held else 1


def measured(task: str, items: int, sides: dict[str, Side], turns: int) -> bool:
    """Prints a table; whether every target is met."""
    answers = {name: run() for name, run in sides.items()}  # warm-up, and proof that all do the same
    took: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(turns):
        for name, run in sides.items():
            took[name].append(seconds(run))
    print(f"{task}: {items} items")
    held = True
    for name, times in took.items():
        line = f"  {name:24}{items / statistics.median(times):9.1f} items a second"
        if name != "backend":
            ratios = sorted(other / own for own, other in zip(took["backend"], times, strict=True))
            ratio = statistics.median(ratios)
            least = LEAST_OF_HARNESS if "harness" in name else LEAST_OF_BARE
            same = sum(map(alike, answers["backend"], answers[name]))
            line += f"; backend / it: {ratio:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
            print(f"{line}, {same} answers the same")
            held &= figure(f"transformers backend / {name}, {task}", ratio, "×", least=least)
        else:
            print(line)
    return held


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, str):
        return bool(one == other)
    return all(abs(a - b) < 1e-3 for a, b in zip(one, other, strict=True))


def questions(count: int) -> list[str]:
    """Questions of the sample benchmark with a number, so that no two are alike and their lengths differ."""
    lines = [json.loads(line)["input"] for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    texts = [text[:600] for given in lines if (text := given.get("question") or given.get("context"))]
    return [f"Case {n}. {texts[n % len(texts)]}" for n in range(count)]


def with_examples(count: int) -> list[str]:
    texts = questions(count + SHOTS)
    examples = "\n\n".join(f"Question: {text}\nAnswer: {text[-40:]}" for text in texts[:SHOTS])
    return [f"{examples}\n\nQuestion: {text}\nAnswer:" for text in texts[SHOTS:]]


def with_options(count: int) -> tuple[list[str], list[list[str]]]:
    lines = [json.loads(line)["input"] for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    chosen = [given for given in lines if given.get("options")]
    asked = [chosen[n % len(chosen)] for n in range(count)]
    prompts = [f"Case {n}. {given['question']}" for n, given in enumerate(asked)]
    return prompts, [list(given["options"].values()) for given in asked]


def bare(folder: Path, prompts: list[str], asked: argparse.Namespace) -> Side:
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


def served(folder: Path, asked: argparse.Namespace) -> Any:
    from evaluation.domain.asking import ModelSpec
    from workers.backends.protocol import backend

    spec = ModelSpec("transformers", str(folder), options={"batch_rows": asked.batch, "threads": threads()})
    return backend("transformers").serve(spec, lambda _: None)


def ours(
    model: Any, prompts: Sequence[str], options: Sequence[Sequence[str]], asked: argparse.Namespace
) -> Side:
    from evaluation.domain.asking import Decoding, Request, Turn

    decoding = Decoding(max_new_tokens=asked.tokens)
    several = options or [()] * len(prompts)

    def run() -> Answer:
        requests = [
            Request(str(n), (Turn("user", text),), decoding, tuple(given))
            for n, (text, given) in enumerate(zip(prompts, several, strict=True))
        ]
        replies = {reply.key: reply for reply in model.replies(requests, Event())}
        assert not any(reply.failure for reply in replies.values())
        found = [replies[request.key] for request in requests]
        return [list(reply.option_scores) if options else reply.text for reply in found]

    return run


@contextmanager
def the_harness(folder: Path, asked: argparse.Namespace) -> Iterator[Callable[[str], Answer] | None]:
    """What runs a task in the harness, whose process waits meanwhile; None without one."""
    python = os.environ.get(PYTHON)
    if not python:
        print(
            f"lm-evaluation-harness: not run, {PYTHON} names no interpreter that has it (see the docstring)"
        )
        yield None
        return
    command = [
        python,
        __file__,
        "--peer",
        str(folder),
        "--tokens",
        str(asked.tokens),
        "--batch",
        str(asked.batch),
    ]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    with process as there:
        assert there.stdin is not None and there.stdout is not None
        to_it, from_it = there.stdin, there.stdout

        def run(task: str) -> Answer:
            to_it.write(f"{task}\n")
            to_it.flush()
            while not (line := from_it.readline()).startswith("["):
                assert line, f"the harness ended: run this file with --peer {folder} to see why"
            answers: Answer = json.loads(line)
            return answers

        yield run


def peer(folder: Path, asked: argparse.Namespace) -> int:
    """In the harness's interpreter, a task for each line of standard input: its own model class and methods,
    over the same prompts through the same chat template."""
    import torch
    from lm_eval.api.instance import Instance  # type: ignore[import-not-found]
    from lm_eval.models.huggingface import HFLM  # type: ignore[import-not-found]

    torch.set_num_threads(threads())
    model = HFLM(pretrained=str(folder), device="cpu", dtype="float32", batch_size=asked.batch)
    tasks = json.loads((folder.parent / "tasks.json").read_text(encoding="utf-8"))
    settings = {"until": [], "max_gen_toks": asked.tokens, "do_sample": False}

    def run(prompts: list[str], options: list[list[str]]) -> Answer:
        texts = [model.apply_chat_template([{"role": "user", "content": prompt}]) for prompt in prompts]
        if not options:
            wanted = [
                Instance("generate_until", {}, (text, dict(settings)), n) for n, text in enumerate(texts)
            ]
            return list(model.generate_until(wanted, disable_tqdm=True))
        pairs = [(text, option) for text, several in zip(texts, options, strict=True) for option in several]
        wanted = [Instance("loglikelihood", {}, pair, n) for n, pair in enumerate(pairs)]
        scores = iter(model.loglikelihood(wanted, disable_tqdm=True))
        return [[next(scores)[0] for _ in several] for several in options]

    for line in sys.stdin:
        print(json.dumps(run(*tasks[line.strip()])), flush=True)
    return 0


def threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def seconds(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
