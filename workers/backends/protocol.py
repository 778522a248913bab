"""What every backend offers, and how one is loaded by name.

A backend is one file in this folder with two functions: `inspect` looks at a model without loading it,
`serve` loads it. Heavy packages are imported inside the functions, so that naming a backend costs nothing.
Which there are, `evaluation.domain.backends` lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from threading import Event
from typing import Protocol, cast

from evaluation.domain.asking import Engine, Finding, ModelSpec, Reply, Request, Turn
from evaluation.domain.backends import BACKENDS

Log = Callable[[str], None]  # one line for the person who watches


class ServingError(Exception):
    """The model cannot be served; `code` and the text say why and what to do. Nothing was answered."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Backend(Protocol):
    """A model that is loaded and answers. With `parallel` above 1, `replies` may run in as many threads."""

    parallel: int

    def about(self) -> Engine: ...

    def count_tokens(self, turns: Sequence[Turn]) -> int:
        """Tokens of the prompt as the model sees it, the opening of its answer included."""
        ...

    def replies(self, requests: Sequence[Request], stop: Event) -> Iterator[Reply]:
        """One reply for each request, in any order, as they end; ends early, within a second, when stopped.

        A request that fails gives a reply with a `failure`; ServingError is for what ends the whole model.
        """
        ...

    def close(self) -> None: ...


class BackendModule(Protocol):
    def inspect(self, spec: ModelSpec) -> list[Finding]:
        """Config, licence, size, memory, tokenizer, chat template, without loading the weights."""
        ...

    def serve(self, spec: ModelSpec, log: Log) -> Backend:
        """Load the model, telling how far it is; ServingError where that fails."""
        ...


def backend(name: str) -> BackendModule:
    if name not in BACKENDS:
        raise ServingError(
            "unknown_backend", f"There is no backend {name!r}; there are {', '.join(BACKENDS)}."
        )
    return cast(BackendModule, import_module(f"workers.backends.{name}"))
