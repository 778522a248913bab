"""A study is published once it is locked and every count and chain holds; systems are named from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.db.models import Q

from raters.models import AgreementTally, Observation, Study
from raters.services import counting, publication, results
from tests.raters.agreement.looking import Draw, coordinator
from tests.signed_in import signed_in
from workers import tasks

pytestmark = pytest.mark.django_db


def test_systems_and_their_means_appear_once_the_study_is_locked(locked: Any) -> None:
    page = coordinator(locked).get("/studies/locked/agreement/").content.decode()
    assert "Model A" in page
    means = AgreementTally.objects.get(study=locked, variable="risk").estimates["systems"]["top_bin"]
    names = dict(locked.systems.values_list("pk", "name"))
    # A is of no risk but for one rater on three of six cases: 15 of 18 ratings; B never
    assert {names[one["system"]]: one["value"] for one in means} == {
        "Model A": pytest.approx(15 / 18),
        "Model B": 0.0,
    }
    assert means[1]["low"] is None  # nothing varies: no interval is made up
    assert means[0]["low"] < 15 / 18 < means[0]["high"]


def test_an_open_study_names_no_system_anywhere(
    opened: Callable[..., Any], drawn: Draw, all_rated: Callable[..., None]
) -> None:
    study = opened("every", "blind", items=5, raters=2, systems=2)
    rng = np.random.default_rng(1)
    all_rated(study, lambda _: drawn(rng))
    counting.count_all_new(study)
    client = coordinator(study)
    for where in ("/studies/blind/agreement/", "/studies/blind/export/", "/api/v1/studies/blind/agreement/"):
        assert "Model " not in client.get(where).content.decode()
    for name in ("ratings.csv", "observations.jsonl", "study.json", "history.parquet"):
        response = client.get(f"/studies/blind/export/{name}")
        content = b"".join(response.streaming_content) if response.streaming else response.content
        assert b"Model " not in content


def test_a_corrupted_tally_keeps_a_study_from_being_published_and_is_named(locked: Any) -> None:
    tally = AgreementTally.objects.get(study=locked, variable="risk")
    tally.estimates["coefficients"]["krippendorff_alpha"]["value"] += 2e-6
    tally.save()
    publication.ask(locked)
    assert publication.publish(locked) is False
    locked.refresh_from_db()
    assert not locked.published
    assert locked.publication_problem.startswith("Risk (Raters): alpha is kept as")
    assert locked.publication_problem.count("\n") == 0  # and nothing else is in doubt
    page = coordinator(locked).get("/studies/locked/agreement/").content.decode()
    assert "Risk (Raters)" in page
    counting.recount(locked)
    publication.ask(locked)
    assert publication.publish(locked)


@pytest.mark.parametrize("what", ["state", "lost", "number", "missing"])
def test_counts_that_are_not_those_of_the_ratings_block_it_too(locked: Any, what: str) -> None:
    tally = AgreementTally.objects.get(study=locked, variable="right")
    if what == "state":
        tally.state = bytes(AgreementTally.objects.get(study=locked, variable="faults.long").state)
    elif what == "lost":
        tally.n_ratings -= 1
    elif what == "number":
        tally.estimates["coefficients"]["krippendorff_alpha"] = {"value": None, "status": "too_few_items"}
    if what == "missing":
        tally.delete()
    else:
        tally.save()
    publication.ask(locked)
    assert publication.publish(locked) is False
    assert "Right (Raters)" in Study.objects.get(pk=locked.pk).publication_problem


def test_a_broken_chain_keeps_a_study_from_being_published(locked: Any) -> None:
    locked.memberships.filter(pk=locked.memberships.first().pk).update(chain_head="0" * 64)
    publication.ask(locked)
    assert publication.publish(locked) is False
    assert "chain of ratings" in Study.objects.get(pk=locked.pk).publication_problem


def test_only_a_locked_study_is_published_and_only_by_its_coordinator(
    rated: Any, locked: Any, eve: Any
) -> None:
    client = coordinator(rated)
    assert (
        "Lock the study first"
        in client.post("/studies/every/agreement/publish/", follow=True).content.decode()
    )
    assert signed_in(eve).post("/studies/locked/agreement/publish/").status_code == 404
    assert not Study.objects.exclude(publication_problem="").exists()
    assert coordinator(locked).post("/studies/locked/agreement/publish/").status_code == 302
    assert publication.waiting() == [locked]


def test_the_workers_sweep_counts_settles_and_publishes(locked: Any, rated: Any) -> None:
    AgreementTally.objects.filter(study=locked).delete()
    Observation.objects.filter(study=locked).delete()
    counting.look_again(locked.pk, Q())
    publication.ask(locked)
    tasks.look_after_studies()
    locked.refresh_from_db()
    assert locked.published
    assert results.unsettled_studies() == []
    assert counting.uncounted_studies() == []
