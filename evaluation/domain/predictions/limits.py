"""How much of an uploaded file is read before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

KIB, MIB, GIB = 2**10, 2**20, 2**30

BLOCK = 256 * KIB
"""Bytes read and decoded at a time: decoded rows of a block this size still fit the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Ceilings for one file; sizes in bytes unless said otherwise. ValueError where they make no sense."""

    uploaded: int = 200 * MIB
    decompressed: int = 2 * GIB
    ratio: int = 200  # decompressed bytes for each uploaded one
    harmless: int = (
        64 * MIB
    )  # decompressed, up to which any ratio will do: models that repeat themselves exist
    gzip_members: int = 65_536
    line: int = 16 * MIB  # a cell of a million characters, each written as a pair of \uXXXX, fits
    cell: int = 1_000_000  # characters
    blank_lines: int = 1_000_000  # in a CSV file
    page: int = 128 * MIB  # one decompressed Parquet page
    problems: int = 100  # listed one by one; all are counted
    faults: int = 100_000  # reading stops after so many

    def __post_init__(self) -> None:
        if self.line < 2 * BLOCK:
            raise ValueError(f"Limits.line must be at least {2 * BLOCK} bytes, got {self.line}")
        if not 1 <= self.problems <= self.faults:
            raise ValueError("Limits.problems must lie between 1 and Limits.faults")
