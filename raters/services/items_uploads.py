"""Files of items too long for one request: kept at once, taken in by a worker, all of a file or nothing.

An upload is claimed by one worker at a time; a claim that falls silent is void, and the next sweep takes the
file up again. Taking it in twice adds nothing twice, so a claim that was void too early does no harm.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from raters.domain.study_items import MOST_BYTES
from raters.models import ItemsUpload, Study
from raters.services import items, nudges
from raters.services.drafts import discard_files, locked_draft
from raters.services.items import Added
from raters.services.masked_answers import Told
from raters.services.refusals import RefusalError

MOST_IN_REQUEST = 500  # lines: a few seconds

logger = logging.getLogger(__name__)


def is_long(content: bytes) -> bool:
    """Whether a file is one for a worker. What is too large is refused at once."""
    return len(content) <= MOST_BYTES and lines_of(content) > MOST_IN_REQUEST


def lines_of(content: bytes) -> int:
    """Lines that hold something."""
    return sum(1 for line in content.split(b"\n") if line.strip())


@transaction.atomic
def keep(study: Study, author: User, name: str, content: bytes) -> ItemsUpload:
    """Keep a file for a worker to take in; one that is waiting already is the same upload."""
    found = locked_draft(study)
    digest = hashlib.sha256(content).hexdigest()
    waiting = found.items_uploads.filter(sha256=digest, state=ItemsUpload.State.WAITING).first()
    if waiting is None:
        waiting = ItemsUpload(
            study=found, author=author, name=name[-200:], sha256=digest, lines=lines_of(content)
        )
        waiting.file.save(f"{waiting.pk}.jsonl", ContentFile(content), save=False)
        waiting.save()
    nudges.take_items_in()
    return waiting


@transaction.atomic
def claim() -> ItemsUpload | None:
    """A file that nobody is taking in, now ours to take in; None when there is none."""
    locked = _unclaimed().select_for_update(skip_locked=True, no_key=True, of=("self",))
    upload = locked.select_related("study").order_by("created_at").first()
    if upload is not None:
        ItemsUpload.objects.filter(pk=upload.pk).update(claimed_at=Now(), read=0)
    return upload


def nudge_for_abandoned() -> None:
    """Have files taken in that nobody is at: a message was lost, or a worker killed."""
    if _unclaimed().exists():
        nudges.take_items_in()


def take_in(upload: ItemsUpload) -> None:
    """Take a claimed file in, or say what is wrong with it. A fault of ours ends it in words, too."""
    try:
        with upload.file.open("rb") as file:
            content = file.read()
        added = items.add_file(upload.study, content, _progress_of(upload))
    except (OperationalError, InterfaceError):
        raise  # the database is away: nothing was added, and the sweep takes the file up again
    except RefusalError as refusal:
        _finish(upload, Added(), refusal.message)
    except FileNotFoundError:
        _finish(upload, Added(), "The file was lost before it was read: upload it again.")
    except Exception:
        logger.exception("taking in the items of upload %s failed", upload.pk)
        _finish(
            upload,
            Added(),
            "Taking the file in stopped on a fault of ours, and nothing of it was added. Upload it again; if "
            "it fails again, tell an administrator.",
        )
    else:
        _finish(upload, added)


def forget(study: Study, pk: uuid.UUID) -> None:
    """Look no more at what came of a file."""
    study.items_uploads.exclude(state=ItemsUpload.State.WAITING).filter(pk=pk).delete()


def forget_finished(study: Study) -> None:
    """What came of earlier files is no news once another one was added."""
    study.items_uploads.exclude(state=ItemsUpload.State.WAITING).delete()


def _unclaimed() -> QuerySet[ItemsUpload]:
    silence = timedelta(seconds=2 * settings.LEASE_SECONDS)  # rows are written for seconds without a sign
    set_back = Q(claimed_at__gt=Now() + silence)  # the clock was, since
    silent = Q(claimed_at=None) | Q(claimed_at__lt=Now() - silence) | set_back
    return ItemsUpload.objects.filter(silent, state=ItemsUpload.State.WAITING)


def _progress_of(upload: ItemsUpload) -> Told:
    """Tell the page how far it is, and the sweep that somebody is at it."""

    def told(number: int, of: int) -> None:
        ItemsUpload.objects.filter(pk=upload.pk, state=ItemsUpload.State.WAITING).update(
            read=number, answers=of, claimed_at=Now()
        )

    return told


def _findings(added: Added, refused: str) -> dict[str, Any]:
    """As the page reads it: a template would find the mapping's own `items`."""
    found = asdict(added)
    return {"items_added": found.pop("items"), **found, "refused": refused}


@transaction.atomic
def _finish(upload: ItemsUpload, added: Added, refused: str = "") -> None:
    """Keep what came of it; a second worker finds it finished. The bytes are let go."""
    is_refused = bool(refused or added.problems)
    state = ItemsUpload.State.REFUSED if is_refused else ItemsUpload.State.TAKEN
    waiting = ItemsUpload.objects.filter(pk=upload.pk, state=ItemsUpload.State.WAITING)
    if waiting.update(state=state, finished_at=timezone.now(), findings=_findings(added, refused), file=""):
        older = ItemsUpload.objects.filter(study=upload.study_id, created_at__lt=upload.created_at)
        older.exclude(state=ItemsUpload.State.WAITING).delete()
        discard_files([upload.file])
