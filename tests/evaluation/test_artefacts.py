"""What is kept of a run: written whole, fetched by an address that expires, never in the way of a score."""

from __future__ import annotations

import hashlib
import io
import json
import random
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from evaluation.domain.asking import Solved
from evaluation.models import Answer, Artefact, Keeping, Run, Submission
from evaluation.services import answering, artefacts, journal, receipts, stores
from evaluation.services.answering import Kept
from leaderboard.models import Board
from tests.evaluation.test_answering import ABLE, all_of, asked_for
from tests.evaluation.test_work import hand_in
from workers import tasks

pytestmark = pytest.mark.django_db

RECORD = {"prompt_sha256": "ab" * 32, "cut": None, "guard": ["a fact only the patient knows"]}


def scored(person: Any, version: Any, system: str = "M") -> Submission:
    """A model's run that was answered, scored and published."""
    submission = asked_for(person, version, system)
    while chunk := answering.claim("worker/1", ABLE):
        kept = [
            Kept(each.position, Solved("A\u0000é", tokens_in=3, latency_ms=1.5, record=RECORD), "A")
            for each in all_of(chunk)
        ]
        answering.keep(chunk, "worker/1", kept)
        answering.finish(chunk, "worker/1", [])
    tasks.serve_queue()
    submission.refresh_from_db()
    assert Run.objects.get(submission=submission).state == "scored"
    return submission


def kept(submission: Submission) -> dict[str, Artefact]:
    return {each.kind: each for each in Artefact.objects.filter(run__submission=submission)}


def try_now() -> None:
    """As if the time of the next try had come."""
    Keeping.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    tasks.keep_artefacts()


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_answers_log_and_manifest_are_kept_with_their_hashes(lab: Any, tiny: Any) -> None:
    submission = scored(lab, tiny)
    journal.write(submission.pk, "worker/1", "The last thing that happened.")

    tasks.keep_artefacts()

    found = kept(submission)
    assert set(found) == {"answers", "log", "manifest"}
    for artefact in found.values():
        content = artefact.file.read()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (artefact.size, artefact.sha256)
    receipt = submission.run.receipts.get()
    assert found["manifest"].sha256 == receipt.sha256
    with found["log"].file.open("rb") as log:
        assert log.read().decode().endswith("worker/1 The last thing that happened.\n")
    assert not Keeping.objects.exists()
    assert not artefacts.waiting().exists()


def test_the_answers_are_those_of_the_ledger_and_tell_of_private_items_no_more_than_the_page(
    lab: Any, tiny: Any
) -> None:
    submission = scored(lab, tiny)
    tasks.keep_artefacts()

    with kept(submission)["answers"].file.open("rb") as file:
        rows = pq.read_table(io.BytesIO(file.read())).to_pylist()

    outputs = list(Answer.objects.filter(run__submission=submission).values_list("output", flat=True))
    assert [row["output"] for row in rows] == outputs
    first = rows[0]
    assert (first["id"], first["task"], first["parsed"], first["finish"]) == ("c0", "choice", '"A"', "stop")
    assert (first["tokens_in"], first["tokens_out"], first["latency_ms"], first["attempt"]) == (
        3,
        None,
        1.5,
        1,
    )
    assert {row["prompt_sha256"] for row in rows} == {"ab" * 32}
    for row in rows:
        seen = set(json.loads(row["record"]))
        assert seen == ({"prompt_sha256", "cut"} | ({"guard"} if row["split"] == "public" else set()))
    assert {row["split"] for row in rows} == {"public", "private"}


def test_a_file_that_was_handed_in_is_not_kept_twice(lab: Any, tiny: Any, answers_to: Any) -> None:
    submission = hand_in(lab, tiny, answers_to())
    tasks.serve_queue()
    tasks.keep_artefacts()

    assert submission.run.receipts.get()
    assert not Artefact.objects.exists()


def test_what_is_kept_is_not_written_again_and_what_is_missing_is(lab: Any, tiny: Any) -> None:
    submission = scored(lab, tiny)
    tasks.keep_artefacts()
    before = kept(submission)
    Artefact.objects.filter(kind__in=["log", "manifest"]).delete()  # as if killed after the first

    tasks.keep_artefacts()

    after = kept(submission)
    assert after["answers"].pk == before["answers"].pk
    assert set(after) == {"answers", "log", "manifest"}
    _, names = default_storage.listdir(f"runs/{submission.pk}")
    assert set(names) == {str(each.file.name).rpartition("/")[2] for each in after.values()}


def test_whoever_was_overtaken_leaves_nothing_behind(lab: Any, tiny: Any) -> None:
    submission = scored(lab, tiny)
    run = artefacts.waiting().get()
    slow = artefacts._claim(run)
    assert slow is not None
    assert artefacts._claim(run) is None  # held
    Keeping.objects.update(next_at=timezone.now())
    quick = artefacts._claim(run)
    assert quick is not None
    artefacts._try(run, quick)

    artefacts._try(run, slow)

    assert len(kept(submission)) == 3
    assert len(default_storage.listdir(f"runs/{submission.pk}")[1]) == 3
    assert not Keeping.objects.exists()


