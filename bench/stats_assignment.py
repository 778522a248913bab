"""Seconds to design a study of 50 raters, 2,000 items and 8 systems, in every kind of design."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from measured.figures import figure

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from raters.domain.assignment import Design, Item, Plan, Rater, plan_study, replan  # noqa: E402

RATERS, ITEMS, SYSTEMS = 50, 2_000, 8
FIELDS = ("cardiology", "surgery", "oncology", "paediatrics")
LIMIT = 30.0

DESIGNS = {
    "blocked by prompt, all systems": Design(),
    "the same, all items by three": Design(overlap_share=1, overlap_raters=3),
    "blocked, 4 of 8 systems": Design(systems_per_item=4),
    "blocked, 4 pairs an item": Design(task="pairwise", pairs_per_item=4),
    "answers apart": Design(prompt_blocked=False),
    "all pairs apart": Design(task="pairwise", prompt_blocked=False),
}


def main() -> int:
    systems = [f"system {n}" for n in range(SYSTEMS)]
    anybody = [Rater(id=f"rater {n}") for n in range(RATERS)], [Item(id=f"item {n}") for n in range(ITEMS)]
    print(
        f"{'design':<34}{'seconds':>8}{'ratings':>9}{'loads':>7}{'meetings':>10}{'excess':>9}{'systems':>9}{'places':>8}"
    )
    slowest = 0.0
    for name, design in DESIGNS.items():
        seconds, plan = timed(lambda design=design: plan_study(design, *anybody, systems))
        slowest = max(slowest, seconds)
        report(name, seconds, plan)
    seconds, plan = timed(lambda: plan_study(Design(), *qualified(), systems))
    report("blocked, specialties and ceilings", seconds, plan)
    kept = [a for a in plan.assignments if a.place < 20]
    seconds_again, again = timed(lambda: replan(plan, list(plan.raters[3:]), kept))
    report("drawn again, three raters gone", seconds_again, again)
    longest = max(slowest, seconds, seconds_again)
    return 0 if figure("a design of 50 raters, 2,000 items, 8 systems", longest, "s", most=LIMIT) else 1


def qualified() -> tuple[list[Rater], list[Item]]:
    """Raters of one to two specialties and half of them with a ceiling; items of four specialties, uneven."""
    raters = [
        Rater(
            id=f"rater {n}",
            specialties=frozenset({FIELDS[n % 4], FIELDS[n // 4 % 4]}),
            at_most=55 if n % 2 else None,
        )
        for n in range(RATERS)
    ]
    return raters, [Item(id=f"item {n}", specialty=FIELDS[(n % 10) // 3]) for n in range(ITEMS)]


def timed(make: Callable[[], Plan]) -> tuple[float, Plan]:
    start = time.perf_counter()
    made = make()
    return time.perf_counter() - start, made


def report(name: str, seconds: float, plan: Plan) -> None:
    d = plan.diagnostics
    print(
        f"{name:<34}{seconds:>8.2f}{d.precision.n_ratings:>9}{d.load_range:>7}{d.concurrence_range:>10}"
        f"{d.concurrence_excess or 0:>9.4f}{d.system_range:>9}{d.position_range:>8}"
        + (f"  {len(plan.shortfalls)} short" if plan.shortfalls else "")
    )


if __name__ == "__main__":
    sys.exit(main())
