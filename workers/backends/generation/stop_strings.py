"""Where a text ends: at the first of the strings that were asked for, told token by token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Tensor = Any
_MARGIN = 8  # tokens more than bytes in the longest stop string: special ones have no text


class StopStrings:
    """A stopping criterion: a row is done when its last tokens spell one of the strings."""

    def __init__(self, stop: Sequence[str], decode: Callable[[Any], list[str]], start: int) -> None:
        self._stop, self._decode, self._start = tuple(stop), decode, start
        self._tail = max(len(text.encode()) for text in stop) + _MARGIN
        self.ended: dict[int, int] = {}  # row → tokens of the answer, the one that spelled the end included

    def __call__(self, ids: Tensor, scores: Tensor, **_: Any) -> Tensor:
        import torch

        done = torch.zeros(ids.shape[0], dtype=torch.bool, device=ids.device)
        length = ids.shape[1] - self._start
        open_rows = [row for row in range(ids.shape[0]) if row not in self.ended]
        if not open_rows:
            return ~done
        tails = self._decode(ids[open_rows, -min(length, self._tail) :].tolist())
        for row, text in zip(open_rows, tails, strict=True):
            if any(end in text for end in self._stop):
                self.ended[row] = length
        done[list(self.ended)] = True
        return done


def cut(text: str, stop: Sequence[str]) -> tuple[str, bool]:
    """The text before the first stop string, and whether there was one."""
    places = [place for end in stop if (place := text.find(end)) >= 0]
    return (text[: min(places)], True) if places else (text, False)
