"""Every regular expression of the source against text made to slow it down. Run as a program by
tests/test_expressions.py, in a process of its own that can be ended: `python tests/expressions.py`.

Time of the processor is only ever compared with time in the same run: how much longer twice the text takes. What reads each
character a bounded number of times takes twice as long, what goes back over all it has read four times, and
what tries every way to divide it many times more.
"""

from __future__ import annotations

import ast
import json
import math
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # pragma: no cover
    import sre_parse as parser

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("platform", "evaluation", "raters", "leaderboard", "workers")
FUNCTIONS = {"compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split"}
LENGTHS = (*range(8, 34, 4), 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)  # characters
ENOUGH = 0.05  # seconds: below it time says nothing
HOPELESS = 99.0
SLOW = 2.6  # quadratic is 2, cubic 3


def expressions() -> dict[str, tuple[str, int]]:
    """Where it stands → pattern and flags: whatever is compiled while our modules are imported, and literals."""
    found: dict[str, tuple[str, int]] = {}
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            if "migrations" not in path.parts:
                for line, pattern, flags in _literals(path):
                    found[f"{path.relative_to(ROOT)}:{line}"] = (pattern, flags)
    return found


def _literals(path: Path) -> Iterator[tuple[int, str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        of = node.func.value
        if isinstance(of, ast.Name) and of.id == "re" and node.func.attr in FUNCTIONS:
            pattern = node.args[0]
            if isinstance(pattern, ast.Constant) and isinstance(pattern.value, str):
                yield node.lineno, pattern.value, _flags(node)


def _flags(node: ast.Call) -> int:
    said = ast.unparse(node)
    return sum(
        getattr(re, name)
        for name in ("IGNORECASE", "MULTILINE", "DOTALL", "ASCII", "VERBOSE")
        if f"re.{name}" in said
    )


def alive() -> dict[str, tuple[str, int]]:
    """Patterns compiled by modules that were imported, wherever they hold them."""
    import gc

    found = {}
    for each in gc.get_objects():
        if isinstance(each, dict):
            owner = each.get("__name__")
            if isinstance(owner, str) and owner.split(".")[0] in OURS:
                for name, value in list(each.items()):
                    for at, pattern in enumerate(_patterns(value)):
                        found[f"{owner}.{name}[{at}]"] = (pattern.pattern, pattern.flags)
    return found


OURS = ("accounts", "consilium", "evaluation", "raters", "leaderboard", "workers", "telemetry")


def _patterns(value: Any, depth: int = 0) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif depth < 4 and isinstance(value, dict):
        for each in list(value.values()):
            yield from _patterns(each, depth + 1)
    elif depth < 4 and isinstance(value, (list, tuple, set, frozenset)):
        for each in value:
            yield from _patterns(each, depth + 1)
    elif depth < 4 and type(value).__module__.split(".")[0] in OURS and hasattr(value, "__dict__"):
        for each in list(vars(value).values()):
            yield from _patterns(each, depth + 1)


def imported() -> None:
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    import importlib

    import django

    django.setup()
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            parts = path.relative_to(ROOT / source if source == "platform" else ROOT).with_suffix("").parts
            if (
                not {"migrations", "commands", "asgi", "wsgi", "pytest_services", "kept_first"} & set(parts)
                and "__init__" not in parts
            ):
                try:
                    importlib.import_module(".".join(parts))
                except Exception:  # an engine that is not installed
                    continue


def sample(node: Any) -> str:
    """A text that the expression more or less matches: of alternatives the first, of repetitions at most three."""
    return "".join(_of_part(str(code), value) for code, value in node)


def _of_part(name: str, value: Any) -> str:
    if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        return sample(value[2]) * max(min(value[0], 3), 1)
    inside = {
        "IN": lambda: value[:1],
        "BRANCH": lambda: value[1][0],
        "SUBPATTERN": lambda: value[-1],
        "ATOMIC_GROUP": lambda: value,
    }
    if name in inside:
        return sample(inside[name]())
    if name in {"LITERAL", "RANGE"}:
        return chr(value if name == "LITERAL" else value[0])
    if name == "CATEGORY":
        return {"DIGIT": "1", "SPACE": " "}.get(str(value).rpartition("_")[2], "a")
    return "a" if name in {"ANY", "NOT_LITERAL"} else ""


def attacks(pattern: str, flags: int) -> Iterator[str]:
    """Pieces to repeat: each character it knows, pairs of them, and what it matches, whole and in parts."""
    whole = sample(parser.parse(pattern, flags & ~re.DEBUG))[:60]
    known = list(dict.fromkeys([*whole, *(each for each in pattern if each not in "()[]{}?*+|^$\\")]))[:14]
    pieces = dict.fromkeys([*known, *(f"{one}{two}" for one in known[:6] for two in known[:6] if one != two)])
    pieces.update(
        dict.fromkeys([whole, whole[:-1], whole[: len(whole) // 2], whole[1:], " ", "\n", "1", "a"])
    )
    yield from (piece for piece in pieces if piece)


def exponent(compiled: re.Pattern[str], piece: str) -> float:
    """How time grows with length: about 1 for what reads once, 2 for what goes back, more for what despairs.

    0 where 2,048 characters are read too quickly to tell: what is cubic or worse would take minutes for them.
    """
    before, length_before = 0.0, 1
    for length in LENGTHS:
        text = (piece * (length // len(piece) + 1))[:length] + "\x00"
        now = _took(compiled, text)
        if now > ENOUGH:
            now = min(now, _took(compiled, text), _took(compiled, text))
            if before < ENOUGH / 1000:  # a jump from nothing: no polynomial does that in so few characters
                return HOPELESS
            return math.log(now / before) / math.log(length / length_before)
        before, length_before = max(now, 1e-7), length
    return 0.0


def _took(compiled: re.Pattern[str], text: str) -> float:
    start = time.thread_time()
    for _ in compiled.finditer(text):
        pass
    compiled.fullmatch(text)
    return time.thread_time() - start


def main() -> None:
    imported()
    every = {**expressions(), **alive()}
    unique = {}
    for place, (pattern, flags) in every.items():
        unique.setdefault((pattern, flags), place)
    told = []
    for (pattern, flags), place in unique.items():
        try:
            compiled = re.compile(pattern, flags & ~re.DEBUG)
        except re.error:
            continue
        for piece in attacks(pattern, flags):
            grows = exponent(compiled, piece)
            if grows > SLOW:
                grows = min(grows, exponent(compiled, piece), exponent(compiled, piece))
            if grows > SLOW:
                told.append({"place": place, "pattern": pattern, "piece": piece, "exponent": grows})
                break
    print(json.dumps({"expressions": len(unique), "slow": told}))


if __name__ == "__main__":
    main()
