"""A measured figure beside its target: printed, judged, and kept for docs/quality.md where that is asked for."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def figure(
    name: str, value: float, unit: str = "", *, least: float | None = None, most: float | None = None
) -> bool:
    """Whether `value` is at least `least`, or at most `most`; exactly one of them is given.

    A line of JSON is added to the file that CONSILIUM_FIGURES names, as tests add theirs.
    """
    assert (least is None) != (most is None)
    holds = value >= least if least is not None else value <= most  # type: ignore[operator]
    target = f"at least {_shown(least, unit)}" if least is not None else f"at most {_shown(most, unit)}"
    print(
        f"{name:<64}{_shown(value, unit):>14}  {target:<20}{'holds' if holds else 'MISSED'}",
        flush=True,
    )
    keep(name, _shown(value, unit), target, holds)
    return bool(holds)


def keep(name: str, measured: str, target: str, holds: bool) -> None:
    """Keep a figure whose words are its own; nothing where no file is named."""
    if path := os.environ.get("CONSILIUM_FIGURES"):
        by = Path(sys.argv[0]).name
        line = {"figure": name, "measured": measured, "target": target, "holds": bool(holds), "by": by}
        with Path(path).open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(line) + "\n")


def _shown(value: float | None, unit: str) -> str:
    assert value is not None
    number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{number} {unit}".strip()
