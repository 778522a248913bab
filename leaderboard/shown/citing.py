"""How a view is cited: an address that keeps meaning what it means today."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from leaderboard.domain.table import Slice, Table
from leaderboard.forms import query_of

_SPECIAL = str.maketrans({each: f"\\{each}" for each in "&%$#_{}"})


@dataclass(frozen=True)
class Citation:
    """`address` of the view as it stands, dated; `bibtex` an entry that names it; `badge` in Markdown, of the
    first system as it stands at any time."""

    address: str
    bibtex: str
    dated: bool
    badge: str


def citation(table: Table, here: str) -> Citation:
    """Dated by the board's last change, so that everybody who reads this board cites it in the same words."""
    moment = table.slice.as_of or table.changed_at
    address = here + query_of(replace(table.slice, as_of=moment, compare=()))
    if moment is None:
        return Citation(address, "", False, "")
    title = table.head.title.translate(_SPECIAL)
    lines = [
        f"@misc{{consilium-{table.head.slug}-{moment:%Y-%m-%d},",
        f"  title = {{{{{title}}}: a board of Consilium, revision {table.revision}}},",
        f"  year = {{{moment:%Y}}},",
        f"  howpublished = {{\\url{{{address}}}}},",
        f"  note = {{As it stood on {moment:%Y-%m-%d %H:%M} UTC}}",
        "}",
    ]
    return Citation(address, "\n".join(lines), True, _badge(table, here))


def _badge(table: Table, here: str) -> str:
    first = next((row for row in table.rows if row.origin != "reported" or row.rank_low), None)
    if first is None:
        return ""
    query = query_of(replace(table.slice, as_of=None, compare=(), columns=(), only="", sort=Slice.sort))
    row = urlencode({"row": first.system_key or first.key})
    return f"[![Consilium]({here}badge.svg{f'{query}&' if query else '?'}{row})]({here}{query})"
