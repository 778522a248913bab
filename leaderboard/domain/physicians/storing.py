"""Matrices of a study's columns as bytes, and back: NumPy's own archive, nothing pickled."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np

from leaderboard.domain.physicians.measured import Matrices


def to_bytes(found: Mapping[str, Matrices]) -> bytes:
    """By the place of a column ("0/3": fourth column of the first group), its matrices."""
    out = io.BytesIO()
    arrays = {f"{place}/{name}": one for place, kept in found.items() for name, one in kept.items()}
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()


def from_bytes(stored: bytes, place: str) -> Matrices:
    """The matrices of one place; {} where it has none."""
    if not stored:
        return {}
    with np.load(io.BytesIO(stored), allow_pickle=False) as archive:
        names = [name for name in archive.files if name.rpartition("/")[0] == place]
        return {name.rpartition("/")[2]: archive[name] for name in names}
