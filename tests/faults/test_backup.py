"""Everything into one archive and back, by the real programs: equal checksums, and no way to lose anything."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.base import File
from django.core.management import call_command
from django.db import connection

from consilium.backup import BackupError, Manifest, back_up
from consilium.backup.manifest import read_manifest
from evaluation.services import submissions
from tests.faults.elsewhere import assert_one_act_more
from workers import tasks

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
NAME = "consilium_restored"


class Place:
    """Another site: a database of its own on the same server, and a folder of its own."""

    def __init__(self, state: Path) -> None:
        server = connection.connection.info
        where = urlencode({"host": server.host, "port": server.port})
        self.url = f"postgresql://{server.user}@/{NAME}?{where}"
        self.state = state

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "CONSILIUM_STATE": str(self.state),
            "DEBUG": "true",
        }
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, db: None) -> Iterator[Place]:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {NAME}")
    yield Place(tmp_path / "elsewhere")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


@pytest.fixture
def archive(tiny: Any, lab: Any, answers_to: Any, tmp_path: Path) -> Path:
    """Of a site with a benchmark, a scored submission and its file."""
    submissions.submit(lab, tiny, "Kept", "", "p.jsonl", File(io.BytesIO(answers_to())))
    tasks.serve_queue()
    path = tmp_path / "site.zip"
    call_command("backup", str(path), stdout=io.StringIO())
    return path


def manifest_of(path: Path) -> Manifest:
    with zipfile.ZipFile(path) as packed:
        return read_manifest(packed.read("manifest.json"))


def altered(path: Path, name: str, content: bytes | None) -> Path:
    """A copy of the archive in which one member has other content, or is gone."""
    copy = path.with_name(f"altered-{path.name}")
    with zipfile.ZipFile(path) as packed, zipfile.ZipFile(copy, "w") as made:
        for each in packed.namelist():
            if each != name:
                made.writestr(each, packed.read(each))
        if content is not None:
            made.writestr(name, content)
    return copy


def test_a_site_comes_back_with_equal_checksums(archive: Path, place: Place, tmp_path: Path) -> None:
    said = place.manage("restore", str(archive))
    assert said.returncode == 0, said.stderr
    assert "each with the checksum it was backed up with" in said.stdout
    assert "SECRET_KEY is not the one" in said.stderr, "the other site made a key of its own"

    again = tmp_path / "again.zip"
    made = place.manage("backup", str(again))
    assert made.returncode == 0, made.stderr
    first, second = manifest_of(archive), manifest_of(again)
    assert_one_act_more(second, first)
    assert first.files == second.files
    assert first.files, "the predictions file is among them"
    assert first.tables["evaluation_answer"].rows == 8
    assert place.manage("migrate", "--check").returncode == 0


def test_a_database_with_something_in_it_is_replaced_only_when_told(archive: Path, place: Place) -> None:
    assert place.manage("restore", str(archive)).returncode == 0
    refused = place.manage("restore", str(archive))
    assert refused.returncode == 1
    assert "--replace to lose what is in it" in refused.stderr
    told = place.manage("restore", str(archive), "--replace")
    assert told.returncode == 0, told.stderr


def test_what_is_there_survives_a_restore_that_fails(archive: Path, place: Place, tmp_path: Path) -> None:
    assert place.manage("restore", str(archive)).returncode == 0
    manifest = json.loads(zipfile.ZipFile(archive).read("manifest.json"))
    broken = b"PGDMP but not really"
    manifest["dump"] = {"size": len(broken), "sha256": hashlib.sha256(broken).hexdigest()}
    bad = altered(altered(archive, "database.dump", broken), "manifest.json", json.dumps(manifest).encode())
    failed = place.manage("restore", str(bad), "--replace")
    assert failed.returncode == 1
    assert "pg_restore ended with" in failed.stderr
    made = place.manage("backup", str(tmp_path / "still.zip"))
    assert made.returncode == 0, made.stderr
    assert_one_act_more(manifest_of(tmp_path / "still.zip"), manifest_of(archive))


def test_a_database_in_use_is_left_alone(archive: Path, place: Place) -> None:
    import psycopg

    with psycopg.connect(place.url):
        refused = place.manage("restore", str(archive))
    assert refused.returncode == 1
    assert "stop the site and its workers first" in refused.stderr


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("database.dump", b"other", "database.dump is damaged"),
        ("database.dump", None, "database.dump is damaged"),
        ("manifest.json", None, "has no manifest.json"),
        ("manifest.json", b"{", "cannot be read"),
        ("files/../../evil", b"x", "does not know"),
    ],
)
def test_a_damaged_archive_changes_nothing(
    archive: Path, place: Place, name: str, content: bytes | None, why: str
) -> None:
    refused = place.manage("restore", str(altered(archive, name, content)))
    assert refused.returncode == 1
    assert why in refused.stderr
    assert "no such table" not in refused.stderr
    assert place.manage("restore", str(archive)).returncode == 0, "the database is still empty"


def test_no_archive_is_ever_overwritten(archive: Path) -> None:
    with pytest.raises(BackupError, match="is there already"):
        back_up(archive)
    assert not list(archive.parent.glob(".*part*"))


def test_what_is_no_archive_is_refused(place: Place, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("not a zip")
    assert "is no archive" in place.manage("restore", str(tmp_path / "text.zip")).stderr
    assert "There is no file" in place.manage("restore", str(tmp_path / "none.zip")).stderr
