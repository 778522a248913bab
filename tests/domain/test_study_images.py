"""Pictures: only pixels get in, and only of a size that can be shown."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from raters.domain.phantom import Phantom, png
from raters.domain.study_images import LONGEST_SIDE, MOST_BYTES, ImageRefusedError, as_png

SECRET = b"MRN 0815 Jane Doe"


def picture(mode: str = "RGB", size: tuple[int, int] = (40, 30), kind: str = "PNG", **more: object) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, 1 if mode == "1" else None).save(written, kind, **more)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_of_any_mode_is_written_anew(mode: str) -> None:
    written = opened(as_png(picture(mode)))
    assert (written.format, written.size) == ("PNG", (40, 30))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_becomes_a_png(mode: str) -> None:
    assert opened(as_png(picture(mode, kind="JPEG"))).format == "PNG"


def test_pixels_stay_what_they_are() -> None:
    drawn = png(Phantom(finding="nodule", side="left"))
    assert opened(as_png(drawn)).tobytes() == opened(drawn).tobytes()


def test_texts_camera_data_and_profiles_are_dropped() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("PatientName", SECRET.decode())
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    content = picture(pnginfo=texts, exif=exif.tobytes(), icc_profile=SECRET)
    assert SECRET in content
    assert SECRET not in as_png(content)
    assert opened(as_png(content)).info == {}
    assert SECRET not in as_png(picture(kind="JPEG", exif=exif.tobytes(), comment=SECRET))


def test_a_picture_is_turned_as_its_camera_meant_it() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    assert opened(as_png(picture(kind="JPEG", exif=exif.tobytes()))).size == (30, 40)


def test_what_hides_behind_the_picture_is_dropped() -> None:
    assert SECRET not in as_png(picture() + SECRET)


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"BM", b"RIFF0000WEBP"],
)
def test_other_kinds_of_files_are_refused(content: bytes) -> None:
    with pytest.raises(ImageRefusedError, match="no PNG or JPEG"):
        as_png(content)


def test_a_gif_under_the_name_and_header_of_nothing_else_is_refused() -> None:
    with pytest.raises(ImageRefusedError):
        as_png(picture("P", kind="GIF"))


@pytest.mark.parametrize("size", [(15, 100), (LONGEST_SIDE + 1, 20), (4100, 4100)])
def test_pictures_of_a_size_that_nobody_can_judge_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ImageRefusedError, match="pixels"):
        as_png(picture("L", size))


@pytest.mark.parametrize("side", [5_000, 10_000, 60_000, 2**31 - 1])
def test_a_header_that_promises_a_billion_pixels_is_refused_before_they_are_unpacked(side: int) -> None:
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    with pytest.raises(ImageRefusedError, match="pixels"):
        as_png(b"\x89PNG\r\n\x1a\n" + chunk + picture()[33:])


def test_a_file_larger_than_the_limit_is_refused() -> None:
    with pytest.raises(ImageRefusedError, match="MB"):
        as_png(picture() + b"\0" * MOST_BYTES)


def test_a_picture_that_moves_is_refused() -> None:
    written = io.BytesIO()
    frames = [Image.new("L", (20, 20), shade) for shade in (0, 255)]
    frames[0].save(written, "PNG", save_all=True, append_images=frames[1:])
    with pytest.raises(ImageRefusedError, match="moves"):
        as_png(written.getvalue())


@given(cut=st.integers(8, 600), kind=st.sampled_from(["PNG", "JPEG"]))
@settings(max_examples=60, deadline=None)
def test_a_picture_cut_short_is_refused_or_whole(cut: int, kind: str) -> None:
    content = picture("RGB", (64, 64), kind)[:cut]
    try:
        assert opened(as_png(content)).size == (64, 64)
    except ImageRefusedError as refusal:
        assert str(refusal).endswith(".")


@given(place=st.integers(8, 400), byte=st.integers(0, 255), kind=st.sampled_from(["PNG", "JPEG"]))
@settings(max_examples=150, deadline=None)
def test_a_flipped_byte_never_breaks_the_reader(place: int, byte: int, kind: str) -> None:
    content = bytearray(picture("RGB", (32, 32), kind))
    content[place % len(content)] = byte
    try:
        as_png(bytes(content))
    except ImageRefusedError as refusal:
        assert str(refusal)
