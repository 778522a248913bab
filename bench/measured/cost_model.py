"""docs/scale.md as tables: what was measured, what is assumed, and what follows, by formulas that stand in it.

A table lies between `<!-- NAME -->` and `<!-- end of NAME -->`; its first column holds names, in backticks. Formulas
are arithmetic over names: + - * / ** and ceil(). What was measured has two: NAME is the cost a unit, NAME_top
the cost at the largest size.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from measured.exponents import Growing

GROWTH, LOAD, ASSUMED, FOLLOWS = "growth", "mixed load", "assumed", "follows"
SMALLER = {"ms": "µs", "MB": "kB", "kB": "B"}
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


@dataclass(frozen=True)
class Following:
    """A figure that follows from others. `written` is what the document says it is."""

    name: str
    formula: str
    written: str
    words: str

    def computed(self, known: Mapping[str, float]) -> float:
        return evaluated(self.formula, known)


def known_in(text: str) -> dict[str, float]:
    """Name → number, of everything measured and assumed."""
    found = {name: number(value) for name, value, *_ in rows(text, ASSUMED)}
    found |= {name: number(value) for name, value, *_ in rows(text, LOAD)}
    for name, _, _, _, top, each, _ in rows(text, GROWTH):
        found |= {name: number(each), f"{name}_top": number(top)}
    return found


def following(text: str) -> list[Following]:
    """Each may use those before it."""
    return [
        Following(name, formula.strip("`"), value, words)
        for name, formula, value, words in rows(text, FOLLOWS)
    ]


def rows(text: str, table: str) -> list[list[str]]:
    """The cells of a table's rows, without its head."""
    lines = _between(text, table).strip().splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return [[name.strip("`"), *rest] for name, *rest in cells]


def evaluated(formula: str, known: Mapping[str, float]) -> float:
    """ValueError for what is no arithmetic over known names."""
    return _value(ast.parse(formula.replace("×", "*"), mode="eval").body, known)


def _value(node: ast.expr, known: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, known), _value(right, known))
        case ast.Call(func=ast.Name(id="ceil"), args=[inner], keywords=[]):
            return float(ceil(_value(inner, known)))
    raise ValueError(f"no arithmetic over what is known: {ast.unparse(node)}")


def number(written: str) -> float:
    """The first number of a cell, thousands set off by commas."""
    found = re.search(r"-?\d[\d,]*\.?\d*", written)
    if found is None:
        raise ValueError(f"no number in {written!r}")
    return float(found[0].replace(",", ""))


def shown(value: float) -> str:
    """Three digits, whole from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def with_growth(text: str, found: Sequence[Growing]) -> str:
    """The document with these exponents, and everything that follows computed anew."""
    return recomputed(_replaced(text, GROWTH, map(_growth_row, found)))


def with_load(text: str, found: Sequence[tuple[str, float, str]]) -> str:
    """The document with these figures of the mixed load, (name, value, words) each."""
    return recomputed(
        _replaced(text, LOAD, (f"| `{name}` | {shown(value)} | {words} |" for name, value, words in found))
    )


def recomputed(text: str) -> str:
    known, lines = known_in(text), []
    for each in following(text):
        known[each.name] = each.computed(known)
        lines.append(f"| `{each.name}` | `{each.formula}` | {shown(known[each.name])} | {each.words} |")
    return _replaced(text, FOLLOWS, lines)


def _growth_row(growing: Growing) -> str:
    (slope, error), unit = growing.slope, growing.unit
    sizes = f"{growing.sizes[0]:,} to {growing.sizes[-1]:,}"
    top, each = f"{shown(growing.costs[-1])} {unit}", f"{shown(growing.each)} {SMALLER[unit]}"
    cells = [
        f"`{growing.key}`",
        growing.what,
        growing.against,
        sizes,
        top,
        each,
        f"{slope:.2f} ± {error:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _replaced(text: str, table: str, lines: Iterable[str]) -> str:
    start, end = _span(text, table)
    head = text[start:end].strip().splitlines()[:2]
    return text[:start] + "\n".join(["", *head, *lines, ""]) + text[end:]


def _between(text: str, table: str) -> str:
    start, end = _span(text, table)
    return text[start:end]


def _span(text: str, table: str) -> tuple[int, int]:
    found = re.search(rf"(?<=<!-- {table} -->)\n.*?\n(?=<!-- end of {table} -->)", text, re.DOTALL)
    if found is None:
        raise ValueError(f"the document has no table {table!r}")
    return found.span()
