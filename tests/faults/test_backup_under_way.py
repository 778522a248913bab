"""A backup while the site works, one that is killed, one of a store on S3, and a restore over a site that runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from consilium.backup.manifest import read_manifest
from consilium.embedded.addresses import DATABASE, PORT, ROLE, socket_folder
from tests.evaluation import s3_server
from tests.faults.elsewhere import ROOT, Elsewhere, assert_one_act_more
from tests.faults.small_study import Hand, open_study

Wait = Callable[..., None]
CHAINS = """
SELECT member.id, member.chain_length, member.chain_head, count(revision.id), max(revision.link),
       (array_agg(revision.sha ORDER BY revision.link DESC))[1]
FROM raters_membership member JOIN raters_ratingrevision revision ON revision.membership_id = member.id
GROUP BY member.id
"""


@pytest.fixture
def other(site: Any, tmp_path: Path) -> Iterator[Elsewhere]:
    """Another database on the site's own server."""
    folder = str(socket_folder(site.state))
    place = Elsewhere(folder, int(PORT), ROLE, f"{DATABASE}_other", tmp_path / "other")
    place.make()
    yield place
    place.remove()


class Busy(threading.Thread):
    """A rater who rates, and rates anew, until told to stop."""

    def __init__(self, site: Any, token: str, study: str) -> None:
        super().__init__(daemon=True)
        self.hand, self.over = Hand(site.address, token, study), threading.Event()

    def run(self) -> None:
        with self.hand:
            while not self.over.is_set() and (screen := self.hand.next()):
                self.hand.rate(screen)


def test_a_backup_taken_while_ratings_come_in_is_of_one_moment(
    site: Any, other: Elsewhere, tmp_path: Path, eventually: Wait, record_figure: Callable[..., None]
) -> None:
    tokens = open_study(site, "backed-up", raters=2, items=400, each=2)
    raters = [Busy(site, token, "backed-up") for token in tokens]
    archive = tmp_path / "busy.zip"
    for rater in raters:
        rater.start()
    try:
        eventually(lambda: all(len(rater.hand.acknowledged) > 5 for rater in raters), 60)
        at_least = [note for rater in raters for note in rater.hand.acknowledged]
        site.manage("backup", str(archive))
        eventually(lambda: sum(len(rater.hand.acknowledged) for rater in raters) > len(at_least) + 4, 60)
    finally:
        for rater in raters:
            rater.over.set()
    for rater in raters:
        rater.join(60)
    at_most = [note for rater in raters for note in rater.hand.acknowledged]

    said = other.manage("restore", str(archive))

    assert "each with the checksum it was backed up with" in said
    chains = other.rows(CHAINS)
    assert chains
    for _, length, head, ratings, link, sha in chains:
        assert length == ratings == link and head == sha, "no chain is cut in the middle"
    kept = {note for (note,) in other.rows("SELECT payload ->> 'note' FROM raters_ratingrevision")}
    assert set(at_least) <= kept
    assert len(kept & set(at_most)) < len(at_most), "what came after is not in it"
    assert "are whole." in other.manage("verify_ratings", "backed-up")
    record_figure(
        "backup while ratings come in: chains whole after its restore", f"{len(chains)}", "all", True
    )


def test_a_backup_that_is_killed_leaves_no_archive_and_the_next_one_works(
    site: Any, tmp_path: Path, eventually: Wait
) -> None:
    archive = tmp_path / "killed.zip"
    running = subprocess.Popen(
        [sys.executable, "manage.py", "backup", str(archive)],
        cwd=ROOT, env=site._environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, process_group=0,
    )  # fmt: skip
    eventually(lambda: any(tmp_path.glob(".killed.zip.part-*")) or running.poll() is not None, 60)
    assert running.poll() is None, "it was over before it could be killed"
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not archive.exists(), "an archive is there whole or not at all"

    said = site.manage("backup", str(archive))

    assert "tables of" in said
    assert zipfile.ZipFile(archive).testzip() is None
    assert not list(tmp_path.glob(".killed.zip.part-*")), "what the killed one left is cleared away"


def test_a_restore_over_a_site_that_runs_is_refused_and_nothing_is_touched(site: Any, tmp_path: Path) -> None:
    archive = tmp_path / "site.zip"
    site.manage("backup", str(archive))
    with psycopg.connect(site_url(site)) as connection:
        before = connection.execute("SELECT count(*) FROM evaluation_answer").fetchone()
    refused = subprocess.run(
        [sys.executable, "manage.py", "restore", str(archive), "--replace"],
        cwd=ROOT, env=site._environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "stop the site and its workers first" in refused.stderr
    with psycopg.connect(site_url(site)) as connection:
        assert connection.execute("SELECT count(*) FROM evaluation_answer").fetchone() == before


def site_url(site: Any) -> str:
    return f"postgresql://{ROLE}@/{DATABASE}?host={socket_folder(site.state)}&port={PORT}"


SUBMIT = """
import io
from django.core.files.base import File
from accounts import services as accounts
from evaluation.selectors import benchmarks
from evaluation.services import submissions
from workers import tasks
person = accounts.ensure_person("lab", "a-long-password-of-the-test", ["submitter"])
version = benchmarks.current_version("sample")
content = b"".join(benchmarks.example_lines(version))
submission, _ = submissions.submit(person, version, "On S3", "", "e.jsonl", File(io.BytesIO(content)))
assert submission.verdict == "accepted", submission.findings
tasks.serve_queue()
"""


def test_files_that_lie_in_an_object_store_are_backed_up_and_restored(
    site: Any, other: Elsewhere, tmp_path: Path
) -> None:
    """From one bucket into another, with equal checksums."""
    with s3_server.running() as address:
        store = {
            "S3_BUCKET": s3_server.BUCKET, "S3_ENDPOINT_URL": address, "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY": s3_server.KEY["aws_access_key_id"],
            "S3_SECRET_KEY": s3_server.KEY["aws_secret_access_key"], "CELERY_BROKER_URL": "memory://",
        }  # fmt: skip
        other.manage("migrate", "-v0", **store)
        other.manage("load_benchmark", "sample", **store)
        other.manage("shell", "-v0", "-c", SUBMIT, **store)
        first, second = tmp_path / "first.zip", tmp_path / "second.zip"
        other.manage("backup", str(first), **store)
        s3_server.client(address).create_bucket(Bucket="second")

        elsewhere_too = {**store, "S3_BUCKET": "second"}
        said = other.manage("restore", str(first), "--replace", **elsewhere_too)
        other.manage("backup", str(second), **elsewhere_too)

        assert "each with the checksum it was backed up with" in said
        (one, two) = (read_manifest(zipfile.ZipFile(path).read("manifest.json")) for path in (first, second))
        assert one.files == two.files
        assert_one_act_more(two, one)
        assert [name for name in one.files if name.startswith("submissions/")]
        listed = s3_server.client(address).list_objects_v2(Bucket="second")["Contents"]
        assert {entry["Key"] for entry in listed} == set(one.files)
