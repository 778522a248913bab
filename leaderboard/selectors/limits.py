"""Which columns of a benchmark's board hold private items, so that their numbers are rounded."""

from __future__ import annotations

from functools import lru_cache

from evaluation.models import Task
from evaluation.selectors.shown_scores import limited_tasks


def limited_columns(version_pk: int, split: str) -> frozenset[str]:
    """Slugs of tasks with private items in a split; none in the public one, whose numbers are exact.

    "all" counts too: what the public items give is known, and the rest would follow from the difference.
    """
    return frozenset() if split == "public" else _with_private_items(version_pk)


@lru_cache(maxsize=64)
def _with_private_items(version_pk: int) -> frozenset[str]:
    """A version never changes, so this is kept."""
    return frozenset(Task.objects.filter(pk__in=limited_tasks(version_pk)).values_list("slug", flat=True))
