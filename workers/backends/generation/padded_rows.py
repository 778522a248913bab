"""Rows of tokens of unlike length as one rectangle, and the mask that says which of them count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Tensor = Any


def padded(rows: Sequence[Sequence[int]], pad: int, device: str, left: bool) -> tuple[Tensor, Tensor]:
    """Tokens and mask, both rows × longest; the padding stands left of the tokens or right of them."""
    import numpy as np
    import torch

    longest = max(map(len, rows))
    ids = np.full((len(rows), longest), pad, dtype=np.int64)
    mask = np.zeros_like(ids)
    for place, row in enumerate(rows):
        span = slice(longest - len(row), None) if left else slice(0, len(row))
        ids[place, span], mask[place, span] = row, 1
    return torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device)
