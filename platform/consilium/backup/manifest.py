"""What an archive says of itself."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from django.conf import settings

FORMAT = 1
MANIFEST, DUMP, FILES = "manifest.json", "database.dump", "files/"


class BackupError(Exception):
    """A backup or restore cannot be done; the message says why and what to do. Nothing was changed."""


class TableSum(msgspec.Struct, frozen=True):
    """Rows, and a sum over the hashes of all of them that does not depend on their order."""

    rows: int
    sum: str


class FileSum(msgspec.Struct, frozen=True):
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """`key` tells which SECRET_KEY the database was used with, without telling the key."""

    format: int
    made_at: str
    server: int  # PostgreSQL's version number, as 180000
    key: str
    migrations: list[tuple[str, str]]
    dump: FileSum
    tables: dict[str, TableSum]
    files: dict[str, FileSum]


def read_manifest(content: bytes) -> Manifest:
    """Raises BackupError for what this version of the site cannot read."""
    try:
        found: Any = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise BackupError(
            f"The manifest of this archive cannot be read ({fault}): name another backup."
        ) from fault
    manifest: Manifest = found
    if manifest.format != FORMAT:
        raise BackupError(
            f"This archive has format {manifest.format} and this version reads {FORMAT}: restore it with the "
            "version that made it, then bring that forward with `manage.py migrate`."
        )
    return manifest


def key_fingerprint() -> str:
    """Short enough to say nothing of the key, long enough to tell two apart."""
    return hashlib.sha256(f"consilium backup {settings.SECRET_KEY}".encode()).hexdigest()[:16]
