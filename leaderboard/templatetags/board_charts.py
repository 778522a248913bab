"""The charts a board offers."""

from __future__ import annotations

from typing import Any

from django import template

from leaderboard.charts import of_table
from leaderboard.domain.table import Table

register = template.Library()


@register.inclusion_tag("leaderboard/_charts.html")
def charts_of(table: Table, query: str = "") -> dict[str, Any]:
    """Closed headings, one a chart; what they hold is fetched when one is opened."""
    return {"head": table.head, "query": query, "plans": of_table(table)}
