"""Drawn chest pictures that show an image viewer at work without showing anybody: ellipses, arcs and noise.

They follow the convention of a frontal radiograph (the patient's right on the viewer's left) and carry one
finding, plain enough to be seen. Nothing is learnt from them; "synthetic" stands in the picture's own data.
"""

from __future__ import annotations

import struct
import zlib
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float64]
Finding = Literal["normal", "nodule", "effusion", "consolidation", "large heart"]
PictureSide = Literal["right", "left"]

SIZE = 512  # pixels, both ways
_DEPTH = 4095  # twelve bits, as a detector delivers
_WINDOW = (260.0, 3700.0)  # of the twelve bits, mapped to black and white
_SIDED: tuple[Finding, ...] = ("nodule", "effusion", "consolidation")
_LUNGS: dict[PictureSide, tuple[float, float, float, float]] = {  # centre x, y and half axes
    "right": (-0.43, 0.02, 0.34, 0.78),
    "left": (0.43, 0.02, 0.33, 0.78),
}
_OUTWARD = {"right": -1.0, "left": 1.0}


class Phantom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is drawn. `side` is the patient's; findings without a side leave it out. `seed` sets the grain."""

    finding: Finding = "normal"
    side: PictureSide | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.finding in _SIDED) != (self.side is not None):
            mend = "has no side: leave it out" if self.side else 'needs side = "right" or "left"'
            raise ValueError(f'a picture of "{self.finding}" {mend}')


def png(phantom: Phantom) -> bytes:
    """A greyscale PNG, 512 × 512, 8 bits; the same phantom always gives the same bytes."""
    grey = pixels(phantom)
    rows = b"".join(b"\x00" + row.tobytes() for row in grey)  # 0: rows are stored as they are, unfiltered
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 0, 0, 0, 0)
    text = b"Description\x00Synthetic chest phantom, drawn by a program. No patient."
    chunks = (
        _chunk(b"IHDR", header),
        _chunk(b"tEXt", text),
        _chunk(b"IDAT", zlib.compress(rows, 9)),
        _chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def pixels(phantom: Phantom) -> NDArray[np.uint8]:
    """(512, 512) grey values, white where most is absorbed."""
    x, y = np.meshgrid(np.linspace(-1, 1, SIZE), np.linspace(-1, 1, SIZE))
    heart = _heart(x, y, 1.5 if phantom.finding == "large heart" else 1.0)
    density = _body(x, y, heart) + _ribs(x, y)
    if phantom.side is not None:
        density += _opacity(x, y, phantom.finding, phantom.side) * (1.0 - heart)
    grain = np.random.default_rng(phantom.seed).normal(0.0, 55.0, density.shape)
    detector = np.clip(density + grain, 0, _DEPTH)
    low, high = _WINDOW
    return np.round(np.clip((detector - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def _inside(x: Grey, y: Grey, ellipse: tuple[float, float, float, float], blur: float = 0.05) -> Grey:
    """1 within the ellipse, 0 outside, and an S-shaped edge of about `blur` half axes between."""
    x0, y0, a, b = ellipse
    away = np.hypot((x - x0) / a, (y - y0) / b) - 1.0
    return 0.5 * (1.0 - np.tanh(away / blur))


def _lung(x: Grey, y: Grey, side: PictureSide) -> Grey:
    diaphragm = 0.46 + 1.6 * (np.abs(x) - 0.36) ** 2 - (0.05 if side == "right" else 0.0)
    return _inside(x, y, _LUNGS[side]) * 0.5 * (1.0 - np.tanh((y - diaphragm) / 0.02))


def _body(x: Grey, y: Grey, heart: Grey) -> Grey:
    trunk = _inside(x, y, (0.0, 0.45, 0.97, 1.45), 0.03)
    air = (_lung(x, y, "right") + _lung(x, y, "left")) * (1.0 - 0.9 * heart)
    spine = 500.0 * np.exp(-((x / 0.09) ** 2)) * (1.0 + 0.12 * np.cos(38 * y))
    trachea = -650.0 * np.exp(-((x / 0.045) ** 2)) * 0.5 * (1.0 - np.tanh((y + 0.42) / 0.04))
    return trunk * (2250.0 + spine + trachea) + 300.0 * heart - 1500.0 * air


def _heart(x: Grey, y: Grey, enlarged: float) -> Grey:
    """Share of the way that is heart or great vessels, 0 to 1."""
    ventricles = _inside(x, y, (0.10 * enlarged, 0.30, 0.31 * enlarged, 0.27 * enlarged**0.5), 0.08)
    vessels = _inside(x, y, (0.03, -0.12, 0.14, 0.33), 0.15)
    return np.maximum(ventricles, 0.8 * vessels)


def _ribs(x: Grey, y: Grey) -> Grey:
    """Nine pairs of arcs that fall outwards, and the clavicles."""
    chest = _inside(x, y, (0.0, 0.05, 0.84, 0.95), 0.04) * 0.5 * (1.0 + np.tanh((np.abs(x) - 0.1) / 0.03))
    density = np.zeros_like(x)
    for number in range(9):
        course = -0.86 + 0.185 * number + 0.42 * np.clip(np.abs(x) - 0.12, 0, None) ** 1.5
        density += 230.0 * np.exp(-(((y - course) / 0.026) ** 2))
    clavicle = np.exp(-(((y + 0.74 + 0.14 * np.abs(x)) / 0.03) ** 2)) * (np.abs(x) < 0.75)
    return chest * (density + 320.0 * clavicle)


def _opacity(x: Grey, y: Grey, finding: Finding, side: PictureSide) -> Grey:
    x0 = _LUNGS[side][0]
    if finding == "nodule":
        return 900.0 * _inside(x, y, (x0 * 1.05, -0.33, 0.062, 0.062), 0.12)
    if finding == "consolidation":
        return 1050.0 * _inside(x, y, (x0, 0.28, 0.19, 0.15), 0.35) * _lung(x, y, side)
    level = 0.26 - 0.55 * np.clip(x * _OUTWARD[side] - 0.35, 0, None)  # rises towards the chest wall
    return 1400.0 * _lung(x, y, side) * 0.5 * (1.0 + np.tanh((y - level) / 0.03))


def _chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check
