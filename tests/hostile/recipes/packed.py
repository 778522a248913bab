"""Compressed and archived: bombs, shells within shells, what is damaged, and archives with something to hide."""

from __future__ import annotations

import bz2
import hashlib
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib

from tests.hostile.making import PREDICTIONS, Hostile, archive, good, packed, parquet, swelling

GZIPPED = [
    Hostile("gzip bomb of blanks", "a.jsonl.gz", lambda: swelling(b" ", 80)),
    Hostile("gzip bomb of zero bytes", "a.jsonl.gz", lambda: swelling(b"\0", 80)),
    Hostile("gzip bomb of newlines", "a.csv.gz", lambda: swelling(b"\n", 80, b"id,output\n")),
    Hostile("gzip bomb of good rows again and again", "a.jsonl.gz", lambda: swelling(good(), 80)),
    Hostile("gzip bomb of one endless line", "a.jsonl.gz", lambda: swelling(b"A", 80, b'{"id":"c0","output":"')),
    Hostile("gzip bomb of one endless cell", "a.csv.gz", lambda: swelling(b"A", 80, b'id,output\nc0,"')),
    Hostile("gzip bomb of brackets", "a.jsonl.gz", lambda: swelling(b"[", 80, b'{"id":')),
    Hostile("gzip bomb of empty objects", "a.jsonl.gz", lambda: swelling(b"{}\n", 80)),
    Hostile("gzip twice", "a.gz.gz", lambda: packed(packed(good()))),
    Hostile("gzip ten times", "a.gz", lambda: _again(10)),
    Hostile("gzip of a gzip bomb", "a.gz", lambda: packed(swelling(b"\0", 80))),
    Hostile("gzip of a zip", "a.zip.gz", lambda: packed(archive({"a.jsonl": good()}))),
    Hostile("gzip of a tar", "a.tar.gz", lambda: packed(_tar())),
    Hostile("gzip of a Parquet file", "a.parquet.gz", lambda: packed(parquet()), (PREDICTIONS,)),
    Hostile("gzip cut short", "a.jsonl.gz", lambda: packed(good())[:-9]),
    Hostile("gzip cut in its header", "a.jsonl.gz", lambda: packed(good())[:6]),
    Hostile("gzip of two bytes", "a.jsonl.gz", lambda: b"\x1f\x8b"),
    Hostile("gzip with a wrong checksum", "a.jsonl.gz", lambda: _changed(packed(good()), -8)),
    Hostile("gzip with a wrong length", "a.jsonl.gz", lambda: _changed(packed(good()), -4)),
    Hostile("gzip with a changed middle", "a.jsonl.gz", lambda: _changed(packed(good()), 20)),
    Hostile("gzip with something after it", "a.jsonl.gz", lambda: packed(good()) + b"MZ\x90\0 this program"),
    Hostile("gzip of a compression nobody knows", "a.jsonl.gz", lambda: b"\x1f\x8b\x07" + packed(good())[3:]),
    Hostile("gzip with reserved flags", "a.jsonl.gz", lambda: b"\x1f\x8b\x08\xe0" + packed(good())[4:]),
    Hostile("gzip of 70 000 members", "a.jsonl.gz", lambda: packed(b"") * 70_000 + packed(good())),
    Hostile("gzip that begins with an empty member", "a.jsonl.gz", lambda: packed(b"") + packed(good()), (PREDICTIONS,)),
    Hostile("gzip padded with zeros", "a.jsonl.gz", lambda: packed(good()) + bytes(5000), (PREDICTIONS,)),
    Hostile("gzip that names a way out", "../../../etc/cron.d/a.gz", lambda: _named(b"../../../../etc/passwd"), (PREDICTIONS,)),
    Hostile("gzip with an extra field of 64 kB", "a.jsonl.gz", lambda: _extra(), (PREDICTIONS,)),
    Hostile("zlib without gzip", "a.jsonl.z", lambda: zlib.compress(good())),
    Hostile("deflate without a header", "a.jsonl.deflate", lambda: zlib.compress(good())[2:-4]),
]  # fmt: skip
OTHERS = [
    Hostile("bzip2", "a.jsonl.bz2", lambda: bz2.compress(good())),
    Hostile("bzip2 bomb", "a.jsonl.bz2", lambda: bz2.compress(bytes(90_000_000))),
    Hostile("xz", "a.jsonl.xz", lambda: lzma.compress(good())),
    Hostile("xz bomb", "a.jsonl.xz", lambda: lzma.compress(bytes(90_000_000), preset=0)),
    Hostile("lzma alone", "a.lzma", lambda: lzma.compress(good(), lzma.FORMAT_ALONE)),
    Hostile("Zstandard", "a.jsonl.zst", lambda: b"\x28\xb5\x2f\xfd\x24\x0c" + good()),
    Hostile("LZ4", "a.jsonl.lz4", lambda: b"\x04\x22\x4d\x18\x64\x40\xa7" + good()),
    Hostile("7-Zip", "a.7z", lambda: b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(24)),
    Hostile("RAR", "a.rar", lambda: b"Rar!\x1a\x07\x01\0" + bytes(24)),
    Hostile("cabinet", "a.cab", lambda: b"MSCF\0\0\0\0" + bytes(28)),
    Hostile("tar", "a.tar", lambda: _tar()),
    Hostile("tar with a link out of it", "a.tar", lambda: _tar(linked=True)),
    Hostile("tar with a device", "a.tar", lambda: _tar(device=True)),
    Hostile("Debian package", "a.deb", lambda: b"!<arch>\ndebian-binary   1342943816  0     0     100644  4         `\n2.0\n"),
]  # fmt: skip
ZIPS = [
    Hostile("zip", "a.zip", lambda: archive({"a.jsonl": good()})),
    Hostile("zip bomb", "a.zip", lambda: archive({"a.jsonl": bytes(90_000_000)})),
    Hostile("zip bomb of five shells", "a.zip", lambda: _shells(5)),
    Hostile("zip whose entries overlap", "a.zip", lambda: _overlapping()),
    Hostile("zip of 20 000 entries", "a.zip", lambda: archive({f"{n}": b"" for n in range(20_000)}, zipfile.ZIP_STORED)),
    Hostile("zip with ways out", "a.zip", lambda: archive({"../../../etc/passwd": b"x", "..\\..\\a.bat": b"x"})),
    Hostile("zip with absolute names", "a.zip", lambda: archive({"/etc/shadow": b"x", "C:\\boot.ini": b"x"})),
    Hostile("zip with a link", "a.zip", lambda: _linked()),
    Hostile("zip of nothing", "a.zip", lambda: archive({})),
    Hostile("zip said to be encrypted", "a.zip", lambda: _encrypted()),
    Hostile("zip without its directory", "a.zip", lambda: archive({"a.jsonl": good()})[:-40]),
    Hostile("zip with lying sizes", "a.zip", lambda: _lying()),
    Hostile("workbook of a spreadsheet", "a.xlsx", lambda: archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<w/>"})),
    Hostile("workbook with a macro", "a.xlsm", lambda: archive({"[Content_Types].xml": b"<Types/>", "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})),
    Hostile("backup whose manifest is a bomb", "a.zip", lambda: archive({"manifest.json": b" " * 150_000_000})),
    Hostile("backup whose manifest is deep", "a.zip", lambda: archive({"manifest.json": b"[" * 200_000})),
    Hostile("backup whose manifest is no JSON", "a.zip", lambda: archive({"manifest.json": b"\xff{"})),
    Hostile("backup whose manifest says nothing", "a.zip", lambda: archive({"manifest.json": b"{}"})),
    Hostile("backup of a format to come", "a.zip", lambda: archive({"manifest.json": _manifest(version=9)})),
    Hostile("backup with a file outside the store", "a.zip", lambda: archive({"manifest.json": _manifest("../../a"), "database.dump": b"", "files/../../a": b"x"})),
    Hostile("backup with a file nobody knows", "a.zip", lambda: archive({"manifest.json": _manifest(), "database.dump": b"", "a.sh": b"x"})),
    Hostile("backup with a changed dump", "a.zip", lambda: archive({"manifest.json": _manifest(), "database.dump": b"changed"})),
    Hostile("backup with a dump that swells", "a.zip", lambda: archive({"manifest.json": _manifest(), "database.dump": bytes(90_000_000)})),
    Hostile("backup with a manifest of broken deflate", "a.zip", lambda: _broken_member()),
]  # fmt: skip
RECIPES = [*GZIPPED, *OTHERS, *ZIPS]


def _again(times: int) -> bytes:
    content = good()
    for _ in range(times):
        content = packed(content)
    return content


def _changed(content: bytes, at: int) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 0xFF
    return bytes(changed)


def _named(name: bytes) -> bytes:
    plain = packed(good())
    return plain[:3] + b"\x08" + plain[4:10] + name + b"\0" + plain[10:]


def _extra() -> bytes:
    plain = packed(good())
    return plain[:3] + b"\x04" + plain[4:10] + struct.pack("<H", 65_535) + bytes(65_535) + plain[10:]


def _tar(*, linked: bool = False, device: bool = False) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as made:
        about = tarfile.TarInfo("a.jsonl")
        if linked:
            about.type, about.linkname = tarfile.SYMTYPE, "/etc/passwd"
        elif device:
            about.type, about.devmajor, about.devminor = tarfile.CHRTYPE, 1, 8
        else:
            about.size = len(good())
        made.addfile(about, io.BytesIO(good()))
    return held.getvalue()


def _shells(depth: int) -> bytes:
    content = bytes(5_000_000)
    for level in range(depth):
        content = archive({f"{level}-{n}.zip": content for n in range(4)})
    return content


def _overlapping() -> bytes:
    """A hundred entries of the directory that all point at one megabyte of zeros."""
    one = archive({"a": bytes(1_000_000)})
    start = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    directory = one[start:end] * 100
    closing = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 100, 100, len(directory), start, 0)
    return one[:start] + directory + closing


def _linked() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        about = zipfile.ZipInfo("a.jsonl")
        about.external_attr = 0o120777 << 16
        made.writestr(about, "/etc/passwd")
    return held.getvalue()


def _encrypted() -> bytes:
    """The bit is set in the entry and in the directory; the manifest cannot be read."""
    content = bytearray(archive({"manifest.json": _manifest()}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _lying() -> bytes:
    content = bytearray(archive({"manifest.json": _manifest()}))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 2**31)
    return bytes(content)


def _broken_member() -> bytes:
    content = bytearray(archive({"manifest.json": _manifest() * 50}))
    content[60:70] = b"\xff" * 10
    return bytes(content)


def _manifest(file: str = "", version: int = 1) -> bytes:
    said = {"size": 0, "sha256": hashlib.sha256(b"").hexdigest()}
    content = {"format": version, "made_at": "2026-01-01T00:00:00Z", "server": 180000, "key": "0" * 16,
               "migrations": [], "dump": said, "tables": {}, "files": {file: said} if file else {}}  # fmt: skip
    return json.dumps(content).encode()
