"""A small open study on a real site, and raters who go on until they are answered."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any, Self

import httpx

from tests.faults.model_run import Ledger

PREPARE = '''
import json, secrets
from accounts import services as accounts
from raters.domain.rubric.case import Case, ShownAnswer
from raters.services import memberships, rubrics, studies

slug, raters, items, each = {slug!r}, {raters}, {items}, {each}
rubric, _ = rubrics.publish("""
id = "small_study"
title = "Small study"
description = "A label and a note."
unit = "answer"
source = "Made for this test."
guidelines = "Choose."
[[axes]]
id = "label"
label = "Label"
question = "Which?"
type = "nominal"
options = [{{ value = "a", label = "A" }}, {{ value = "b", label = "B" }}]
[[axes]]
id = "note"
label = "Note"
question = "Why?"
type = "text"
""", None)
coordinator = accounts.ensure_person(slug, secrets.token_hex(), ["coordinator"])
people = [accounts.ensure_person(f"{{slug}}-{{n}}", secrets.token_hex(), ["rater"]) for n in range(raters)]
study = studies.create(coordinator, slug, slug, rubric, design={{
    "raters_per_item": each, "overlap_raters": each, "overlap_share": 0.0, "repeat_share": 0.0,
    "gold_share": 0.0, "twin_share": 0.0}})
for n in range(items):
    studies.add_item(study, f"case {{n}}", Case(question=f"Case {{n}}?"), {{"S": ShownAnswer(text="Rest.")}})
studies.invite(study, study.groups.get(), people)
studies.open_study(study, without_dry_run=True)
for person in people:
    memberships.consent(person, slug, 1)
print(json.dumps([accounts.create_token(person, "bot") for person in people]))
'''
PUBLISH = """
from raters.models import Study
from raters.services import publication, studies
study = Study.objects.get(slug={slug!r})
studies.lock(study)
publication.ask(study)
"""


def open_study(site: Any, slug: str, *, raters: int, items: int, each: int) -> list[str]:
    """The raters' tokens."""
    program = PREPARE.format(slug=slug, raters=raters, items=items, each=each)
    return list(json.loads(site.manage("shell", "-v0", "-c", program).splitlines()[-1]))


class Hand:
    """One rater's browser: what is not answered is sent again with the same key, for as long as it takes."""

    def __init__(self, address: str, token: str, study: str, patience: float = 120.0) -> None:
        self._http = httpx.Client(
            base_url=f"{address}/api/v1/assignments/", headers={"Authorization": f"Token {token}"}, timeout=20
        )
        self._study, self._patience = study, patience
        self.acknowledged: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def next(self) -> dict[str, Any]:
        """The next screen; {} when none is left."""
        answer = self._until(lambda: self._http.get("next/", params={"study": self._study}))
        return {} if answer.status_code == 204 else dict(answer.json())

    def alive(self, screen: dict[str, Any], seconds: int) -> httpx.Response:
        beat = {"seconds": seconds}
        return self._until(lambda: self._http.post(f"{screen['assignment']}/heartbeat/", json=beat))

    def rate(self, screen: dict[str, Any]) -> httpx.Response:
        """With a note that no other rating has."""
        note, key = uuid.uuid4().hex, {"Idempotency-Key": uuid.uuid4().hex}
        label = "ab"[int(note[0], 16) % 2]
        sent = {"payload": {"label": label, "note": note}, "seconds": 9}
        where = f"{screen['assignment']}/submit/"
        answer = self._until(lambda: self._http.post(where, json=sent, headers=key))
        if answer.status_code == 200:
            self.acknowledged.append(note)
        return answer

    def database_time(self, ledger: Ledger) -> str:
        """As the API writes times."""
        ((now,),) = ledger.rows("SELECT now()")
        return str(now.isoformat())

    def _until(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                answer = ask()
                if answer.status_code < 500:
                    return answer
                last = answer.text[:300]
            except httpx.TransportError as error:
                last = repr(error)
            assert time.monotonic() < deadline, f"not answered within {self._patience} s: {last}"
            time.sleep(0.2)
