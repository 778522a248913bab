"""Drawn chest pictures: the same each time, readable by others, with the finding where it was asked for."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.domain.phantom import SIZE, Phantom, PictureSide, pixels, png

NORMAL = pixels(Phantom(seed=3)).astype(float)
HALVES = {
    "right": slice(0, SIZE // 2),
    "left": slice(SIZE // 2, SIZE),
}  # the patient's right is on the viewer's left


@pytest.mark.parametrize("finding", ["nodule", "effusion", "consolidation"])
@pytest.mark.parametrize("side", ["right", "left"])
def test_a_finding_shows_on_its_side_and_nowhere_else(finding: str, side: PictureSide) -> None:
    other: PictureSide = "left" if side == "right" else "right"
    change = pixels(Phantom(finding=finding, side=side, seed=3)) - NORMAL  # type: ignore[arg-type]
    assert change[:, HALVES[side]].max() > 40
    assert np.abs(change[:, HALVES[other]]).max() < 10


def test_a_large_heart_takes_more_than_half_of_the_chest_and_a_normal_one_less() -> None:
    def bright_share(picture: np.ndarray) -> float:
        row = picture[330]  # through the heart: from where the lungs begin to where they end
        air = np.flatnonzero(row[60:452] < 75) + 60
        between = row[air[0] : air[-1]]
        return float(np.mean(between >= 90))

    assert bright_share(NORMAL) < 0.5 < bright_share(pixels(Phantom(finding="large heart", seed=3)))


def chunks_of(content: bytes) -> dict[bytes, bytes]:
    """A PNG taken apart by its specification: signature, then length, name, data and checksum of each chunk."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    found, place = {}, 8
    while place < len(content):
        (length,) = struct.unpack_from(">I", content, place)
        name, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", content, place + 8 + length) == (zlib.crc32(name + data),)
        found[name] = data
        place += 12 + length
    return found


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_file_holds_the_pixels_and_is_the_same_each_time(seed: int) -> None:
    phantom = Phantom(finding="nodule", side="left", seed=seed)
    content = png(phantom)
    assert content == png(phantom)
    chunks = chunks_of(content)
    assert list(chunks) == [b"IHDR", b"tEXt", b"IDAT", b"IEND"]
    # width, height, 8 bits, greyscale, and the only compression, filter and interlace methods there are for it
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (SIZE, SIZE, 8, 0, 0, 0, 0)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(SIZE, SIZE + 1)
    assert not rows[:, 0].any()  # filter 0: as it is
    assert np.array_equal(rows[:, 1:], pixels(phantom))
    assert b"Synthetic" in chunks[b"tEXt"]


def test_another_seed_gives_another_grain() -> None:
    assert png(Phantom(seed=1)) != png(Phantom(seed=2))


def test_a_sided_finding_needs_its_side_and_a_normal_picture_has_none() -> None:
    with pytest.raises(ValueError, match="needs side"):
        Phantom(finding="effusion")
    with pytest.raises(ValueError, match="has no side"):
        Phantom(finding="normal", side="left")
