"""What the rating screen's templates ask of a rubric, and the keys of the screen in the reader's language."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.utils.translation import gettext

from raters.domain.rubric.rubric import Axis, Option

MOST_BUTTONS = 11
_IMPORTED = re.compile(r'^(?:import|export)\b[^;"]*"\./([\w-]+\.js)"', re.MULTILINE)
_ID = re.compile(r"(?:[a-z]+:)?[a-z0-9]+(?:[_-][a-z0-9]+)*")  # an id, with a prefix as in "axis:accuracy"
register = template.Library()


@register.filter
def marked_sides(axes: Iterable[Axis]) -> set[str]:
    """The texts in which passages are marked: shown exactly as stored. Empty where nothing is marked."""
    return {side for axis in axes if axis.type == "spans" for side in axis.sides or ("output",)}


@register.filter
def has_type(axes: Iterable[Axis], kind: str) -> bool:
    """Is one of the axes of this type?"""
    return any(axis.type == kind for axis in axes)


@register.filter
def buttons(axis: Axis) -> list[str]:
    """The steps of a short scale, each to become a button; none where the scale is long or open."""
    if axis.low is None or axis.high is None:
        return []
    step = axis.step or 1.0
    count = round((axis.high - axis.low) / step) + 1
    if count > MOST_BUTTONS:
        return []
    return [f"{axis.low + step * number:g}" for number in range(count)]


@register.filter
def plain_number(value: float | None) -> str:
    """A number for an attribute: never in local digits. Nothing for no limit."""
    return "" if value is None else f"{value:g}"


@register.filter
def turn_prefix(answer: int) -> str:
    """What the turns of this answer's dialogue are called, where several dialogues share the page."""
    return f"answer-{answer}-turn-"


@register.filter
def time_left(minutes: float) -> str:
    """A planning figure, as coarse as it is: minutes, from an hour and a half on hours."""
    if minutes >= 90:
        return gettext("about %(hours)g h left") % {"hours": round(minutes / 30) / 2}
    return gettext("about %(minutes)d min left") % {"minutes": max(1, round(minutes))}


@register.simple_tag
def rating_modules() -> list[str]:
    """The modules every screen needs, along their imports; those of its large parts come with them."""
    return _modules()


@register.simple_tag
def rating_keys() -> list[dict[str, str]]:
    """platform/static/rating/keys.json, with labels in the reader's language."""
    return [{**each, "label": gettext(each["label"])} for each in _keys()]


@functools.cache
def _keys() -> tuple[dict[str, str], ...]:
    return tuple(json.loads(_source("rating/keys.json")))


@functools.cache
def _modules() -> list[str]:
    found, new = {"rating/screen.js"}, ["rating/screen.js"]
    while new:
        imported = {f"rating/{name}" for name in _IMPORTED.findall(_source(new.pop()))}
        new += imported - found
        found |= imported
    return sorted(found - {"rating/screen.js"})


def _source(name: str) -> str:
    found = finders.find(name)
    assert isinstance(found, str), f"{name} belongs to the static files"
    return Path(found).read_text(encoding="utf-8")


@register.filter
def answers_first(options: Iterable[Option]) -> list[Option]:
    """Outcomes of a pair as shown: between two answers and a tie, key 2 is the second answer."""
    values = {option.value for option in options}
    if "first_much" in values:
        return list(options)
    place = {"first": 0, "second": 1, "tie": 2}
    return sorted(options, key=lambda option: place.get(option.value, 3))


@register.filter
def group_label(name: str) -> str:
    """A heading over criteria. Published files name groups by ids, of HealthBench's axes, say: they are put
    in words. A heading that somebody wrote as one stays as it is."""
    bare = name.strip().rpartition(":")[2] if _ID.fullmatch(name.strip()) else ""
    if not bare:
        return name
    return _group_labels().get(bare.casefold()) or bare.replace("_", " ").replace("-", " ").capitalize()


def _group_labels() -> dict[str, str]:
    """The axes of HealthBench (Arora et al. 2025, section 4), and what its themes are called there."""
    return {
        "accuracy": gettext("Accuracy"),
        "completeness": gettext("Completeness"),
        "communication_quality": gettext("Communication quality"),
        "context_awareness": gettext("Context awareness"),
        "instruction_following": gettext("Instruction following"),
        "emergency_referrals": gettext("Emergency referrals"),
        "context_seeking": gettext("Context seeking"),
        "global_health": gettext("Global health"),
        "health_data_tasks": gettext("Health data tasks"),
        "communication": gettext("Expertise-tailored communication"),
        "hedging": gettext("Responding under uncertainty"),
        "complex_responses": gettext("Response depth"),
    }
