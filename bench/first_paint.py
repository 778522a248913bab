"""What a browser fetches before it can paint the board of 100 systems, compressed, in kB."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
STATE = Path(tempfile.mkdtemp(prefix="consilium-bench-"))
os.environ.update(
    CONSILIUM_STATE=str(STATE), DEBUG="true", DJANGO_SETTINGS_MODULE="consilium.settings", LOG_LEVEL="ERROR"
)

SYSTEMS = 100
LIMIT = 60.0


def main() -> None:
    import django
    from django.core.management import call_command

    from consilium.embedded.services import running

    with running(STATE):
        django.setup()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("load_benchmark", "sample")
        hand_in_systems()
        sizes, cold, warm = fetched()
    total = sum(sizes.values())
    for name, size in sizes.items():
        print(f"{name:<40}{size:>8.1f} kB")
    print(f"{'first paint':<40}{total:>8.1f} kB  (limit {LIMIT:.0f})")
    print(
        f"{'board, first request / next':<40}{1000 * cold:>8.0f} ms /{1000 * warm:>5.0f} ms, ratio {cold / warm:.1f}"
    )
    shutil.rmtree(STATE, ignore_errors=True)
    if total > LIMIT:
        sys.exit("the first paint is too heavy")


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


def fetched() -> tuple[dict[str, float], float, float]:
    import re

    from django.contrib.staticfiles import finders
    from django.test import Client

    client = Client(SERVER_NAME="localhost", headers={"accept-encoding": "gzip"})
    start = time.perf_counter()
    page = client.get("/boards/sample/")
    cold = time.perf_counter() - start
    start = time.perf_counter()
    client.get("/boards/sample/")
    warm = time.perf_counter() - start
    assert page.status_code == 200, page.status_code
    assert page.headers["Content-Encoding"] == "gzip", "the page must be sent compressed"
    html = gzip.decompress(page.content).decode()
    sizes = {"the page": len(page.content) / 1024}
    for name in sorted(set(re.findall(r'(?:src|href)="/static/([^"]+)"', html))):
        path = finders.find(name)
        assert path is not None, name
        sizes[name] = len(gzip.compress(Path(path).read_bytes(), 9)) / 1024
    return sizes, cold, warm


if __name__ == "__main__":
    main()
