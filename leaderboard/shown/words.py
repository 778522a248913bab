"""Words of the page for what a board says in keys."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from leaderboard.domain.table import Column

_STATUSES: Mapping[str, str | Promise] = {
    "too_few_items": lazy("too few cases"),
    "too_few_cases": lazy("too few cases"),
    "too_few_votes": lazy("too few votes"),
    "too_few_raters": lazy("too few raters"),
    "undefined_no_items": lazy("no cases"),
    "undefined_no_variation": lazy("no variation"),
    "undefined_no_positives": lazy("no positive case"),
    "not_rankable_separated": lazy("not rankable yet"),
    "not_rankable_disconnected": lazy("not rankable yet"),
    "not_rankable_no_votes": lazy("not rankable yet"),
    "kept_back": lazy("kept back: too few private items"),
    "missing": lazy("no value"),
}
_FACETS: Mapping[str, str | Promise] = {
    "language": lazy("Language"),
    "family": lazy("Task type"),
    "specialty": lazy("Specialty"),
    "stage": lazy("Clinical stage"),
    "application": lazy("Application"),
    "access": lazy("Data access"),
    "task": lazy("Task"),
    "question": lazy("Question"),
    "measure": lazy("Measure"),
}
_SPLITS: Mapping[str, str | Promise] = {
    "all": lazy("all items"),
    "public": lazy("public items"),
    "private": lazy("private items"),
}


def status(key: str) -> str:
    """Why there is no number or interval; a status without words of its own reads as it is written."""
    return str(_STATUSES.get(key, key.replace("_", " ")))


def facet(key: str) -> str:
    return str(_FACETS.get(key, key.replace("_", " ").replace("-", " ").capitalize()))


def value(of: str, key: str) -> str:
    """A facet's value: languages by their names, the rest as the benchmark writes it."""
    if of == "language" and len(key) == 2:
        try:
            return str(get_language_info(key)["name_translated"])
        except KeyError:
            return key
    return gettext_of(key) if of == "measure" else title(key)


def gettext_of(text: str) -> str:
    """What a selector, which may keep it for readers of every language, says in English."""
    return _(text) if text else ""


def metric(column: Column) -> str:
    """A metric's name without the benchmark's before it, and that of the second number beside it."""
    name = gettext_of(column.metric.rpartition(".")[2].replace("_", " "))
    return f"{name} / {column.second}" if column.second and column.second not in name else name


def title(name: str) -> str:
    """A name as people write it; what is a key, small letters with underscores for blanks, becomes one."""
    if " " in name or not ("_" in name or (name.isalpha() and name.islower())):
        return name
    plain = name.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def split(key: str) -> str:
    return str(_SPLITS.get(key, key))


def ranks(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"


def counted(n: int, unit: str) -> str:
    """How many of a column's unit: 120 items, 1 rating."""
    match unit:
        case "ratings":
            return ngettext("%(n)s rating", "%(n)s ratings", n) % {"n": f"{n:,}"}
        case "votes":
            return ngettext("%(n)s vote", "%(n)s votes", n) % {"n": f"{n:,}"}
        case "items":
            return ngettext("%(n)s item", "%(n)s items", n) % {"n": f"{n:,}"}
    return f"{n:,} {unit}"


def systems(n: int) -> str:
    return ngettext("%(n)s system", "%(n)s systems", n) % {"n": f"{n:,}"}


def tasks_missing(n: int) -> str:
    return ngettext("%(n)s task without a value", "%(n)s tasks without a value", n) % {"n": n}


def direction(*, higher: bool) -> str:
    return _("higher is better") if higher else _("lower is better")
