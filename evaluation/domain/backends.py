"""Which backends there are: the one list that the form, the API, the queue and the workers read.

What a backend does stands in a file of its own, `workers/backends/<name>.py`; docs/adding-a-backend.md walks
through one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["weights", "endpoint", "rule"]


@dataclass(frozen=True, slots=True)
class KnownBackend:
    """How a backend is asked for, and where it can be served.

    kind     weights: a model by id or folder, loaded by a worker; endpoint: an address, perhaps with a key;
             rule: nothing is loaded, and it is never ranked as a model
    label    as the form says it
    needs    packages that a worker must have to serve it
    """

    kind: Kind
    label: str
    needs: tuple[str, ...] = ()


def gettext_noop(text: str) -> str:
    """Marks a text for translation, which happens where it is shown."""
    return text


# in the order of the form; a name has at most 20 characters
BACKENDS: dict[str, KnownBackend] = {
    "transformers": KnownBackend(
        "weights",
        gettext_noop("transformers: a model by id or folder, on a worker"),
        needs=("torch", "transformers"),
    ),
    "vllm": KnownBackend("weights", gettext_noop("vLLM: the same, faster for large models"), needs=("vllm",)),
    "openai_api": KnownBackend("endpoint", gettext_noop("An endpoint that speaks OpenAI's protocol")),
    "baseline": KnownBackend("rule", gettext_noop("A baseline: a rule that needs no model")),
}


def is_kind(name: object, kind: Kind) -> bool:
    """Whether there is a backend of this name and it is of this kind."""
    found = BACKENDS.get(name) if isinstance(name, str) else None
    return found is not None and found.kind == kind
