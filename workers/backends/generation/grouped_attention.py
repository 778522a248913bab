"""Attention of one new token in models whose heads share keys: the keys are read, not copied for each head.

For a single token the heads that share keys can stand where the tokens of a longer text would. What is longer
goes the library's own way.
"""

from __future__ import annotations

from functools import cache
from typing import Any

Tensor = Any
NAME = "consilium_grouped"


def shares_keys(config: Any) -> bool:
    heads = getattr(config, "num_attention_heads", None)
    shared = getattr(config, "num_key_value_heads", None)
    return isinstance(heads, int) and isinstance(shared, int) and shared < heads


@cache
def made_known() -> str:
    """The name under which a model can be told to use it."""
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

    AttentionInterface.register(NAME, _attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    return NAME


def _attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **more: Any
) -> tuple[Tensor, None]:
    from torch.nn.functional import scaled_dot_product_attention
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    rows, heads, tokens, width = query.shape
    shared = key.shape[1]
    is_plain = more.get("position_bias") is None and more.get("cache") is None and not more.get("dropout")
    of_all_heads = attention_mask is None or attention_mask.shape[1] == 1
    if tokens > 1 or shared == heads or not is_plain or not of_all_heads:
        attended, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **more)
        return attended, None
    grouped = query.reshape(rows, shared, heads // shared, width)
    found = scaled_dot_product_attention(
        grouped, key, value, attn_mask=attention_mask, scale=more.get("scaling")
    )
    return found.reshape(rows, 1, heads, -1), None
