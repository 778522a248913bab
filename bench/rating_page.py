"""The rating page in a real browser on loopback: what its first load weighs, and how soon the next item is there.

Weight is what came over the wire, compressed, of everything the page asked for. Time runs from the press of
Ctrl+Enter on a complete form to the next item on screen. The site runs as `manage.py up` starts it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
from measured.figures import figure

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
STATE = Path(tempfile.mkdtemp(prefix="consilium-bench-"))
os.environ.pop("DEBUG", None)
os.environ.update(CONSILIUM_STATE=str(STATE), DJANGO_SETTINGS_MODULE="consilium.settings", LOG_LEVEL="ERROR")

KILOBYTES, MILLISECONDS = 80.0, 100.0
ITEMS = 24
NAME, PASSWORD = "bench-rater", "bench-long-password"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> int:
    import django

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "up"],
        env={**os.environ, "PORT": str(port), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(port)
        django.setup()
        prepare()
        weights, times = measured(f"http://127.0.0.1:{port}")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(STATE, ignore_errors=True)
    total = sum(weights.values())
    for kind, weight in sorted(weights.items(), key=lambda pair: -pair[1]):
        print(f"{kind:<40}{weight:>8.1f} kB")
    middle, slow = np.percentile(times, [50, 95])
    print(f"{'submit to next item, p50 / p95':<40}{middle:>8.0f} / {slow:.0f} ms")
    light = figure("rating page, first load, compressed", total, "kB", most=KILOBYTES)
    quick = figure("submit to the next item on screen, p95", float(slow), "ms", most=MILLISECONDS)
    return 0 if light and quick else 1


def wait_until_ready(port: int) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the site did not start")


def prepare() -> None:
    """A study of the twelve Med-PaLM axes with items enough to go on."""
    from accounts import services as accounts
    from raters.domain.rubric.case import Case, ShownAnswer
    from raters.selectors import rubrics
    from raters.services import memberships, studies
    from raters.services.rubrics import publish_shipped

    publish_shipped()
    coordinator = accounts.ensure_person("bench", PASSWORD, ["coordinator"])
    rater = accounts.ensure_person(NAME, PASSWORD, ["rater"])
    rubric = rubrics.newest("medpalm-clinician")
    assert rubric is not None
    study = studies.create(coordinator, "bench", "Bench", rubric, design={"repeat_share": 0.0})
    for n in range(ITEMS):
        text = "\n\n".join(["A paragraph of an answer that says what to do, and when to see a doctor."] * 6)
        studies.add_item(
            study, f"item-{n}", Case(question=f"Question {n}?"), {"System": ShownAnswer(text=text)}
        )
    studies.invite(study, study.groups.get(), [rater])
    studies.open_study(study, without_dry_run=True)
    memberships.consent(rater, "bench", 1)


def measured(site: str) -> tuple[dict[str, float], list[float]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{site}/account/login/")
        page.fill("[name=login]", NAME)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{site}/studies/")
        weights = weighed(page, f"{site}/studies/bench/rate/")
        times = [rated(page) for _ in range(ITEMS - 3)]
        browser.close()
    return weights, times


def weighed(page: Any, address: str) -> dict[str, float]:
    """kB over the wire by kind of resource, with an empty cache."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    weights: dict[str, float] = {}

    def received(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def finished(event: dict[str, Any]) -> None:
        kind = kinds.get(event["requestId"], "Other")
        weights[kind] = weights.get(kind, 0.0) + event["encodedDataLength"] / 1024

    session.on("Network.responseReceived", received)
    session.on("Network.loadingFinished", finished)
    page.goto(address)
    page.wait_for_load_state("load")
    page.wait_for_selector("fieldset[data-axis]")
    loaded = dict(weights)
    page.wait_for_timeout(1500)  # what comes after is the next item, fetched ahead
    session.detach()
    return loaded


def rated(page: Any) -> float:
    """Milliseconds from submitting a complete form to the next item on screen."""
    screen = page.get_attribute("#screen", "data-assignment")
    for choice in page.locator("fieldset[data-axis] input[type=radio][value]").all():
        name = choice.get_attribute("name")
        if not page.locator(f'input[name="{name}"]:checked').count():
            choice.check(force=True)
    page.wait_for_timeout(600)  # a rater reads; the next item has come meanwhile
    return float(
        page.evaluate(
            """async (before) => {
                const start = performance.now();
                document.getElementById("form").requestSubmit();
                while (document.getElementById("screen")?.dataset.assignment === before)
                    await new Promise(requestAnimationFrame);
                await new Promise(requestAnimationFrame);
                return performance.now() - start;
            }""",
            screen,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
