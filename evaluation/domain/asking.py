"""What is asked of a model and what it replies, as plain values that every backend understands.

A strategy (one question, a vote of many, a consultation) is a generator: it yields the requests it needs next
and is sent their replies, until it returns what the system answered. Strategies know no engine and engines
know no strategy, so each can be read and tested alone.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]
Addressee = Literal["system", "patient", "judge"]
Finish = Literal["stop", "length", "content_filter", "scored", "failed"]


@dataclass(frozen=True, slots=True)
class Turn:
    role: Role
    text: str
    images: tuple[bytes, ...] = ()  # PNG or JPEG files, shown before the text


@dataclass(frozen=True, slots=True)
class Decoding:
    """How text is generated. Temperature 0 is greedy; `top_k` 0 and `top_p` 1 cut nothing off."""

    max_new_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int = 42
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One turn wanted from the model; with `options`, the log-likelihood of each as that turn instead."""

    key: str  # unique among the requests asked together
    turns: tuple[Turn, ...]
    decoding: Decoding = Decoding()
    options: tuple[str, ...] = ()
    item: Mapping[str, Any] | None = None  # what is asked, unrendered: only baselines look at it
    to: Addressee = "system"  # who is asked: the system, or who plays the patient or judges beside it


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no reply; `message` says what to do. A passing failure may be tried again."""

    code: str
    message: str
    passing: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Times in milliseconds, log-likelihoods in nats, summed over an option's tokens."""

    key: str
    text: str = ""
    finish: Finish = "stop"
    tokens_in: int | None = None
    tokens_out: int | None = None
    latency_ms: float | None = None
    option_scores: tuple[float, ...] = ()
    option_tokens: tuple[int, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Solved:
    """What a system answered to one item; `record` is what explains it: shots, cuts, samples, transcript."""

    output: str
    finish: Finish = "stop"
    tokens_in: int | None = None
    tokens_out: int | None = None
    latency_ms: float | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    failure: Failure | None = None


Solving = Generator[Sequence[Request], Mapping[str, Reply], Solved]


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which model is run, where it is found and within which limits."""

    backend: str  # baseline, transformers, vllm, openai_api
    model: str  # id, local path, or the name an endpoint knows it by
    revision: str = ""  # commit of the weights
    base_url: str = ""
    key: str = field(default="", repr=False)  # of the endpoint; never logged, never shown
    options: Mapping[str, Any] = field(
        default_factory=dict
    )  # dtype, window, concurrency, requests_a_minute …


@dataclass(frozen=True, slots=True)
class Engine:
    """What served a run, for its receipt."""

    backend: str
    model: str
    revision: str
    versions: Mapping[str, str]  # package or server → version
    device: str
    weights: Mapping[str, str] = field(default_factory=dict)  # file → SHA-256
    template_sha: str = ""  # of the chat template; empty for a base model, which completes plain text
    window: int | None = None  # tokens of prompt and answer together
    takes_system: bool = True  # a system turn is taken; otherwise it is merged into the first user turn
    is_chat: bool = True
    scores_options: bool = False  # log-likelihoods can be had


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a pre-flight: what was looked at, how it stands, and what to do when it fails."""

    name: str
    state: Literal["ok", "warning", "failed"]
    text: str
