"""Where the parts of a board's page lead."""

from __future__ import annotations

from functools import lru_cache

from django.urls import NoReverseMatch, reverse

from leaderboard.domain.table import Column, Row

PAGES = ("compare", "significance", "changes", "study", "badge", "charts")
FORMATS = (("CSV", "csv"), ("JSON", "json"), ("Parquet", "parquet"), ("LaTeX", "tex"))


@lru_cache(maxsize=2_000)
def optional(name: str, *args: str) -> str:
    """The address of a page, "" where this site has none of that name. A wide board has two hundred."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def of_board(slug: str) -> dict[str, str]:
    return {name: optional(f"leaderboard:{name}", slug) for name in PAGES}


def of_files(slug: str, query: str) -> list[tuple[str, str]]:
    """The same view as files: (name, address)."""
    found = [(title, optional("leaderboard:board_file", slug, ending)) for title, ending in FORMATS]
    return [(title, address + query) for title, address in found if address]


def of_row(row: Row) -> str:
    """A system's own page; nothing for one whose name is kept back."""
    if row.system_key and (page := optional("leaderboard:system", row.system_key)):
        return page
    return optional("evaluation:submission", row.submission) if row.submission else ""


def of_column(slug: str, column: Column, query: str) -> str:
    page = optional("leaderboard:task", slug, column.key)
    return page + query if page else ""
