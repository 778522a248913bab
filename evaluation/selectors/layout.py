"""How the items of a task lie, which are private and which share a source; and what its metric is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.domain.influence import Clusters, cluster_codes
from evaluation.domain.prompts import modes
from evaluation.models import Item, Recipe, Run, Task

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """Of the n items of a task by position: `private` (n,), and the cluster code of each."""

    private: Mask
    clusters: Clusters

    def mask(self, split: str) -> Mask:
        """(n,) the items of a split: all, public or private."""
        if split == "all":
            return np.ones_like(self.private)
        return self.private if split == "private" else ~self.private

    def clusters_of(self, split: str) -> Clusters | None:
        """Cluster codes of a split's items; None when no two of them share a source."""
        return cluster_codes(self.clusters[self.mask(split)])


def scoring_options(run: Run, task: Task) -> dict[str, Any]:
    """What the task's metric is told of it; a mode that thinks aloud says where its answer begins."""
    recipe = Recipe.objects.filter(submission=run.submission_id).only("mode").first()
    if recipe is not None and modes.mode(recipe.mode).analysis_first:
        return {**task.scoring_options, "analysis_first": True}
    return task.scoring_options


def layout_of(task: Task) -> Layout:
    rows = Item.objects.filter(task=task).order_by("position").values_list("split", "cluster", "position")
    items = list(rows)
    private = np.array([split == "private" for split, _, _ in items], dtype=bool)
    names = np.array([cluster or f"\0{position}" for _, cluster, position in items])
    return Layout(private, np.unique(names, return_inverse=True)[1].astype(np.int64))