def test_a_folder_that_cannot_be_written_is_told_waited_for_longer_and_costs_no_score(
    lab: Any, tiny: Any, client: Client, tmp_path: Any, settings: Any
) -> None:
    (tmp_path / "no folder").write_text("a file stands where the folder should be")
    settings.MEDIA_ROOT = tmp_path / "no folder"
    submission = scored(lab, tiny)
    tasks.keep_artefacts()

    first = Keeping.objects.get()
    assert first.told
    assert not artefacts.waiting().exists()  # not before its time
    Keeping.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    tasks.keep_artefacts()
    second = Keeping.objects.get()
    assert second.tries == 2
    assert second.next_at - timezone.now() > artefacts.FIRST_WAIT
    client.force_login(lab)
    page = client.get(f"/submissions/{submission.pk}/").content.decode()
    assert "Kept later." in page
    assert second.told.split(";")[0] in page.replace("&#x27;", "'")
    assert client.get(f"/api/v1/submissions/{submission.pk}/").json()["artefacts_told"] == second.told
    assert receipts.recompute(submission.run.receipts.get()).holds

    settings.MEDIA_ROOT = tmp_path / "a folder"
    try_now()
    assert len(kept(submission)) == 3
    assert "Kept later." not in client.get(f"/submissions/{submission.pk}/").content.decode()


def test_a_signed_address_opens_the_file_for_a_while_and_nothing_else(
    lab: Any, tiny: Any, client: Client, settings: Any
) -> None:
    submission = scored(lab, tiny)
    tasks.keep_artefacts()
    client.force_login(lab)
    page = client.get(f"/submissions/{submission.pk}/").content.decode()
    assert f"/submissions/{submission.pk}/artefacts/answers/" in page
    answer = client.get(f"/submissions/{submission.pk}/artefacts/answers/")
    assert answer.status_code == 302

    stranger = Client()
    file = stranger.get(answer["Location"])

    assert file.status_code == 200
    assert f"{submission.pk}-answers.parquet" in file["Content-Disposition"]
    assert hashlib.sha256(body(file)).hexdigest() == kept(submission)["answers"].sha256
    cut = stranger.get(answer["Location"][:-2] + "/")
    assert (cut.status_code, b"was cut" in cut.content) == (403, True)
    settings.DOWNLOAD_SECONDS = -1  # as if that time were over
    late = stranger.get(answer["Location"])
    assert (late.status_code, b"has expired" in late.content) == (403, True)


def test_only_the_submitter_and_administrators_are_given_an_address(
    lab: Any, rival: Any, eve: Any, root_admin: Any, tiny: Any, client: Client
) -> None:
    submission = scored(lab, tiny)
    tasks.keep_artefacts()
    addresses = [f"{start}/submissions/{submission.pk}/artefacts/log/" for start in ("", "/api/v1")]
    for person, status in ((lab, 302), (root_admin, 302), (rival, 404), (eve, 404)):
        client.force_login(person)
        assert [client.get(address).status_code for address in addresses] == [status, status], person
    client.force_login(rival)
    assert "Files" not in client.get(f"/submissions/{submission.pk}/").content.decode()
    assert client.get(f"/api/v1/submissions/{submission.pk}/").json()["artefacts"] == []
    anonymous = Client()
    assert "/account/login/" in anonymous.get(addresses[0])["Location"]
    assert anonymous.get(addresses[1]).status_code in {401, 403}


def test_a_program_is_told_what_is_kept(lab: Any, tiny: Any, client: Client) -> None:
    submission = scored(lab, tiny)
    tasks.keep_artefacts()
    client.force_login(lab)

    told = client.get(f"/api/v1/submissions/{submission.pk}/").json()["artefacts"]

    assert [each["kind"] for each in told] == ["answers", "log", "manifest"]
    manifest = client.get(told[2]["url"], follow=True)
    assert hashlib.sha256(body(manifest)).hexdigest() == told[2]["sha256"]
    assert client.get(f"/submissions/{submission.pk}/artefacts/gold/").status_code == 404


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """The kernel itself refuses to let any file of this process grow further."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_without_room_for_the_answers_the_score_stands_and_they_are_kept_once_there_is_room(
    lab: Any, tiny: Any, client: Client
) -> None:
    submission = scored(lab, tiny)
    noise = random.Random(5)
    for answer in Answer.objects.filter(run=submission.run):
        answer.output = noise.randbytes(60_000).hex()
        answer.save()

    with no_file_longer_than(200_000):
        tasks.keep_artefacts()

    assert Keeping.objects.get().told == stores.FULL
    assert kept(submission) == {}
    client.force_login(lab)
    page = client.get(f"/submissions/{submission.pk}/").content.decode()
    assert "The store is full; it is kept as soon as there is room again." in page
    assert "badge-scored" in page
    assert Board.objects.get(version=tiny, split="all").entries[0]["system"] == "M"
    try_now()
    assert kept(submission)["answers"].size > 200_000


def test_half_a_file_is_not_left_on_a_full_disk(lab: Any, tiny: Any, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = full = tmp_path / "full"
    full.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", full], capture_output=True
    ).returncode:
        pytest.skip("a file system of 128 kB cannot be mounted here (it takes root)")
    try:
        submission = scored(lab, tiny)
        noise = random.Random(5)
        Answer.objects.filter(run=submission.run).update(output=noise.randbytes(60_000).hex()[:100_000])
        answer = Answer.objects.filter(run=submission.run).first()
        assert answer is not None
        answer.output = noise.randbytes(200_000).hex()
        answer.save()

        tasks.keep_artefacts()

        assert Keeping.objects.get().told == stores.FULL
        assert default_storage.listdir(f"runs/{submission.pk}")[1] == []
    finally:
        subprocess.run(["umount", full], check=True)
    try_now()
    assert len(kept(submission)) == 3
