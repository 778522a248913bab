"""From a running site to an archive: one snapshot of the database, then the files it names."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec
import psutil
from django.core.files.storage import Storage, default_storage
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from consilium.backup import programs
from consilium.backup.manifest import (
    DUMP,
    FILES,
    FORMAT,
    MANIFEST,
    BackupError,
    FileSum,
    Manifest,
    key_fingerprint,
)
from consilium.backup.tables import table_sums

__all__ = ["BackupError", "back_up"]

_PIECE = 1 << 20
Say = Callable[[str], None]


def back_up(archive: Path, say: Say = lambda line: None) -> Manifest:
    """Write everything into `archive`, which appears whole or not at all. The site may go on meanwhile.

    Files are read after the snapshot was taken: the site only adds files, so each one the snapshot names is
    there. Raises BackupError, also where the archive exists already.
    """
    if archive.exists():
        raise BackupError(f"{archive} is there already: name another file, or move it away.")
    archive.parent.mkdir(parents=True, exist_ok=True)
    _clear(archive)
    part = _part(archive, os.getpid())
    try:
        with zipfile.ZipFile(part, "x", zipfile.ZIP_STORED, allowZip64=True) as made:
            manifest = _written(made, part, say)
        part.chmod(0o600)
        part.rename(archive)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _part(archive: Path, pid: int | str) -> Path:
    return archive.with_name(f".{archive.name}.part-{pid}")


def _clear(archive: Path) -> None:
    """Let go of what a killed backup into the same archive left: its part and its dump."""
    for left in archive.parent.glob(_part(archive, "*").name):
        pid = left.name.rpartition("part-")[2].partition(".")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)


def _written(made: zipfile.ZipFile, part: Path, say: Say) -> Manifest:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        say("Reading the database")
        with tempfile.TemporaryDirectory(dir=part.parent, prefix=f"{part.name}.") as dumping:
            dump = Path(dumping) / DUMP
            programs.run("pg_dump", "--format=custom", "--no-owner", "--no-privileges",
                         f"--snapshot={snapshot}", f"--file={dump}")  # fmt: skip
            with dump.open("rb") as stream:
                dumped = _put(made, DUMP, stream)
        say("Summing up the tables")
        tables = table_sums(cursor)
        migrations = sorted(MigrationRecorder(connection).applied_migrations())
    say("Reading the files")
    files = {name: _put_file(made, name) for name in sorted(stored_names(default_storage))}
    manifest = Manifest(
        format=FORMAT,
        made_at=timezone.now().isoformat(timespec="seconds"),
        server=connection.connection.info.server_version,
        key=key_fingerprint(),
        migrations=list(migrations),
        dump=dumped,
        tables=tables,
        files=files,
    )
    made.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def stored_names(storage: Storage, folder: str = "") -> Iterator[str]:
    """Every file of a storage, folder by folder."""
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever kept
        return
    for name in names:
        yield f"{folder}{name}"
    for name in folders:
        yield from stored_names(storage, f"{folder}{name}/")


def _put_file(made: zipfile.ZipFile, name: str) -> FileSum:
    with default_storage.open(name) as stream:
        return _put(made, f"{FILES}{name}", stream)


def _put(made: zipfile.ZipFile, name: str, stream: IO[bytes] | Any) -> FileSum:
    digest, size = hashlib.sha256(), 0
    with made.open(name, "w", force_zip64=True) as written:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            written.write(piece)
    return FileSum(size, digest.hexdigest())
