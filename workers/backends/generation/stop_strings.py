"""Where a text ends: at the first of the strings that were asked for, told token by token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Tensor = Any
_MARGIN = 8  # tokens more than bytes in the longest stop string: special ones have no text


class StopStrings:
    """A stopping criterion: a row is done when its last tokens spell one of the strings."""

    def __init__(self, stop: Sequence[str], decode: Callable[[Any], list[str]]) -> None:
        self._stop, self._decode = tuple(stop), decode
        self._tail = max(len(text.encode()) for text in stop) + _MARGIN
        self.start = 0  # where answers begin, in the rows the library hands over
        self.ended: dict[int, int] = {}  # row → tokens of the answer, the one that spelled the end included

    def __call__(self, ids: Tensor, scores: Tensor, **_: Any) -> Tensor:
        import torch

        done = torch.zeros(ids.shape[0], dtype=torch.bool, device=ids.device)
        length = ids.shape[1] - self.start
        open_rows = [row for row in range(ids.shape[0]) if row not in self.ended]
        if not open_rows:
            return ~done
        self.look(open_rows, ids[open_rows, -min(length, self._tail) :].tolist(), length)
        done[list(self.ended)] = True
        return done

    def look(self, rows: Sequence[int], answers: Sequence[list[int]], length: int) -> None:
        """Note which of the rows have ended; `answers` are their tokens, the last of them at least."""
        tails = self._decode([answer[-self._tail :] for answer in answers])
        for row, text in zip(rows, tails, strict=True):
            if any(end in text for end in self._stop):
                self.ended[row] = length


def cut(text: str, stop: Sequence[str]) -> tuple[str, bool]:
    """The text before the first stop string, and whether there was one."""
    places = [place for end in stop if (place := text.find(end)) >= 0]
    return (text[: min(places)], True) if places else (text, False)
