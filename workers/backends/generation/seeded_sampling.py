"""Sampling that depends on a request's seed and not on its neighbours in the batch.

The random numbers of a request come from its seed alone, one for each token, and a token is the point at
which the cumulated probabilities reach that number. The same probabilities therefore give the same text in
any batch, on any device. What cannot be promised: batches of another shape round the last bits of the
probabilities differently, and a number that falls just there gives another token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluation.domain.asking import Decoding

Tensor = Any  # of torch, which is imported where it is used


class SeededSampling:
    """Draws the tokens of a batch; for the library a logits processor that leaves each row one of them."""

    def __init__(self, decoding: Decoding, seeds: Sequence[int], device: str) -> None:
        import torch

        draws = [np.random.default_rng(seed).random(decoding.max_new_tokens) for seed in seeds]
        self._draws = torch.as_tensor(np.stack(draws), device=device)  # rows × tokens, in [0, 1)
        self._decoding, self._step = decoding, 0

    def __call__(self, ids: Tensor, scores: Tensor) -> Tensor:
        import torch

        chosen = self.tokens(scores, range(len(scores)))
        return torch.full_like(scores, -torch.inf).scatter_(1, chosen.unsqueeze(1), 0.0)

    def tokens(self, scores: Tensor, rows: Sequence[int]) -> Tensor:
        """The next token of these rows of the batch, whose scores (rows × vocabulary) they are."""
        chosen = sampled(scores, self._decoding, self._draws[list(rows), self._step])
        self._step += 1
        return chosen.squeeze(1)


def sampled(scores: Tensor, decoding: Decoding, draws: Tensor) -> Tensor:
    """One token a row (rows × 1) from scores (rows × vocabulary) and draws in [0, 1).

    Temperature first, then top k, then top p of what is left, as samplers usually have it.
    """
    import torch

    order = None
    logits = scores.float() / decoding.temperature
    if decoding.top_k:
        logits, order = logits.topk(min(decoding.top_k, logits.shape[-1]))
    elif decoding.top_p < 1:
        logits, order = logits.sort(descending=True, stable=True)
    chances = logits.softmax(-1, dtype=torch.float64)
    if decoding.top_p < 1:
        before = chances.cumsum(-1) - chances
        chances = chances.masked_fill(before >= decoding.top_p, 0.0)  # the likeliest always stays
    reached = chances.cumsum(-1)
    aim = (draws * reached[:, -1]).unsqueeze(1)
    place = torch.searchsorted(reached, aim, right=True).clamp_(max=reached.shape[-1] - 1)
    return place if order is None else order.gather(1, place)
