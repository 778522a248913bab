"""Streams and pseudonyms tell nothing to whoever knows public ids and the program."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import psycopg
import pytest
from django.db import connection

from raters.selectors import disagreement, export
from raters.services import counting, studies
from tests.signed_in import signed_in

KEYS = [f"a key of this test, number {number}" for number in range(24)]


@pytest.mark.django_db(transaction=True)
def test_a_stream_names_a_study_by_its_id_and_says_no_more(
    every: Any, drawn: Any, all_rated: Callable[..., None]
) -> None:
    with psycopg.connect(**connection.get_connection_params() | {"autocommit": True}) as listener:
        listener.execute("LISTEN consilium")
        rng = np.random.default_rng(3)
        all_rated(every, lambda _: drawn(rng))
        counting.count_all_new(every)
        studies.lock(every)
        heard = {notice.payload for notice in listener.notifies(timeout=2)}
    assert {each for each in heard if each.startswith("study:")} == {f"study:{every.pk}"}
    assert not any(every.slug in each for each in heard)
    assert isinstance(every.pk, uuid.UUID)
    assert every.pk.version == 4, "drawn at random: whoever has no page that names it cannot subscribe"


@pytest.mark.django_db
def test_the_id_of_an_open_study_stands_on_its_coordinators_pages_alone(every: Any, eve: Any) -> None:
    rater = every.memberships.first().rater
    subscribed = f"/live/?topic=study:{every.pk}"
    assert subscribed in signed_in(every.coordinator).get("/studies/every/agreement/").content.decode()
    pages = [
        "/studies/",
        "/studies/every/",
        "/studies/every/rate/",
        "/studies/every/agreement/",
        "/studies/every/mine/",
        "/api/v1/studies/",
        "/api/v1/assignments/next/?study=every",
        "/api/v1/studies/every/agreement/",
    ]
    for person in (None, eve, rater):
        for page in pages:
            answer = signed_in(person).get(page, follow=True)
            assert str(every.pk) not in answer.content.decode(), (person, page)


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["raters", "systems", "order"])
def test_pseudonyms_follow_from_a_secret_and_not_from_ids(
    opened: Callable[..., Any], settings: Any, what: str
) -> None:
    study = opened("every", "hidden", raters=4, systems=4, raters_per_item=1, overlap_raters=1)
    told: dict[str, Callable[[], Any]] = {
        "raters": lambda: tuple(sorted(export.pseudonyms(study).items())),
        "systems": lambda: tuple(sorted(export.names_of_systems(study).items())),
        "order": lambda: tuple(disagreement.drawn(study, "a unit", range(6))),
    }
    found = []
    for key in KEYS:
        settings.SECRET_KEY = key
        once = told[what]()
        assert told[what]() == once, "the same each time it is shown"
        found.append(once)
    assert len(set(found)) > 1
