"""Everybody at once on the default stack: readers of live boards, raters, submitters and a model's run.

    python bench/mixed_load.py [--seconds 300] [--readers 500] [--raters 32] [--systems 100] [--write]

The site runs as `manage.py up` starts it, with web, worker, models and endpoints, and has been in use before. Half
of the readers watch a board of 100 systems and 87 tasks, half the sample board. Each holds its live stream, asks
again at every change, and turns a page every twenty seconds: boards, filters, systems, tasks, cases, charts.
Raters save three drafts a screen and submit one every twelve seconds. Five files are handed in to the two boards by
the page, one model runs. An error is a connection refused, an answer of 400 or more, a stream that ends, a change a
stream did not tell of, a rating that is not in the ledger as it was sent, a submission that is not scored.

Pages are what somebody waits for; what a board fetches by itself after a change is told apart. Memory is that of
web and worker together, and its growth the slope by least squares over the last four fifths of the time. What is kept of
a board is dropped when it changes, so memory goes up and down: flat is an estimate of less than 5 % of which less than
1 % is proven, the lower end of its 95 % interval. The client is one process, niced, and says what it used itself. `--write` puts what it cost into docs/scale.md and computes
anew what follows from it there. The exit status is 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parent))

import endpoint_backend
from measured import cost_model, wide_board
from measured.figures import figure
from measured.footprint import FAMILIES
from measured.mixed_day import UPLOADS, Day, Plan
from measured.raters_at_work import SECONDS_A_SCREEN, open_study
from measured.readers import THINKS
from measured.site import ROOT, own_state, raise_file_limit, started_site, use_own_state

TASKS = 87  # of the wide board
P95_MS = 200.0
GROWTH_PERCENT, PROVEN_PERCENT = 5.0, 1.0
NOT_WAITED_FOR = frozenset({"refresh", "assets", "map"})
DOCUMENT = ROOT / "docs" / "scale.md"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--readers", type=int, default=500)
    parser.add_argument("--raters", type=int, default=32)
    parser.add_argument("--systems", type=int, default=100, help="on the wide board")
    parser.add_argument("--write", action="store_true", help="put the results into docs/scale.md")
    asked = parser.parse_args()
    use_own_state()
    os.environ["SUBMISSIONS_PER_DAY"] = "10000"
    if raise_file_limit() < 4 * asked.readers + 500:
        print("not measured: a process here may not have so many files open (ulimit -Hn)")
        return 1
    with own_state(), answering() as endpoint:
        start = time.perf_counter()
        with started_site("--no-worker"):
            people, rating = prepare(asked.systems, asked.raters, int(asked.seconds / 12) + 20)
        os.environ["ENDPOINT_ALLOWED_HOSTS"] = endpoint.partition("//")[2].partition("/")[0]
        with started_site() as site:
            print(f"prepared in {time.perf_counter() - start:.0f} s", flush=True)
            day = Day(site, Plan(asked.seconds, asked.readers), people, rating, endpoint)
            uvloop.run(day.lived())
            held = judged(day, asked.raters)
    if asked.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(cost_model.with_load(text, for_document(day, asked.raters)), encoding="utf-8")
    return 0 if held else 1


@contextmanager
def answering() -> Iterator[str]:
    """An endpoint that answers at once, for a machine without torch."""
    command = [sys.executable, "-c", endpoint_backend.SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(endpoint_backend.REPLY)
        server.stdin.close()
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        finally:
            server.terminate()


def prepare(systems: int, raters: int, items: int) -> tuple[dict[str, tuple[str, str]], dict[str, Any]]:
    """The boards, the study, and a session for everybody who signs in."""
    from django.core.management import call_command
    from django.test import Client

    from accounts import services as accounts

    wide_board.prepare(systems, TASKS)
    call_command("load_benchmark", "sample", verbosity=0)
    people, rating = open_study(raters, items)
    people.append(accounts.ensure_person("submitter", "bench-long-password", ["submitter"]))
    sessions = {}
    for person in people:
        client = Client(SERVER_NAME="localhost")
        client.force_login(person)
        client.get("/account/session/")
        sessions[person.username] = client.cookies["sessionid"].value, client.cookies["csrftoken"].value
    return sessions, rating


def judged(day: Day, raters: int) -> bool:
    heard = sum(reader.changes for reader in day.readers)
    print(f"{day.rated:,} ratings submitted, {heard:,} changes heard on {day.plan.readers:,} live boards")
    said = ", ".join(f"{name} {100 * share:.0f} %" for name, share in day.cores.items())
    print(f"of a core: {said}; the machine has {os.cpu_count()}\n")
    print(f"{'':<20}{'answers':>9}{'p50 ms':>9}{'p95 ms':>9}{'longest':>9}")
    for kind, seconds in sorted(day.tally.seconds.items()):
        middle, slow = np.percentile(np.array(seconds) * 1e3, [50, 95])
        print(f"{kind:<20}{len(seconds):>9,}{middle:>9.1f}{slow:>9.1f}{max(seconds) * 1e3:>9.0f}")
    for error in day.tally.errors[:10]:
        print(f"error: {error}")
    for name in FAMILIES:
        first, *_, last = day.footprint.megabytes[name]
        print(f"{name:<20}{first:>9.0f} MB at first, {last:.0f} MB at last")
    grown = day.growth
    print(
        f"web and worker: {grown.level:.0f} MB, {grown.grown:+.1f} MB [{grown.low:+.1f}, {grown.high:+.1f}]"
    )
    load = f"{day.plan.readers} readers, {raters} raters, {UPLOADS} uploads, 1 run"
    held = [
        figure(f"errors in {day.plan.seconds:.0f} s of {load}", len(day.tally.errors), most=0),
        figure("mixed load: p95 of the pages", p95(day), "ms", most=P95_MS),
        figure("mixed load: growth of memory, last four fifths", grown.percent, "%", most=GROWTH_PERCENT),
        figure("mixed load: of it proven at 95 %", grown.proven_percent, "%", most=PROVEN_PERCENT),
    ]
    return all(held)


def p95(day: Day) -> float:
    waited = [times for kind, times in day.tally.seconds.items() if kind not in NOT_WAITED_FOR]
    return 1e3 * float(np.percentile(np.concatenate(waited), 95))


def for_document(day: Day, raters: int) -> list[tuple[str, float, str]]:
    busy = [(f"{name}_cores", share, f"cores that {name} kept busy") for name, share in day.cores.items()]
    return [
        ("readers", float(day.plan.readers), "readers, each with a live board"),
        ("raters", float(raters), "raters at work"),
        ("page_seconds", THINKS, "seconds between two pages of a reader"),
        ("screen_seconds", SECONDS_A_SCREEN, "seconds a rater spends on a screen"),
        *busy,
        ("p95_ms", p95(day), "95 % of the pages were there within so many ms"),
        ("memory_mb", day.growth.level, "MB that web and worker held"),
    ]


if __name__ == "__main__":
    sys.exit(main())
