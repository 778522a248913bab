"""What is kept of a run, where it can be fetched for a while, and what is still to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.storage import Storage, default_storage
from django.urls import reverse

from evaluation.models import Artefact, Keeping, Recipe, Run, Submission

SALT = "evaluation.artefact"
CONTENT_TYPES = {
    "answers": "application/vnd.apache.parquet", "log": "text/plain; charset=utf-8",
    "manifest": "application/json",
}  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """`is_complete` once nothing is to be kept any more; `told` is why that takes longer."""

    artefacts: list[Artefact]
    is_complete: bool
    told: str


def of_submission(submission: Submission) -> Kept | None:
    """None for a file that was handed in, and before the run is scored."""
    run: Run | None = getattr(submission, "run", None)
    if run is None or run.state != Run.State.SCORED:
        return None
    if not Recipe.objects.filter(submission=submission).exists():
        return None
    artefacts = list(run.artefacts.all())
    keeping = Keeping.objects.filter(run=run).first()
    return Kept(artefacts, len(artefacts) == len(Artefact.Kind), keeping.told if keeping else "")


def told(submission: Submission) -> dict[str, Any]:
    """The same for programs; each address answers with another that opens the file for a while."""
    kept = of_submission(submission) or Kept([], True, "")
    artefacts = [
        {
            "kind": artefact.kind, "size": artefact.size, "sha256": artefact.sha256,
            "url": reverse("api-artefact", args=[submission.pk, artefact.kind]),
        }
        for artefact in kept.artefacts
    ]  # fmt: skip
    return {"artefacts": artefacts, "artefacts_told": kept.told}


def artefact_of(submission: Submission, kind: str) -> Artefact | None:
    return Artefact.objects.filter(run__submission=submission, kind=kind).first()


def address_of(artefact: Artefact) -> str:
    """Where the file can be fetched for `DOWNLOAD_SECONDS` by whoever has the address: the store's own
    presigned one, or one of ours where the store is a folder."""
    if signs_addresses(default_storage):
        asked = {
            "ResponseContentDisposition": f'attachment; filename="{file_name(artefact)}"',
            "ResponseContentType": CONTENT_TYPES[artefact.kind],
        }
        url: str = default_storage.url(str(artefact.file.name), parameters=asked)  # type: ignore[call-arg]
        return url
    return reverse(
        "evaluation:artefact_file", args=[signing.TimestampSigner(salt=SALT).sign(str(artefact.pk))]
    )


def opened_by(token: str) -> Artefact | None:
    """The artefact a signed address opens; SignatureExpired or BadSignature where it opens nothing."""
    signer = signing.TimestampSigner(salt=SALT)
    pk = signer.unsign(token, max_age=settings.DOWNLOAD_SECONDS)
    return Artefact.objects.filter(pk=pk).first()


def file_name(artefact: Artefact) -> str:
    """As it is saved by whoever fetches it."""
    suffix = str(artefact.file.name).rpartition(".")[2]
    return f"{artefact.run.submission_id}-{artefact.kind}.{suffix}"


def signs_addresses(storage: Storage) -> bool:
    return hasattr(storage, "querystring_auth")
