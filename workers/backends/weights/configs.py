"""What config.json says: the kind of model, how long its texts may be, what a token takes in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from workers.backends.protocol import ServingError

Kind = Literal["decoder", "encoder_decoder", "classifier", "vision"]
CALLED: dict[Kind, str] = {
    "decoder": "decoder-only language model",
    "encoder_decoder": "encoder-decoder",
    "classifier": "sequence classifier",
    "vision": "image and text to text",
}
_WINDOW_KEYS = ("max_position_embeddings", "n_positions", "max_sequence_length", "max_seq_len", "seq_length")
_BOUNDLESS = 10**7  # tokenizers write 10**30 where they know no limit
_COUNTED = ("layer", "expert", "heads", "block", "depth", "num_labels")
_COUNTED_AT_MOST = 10_000
_ACTIVATIONS = 24  # numbers of the hidden size that a token holds while a layer is computed, generously


def kind_of(config: Mapping[str, Any]) -> Kind:
    """By the class config.json names; ServingError where it is none of the four kinds."""
    from transformers.models.auto import modeling_auto as known

    named = config.get("architectures")
    name = named[0] if isinstance(named, list) and named and isinstance(named[0], str) else ""
    order: tuple[tuple[Kind, Mapping[str, Any]], ...] = (
        ("vision", known.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES),
        ("classifier", known.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES),
        ("encoder_decoder", known.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES),
        ("decoder", known.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES),
    )
    for kind, classes in order:
        if name in classes.values():
            return kind
    if not name:
        raise ServingError(
            "no_architecture", "config.json names no architecture. Save the model anew with save_pretrained."
        )
    raise ServingError(
        "unknown_architecture",
        f"{name[:80]} is no language model, encoder-decoder, sequence classifier or image-text model "
        "that the "
        "installed transformers knows. Serve it with vLLM or as an OpenAI-compatible endpoint instead.",
    )


def refuse_the_boundless(config: Mapping[str, Any]) -> None:
    """Numbers of layers and the like are counted up to when a model is built, before a weight is read."""
    for part in (config, *(value for value in config.values() if isinstance(value, dict))):
        for key, value in part.items():
            counted = any(word in key for word in _COUNTED) and isinstance(value, int)
            if counted and value > _COUNTED_AT_MOST:
                raise ServingError(
                    "boundless_config",
                    f"config.json has {key[:40]} above {_COUNTED_AT_MOST:,}, which no model has. "
                    "Copy it anew.",
                )


def refuse_quantised(config: Mapping[str, Any]) -> None:
    asked = config.get("quantization_config") or _text_part(config).get("quantization_config")
    if asked:
        method = asked.get("quant_method", "unknown") if isinstance(asked, dict) else "unknown"
        raise ServingError(
            "quantised",
            f"The weights are quantised ({str(method)[:40]}), which this backend does not run. Name the "
            "unquantised "
            "model, or serve this one with the vllm backend.",
        )


def window(config: Mapping[str, Any], kind: Kind, of_tokenizer: int | None) -> int | None:
    """Tokens of prompt and answer together (for encoders of the prompt alone); None without a limit."""
    text = _text_part(config)
    found = next((text[key] for key in _WINDOW_KEYS if isinstance(text.get(key), int)), None)
    limits = [found] if found and found > 0 else []
    if kind in ("classifier", "encoder_decoder") and of_tokenizer and of_tokenizer < _BOUNDLESS:
        limits.append(of_tokenizer)  # positions of an encoder may be offset, its tokenizer knows
    return min(limits) if limits else None


def bytes_per_token(config: Mapping[str, Any], itemsize: int) -> int:
    """Memory of one token of prompt or answer while it is worked on: keys, values and activations."""
    text = _text_part(config)

    def number(*keys: str, default: int) -> int:
        return next((int(text[key]) for key in keys if isinstance(text.get(key), int)), default)

    hidden = number("hidden_size", "d_model", "n_embd", default=4096)
    layers = number("num_hidden_layers", "num_layers", "n_layer", default=32)
    heads = number("num_attention_heads", "num_heads", "n_head", default=32)
    shared = number("num_key_value_heads", default=heads)
    head = number("head_dim", "d_kv", default=max(1, hidden // max(1, heads)))
    return (2 * layers * shared * head + _ACTIVATIONS * hidden) * itemsize


def vocabulary(config: Mapping[str, Any]) -> int:
    size = _text_part(config).get("vocab_size")
    return size if isinstance(size, int) and size > 0 else 50_000


def _text_part(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The language model of one that sees as well has its numbers in a part of its own."""
    parts = (config.get(key) for key in ("text_config", "llm_config", "language_config"))
    return next((part for part in parts if isinstance(part, dict)), config)
