"""Benchmarks as shown: never with a private reference."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from evaluation.domain.predictions import ItemIndex
from evaluation.models import Benchmark, BenchmarkVersion, Item, Task

SHOWN_OPTIONS = ("labels", "fields")  # what an answer may or must name


def current_versions() -> QuerySet[BenchmarkVersion]:
    current = Benchmark.objects.exclude(current=None).values("current")
    return BenchmarkVersion.objects.filter(pk__in=current).select_related("benchmark").order_by("name")


def current_version(slug: str) -> BenchmarkVersion | None:
    """The current version of a benchmark; None where there is no such benchmark."""
    found = Benchmark.objects.select_related("current__benchmark").filter(slug=slug).first()
    return found.current if found else None


def tasks_of(version: BenchmarkVersion) -> QuerySet[Task]:
    return Task.objects.filter(version=version)


@lru_cache(maxsize=4)
def item_index(version_pk: int) -> ItemIndex:
    """The items of a version by key. A version never changes, so this is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key FROM evaluation_item WHERE version_id = %s ORDER BY position", [version_pk]
        )
        return ItemIndex(key for (key,) in cursor.fetchall())


def keys_of_other_versions(version: BenchmarkVersion) -> dict[str, Callable[[str], bool]]:
    """Label → whether a key is of that version, for the five newest others; read only when asked."""
    others = version.benchmark.versions.exclude(pk=version.pk).order_by("-number")[:5]
    return {other.label: partial(_is_item_of, other.pk) for other in others}


def _is_item_of(version_pk: int, key: str) -> bool:
    return key in item_index(version_pk)


def keys_in_order(version: BenchmarkVersion) -> Iterator[str]:
    return Item.objects.filter(version=version).values_list("key", flat=True).iterator(chunk_size=5000)


def items_as_lines(
    version: BenchmarkVersion, split: str = "", with_references: bool = False
) -> Iterator[bytes]:
    """One JSON line an item: what a system may see. References only of public items, only on request."""
    items = Item.objects.filter(version=version).select_related("task")
    if split:
        items = items.filter(split=split)
    if with_references:
        items = items.filter(split="public").select_related("reference")
    for item in items.iterator(chunk_size=2000):
        line = line_of(item)
        if with_references:
            line["reference"] = item.reference.gold
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


def line_of(item: Item) -> dict[str, Any]:
    """An item as a system may see it."""
    options = item.task.options
    return {
        "id": item.key,
        "task": item.task.slug,
        "family": item.task.family,
        "language": item.task.language,
        "split": item.split,
        "prompt": item.task.prompt,
        "input": item.input,
        **{name: options[name] for name in SHOWN_OPTIONS if name in options},
    }


def slugs() -> list[str]:
    return list(Benchmark.objects.exclude(current=None).values_list("slug", flat=True))


def split_sizes(version: BenchmarkVersion) -> dict[str, int]:
    return dict(Item.objects.filter(version=version).values_list("split").annotate(Count("pk")).order_by())


def public_items(version: BenchmarkVersion, task: str = "") -> QuerySet[Item]:
    """Public items with their references, of one task or all."""
    items = Item.objects.filter(version=version, split="public").select_related("task", "reference")
    return items.filter(task__slug=task) if task else items


def example_lines(version: BenchmarkVersion) -> Iterator[bytes]:
    """A filled predictions file: a placeholder answer of the right kind for every item."""
    items = Item.objects.filter(version=version).select_related("task")
    for item in items.iterator(chunk_size=2000):
        line = {"id": item.key, "output": _placeholder(item)}
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _placeholder(item: Item) -> str:
    labels = item.task.options.get("labels")
    match item.task.family:
        case "multiple_choice":
            return str(next(iter(item.input.get("options", {"A": ""}))))
        case "yes_no_maybe":
            return "maybe"
        case "classification" | "multi_label" if labels:
            return str(labels[0])
        case "extraction":
            fields = item.task.options.get("fields", ["entity", "type"])
            return ", ".join(f"{field}: …" for field in fields) + ";"
        case "error_correction":
            return f"{item.key} 0 -1 NA"
        case "calculation":
            return "0"
        case "risk_label":
            return "Risk level: 2"
        case "criterion":
            return "not met"
        case "preference":
            return "tie"
        case _:
            return "…"
