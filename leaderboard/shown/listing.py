"""The list of boards: by kind, each with what is known of who leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from leaderboard.domain.table import Head, Listing, Slice, Table

_KINDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "joint": (
        lazy("Both kinds of evidence"),
        lazy("The same systems by automatic score and by physicians' rating, side by side."),
    ),
    "benchmark": (
        lazy("Automatic scores"),
        lazy("Answers scored here against references, failures counted."),
    ),
    "study": (
        lazy("Physicians' ratings"),
        lazy("Blinded ratings by published protocols, rater groups kept apart."),
    ),
    "judges": (
        lazy("Judges"),
        lazy("How far language models that judge agree with physicians."),
    ),
    "reported": (
        lazy("Reported elsewhere"),
        lazy("Published results, not run here, always marked."),
    ),
}


@dataclass(frozen=True)
class Entry:
    """A board of the list; `proven` where the data single out who leads."""

    listing: Listing
    lead: str
    proven: bool


@dataclass(frozen=True)
class KindOfBoard:
    key: str
    title: str
    note: str
    entries: tuple[Entry, ...]


def by_kind(
    listings: Sequence[Listing], table: Callable[[str, Slice], Table | None], words: str
) -> list[KindOfBoard]:
    """Boards whose title or description holds `words`, grouped; kinds without any are left out."""
    wanted = [each for each in listings if words.casefold() in _text(each.head)]
    return [
        KindOfBoard(key, str(title), str(note), entries)
        for key, (title, note) in _KINDS.items()
        if (entries := tuple(_entry(each, table) for each in wanted if _kind(each.head) == key))
    ]


def _text(head: Head) -> str:
    return f"{head.title} {head.slug} {head.description}".casefold()


def _kind(head: Head) -> str:
    return "judges" if head.kind == "benchmark" and head.labelled_by else head.kind


def _entry(listing: Listing, table: Callable[[str, Slice], Table | None]) -> Entry:
    found = table(listing.head.slug, Slice()) if listing.systems else None
    return Entry(listing, *_lead(found)) if found else Entry(listing, "", False)


def _lead(table: Table) -> tuple[str, bool]:
    ranked = [row for row in table.rows if row.rank_low is not None]
    first = [row for row in ranked if row.band == 1]
    if table.has_bands and len(first) == 1 and first[0].rank_high == 1:
        return _("%(system)s is proven best") % {"system": first[0].system}, True
    if table.has_bands:
        said = ngettext(
            "%(n)s system leads, not proven before all", "%(n)s systems tied in the lead", len(first)
        )
        return said % {"n": len(first)}, True
    if len(ranked) > 1:
        return _("no system is proven best"), False
    if table.rows and all(row.origin == "reported" for row in table.rows):
        return _("printed order; no intervals were published"), False
    if table.head.kind == "study":
        return _("each question has an order of its own"), False
    return "", False
