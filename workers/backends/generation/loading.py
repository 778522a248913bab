"""A model and its tokenizer brought into memory: safetensors only, no code but that of transformers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from workers.backends.generation.length_batches import StoppedError
from workers.backends.protocol import ServingError
from workers.backends.weights.configs import CALLED, Kind
from workers.backends.weights.memory_fit import Place

CLASSES: dict[Kind, str] = {
    "decoder": "AutoModelForCausalLM",
    "encoder_decoder": "AutoModelForSeq2SeqLM",
    "classifier": "AutoModelForSequenceClassification",
    "vision": "AutoModelForImageTextToText",
}
_SAFE = {"local_files_only": True, "trust_remote_code": False}


class Watch:
    """Looks before every layer whether somebody asked for the end: a long prompt cannot delay it."""

    def __init__(self) -> None:
        self.stop = Event()

    def __call__(self, *_: object) -> None:
        if self.stop.is_set():
            raise StoppedError


@dataclass(slots=True)
class Loaded:
    """What answers: `processor` takes images where the model sees, `tokenizer` is always there."""

    kind: Kind
    config: Mapping[str, Any]
    place: Place
    window: int | None
    model: Any
    tokenizer: Any
    processor: Any
    watch: Watch

    @property
    def writer(self) -> Any:
        return self.processor or self.tokenizer

    @property
    def pad(self) -> int:
        named = (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id)
        return next((int(token) for token in named if token is not None), 0)


def load_writers(folder: Path, kind: Kind) -> tuple[Any, Any]:
    """Tokenizer, and the processor of a model that sees; ServingError where they cannot be read."""
    import transformers

    be_quiet()
    try:
        if kind == "vision":
            processor = transformers.AutoProcessor.from_pretrained(str(folder), **_SAFE)
            return processor.tokenizer, processor
        return transformers.AutoTokenizer.from_pretrained(str(folder), **_SAFE), None
    except Exception as error:
        raise ServingError(
            "tokenizer",
            f"The tokenizer{' or image processor' if kind == 'vision' else ''} cannot be loaded "
            f"({said(error)}). Put its files (tokenizer.json, tokenizer_config.json"
            f"{', preprocessor_config.json' if kind == 'vision' else ''}) beside the weights.",
        ) from None


def load_model(folder: Path, kind: Kind, where: Place, watch: Watch) -> Any:
    """The model on its device, ready to answer; ServingError says what to do where it cannot be."""
    import torch
    import transformers

    be_quiet()
    auto = getattr(transformers, CLASSES[kind])
    asked = {
        "dtype": getattr(torch, where.dtype),
        "use_safetensors": True,
        "output_loading_info": True,
        **_SAFE,
    }
    try:
        model, told = _with_an_attention_it_has(auto, folder, asked)
        _refuse_missing(told, kind)
        model = model.to(where.device).eval()
    except ServingError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise ServingError(
                "out_of_memory",
                f"The weights do not fit into the memory of {where.device} as {where.dtype}. Choose "
                "dtype bfloat16, a "
                "smaller model or a worker with more memory.",
            ) from None
        raise ServingError(
            "load_failed",
            f"The model cannot be loaded as {CALLED[kind]} ({said(error)}). Check that config.json and "
            "weights belong "
            "together, and save them anew with save_pretrained.",
        ) from None
    for layers in (module for module in model.modules() if isinstance(module, torch.nn.ModuleList)):
        for layer in layers:
            layer.register_forward_pre_hook(watch)
    return model


def is_out_of_memory(error: BaseException) -> bool:
    """torch says it in one class on a GPU and in words on a CPU."""
    import torch

    text = str(error)
    in_words = isinstance(error, RuntimeError) and (
        "can't allocate memory" in text or "not enough memory" in text
    )
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or in_words


def said(error: BaseException) -> str:
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {line[:160]}" if line else type(error).__name__


def _with_an_attention_it_has(auto: Any, folder: Path, asked: dict[str, Any]) -> Any:
    """Named here, so that no config can name a kernel to fetch; a few old models know only the plain one."""
    try:
        return auto.from_pretrained(str(folder), attn_implementation="sdpa", **asked)
    except ValueError as error:
        if "scaled_dot_product_attention" not in str(error):
            raise
        return auto.from_pretrained(str(folder), attn_implementation="eager", **asked)


def _refuse_missing(told: Mapping[str, Any], kind: Kind) -> None:
    """What the files lack would be random, and the answers noise without a word."""
    missing = sorted(told.get("missing_keys") or ())
    if missing:
        raise ServingError(
            "missing_weights",
            f"The files lack {len(missing)} weights of a {CALLED[kind]} ({', '.join(missing[:2])}), "
            "which would be "
            "random. Name a model that was trained for this, or save it with all its weights.",
        )


def be_quiet() -> None:
    """No progress bars and advice in a worker's log; what matters is raised."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
