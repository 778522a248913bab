"""What is being done just now, so that every line written meanwhile says so: a request, a job, a run.

Fields: `request` (of the upload or page it began with), `job`, `task`, `worker`, `nudge` (the request whose
message woke the worker), `run`, `submission`.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

Field = str | int
_NOTHING: Mapping[str, Field] = {}
_fields: contextvars.ContextVar[Mapping[str, Field]] = contextvars.ContextVar("trail", default=_NOTHING)


def fields() -> Mapping[str, Field]:
    return _fields.get()


def request_id() -> str:
    """Of the request that is being answered, or that what is being done came from; empty where none is."""
    return str(_fields.get().get("request", ""))


@contextmanager
def following(**more: object) -> Iterator[None]:
    """Everything written in this block says these fields too; one that is empty is left out."""
    token = _fields.set({**_fields.get(), **_said(more)})
    try:
        yield
    finally:
        _fields.reset(token)


def add(**more: object) -> None:
    """The same until the block ends in which this happens."""
    _fields.set({**_fields.get(), **_said(more)})


def begin(**named: object) -> None:
    """From here on these fields and no others, until `begin` is called again: for a process that does one
    job after the other."""
    _fields.set(_said(named))


def carried(do: Callable[[], None]) -> Callable[[], None]:
    """`do`, for a thread of its own, with the fields of the moment: threads begin with none."""
    context = contextvars.copy_context()
    return lambda: context.run(do)


def _said(named: Mapping[str, object]) -> dict[str, Field]:
    return {
        name: value if isinstance(value, int) else str(value)
        for name, value in named.items()
        if value is not None and value != ""
    }
