"""Keys and values of what was read so far, kept where the next ones can be written behind them.

The library's own cache copies everything for each token; this one only when its room is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

Tensor = Any
ROOM_TOKENS = 128  # made at a time, at most


def growing_cache(config: Any, tokens: int) -> Any | None:
    """An empty cache; None for a model whose layers remember in another way, by sliding windows or states.

    `tokens` is how many will be added to a prompt at most.
    """
    from transformers.cache_utils import DynamicCache, DynamicLayer

    made = DynamicCache(config=config)
    if not made.layers or any(type(layer) is not DynamicLayer for layer in made.layers):
        return None
    made.layers = [_layer_class()(min(tokens, ROOM_TOKENS)) for _ in made.layers]
    return made


def keep_rows(cache: Any, rows: Sequence[int]) -> None:
    """Forget all rows of the batch but these; one may be named several times."""
    import torch

    device = cache.layers[0].keys.device
    cache.batch_select_indices(torch.tensor(rows, device=device))


@cache
def _layer_class() -> Any:
    from transformers.cache_utils import DynamicLayer

    class GrowingLayer(DynamicLayer):  # type: ignore[misc]
        """`keys` and `values` are what is filled of the two buffers."""

        def __init__(self, room: int) -> None:
            super().__init__()
            self._room = room
            self._keys: Tensor = None
            self._values: Tensor = None
            self.keys: Tensor = None
            self.values: Tensor = None

        def update(self, keys: Tensor, values: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
            if not self.is_initialized:
                self.lazy_initialization(keys, values)
            filled = self.get_seq_length()
            end = filled + keys.shape[-2]
            if filled == 0 or end > self._keys.shape[-2]:
                self._keys = _roomier(self.keys, keys, filled, end + self._room)
                self._values = _roomier(self.values, values, filled, end + self._room)
            self._keys[:, :, filled:end], self._values[:, :, filled:end] = keys, values
            self.keys, self.values = self._keys[:, :, :end], self._values[:, :, :end]
            return self.keys, self.values

        def batch_select_indices(self, indices: Tensor) -> None:
            if filled := self.get_seq_length():
                self._keys, self._values = self._keys[indices], self._values[indices]
                self.keys, self.values = self._keys[:, :, :filled], self._values[:, :, :filled]

    return GrowingLayer


def _roomier(held: Tensor, added: Tensor, filled: int, size: int) -> Tensor:
    rows, heads, _, width = added.shape
    buffer = added.new_empty(rows, heads, size, width)
    if filled:
        buffer[:, :, :filled] = held
    return buffer
