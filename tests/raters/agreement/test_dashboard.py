"""The dashboard: who sees it, that it says no more than is known, and the way from a number to its cases."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext

from raters.models import AgreementTally, Assignment, Observation, RaterGroup, Study, StudyAnswer
from raters.services import counting, publication, results, studies
from workers import tasks

pytestmark = pytest.mark.django_db

Draw = Callable[[np.random.Generator], dict[str, Any]]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def rated(every: Any, drawn: Draw, all_rated: Callable[..., None]) -> Any:
    rng = np.random.default_rng(11)
    all_rated(every, lambda _: drawn(rng))
    counting.count_all_new(every)
    return every


@pytest.fixture
def locked(opened: Callable[..., Any], drawn: Draw, all_rated: Callable[..., None]) -> Any:
    """Two systems; raters find Model A of no risk and B of much, but for one who is strict now and then."""
    study = opened("every", "locked", items=6, raters=3, systems=2)
    rng = np.random.default_rng(12)
    first = study.memberships.first().pk
    best = set(StudyAnswer.objects.filter(system__name="Model A").values_list("pk", flat=True))

    def payload(row: Any) -> dict[str, Any]:
        is_strict = row.membership_id == first and row.item.number % 2
        is_safe = row.answers[0] in best and not is_strict
        return drawn(rng) | {"risk": "none" if is_safe else "much"}

    all_rated(study, payload)
    studies.lock(study)
    study.refresh_from_db()
    counting.count_all_new(study)
    results.settle(study)
    return study


def browser(person: Any) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


def coordinator(study: Any) -> Client:
    return browser(study.coordinator)


def rater_of(study: Any) -> Any:
    return study.memberships.first().rater


ADDRESSES = ["agreement/", "export/", "export/ratings.csv", "export/study.json"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_open_study_shows_its_agreement_to_its_coordinator_and_to_no_rater(
    rated: Any, eve: Any, root_admin: Any, address: str
) -> None:
    where = f"/studies/every/{address}"
    assert coordinator(rated).get(where).status_code == 200
    assert browser(root_admin).get(where).status_code == 200
    for person in (None, eve, rater_of(rated)):
        assert browser(person).get(where).status_code == 404


def test_whoever_rates_in_an_open_study_does_not_see_it_as_an_administrator_either(rated: Any) -> None:
    rater = rater_of(rated)
    rater.roles = ["administrator"]
    rater.save()
    assert browser(rater).get("/studies/every/agreement/").status_code == 404
    assert browser(rater).get("/api/v1/studies/every/agreement/").status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_published_study_is_open_to_everybody(locked: Any, eve: Any, address: str) -> None:
    assert browser(eve).get(f"/studies/locked/{address}").status_code == 404
    publication.ask(locked)
    assert publication.publish(locked)
    for person in (None, eve, rater_of(locked)):
        assert browser(person).get(f"/studies/locked/{address}").status_code == 200


def test_every_variable_is_shown_with_value_interval_and_pairs(rated: Any) -> None:
    page = html.unescape(coordinator(rated).get("/studies/every/agreement/").content.decode())
    tally = AgreementTally.objects.get(study=rated, variable="risk").estimates
    alpha = tally["coefficients"]["krippendorff_alpha"]
    for number in (alpha["value"], alpha["low"], alpha["high"]):
        assert f"{number:.2f}".replace("-", "−") in page
    for label in ("Risk", "Right", "Feel", "Minutes", "Faults: Long", "Marks", "Points", "Safe"):
        assert label in page
    assert "18 of 18 planned pairs of screens rated" in page
    assert "few pairs" in page  # 18 are below 50
    assert "substantial" not in page


def test_shares_stand_in_the_order_of_the_scale(rated: Any) -> None:
    page = coordinator(rated).get("/studies/every/agreement/").content.decode()
    places = [page.index(f'<span dir="auto">{label}</span>') for label in ("None", "Some", "Much", "Grave")]
    assert places == sorted(places)


def test_the_dashboard_reads_tallies_and_no_observation(rated: Any) -> None:
    client = coordinator(rated)
    client.get("/studies/every/agreement/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/studies/every/agreement/")
    said = [query["sql"] for query in queries.captured_queries]
    assert not [sql for sql in said if "raters_observation" in sql]
    assert not [sql for sql in said if '"raters_agreementtally"."state"' in sql]
    assert len(said) < 25


def test_columns_are_chosen_and_rows_sorted_by_one(rated: Any) -> None:
    client = coordinator(rated)
    page = client.get("/studies/every/agreement/?show=alpha&sort=-alpha").content.decode()
    assert page.count('aria-sort="') == 1
    assert 'aria-sort="descending"' in page
    shown = [
        page.index(f'variable={tally.variable}"')
        for tally in sorted(
            AgreementTally.objects.filter(study=rated, variable__in=["risk", "right", "safe", "feel"]),
            key=lambda one: -one.estimates["coefficients"]["krippendorff_alpha"]["value"],
        )
    ]
    assert shown == sorted(shown)


def test_a_refresh_gets_the_part_that_changes_and_nothing_else(rated: Any) -> None:
    fragment = coordinator(rated).get("/studies/every/agreement/", headers=HTMX).content.decode()
    assert fragment.strip().startswith('<div id="agreement"')
    assert "<html" not in fragment


def test_a_study_nobody_has_rated_says_so(every: Any) -> None:
    page = coordinator(every).get("/studies/every/agreement/").content.decode()
    assert "No rating has been counted yet" in page


def test_groups_are_never_pooled(
    opened: Callable[..., Any], drawn: Draw, all_rated: Callable[..., None]
) -> None:
    study = opened("every", "groups", items=5, raters=2)
    other = RaterGroup.objects.create(study=study, name="Nurses")
    moved = study.memberships.first()
    moved.group = other
    moved.save()
    rng = np.random.default_rng(1)
    all_rated(study, lambda _: drawn(rng))
    counting.count_all_new(study)
    tallies = AgreementTally.objects.filter(study=study, variable="right")
    assert [tally.estimates["pairs"] for tally in tallies] == [0, 0]
    page = coordinator(study).get("/studies/groups/agreement/").content.decode()
    assert "Nurses" in page
    assert page.count("no case is planned for two raters") == 2


def test_from_a_variable_to_the_cases_furthest_apart_to_the_case_without_names(
    every: Any, drawn: Draw, all_rated: Callable[..., None]
) -> None:
    rng = np.random.default_rng(3)
    members = list(every.memberships.values_list("pk", flat=True))

    def payload(row: Any) -> dict[str, Any]:
        given = drawn(rng) | {"risk": "none"}
        if row.item.key == "case-4" and row.membership_id == members[0]:
            given["risk"] = "grave"
        if row.item.key == "case-2" and row.membership_id == members[1]:
            given["risk"] = "some"
        return given

    all_rated(every, payload)
    counting.count_all_new(every)
    client, group = coordinator(every), RaterGroup.objects.get(study=every)
    page = client.get(f"/studies/every/agreement/variable/?group={group.pk}&variable=risk").content.decode()
    assert page.index("case-4") < page.index("case-2")
    assert "case-0" not in page
    unit = Assignment.objects.filter(study=every, item__key="case-4")[0].unit
    case = client.get(
        f"/studies/every/agreement/case/?group={group.pk}&variable=risk&unit={unit}&part="
    ).content.decode()
    assert "What about case 4?" in case
    assert case.count('class="letter"') == 3
    assert "Grave" in case
    assert "every-rater" not in case
    assert "Model A" not in case


@pytest.mark.parametrize(
    "query",
    ["", "group=x&variable=risk", "group=1&variable=none", "group=99999999999999999999&variable=risk"],
)
def test_what_nobody_rated_is_not_found(rated: Any, query: str) -> None:
    assert coordinator(rated).get(f"/studies/every/agreement/variable/?{query}").status_code == 404
    assert coordinator(rated).get(f"/studies/every/agreement/case/?{query}&unit=1:2").status_code == 404


@pytest.mark.parametrize("unit", ["", "x", "1", "0:0", "1:", ":1", "9" * 30 + ":1", "1:" + "9" * 30])
def test_a_unit_that_is_none_is_not_found(rated: Any, unit: str) -> None:
    group = RaterGroup.objects.get(study=rated)
    where = f"/studies/every/agreement/case/?group={group.pk}&variable=risk&unit={unit}"
    assert coordinator(rated).get(where).status_code == 404


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


def test_programs_read_the_same_by_address_or_id(rated: Any) -> None:
    client = coordinator(rated)
    found = client.get("/api/v1/studies/every/agreement/").json()
    assert client.get(f"/api/v1/studies/{rated.pk}/agreement/").json() == found
    risk = next(one for one in found["groups"][0]["variables"] if one["variable"] == "risk")
    tally = AgreementTally.objects.get(study=rated, variable="risk")
    assert risk["coefficients"] == tally.estimates["coefficients"]
    assert risk["systems"] is None
    assert client.get("/api/v1/studies/nowhere/agreement/").status_code == 404


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
    assert browser(eve).post("/studies/locked/agreement/publish/").status_code == 404
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


def test_the_chapter_on_agreement_is_a_page(client: Client) -> None:
    page = client.get("/methods/agreement/").content.decode()
    assert "Krippendorff" in page
    assert "<table" in page
