"""From an archive to a site: everything is checked before anything is changed, and once more at the end."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from consilium.backup import programs
from consilium.backup.manifest import (
    DUMP,
    FILES,
    MANIFEST,
    BackupError,
    FileSum,
    Manifest,
    key_fingerprint,
    read_manifest,
)
from consilium.backup.tables import existing_tables, table_sums

_PIECE = 1 << 20
_BEFORE = "consilium_before_restore"  # what was there, until the rest is
_LARGEST_MANIFEST = 64 * 2**20  # of some hundred thousand files
_WHOLE = "Name the whole file that backup wrote, or an earlier one."
_UNREADABLE = (
    KeyError, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, zlib.error,
    zipfile.BadZipFile,
)  # fmt: skip
Say = Callable[[str], None]


@dataclass(frozen=True)
class Restored:
    """`warnings` are for the operator: what the archive cannot bring back."""

    manifest: Manifest
    warnings: tuple[str, ...]


def restore(archive: Path, *, replace: bool = False, say: Say = lambda line: None) -> Restored:
    """Bring the archive's database and files back, and prove by their checksums that they are the same.

    The database must be empty; with `replace` what is in it goes once the rest is there. Files that are there
    with the same content stay. Raises BackupError: before anything was changed for whatever is
    wrong with the archive or the place, after it only where the sums are not those of the manifest.
    """
    with _opened(archive) as packed:
        manifest = read_manifest(_manifest_in(packed))
        say("Checking the archive")
        _check(packed, manifest)
        _check_place(manifest, replace)
        say("Restoring the database")
        _restore_database(packed, replace, archive.parent)
        say("Restoring the files")
        for name, said in manifest.files.items():
            _restore_file(packed, name, said)
    say("Summing up again")
    _prove(manifest)
    return Restored(manifest, tuple(_warnings(manifest)))


def _opened(archive: Path) -> zipfile.ZipFile:
    try:
        packed = zipfile.ZipFile(archive)
    except FileNotFoundError:
        raise BackupError(f"There is no file {archive}: check the path.") from None
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
        raise BackupError(f"{archive} is no archive of `manage.py backup` ({fault}). {_WHOLE}") from fault
    if MANIFEST not in packed.namelist():
        packed.close()
        raise BackupError(
            f"{archive} has no {MANIFEST}: it is no archive of `manage.py backup`, or a part of one. {_WHOLE}"
        )
    return packed


def _manifest_in(packed: zipfile.ZipFile) -> bytes:
    """Its bytes, and never more than a manifest can have, whatever the archive says of its size."""
    try:
        with packed.open(MANIFEST) as stream:
            content = stream.read(_LARGEST_MANIFEST + 1)
    except _UNREADABLE as fault:
        raise BackupError(f"The manifest of this archive cannot be unpacked ({fault}). {_WHOLE}") from fault
    if len(content) > _LARGEST_MANIFEST:
        raise BackupError(f"The manifest of this archive is too large to be one of ours. {_WHOLE}")
    return content


def _check(packed: zipfile.ZipFile, manifest: Manifest) -> None:
    wanted = {DUMP: manifest.dump, **{f"{FILES}{name}": said for name, said in manifest.files.items()}}
    strange = set(packed.namelist()) - {MANIFEST, *wanted}
    if strange:
        raise BackupError(
            f"The manifest does not know {sorted(strange)[0]}: the archive was changed. {_WHOLE}"
        )
    for name, said in wanted.items():
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise BackupError(
                f"{name} would lie outside the store: this archive is not one of ours. {_WHOLE}"
            )
        if _sum(packed, name, said.size) != said:
            raise BackupError(f"{name} is damaged: its content is not what the manifest says. {_WHOLE}")


def _sum(packed: zipfile.ZipFile, name: str, most: int) -> FileSum | None:
    """None where it is absent, longer than it should be, or cannot be unpacked."""
    digest, size = hashlib.sha256(), 0
    try:
        with packed.open(name) as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > most:
                    return None
                digest.update(piece)
    except _UNREADABLE:
        return None
    return FileSum(size, digest.hexdigest())


def _check_place(manifest: Manifest, replace: bool) -> None:
    known = set(MigrationLoader(None).disk_migrations or ())
    unknown = [
        f"{app} {name}" for app, name in manifest.migrations if _ours(app, known) and (app, name) not in known
    ]
    if unknown:
        raise BackupError(
            f"The archive is of a newer version, which knows {unknown[0]}: restore it with that."
        )
    with connection.cursor() as cursor:
        tables = existing_tables(cursor)
        if tables and not replace:
            raise BackupError(
                f"The database has {len(tables)} tables. Name an empty one by DATABASE_URL, or say --replace "
                "to lose what is in it."
            )
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        (others,) = cursor.fetchone()
        if others:
            raise BackupError(
                f"The database is in use by {others} others: stop the site and its workers first."
            )
    for name, said in manifest.files.items():
        if default_storage.exists(name) and _stored_sum(name) != said and not replace:
            raise BackupError(f"The store has another file {name}: empty it, or say --replace.")


def _ours(app: str, known: set[tuple[str, str]]) -> bool:
    return any(app == each for each, _ in known)


def _restore_database(packed: zipfile.ZipFile, replace: bool, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as unpacking:
        dump = packed.extract(DUMP, unpacking)
        if replace:
            _run(f"DROP SCHEMA IF EXISTS {_BEFORE} CASCADE", f"ALTER SCHEMA public RENAME TO {_BEFORE}",
                 "CREATE SCHEMA public")  # fmt: skip
        try:
            whole = ("--single-transaction", "--exit-on-error")
            programs.run("pg_restore", *whole, "--no-owner", "--no-privileges", dump)
        except BackupError:
            if replace:
                _run("DROP SCHEMA public CASCADE", f"ALTER SCHEMA {_BEFORE} RENAME TO public")
            raise
        if replace:
            _run(f"DROP SCHEMA {_BEFORE} CASCADE")


def _run(*statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _restore_file(packed: zipfile.ZipFile, name: str, said: FileSum) -> None:
    if default_storage.exists(name):
        if _stored_sum(name) == said:
            return
        default_storage.delete(name)
    with packed.open(f"{FILES}{name}") as stream:
        kept = default_storage.save(name, File(stream, name=name))
    if kept != name:
        raise BackupError(f"The store kept {name} as {kept}: something else writes into it.")


def _prove(manifest: Manifest) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        tables = table_sums(cursor)
    differ = sorted(
        name for name in {*tables, *manifest.tables} if tables.get(name) != manifest.tables.get(name)
    )
    if differ:
        raise BackupError(f"Restored, but these tables are not what the manifest says: {', '.join(differ)}.")
    damaged = [name for name, said in manifest.files.items() if _stored_sum(name) != said]
    if damaged:
        raise BackupError(
            f"Restored, but these files are not what the manifest says: {', '.join(damaged[:20])}."
        )


def _stored_sum(name: str) -> FileSum:
    with default_storage.open(name) as stream:
        digest, size = hashlib.sha256(), 0
        for piece in _pieces(stream):
            digest.update(piece)
            size += len(piece)
    return FileSum(size, digest.hexdigest())


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece


def _warnings(manifest: Manifest) -> Iterator[str]:
    if manifest.key != key_fingerprint():
        yield (
            "SECRET_KEY is not the one this database was used with: people sign in anew, and endpoint keys "
            "stored under it cannot be read. Set the old SECRET_KEY, or name it in ENDPOINT_KEY_SECRETS."
        )
    newest = {app for app, _ in manifest.migrations}
    missing = [key for key in MigrationLoader(None).disk_migrations or () if key[0] in newest]
    behind = [f"{app} {name}" for app, name in sorted(missing) if (app, name) not in set(manifest.migrations)]
    if behind:
        yield f"The archive is of an earlier version: run `manage.py migrate` ({len(behind)} steps)."
