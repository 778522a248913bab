"""Pictures that flood, files that are two things at once, and files that are something else altogether."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

from tests.hostile.making import PICTURE, PREDICTIONS, Hostile, archive, good, table, with_first

G = "a.png"
SEEN = (PICTURE,)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg">%s</svg>'
XML = b'<?xml version="1.0"?>'

PICTURES = [
    Hostile("PNG", G, lambda: _png(), SEEN),
    Hostile("PNG of one pixel", G, lambda: _png((1, 1))),
    Hostile("PNG of no pixel", G, lambda: _header(0, 0)),
    Hostile("PNG that claims 4 000 million pixels", G, lambda: _header(65_535, 65_535)),
    Hostile("PNG that claims 2 147 483 647 a side", G, lambda: _header(2**31 - 1, 2**31 - 1)),
    Hostile("PNG of 25 million black pixels", G, lambda: _png((5000, 5000))),
    Hostile("PNG of a line of 100 000 pixels", G, lambda: _png((100_000, 16))),
    Hostile("PNG with a text of 60 MB in 60 kB", G, lambda: _with_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(60_000_000), 9))),
    Hostile("PNG with a colour profile of 60 MB", G, lambda: _with_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(60_000_000), 9))),
    Hostile("PNG with a program in its text", G, lambda: _with_chunk(b"tEXt", b"c\0<?php system($_GET[0]); ?>"), SEEN),
    Hostile("PNG with a wrong checksum", G, lambda: _broken(_png(), 30)),
    Hostile("PNG cut in the middle", G, lambda: _png()[: len(_png()) // 2]),
    Hostile("PNG of a header alone", G, lambda: b"\x89PNG\r\n\x1a\n"),
    Hostile("PNG with a chunk of 2 GB", G, lambda: b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31 - 1) + b"IHDR"),
    Hostile("PNG of ten thousand empty chunks", G, lambda: _with_chunk(b"tEXt", b"", 10_000), SEEN),
    Hostile("PNG whose pixels swell beyond its size", G, lambda: _swollen(), SEEN),
    Hostile("PNG that moves", G, lambda: _moving("PNG")),
    Hostile("PNG and zip at once", G, lambda: _png() + archive({"a.sh": b"x"}), SEEN),
    Hostile("JPEG", "a.jpg", lambda: _jpeg(), SEEN),
    Hostile("JPEG with a place on Earth in it", "a.jpg", lambda: _located(), SEEN),
    Hostile("JPEG that claims 65 500 a side", "a.jpg", lambda: _resized()),
    Hostile("JPEG cut short", "a.jpg", lambda: _jpeg()[:400]),
    Hostile("JPEG of two bytes", "a.jpg", lambda: b"\xff\xd8"),
    Hostile("JPEG with a script after it", "a.jpg", lambda: _jpeg() + b"<script>alert(1)</script>", SEEN),
    Hostile("JPEG called PNG", G, lambda: _jpeg((24, 24)), SEEN),
    Hostile("GIF", "a.gif", lambda: _saved("GIF")),
    Hostile("GIF that is JavaScript too", "a.gif", lambda: b"GIF89a/*" + bytes(8) + b"*/=1;alert(document.domain)//"),
    Hostile("GIF that moves", "a.gif", lambda: _moving("GIF")),
    Hostile("WebP", "a.webp", lambda: _saved("WEBP")),
    Hostile("BMP that claims 30 000 a side", "a.bmp", lambda: b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 30_000, 30_000, 1, 24, 0, 0, 0, 0, 0, 0)),
    Hostile("TIFF that points at itself", "a.tif", lambda: b"II*\0\x08\0\0\0" + struct.pack("<H", 0) + struct.pack("<I", 8)),
    Hostile("icon", "a.ico", lambda: _saved("ICO")),
    Hostile("DICOM", "a.dcm", lambda: bytes(128) + b"DICM" + bytes(64)),
    Hostile("HEIC", "a.heic", lambda: b"\0\0\0\x18ftypheic" + bytes(64)),
]  # fmt: skip
MARKUP = [
    Hostile("SVG with a script", "a.svg", lambda: SVG % b"<script>alert(1)</script>"),
    Hostile("SVG with a page in it", "a.svg", lambda: SVG % b'<foreignObject><iframe src="javascript:alert(1)"/></foreignObject>'),
    Hostile("SVG that loads on sight", "a.svg", lambda: SVG % b'<image onload="alert(1)" href="http://evil.example/"/>'),
    Hostile("a billion laughs", "a.xml", lambda: _laughs()),
    Hostile("one long entity ten thousand times", "a.xml", lambda: XML + b'<!DOCTYPE a [<!ENTITY b "' + b"b" * 50_000 + b'">]><a>' + b"&b;" * 10_000 + b"</a>"),
    Hostile("an entity that reads a file", "a.xml", lambda: XML + b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    Hostile("an entity that asks another machine", "a.xml", lambda: XML + b'<!DOCTYPE a SYSTEM "http://169.254.169.254/latest/"><a/>'),
    Hostile("a web page", "a.html", lambda: b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"),
    Hostile("a page archived", "a.mht", lambda: b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b--\r\n"),
    Hostile("rich text", "a.rtf", lambda: rb"{\rtf1\ansi{\object\objautlink{\*\objdata 0105}}}"),
    Hostile("YAML with objects of Python", "a.yaml", lambda: b"!!python/object/apply:os.system ['id']\n"),
    Hostile("YAML that laughs", "a.yaml", lambda: b"a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]\n"),
    Hostile("TOML of 20 000 tables in one another", "a.toml", lambda: b"[" + b".".join([b"a"] * 20_000) + b"]\n"),
    Hostile("TOML of 20 000 brackets", "a.toml", lambda: b"a = " + b"[" * 20_000),
    Hostile("TOML with a number of 5 000 digits", "a.toml", lambda: b'id = "x"\nminutes = ' + b"9" * 5_000 + b"\n"),
]  # fmt: skip
TWO_IN_ONE = [
    Hostile("PDF", "a.pdf", lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"),
    Hostile("JSON that is PDF too", "a.pdf", lambda: with_first(b'{"id":"c0","output":"A","x":"%PDF-1.7 1 0 obj endobj"}'), (PREDICTIONS,)),
    Hostile("CSV that is a web page too", "a.html", lambda: table(first=("c0", "<html><body onload=alert(1)>")), (PREDICTIONS,)),
    Hostile("JSON that is a shell script too", "a.sh", lambda: b"#!/bin/sh\n" + good()),
    Hostile("a program", "a.exe", lambda: b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + bytes(200)),
    Hostile("a program of Linux", "a", lambda: b"\x7fELF\x02\x01\x01\0" + bytes(200)),
    Hostile("a program of a Macintosh", "a", lambda: b"\xcf\xfa\xed\xfe\x07\0\0\x01" + bytes(200)),
    Hostile("a class of Java", "a.class", lambda: b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(200)),
    Hostile("WebAssembly", "a.wasm", lambda: b"\0asm\x01\0\0\0"),
    Hostile("PHP", "a.php", lambda: b"<?php system($_GET['c']); ?>"),
    Hostile("pickle", "a.pkl", lambda: b"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94."),
    Hostile("pickle of the first kind", "a.pkl", lambda: b"cposix\nsystem\n(S'id'\ntR."),
    Hostile("bytecode of Python", "a.pyc", lambda: b"\xa7\r\r\n" + bytes(12) + b"\xe3" + bytes(40)),
    Hostile("an old document of Office", "a.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)),
    Hostile("a shortcut of Windows", "a.lnk", lambda: b"L\0\0\0\x01\x14\x02\0" + bytes(68)),
    Hostile("an e-mail", "a.eml", lambda: b"From: a@example.org\r\nSubject: x\r\n\r\nc0 A\r\n"),
    Hostile("a private key", "a.pem", lambda: b"-----BEGIN %s-----\nMIIB\n" % b"PRIVATE KEY"),
]  # fmt: skip
RECIPES = [*PICTURES, *MARKUP, *TWO_IN_ONE]


def _saved(kind: str, size: tuple[int, int] = (32, 32)) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", size, (9, 9, 9)).save(held, kind)
    return held.getvalue()


def _png(size: tuple[int, int] = (32, 32)) -> bytes:
    return _saved("PNG", size)


def _jpeg(size: tuple[int, int] = (64, 64)) -> bytes:
    return _saved("JPEG", size)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _header(width: int, height: int) -> bytes:
    size = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + size + _chunk(b"IDAT", zlib.compress(bytes(5_000))) + _chunk(b"IEND", b"")


def _with_chunk(kind: bytes, content: bytes, times: int = 1) -> bytes:
    """A picture with a chunk more, right behind its header."""
    plain = _png()
    return plain[:33] + _chunk(kind, content) * times + plain[33:]


def _swollen() -> bytes:
    """32 pixels a side, and pixel data of 60 MB."""
    size = _chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0))
    pixels = _chunk(b"IDAT", zlib.compress(bytes(60_000_000), 9))
    return b"\x89PNG\r\n\x1a\n" + size + pixels + _chunk(b"IEND", b"")


def _broken(content: bytes, at: int) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 0xFF
    return bytes(changed)


def _moving(kind: str) -> bytes:
    held = io.BytesIO()
    frames = [Image.new("RGB", (32, 32), (n, n, n)) for n in (0, 99, 200)]
    frames[0].save(held, kind, save_all=True, append_images=frames[1:])
    return held.getvalue()


def _located() -> bytes:
    held = io.BytesIO()
    about = Image.Exif()
    about[0x010E] = "Mrs Example, born 1. 1. 1950"
    about.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (32, 32)).save(held, "JPEG", exif=about)
    return held.getvalue()


def _resized() -> bytes:
    content = bytearray(_jpeg())
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", 65_500, 65_500)
    return bytes(content)


def _laughs() -> bytes:
    entities = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    return XML + b'<!DOCTYPE l [<!ENTITY l0 "lol">' + entities + b"]><l>&l9;</l>"
