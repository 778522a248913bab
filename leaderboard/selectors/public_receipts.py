"""Receipts of runs that stand on a board under their name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from evaluation.domain.names import name_key
from evaluation.models import Receipt, Run
from evaluation.selectors.receipts import is_altered
from leaderboard.domain.public_manifest import PublicManifest, public
from leaderboard.selectors.limits import limited_columns
from leaderboard.selectors.standing import Standing, shown_of, standings

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PublicReceipt:
    sha256: str
    scoring: int
    run: Run
    standing: Standing
    told: PublicManifest
    system_key: str
    slug: str

    @property
    def manifest(self) -> dict[str, Any]:
        return self.told.manifest


def public_receipt(sha256: str) -> PublicReceipt | None:
    """None for a receipt of a run that is on no board or under no name, as for none at all."""
    if not _SHA256.fullmatch(sha256):
        return None
    receipt = (
        Receipt.objects.select_related("run__submission__version__benchmark", "run__submission__system")
        .filter(sha256=sha256)
        .first()
    )
    if receipt is None or is_altered(receipt):
        return None
    run: Run = receipt.run
    standing = shown_of(standings([run.pk]), run.pk)
    if standing is None or not standing.named:
        return None
    version = run.submission.version
    return PublicReceipt(
        sha256=receipt.sha256,
        scoring=receipt.scoring,
        run=run,
        standing=standing,
        told=public(receipt.manifest, limited_columns(version.pk, "all")),
        system_key=name_key(
            run.submission.system.name if run.submission.system else run.submission.system_name
        ),
        slug=version.benchmark.slug,
    )
