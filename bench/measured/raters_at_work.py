"""Raters at the rating page: the page, screens fetched ahead, drafts as they choose, and the rating itself."""

from __future__ import annotations

import asyncio
import json
import random
import re
import secrets
import uuid
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from measured.browser_connection import BrowserConnection, FailedError, Tally

SLUG, RUBRIC = "bench", "medpalm-clinician"
AHEAD = 3  # screens a page keeps ready, as rating/prefetch.js does
SECONDS_A_SCREEN = 12.0
DRAFTS = 3  # saved of each screen before it is submitted
STATE = re.compile(r'<script id="screen-state" type="application/json">(.*?)</script>', re.DOTALL)


@dataclass
class RaterAtWork:
    """One rater. `kept` is what the server said it has: screen → rating."""

    port: int
    session: tuple[str, str]
    full: dict[str, Any]
    tally: Tally
    chance: random.Random
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    _ready: list[dict[str, Any]] = field(default_factory=list)

    async def work(self, begins: float, until: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(begins - loop.time(), 0))
        session, token = self.session
        connection = BrowserConnection(
            self.port, self.tally, f"sessionid={session}; csrftoken={token}", token
        )
        while loop.time() < until:
            try:
                await self._sit_down(connection, until)
            except FailedError:
                self._ready.clear()  # counted; the page is loaded again

    async def _sit_down(self, connection: BrowserConnection, until: float) -> None:
        page = await connection.ask("rating page", "GET", f"/studies/{SLUG}/rate/")
        screen = _state(page.text)
        loop = asyncio.get_running_loop()
        while loop.time() < until - SECONDS_A_SCREEN:
            await self._fetch_ahead(connection, screen)
            await self._rate(connection, screen)
            screen = self._ready.pop(0)
        await asyncio.sleep(max(until - loop.time(), 0))

    async def _fetch_ahead(self, connection: BrowserConnection, screen: dict[str, Any]) -> None:
        """A screen that comes round again is one that is ready already."""
        while len(self._ready) < AHEAD:
            last = self._ready[-1] if self._ready else screen
            address = f"{screen['urls']['next']}?after={last['assignment']}"
            found = await connection.ask("next screen", "GET", address, headers={"Accept": "text/html"})
            self._ready.append(_state(found.text))

    async def _rate(self, connection: BrowserConnection, screen: dict[str, Any]) -> None:
        pause = self.chance.uniform(0.6, 1.4) * SECONDS_A_SCREEN / (DRAFTS + 1)
        axes = list(self.full)
        revision, payload = screen["revision"], {}
        for draft in range(1, DRAFTS + 1):
            await asyncio.sleep(pause)
            payload = {axis: self.full[axis] for axis in axes[: len(axes) * draft // DRAFTS]}
            body = json.dumps({"payload": payload, "seconds": 3 * draft, "client": "bench"}).encode()
            saved = await connection.ask(
                "draft", "PUT", screen["urls"]["draft"], body, _JSON | {"If-Match": f'"{revision}"'}
            )
            revision = json.loads(saved.text)["revision"]
        await asyncio.sleep(pause)
        rating = {"payload": payload, "seconds": 12, "revision": revision, "client": "bench"}
        key = {"Idempotency-Key": str(uuid.uuid4())}
        await connection.ask(
            "submit", "POST", screen["urls"]["submit"], json.dumps(rating).encode(), _JSON | key
        )
        self.kept[screen["assignment"]] = payload


_JSON = {"Content-Type": "application/json", "Accept": "application/json, text/html"}


def _state(page: str) -> dict[str, Any]:
    found = STATE.search(page)
    assert found, page[:500]
    state: dict[str, Any] = json.loads(unescape(found[1]))
    return state


def open_study(raters: int, items: int) -> tuple[list[Any], dict[str, Any]]:
    """A study of the twelve Med-PaLM axes that gives every rater every item: its raters, and a full rating."""
    from accounts import services as accounts
    from raters.domain.rubric import read_rubric
    from raters.domain.rubric.case import Case, ShownAnswer
    from raters.domain.rubric.shipping import shipped
    from raters.selectors import rubrics
    from raters.services import memberships, studies
    from raters.services.rubrics import publish_shipped

    publish_shipped()
    rubric = rubrics.newest(RUBRIC)
    assert rubric is not None
    coordinator = accounts.ensure_person("bench-coordinator", "bench-long-password", ["coordinator"])
    people = [accounts.ensure_person(f"rater{n}", secrets.token_hex(), ["rater"]) for n in range(raters)]
    design = {"raters_per_item": raters, "overlap_raters": raters, "overlap_share": 0.0, "repeat_share": 0.0}
    study = studies.create(coordinator, SLUG, "Bench", rubric, design=design)
    text = "\n\n".join(["A paragraph of an answer that says what to do, and when to see a doctor."] * 6)
    for n in range(items):
        answers = {"System": ShownAnswer(text=f"{n}. {text}")}
        studies.add_item(study, f"item-{n}", Case(question=f"Question {n}?"), answers)
    studies.invite(study, study.groups.get(), people)
    studies.open_study(study, without_dry_run=True)
    for person in people:
        memberships.consent(person, SLUG, 1)
    axes = read_rubric(shipped()[RUBRIC.replace("-", "_")]).axes
    return people, {axis.id: axis.options[0].value for axis in axes}


def lost(kept: dict[str, dict[str, Any]]) -> list[str]:
    """Ratings that were acknowledged and are not in the ledger as they were sent, and broken chains."""
    from django.core.management import CommandError, call_command

    from raters.models import RatingRevision

    rows = RatingRevision.objects.filter(assignment__in=kept).values_list("assignment", "payload")
    there = {str(assignment): payload for assignment, payload in rows}
    missing = [screen for screen, payload in kept.items() if there.get(screen) != payload]
    said = [f"the rating of screen {screen} is lost" for screen in missing]
    try:
        call_command("verify_ratings", SLUG, verbosity=0)
    except CommandError as error:
        said.append(f"the ledger does not verify: {error}")
    return said
