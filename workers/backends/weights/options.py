"""What the options of a ModelSpec ask for, checked: a wrong one is refused before anything is loaded."""

from __future__ import annotations

from typing import Any

from evaluation.domain.asking import ModelSpec
from workers.backends.protocol import ServingError

_OWN = {
    "tokenize",
    "add_generation_prompt",
    "continue_final_message",
    "chat_template",
    "conversation",
    "return_dict",
}


def template_options(spec: ModelSpec) -> dict[str, Any]:
    """What the chat template is given besides the turns; nothing that would change what it is asked for."""
    given = spec.options.get("chat_template_kwargs") or {}
    if not isinstance(given, dict) or _OWN & set(given):
        raise ServingError(
            "bad_template_options",
            'chat_template_kwargs must be an object such as {"enable_thinking": false}, without '
            f"{', '.join(sorted(_OWN))}.",
        )
    return given


def asked_window(spec: ModelSpec, known: int | None) -> int | None:
    """Tokens of the window: the model's own, or fewer where fewer are asked for."""
    asked = whole_number(spec, "window")
    if asked and known and asked > known:
        raise ServingError(
            "bad_window", f"window is {asked:,}, but the model has {known:,}. Ask for at most that."
        )
    return asked or known


def whole_number(spec: ModelSpec, name: str) -> int | None:
    asked = spec.options.get(name)
    if asked in (None, ""):
        return None
    if isinstance(asked, bool) or not str(asked).isdecimal() or int(str(asked)) < 1:
        raise ServingError("bad_option", f"{name} must be a whole number from 1, not {str(asked)[:40]!r}.")
    return int(str(asked))


def needs_engines() -> None:
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise ServingError(
            "no_engine", f"This worker cannot run models ({error}). Install the engines with: make engines"
        ) from None
