"""What processes have counted and noted, for the operator: no part of any result."""

from __future__ import annotations

from django.db import models


class Process(models.Model):
    """A process of the site, as last heard of. `gauges`: name → value of the moment."""

    name = models.CharField(max_length=160, primary_key=True)  # host/number
    kind = models.CharField(max_length=20)
    version = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    memory = models.PositiveBigIntegerField(default=0)  # bytes, resident
    gauges = models.JSONField(default=dict)

    class Meta:
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name


class Tally(models.Model):
    """A count of all processes together, that only grows. `labels`: JSON, its names in order."""

    name = models.CharField(max_length=60)
    labels = models.TextField()
    value = models.FloatField()

    class Meta:
        ordering = ["name", "labels"]
        constraints = [models.UniqueConstraint(fields=["name", "labels"], name="one_tally")]

    def __str__(self) -> str:
        return f"{self.name} {self.labels}: {self.value:g}"


class Reading(models.Model):
    """A figure of one minute, for the little pictures of the last hours."""

    minute = models.DateTimeField()
    name = models.CharField(max_length=60)
    value = models.FloatField()

    class Meta:
        ordering = ["minute"]
        constraints = [models.UniqueConstraint(fields=["name", "minute"], name="one_reading_a_minute")]

    def __str__(self) -> str:
        return f"{self.name} {self.minute:%H:%M}: {self.value:g}"


class SlowQuery(models.Model):
    """A statement that took long, without its values: how often, and where it last came from."""

    digest = models.CharField(max_length=32, primary_key=True)
    shape = models.TextField()
    count = models.PositiveBigIntegerField()
    seconds = models.FloatField()  # of all together
    worst = models.FloatField()
    last_at = models.DateTimeField()
    where = models.CharField(max_length=200, blank=True)  # route or job
    request = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-seconds"]
        verbose_name_plural = "slow queries"

    def __str__(self) -> str:
        return self.shape


class Fault(models.Model):
    """Something that was logged as an error."""

    at = models.DateTimeField(db_index=True)
    process = models.CharField(max_length=160)
    logger = models.CharField(max_length=120)
    message = models.TextField()
    where = models.CharField(max_length=200, blank=True)
    request = models.CharField(max_length=64, blank=True)
    run = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.message


class Mark(models.Model):
    """When something was last done that ought to be done regularly, such as a backup."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.at:%Y-%m-%d %H:%M}"
