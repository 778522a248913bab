"""Pictures of cases: decoded, looked at, and written anew, so that only the pixels are kept.

Nothing of a file but its pixels reaches a rater: no camera data, no comments, no thumbnail of the uncropped
picture, no second file hidden behind the first.
"""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageOps

MOST_BYTES = 12 * 2**20
LONGEST_SIDE = 6000  # pixels
MOST_PIXELS = 16_000_000
SHORTEST_SIDE = 16
_KEPT_MODES = {"L", "RGB", "RGBA", "LA", "I;16"}
_HEADERS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


class ImageRefusedError(ValueError):
    """Why a picture is not taken, and what to do."""


def as_png(content: bytes) -> bytes:
    """A PNG of the picture in a PNG or JPEG file, turned as its camera meant it, without anything else.

    ImageRefusedError for any other file, for pictures larger than 16 million pixels, and for broken ones.
    """
    if len(content) > MOST_BYTES:
        raise ImageRefusedError(
            f"The picture has {len(content) / 2**20:.0f} MB, at most {MOST_BYTES // 2**20} MB are taken."
        )
    if not content.startswith(_HEADERS):
        raise ImageRefusedError("This is no PNG or JPEG file: export the picture in one of the two.")
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as opened:
            _refuse_size(*opened.size)
            if getattr(opened, "n_frames", 1) > 1:
                raise ImageRefusedError("This picture moves: export the one frame that is to be judged.")
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            return _written(upright if upright.mode in _KEPT_MODES else upright.convert(_mode(upright)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels("The picture has") from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, MemoryError) as fault:
        if isinstance(fault, ImageRefusedError):
            raise
        raise ImageRefusedError("The picture is damaged: it could not be read to its end.") from None


def _refuse_size(width: int, height: int) -> None:
    if min(width, height) < SHORTEST_SIDE:
        raise ImageRefusedError(
            f"The picture is {width} × {height} pixels, too small to be judged: take a larger one."
        )
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise _too_many_pixels(f"The picture is {width} × {height} pixels,")


def _too_many_pixels(what: str) -> ImageRefusedError:
    return ImageRefusedError(
        f"{what} too many pixels. At most {LONGEST_SIDE} a side and {MOST_PIXELS // 1_000_000} million in "
        "all are taken: make it smaller."
    )


def _mode(picture: Image.Image) -> str:
    if picture.mode == "1":
        return "L"
    has_holes = "transparency" in picture.info or picture.mode == "PA"
    return "RGBA" if has_holes else "RGB"


def _written(picture: Image.Image) -> bytes:
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    written = io.BytesIO()
    bare.save(written, "PNG", compress_level=4)
    return written.getvalue()
