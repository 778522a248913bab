"""A picture of one row's place for other sites: small, readable aloud, honest where nothing is known."""

from __future__ import annotations

import re
import unicodedata
from html import escape

from leaderboard.domain.table import Row, Table
from leaderboard.domain.units import common, decimals, shown_gap, written

CONTENT_TYPE = "image/svg+xml"
LONGEST = 48  # signs of a board's name that fit
HEIGHT = 22
PADDING = 8
# widths of signs at 12 px of a sans serif; textLength then makes every font fill exactly the room reckoned
NARROW, MIDDLE, WIDE, FULL = 3.6, 6.7, 9.2, 12.0
UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+"
)

TEMPLATE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img" aria-label="{label}">\
<title>{label}</title>\
<rect width="{width}" height="{height}" rx="4" fill="#22333f"/>\
<path d="M{split} 0h{right_flat}a4 4 0 0 1 4 4v{side}a4 4 0 0 1-4 4h-{right_flat}z" fill="{colour}"/>\
<g fill="#fff" font-family="Verdana,DejaVu Sans,Segoe UI,sans-serif" font-size="12">\
<text x="{padding}" y="15" textLength="{left_text}" lengthAdjust="spacingAndGlyphs">{left}</text>\
<text x="{right_x}" y="15" textLength="{right_text}" lengthAdjust="spacingAndGlyphs">{right}</text>\
</g></svg>
"""
KNOWN, UNKNOWN = "#0b5875", "#5a6570"  # both at least 4.5 to 1 under white


def of_row(table: Table, row: Row) -> bytes:
    """ "Consilium · board | rank 3–7 of 98 · 41.2 ± 0.8"; what is not known is said in words."""
    words = f"{_rank(table, row)} · {_average(table, row)}"
    return _drawn(table.head.title, words, KNOWN if row.rank_low is not None else UNKNOWN, row.system)


def of_nothing(board: str, words: str) -> bytes:
    """For a row or a board that is not there: a picture all the same, for whoever embedded it."""
    return _drawn(board, words, UNKNOWN, "")


def find(table: Table, key: str) -> Row | None:
    """The row of this key, or the best placed one of the system whose page has this key."""
    found = table.row(key)
    if found is not None or not key:
        return found
    own = [row for row in table.rows if row.system_key == key]
    return min(own, key=lambda row: (row.rank_low is None, row.rank_low or 0, row.key), default=None)


def _rank(table: Table, row: Row) -> str:
    if row.rank_low is None or row.rank_high is None:
        return "not rankable yet"
    ranked = sum(each.rank_low is not None for each in table.rows)
    place = f"{row.rank_low}" if row.rank_low == row.rank_high else f"{row.rank_low}–{row.rank_high}"
    return f"rank {place} of {ranked}"


def _average(table: Table, row: Row) -> str:
    scale = common(table.columns)
    if row.average is None:
        return "no average: results are missing" if row.missing else "no average"
    if row.low is None or row.high is None:
        return f"{written(row.average, scale)}, no interval"
    below, above = (shown_gap(gap, scale) for gap in (row.average - row.low, row.high - row.average))
    if round(below, decimals(scale)) == round(above, decimals(scale)):
        return f"{written(row.average, scale)} ± {above:.{decimals(scale)}f}"
    return f"{written(row.average, scale)} ({written(row.low, scale)} to {written(row.high, scale)})"


def _drawn(board: str, words: str, colour: str, system: str) -> bytes:
    name = _clean(board)
    left = f"Consilium · {name if len(name) <= LONGEST else name[: LONGEST - 1] + '…'}"
    left_text, right_text = _width(left), _width(words)
    split = left_text + 2 * PADDING
    label = ", ".join(filter(None, [_clean(system), f"Consilium · {name}", words]))
    return TEMPLATE.format(
        width=split + right_text + 2 * PADDING, height=HEIGHT, side=HEIGHT - 8, label=escape(label),
        split=split, right_flat=right_text + 2 * PADDING - 4, padding=PADDING, right_x=split + PADDING,
        left_text=left_text, right_text=right_text, left=escape(left), right=escape(words), colour=colour,
    ).encode()  # fmt: skip


def _clean(text: str) -> str:
    return UNSEEN.sub(" ", text).strip()


def _width(text: str) -> int:
    return round(sum(map(_sign_width, text)))


def _sign_width(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WF":
        return FULL
    if sign in " .,:;|'!ijltfI()[]·–":
        return NARROW if sign not in "–·" else MIDDLE
    return WIDE if sign in "mwMWQO%±…@" else MIDDLE
