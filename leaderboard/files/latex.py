"""The table for a paper: booktabs, rank ranges, intervals, every word escaped, its source in the caption."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from leaderboard.domain.table import Cell, Column, Row, Scale, Table
from leaderboard.domain.units import NAMES, common, decimals, shown
from leaderboard.files.document import Source

MOST_COLUMNS = 12  # more do not fit a page of paper; they are in the other files
ONE_PAGE = 45  # rows; a longer table may break

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
    "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': "{''}", "`": r"\textasciigrave{}",
    "-": "{-}",  # no word makes a dash of its own
    "[": "{[}", "]": "{]}",  # nor an option after \\
}  # fmt: skip
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def write(table: Table, source: Source) -> bytes:
    """Needs the packages booktabs and, for more than 45 rows, longtable; text is UTF-8."""
    columns = table.shown[:MOST_COLUMNS]
    long = len(table.rows) > ONE_PAGE
    return "\n".join(
        [*_head(table, source, columns, long), *_body(table, columns), *_foot(long), ""]
    ).encode()


def escaped(text: str) -> str:
    """Text that LaTeX sets as it is; line breaks and control characters become blanks."""
    return "".join(SPECIAL.get(sign, sign) for sign in UNSEEN.sub(" ", text))


def _head(table: Table, source: Source, columns: tuple[Column, ...], long: bool) -> Iterator[str]:
    form = "ll" + "r" * (2 + len(columns))
    titles = ["System", "Mode", "Rank", "Average", *(escaped(column.name) for column in columns)]
    caption = rf"\caption{{{_caption(table, source, columns)}}}\label{{tab:{_label(table.head.slug)}}}"
    yield r"% \usepackage{booktabs,longtable}"
    if long:
        yield rf"\begin{{longtable}}{{{form}}}"
        yield caption + r" \\"
    else:
        yield r"\begin{table}"
        yield r"\centering"
        yield caption
        yield rf"\begin{{tabular}}{{{form}}}"
    yield r"\toprule"
    yield " & ".join(titles) + r" \\"
    yield r"\midrule"
    if long:
        yield r"\endhead"


def _body(table: Table, columns: tuple[Column, ...]) -> Iterator[str]:
    scale = common(table.columns)
    for row in table.rows:
        if row.starts_band:
            yield r"\addlinespace"
        cells = [_number(row.cells.get(column.key), column) for column in columns]
        average = _interval(row.average, row.low, row.high, scale)
        yield " & ".join([_name(row), escaped(row.mode), _rank(row), average, *cells]) + r" \\"


def _foot(long: bool) -> Iterator[str]:
    yield r"\bottomrule"
    if long:
        yield r"\end{longtable}"
    else:
        yield r"\end{tabular}"
        yield r"\end{table}"


def _caption(table: Table, source: Source, columns: tuple[Column, ...]) -> str:
    at = table.slice.as_of or table.changed_at
    unit = escaped(NAMES[common(table.columns)]).replace("×", r"$\times$")
    parts = [
        f"{escaped(table.head.title)}: {unit}, with 95\\,\\% intervals",
        "a rank is the range of places that the data allow",
        f"systems within a group are tied ({escaped(table.order_method)})" if table.order_method else "",
        f"{len(columns)} of {len(table.columns)} columns" if len(columns) < len(table.columns) else "",
        "$\\dagger$ reported, not run here" if _reported(table) else "",
        rf"\texttt{{{escaped(source.page)}}}" if source.page else "",
        f"revision {table.revision}{_date(at)}",
        escaped(table.head.licence),
    ]
    return "; ".join(filter(None, parts)) + "."


def _date(at: datetime | None) -> str:
    return f" of {at:%Y-%m-%d %H:%M} UTC" if at else ""


def _label(slug: str) -> str:
    return re.sub(r"[^a-zA-Z0-9]+", "-", slug)


def _reported(table: Table) -> bool:
    return any(row.origin == "reported" for row in table.rows)


def _name(row: Row) -> str:
    return escaped(row.system) + (r"$^\dagger$" if row.origin == "reported" else "")


def _rank(row: Row) -> str:
    if row.rank_low is None:
        return "--"
    return f"{row.rank_low}" if row.rank_low == row.rank_high else f"{row.rank_low}--{row.rank_high}"


def _number(cell: Cell | None, column: Column) -> str:
    if cell is None:
        return "--"
    return _interval(cell.value, cell.low, cell.high, column.scale)


def _interval(value: float | None, low: float | None, high: float | None, scale: Scale) -> str:
    if value is None:
        return "--"
    if low is None or high is None:
        return _set(value, scale)
    return rf"{_set(value, scale)} {{\footnotesize ({_set(low, scale)} to {_set(high, scale)})}}"


def _set(value: float, scale: Scale) -> str:
    text = f"{shown(value, scale):.{decimals(scale)}f}"
    return f"${text}$" if text.startswith("-") else text
