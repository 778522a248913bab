"""What the options of a ModelSpec may ask of vLLM, checked before anything is started."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from evaluation.domain.asking import ModelSpec
from workers.backends.protocol import ServingError
from workers.backends.weights.options import template_options


class VllmOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything has a default that fits the machine."""

    device: Literal["", "auto", "cpu", "gpu", "cuda"] = ""
    dtype: Literal["", "auto", "float32", "bfloat16", "float16"] = ""
    window: Annotated[int, Meta(ge=16, le=100_000_000)] | None = None  # tokens of prompt and answer together
    concurrency: Annotated[int, Meta(ge=1, le=1024)] | None = None  # answers written at a time
    tensor_parallel: Annotated[int, Meta(ge=1, le=64)] | None = None  # cards a layer is spread over
    memory_share: Annotated[float, Meta(gt=0.05, le=0.98)] = 0.9  # of each card
    cache_gb: Annotated[int, Meta(ge=1, le=100_000)] | None = None  # for keys and values, on a CPU
    enforce_eager: bool | None = None  # no compiling: starts sooner, answers more slowly
    start_seconds: Annotated[float, Meta(ge=1, le=86_400)] = 3600.0
    idle_seconds: Annotated[float, Meta(ge=0)] = 1800.0  # then the memory is given back; 0 means never
    chat_template_kwargs: dict[str, Any] = {}


def read_options(spec: ModelSpec) -> VllmOptions:
    """Raises ServingError for names and values that mean nothing here."""
    template_options(spec)
    try:
        return msgspec.convert(dict(spec.options), VllmOptions)
    except msgspec.ValidationError as error:
        known = ", ".join(VllmOptions.__struct_fields__)
        raise ServingError("bad_option", f"An option is wrong: {error}. Options of vLLM: {known}.") from None
