"""What is asked: a benchmark, its versions, tasks and items, and the references kept apart."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Benchmark(models.Model):
    slug = models.SlugField(unique=True, max_length=80)
    current = models.ForeignKey("BenchmarkVersion", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class BenchmarkVersion(models.Model):
    """One content of a benchmark, never edited: other content is another version."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    source = models.TextField(blank=True)
    licence = models.TextField(blank=True)
    citation = models.TextField(blank=True)
    synthetic = models.BooleanField(default=False)
    item_count = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["benchmark", "content_hash"], name="one_version_per_content"),
            models.UniqueConstraint(fields=["benchmark", "number"], name="one_number_per_version"),
        ]

    def __str__(self) -> str:
        return f"{self.benchmark.slug} {self.label}"

    @property
    def label(self) -> str:
        """As written into templates and read from uploads."""
        return f"v{self.number}"


class Task(models.Model):
    """Items of one family under one prompt and one metric; its items are contiguous by position."""

    version = models.ForeignKey(BenchmarkVersion, on_delete=models.CASCADE, related_name="tasks")
    order = models.PositiveIntegerField()
    slug = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    family = models.CharField(max_length=30)
    metric = models.CharField(max_length=60)
    language = models.CharField(max_length=12)
    specialty = ArrayField(models.CharField(max_length=80), default=list)
    document_type = models.CharField(max_length=80, blank=True)
    stage = models.CharField(max_length=80, blank=True)
    application = models.CharField(max_length=80, blank=True)
    access = models.CharField(max_length=20)
    prompt = models.TextField(blank=True)
    options = models.JSONField(default=dict)
    source = models.TextField(blank=True)
    licence = models.TextField(blank=True)
    first_position = models.PositiveIntegerField()
    item_count = models.PositiveIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["version", "slug"], name="one_task_per_slug")]

    def __str__(self) -> str:
        return self.slug

    @property
    def scoring_options(self) -> dict[str, Any]:
        """What its metric is told: the task's own options, and the language that decides on tokens."""
        return {**self.options, "language": self.language}


class Item(models.Model):
    """What a system is shown. The reference is kept apart, so that no page can leak it by accident."""

    version = models.ForeignKey(BenchmarkVersion, on_delete=models.CASCADE, related_name="items")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=200)
    split = models.CharField(max_length=10, choices=[("public", _("public")), ("private", _("private"))])
    input = models.JSONField()
    cluster = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="one_item_per_key"),
            models.UniqueConstraint(fields=["version", "position"], name="one_item_per_position"),
        ]

    def __str__(self) -> str:
        return self.key


class Reference(models.Model):
    """The gold of one item. Private ones are never serialised to anybody."""

    item = models.OneToOneField(Item, primary_key=True, on_delete=models.CASCADE, related_name="reference")
    gold = models.JSONField()

    def __str__(self) -> str:
        return f"reference of item {self.item_id}"
