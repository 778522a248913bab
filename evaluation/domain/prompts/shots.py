"""Which worked examples an item is shown: never itself, nor anything of its own cluster."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from evaluation.domain.prompts.modes import Mode


@dataclass(frozen=True, slots=True)
class Shot:
    """A worked example; `cluster` as in `benchmarks.Question`."""

    key: str
    input_text: str
    output_text: str
    cluster: str = ""


class Pool:
    """The examples of one task: in the order given, for fixed ones, and by key, for drawn ones."""

    def __init__(self, shots: Iterable[Shot]) -> None:
        by_key: dict[str, Shot] = {}
        for shot in shots:
            by_key.setdefault(shot.key, shot)
        self.given = tuple(by_key.values())
        self.by_key = tuple(by_key[key] for key in sorted(by_key))


def chosen(mode: Mode, pool: Pool, key: str, cluster: str = "") -> tuple[Shot, ...]:
    """The examples `mode` shows with the item `key`; fewer where the pool has no more."""
    if mode.shots.choice == "drawn":
        return drawn(pool, mode.shots.count, mode.shots.seed, key, cluster)
    return fixed(pool, mode.shots.count, key, cluster)


def drawn(pool: Pool, n: int, seed: int, key: str, cluster: str = "") -> tuple[Shot, ...]:
    """`n` examples at random for the item `key`, without replacement.

    The same seed, key and pool give the same examples, whatever order the pool was given in and whatever
    version of whatever library is installed: the draw is made of SHA-256. It costs no more for a large pool.
    """
    order = (pool.by_key[place] for place in _permutation(len(pool.by_key), f"{seed}\x00{key}"))
    return tuple(islice(_others(order, key, cluster), n))


def fixed(pool: Pool, n: int, key: str, cluster: str = "") -> tuple[Shot, ...]:
    """The first `n` of the pool as given: the same for every item, but for the one that is among them."""
    return tuple(islice(_others(pool.given, key, cluster), n))


def _others(shots: Iterable[Shot], key: str, cluster: str) -> Iterator[Shot]:
    for shot in shots:
        if shot.key != key and not (cluster and shot.cluster == cluster):
            yield shot


def _permutation(size: int, seed: str) -> Iterator[int]:
    """0 … size-1 in random order, one at a time: a Fisher–Yates shuffle that keeps only what it moved."""
    moved: dict[int, int] = {}
    for at in range(size):
        digest = hashlib.sha256(f"{seed}\x00{at}".encode("utf-8", "surrogatepass")).digest()
        pick = at + int.from_bytes(digest[:16]) % (size - at)
        yield moved.get(pick, pick)
        moved[pick] = moved.get(at, at)
