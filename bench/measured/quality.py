"""Runs all checks, tests and measurements and writes what they found into docs/quality.md: `make quality`.

    python bench/measured/quality.py [--figures FILE] [--steps STEP …]

The text around the two markers of the page is written by hand and stays. With a file, the steps can be run one
by one, at different times; the page tells what was found last of each.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "quality.md"
BEGIN, END = "<!-- measured: from here -->\n", "<!-- measured: to here -->\n"
STEPS = ("check", "test", "test-vllm", "bench")
_CLOSING = re.compile(r"^(=+ .*(passed|failed).* =+|Success: .*|Contracts: .*)$")
Figure = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", nargs="*", default=STEPS, choices=STEPS, help="what to run now")
    parser.add_argument("--figures", type=Path, help="a file that keeps the figures, earlier ones included")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="consilium-quality-") as folder:
        kept = (asked.figures or Path(folder) / "figures").resolve()
        kept.touch()
        for step in asked.steps:
            run(step, kept)
        found = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    figures = newest([each for each in found if "figure" in each])
    closings = {each["step"]: each for each in found if "step" in each}
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(before + BEGIN + page(figures, closings) + END + rest.split(END)[1], encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {told(figures)}")
    return 0 if all(each["green"] for each in closings.values()) else 1


def run(step: str, kept: Path) -> None:
    """Its figures are kept by what it runs, its closing lines here."""
    environment = {**os.environ, "CONSILIUM_FIGURES": str(kept)}
    closing = []
    with subprocess.Popen(
        ["make", step], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as made:  # fmt: skip
        assert made.stdout is not None
        for line in made.stdout:
            print(line, end="", flush=True)
            if _CLOSING.match(line.rstrip()):
                closing.append(line.strip().strip("= "))
    with kept.open("a", encoding="utf-8") as lines:
        told = {"step": step, "closing": "; ".join(closing), "green": made.returncode == 0}
        lines.write(json.dumps(told) + "\n")


def newest(figures: list[Figure]) -> list[Figure]:
    """One of each name: what was measured last."""
    return list({(each["by"], each["figure"]): each for each in figures}.values())


def page(figures: list[Figure], closings: dict[str, Figure]) -> str:
    rows = [machine(), "", f"**{told(figures)}**", ""]
    if closings:
        rows += ["| Step | Its closing line | Ended |", "| --- | --- | --- |"]
        rows += [
            f"| `make {name}` | {each['closing'] or '–'} | {'green' if each['green'] else '**red**'} |"
            for name, each in closings.items()
        ]
        rows.append("")
    benches = [each for each in figures if (ROOT / "bench" / each["by"]).exists()]
    tests = [each for each in figures if each not in benches]
    for title, found in (("Speed and size", benches), ("Held by tests", tests)):
        rows += [f"### {title}", "", "| Figure | Measured | Target | | Measured by |"]
        rows += ["| --- | ---: | ---: | --- | --- |", *map(row, sorted(found, key=lambda e: e["by"])), ""]
    return "\n".join(rows)


def row(each: Figure) -> str:
    cells = (each["figure"], each["measured"], each["target"], "holds" if each["holds"] else "**missed**")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + f" | `{each['by']}` |"


def told(figures: list[Figure]) -> str:
    missed = sum(not each["holds"] for each in figures)
    return f"{len(figures)} figures with a target: {len(figures) - missed} hold, {missed} missed."


def machine() -> str:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"Measured on {time.strftime('%d %B %Y', time.gmtime())} at commit {commit or 'unknown'}: {os.cpu_count()} cores, "
        f"{memory:.0f} GiB, {platform.system()} {platform.machine()}, Python {platform.python_version()}."
    )


if __name__ == "__main__":
    sys.exit(main())
