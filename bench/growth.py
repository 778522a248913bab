"""What grows with what: measured exponents of time, memory and database bytes, for docs/scale.md.

    python bench/growth.py [--write]

Each operation is done at four sizes, each twice the one before, and the slope of the logarithm of its cost over that of
its size is taken, with its standard error: 1 is in proportion, 0 does not grow. Times are CPU seconds of this process
and of the one that serves it in the database, so that they are the same on a busy machine. `--write` puts the table
into docs/scale.md and computes anew what follows from it there. The exit status is 1 where something that was built to
grow in proportion grows faster.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the web processes and workers: one a core

sys.path.insert(0, str(Path(__file__).resolve().parent))

from measured import cost_model
from measured.exponents import Growing
from measured.figures import figure
from measured.site import ROOT, running_site, use_own_state

DOCUMENT = ROOT / "docs" / "scale.md"
# what must not grow faster than in proportion: two standard errors above are still chance
IN_PROPORTION = ("check", "load", "upload", "answer_bytes", "cold", "rating", "rating_bytes", "notify")
MOST = 1.1


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="put the results into docs/scale.md")
    asked = parser.parse_args()
    use_own_state()
    found: list[Growing] = []
    for growing in everything():
        found.append(growing)
        slope, error = growing.slope
        shown = " ".join(f"{cost:,.1f}" for cost in growing.costs)
        print(
            f"{growing.what:<46}{growing.against:<9}{growing.sizes[0]:>8,} to {growing.sizes[-1]:<9,}"
            f"{shown:>36} {growing.unit:<3}{slope:>7.2f} ± {error:.2f}",
            flush=True,
        )
    if asked.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(cost_model.with_growth(text, found), encoding="utf-8")
    return 0 if judged(found) else 1


def everything() -> Iterator[Growing]:
    started = time.perf_counter()
    with running_site(web_processes=1) as site:
        from measured import growing_answers, growing_boards, growing_ratings

        from accounts import services as accounts

        person = accounts.ensure_person("bench", "bench-long-password", ["submitter"])
        yield from growing_boards.readers(site)
        yield from growing_boards.viewers(site)
        yield from growing_answers.checks()
        yield from growing_answers.uploads(person)
        yield from growing_boards.boards(person)
        yield from growing_boards.rankings()
        yield from growing_ratings.loops()
        yield from growing_ratings.agreement()
    print(f"measured in {time.perf_counter() - started:.0f} s\n")


def judged(found: list[Growing]) -> bool:
    held = []
    for growing in found:
        if growing.key in IN_PROPORTION:
            slope, error = growing.slope
            name = f"{growing.what.lstrip('… ')}: exponent in {growing.against}, less two standard errors"
            held.append(figure(name, slope - 2 * error, most=MOST))
    return all(held)


if __name__ == "__main__":
    sys.exit(main())
