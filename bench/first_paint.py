"""What a browser fetches before it can paint a board, compressed, in kB: one of 100 systems, and one of 98 x 87.

The wide one are printed results (CONSILIUM_DATA), left out with a word where they are not there.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from measured.figures import figure

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
STATE = Path(tempfile.mkdtemp(prefix="consilium-bench-"))
os.environ.update(
    CONSILIUM_STATE=str(STATE), DEBUG="true", DJANGO_SETTINGS_MODULE="consilium.settings", LOG_LEVEL="ERROR"
)

SYSTEMS = 100
LIMIT = 60.0
PRINTED = "bridge/Zero-Shot_leaderboard.json"


def main() -> int:
    import django
    from django.core.management import call_command

    from consilium.embedded.services import running

    with running(STATE):
        django.setup()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("load_benchmark", "sample")
        hand_in_systems()
        boards = ["sample", *printed_board()]
        totals = [reported(slug) for slug in boards]
    shutil.rmtree(STATE, ignore_errors=True)
    return 0 if all(totals) else 1


def printed_board() -> list[str]:
    """The slug of the board of 98 systems and 87 tasks, none where its data are absent."""
    from django.core.management import call_command

    path = Path(os.environ.get("CONSILIUM_DATA", ROOT.parent / "shared" / "data")) / PRINTED
    if not path.is_file():
        print(f"the board of 98 x 87 is left out: {path} is not there (set CONSILIUM_DATA)")
        return []
    call_command("import_results", str(path), board="bridge", mode="zero-shot")
    return ["bridge"]


def reported(slug: str) -> bool:
    """Print what a board weighs and takes; whether it is light enough."""
    sizes, cold, warm, rendered = fetched(slug)
    total = sum(sizes.values())
    for name, size in sizes.items():
        print(f"{name:<44}{size:>8.1f} kB")
    print(f"{slug + ', first request / next':<44}{1000 * cold:>8.0f} ms /{1000 * warm:>5.0f} ms")
    print(f"{slug + ', of which writing the page':<44}{1000 * rendered:>8.0f} ms")
    return figure(f"first load of the board {slug}, compressed", total, "kB", most=LIMIT)


def hand_in_systems() -> None:
    """Systems that answer like a baseline, each wrong in its own places, through the real services."""
    import io
    import json

    from django.conf import settings
    from django.core.files.base import File

    from accounts import services as accounts
    from evaluation.selectors import benchmarks
    from evaluation.services import submissions
    from workers import tasks
    from workers.backends.baseline import BASELINES

    settings.SUBMISSIONS_PER_DAY = 10 * SYSTEMS
    person = accounts.ensure_person("bench", "bench-long-password", ["submitter"])
    version = benchmarks.current_version("sample")
    assert version is not None
    items = [json.loads(line) for line in benchmarks.items_as_lines(version)]
    answers = list(BASELINES.values())
    for n in range(SYSTEMS):
        rows = [{"id": item["id"], "output": answers[(n * at) % 3](item)} for at, item in enumerate(items, n)]
        file = File(io.BytesIO("\n".join(map(json.dumps, rows)).encode()), name="p.jsonl")
        submissions.submit(person, version, f"Model {n:03} (some 7B instruct)", "", "p.jsonl", file)
    tasks.serve_queue()


def fetched(slug: str) -> tuple[dict[str, float], float, float, float]:
    """Sizes in kB by name; seconds of a first request, of the next, and of writing the page of a known table."""
    import re

    from django.contrib.staticfiles import finders
    from django.test import Client

    client = Client(SERVER_NAME="localhost", headers={"accept-encoding": "gzip"})
    start = time.perf_counter()
    page = client.get(f"/boards/{slug}/")
    cold = time.perf_counter() - start
    start = time.perf_counter()
    client.get(f"/boards/{slug}/")
    warm = time.perf_counter() - start
    assert page.status_code == 200, page.status_code
    assert page.headers["Content-Encoding"] == "gzip", "the page must be sent compressed"
    html = gzip.decompress(page.content).decode()
    sizes = {"the page": len(page.content) / 1024}
    for name in sorted(set(re.findall(r'(?:src|href)="/static/([^"]+)"', html))):
        path = finders.find(name)
        assert path is not None, name
        sizes[name] = len(gzip.compress(Path(path).read_bytes(), 9)) / 1024
    return sizes, cold, warm, written(slug)


def written(slug: str) -> float:
    """Processor seconds from a table to its HTML, without statistics and database: the best of five."""
    from django.contrib.auth.models import AnonymousUser
    from django.template.loader import render_to_string
    from django.test import RequestFactory

    from leaderboard.selectors import boards
    from leaderboard.views.boards import _context

    table = boards.table(slug, boards.Slice())
    assert table is not None
    request = RequestFactory().get(f"/boards/{slug}/", SERVER_NAME="localhost")
    request.user = AnonymousUser()
    times = []
    for _ in range(5):
        start = time.process_time()
        render_to_string("leaderboard/board.html", _context(request, table), request)
        times.append(time.process_time() - start)
    return min(times)


if __name__ == "__main__":
    sys.exit(main())
