"""How a view is cited: an address that keeps meaning what it means today."""

from __future__ import annotations

from dataclasses import dataclass, replace

from leaderboard.domain.table import Table
from leaderboard.forms import query_of

_SPECIAL = str.maketrans({each: f"\\{each}" for each in "&%$#_{}"})


@dataclass(frozen=True)
class Citation:
    """`address` of the view as it stands, dated; `bibtex` an entry that names it."""

    address: str
    bibtex: str
    dated: bool


def citation(table: Table, here: str) -> Citation:
    """Dated by the board's last change, so that everybody who reads this board cites it in the same words."""
    moment = table.slice.as_of or table.changed_at
    address = here + query_of(replace(table.slice, as_of=moment, compare=()))
    if moment is None:
        return Citation(address, "", False)
    title = table.head.title.translate(_SPECIAL)
    lines = [
        f"@misc{{consilium-{table.head.slug}-{moment:%Y-%m-%d},",
        f"  title = {{{{{title}}}: a board of Consilium, revision {table.revision}}},",
        f"  year = {{{moment:%Y}}},",
        f"  howpublished = {{\\url{{{address}}}}},",
        f"  note = {{As it stood on {moment:%Y-%m-%d %H:%M} UTC}}",
        "}",
    ]
    return Citation(address, "\n".join(lines), True)
