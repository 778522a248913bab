"""Agreement as it is shown: to whom, of what, and down to the cases."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from raters.models import AgreementTally, Assignment, RaterGroup
from raters.services import counting, publication
from tests.raters.agreement.looking import Draw, coordinator
from tests.signed_in import signed_in

pytestmark = pytest.mark.django_db


HTMX = {"HX-Request": "true"}


def rater_of(study: Any) -> Any:
    return study.memberships.first().rater


ADDRESSES = ["agreement/", "export/", "export/ratings.csv", "export/study.json"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_open_study_shows_its_agreement_to_its_coordinator_and_to_no_rater(
    rated: Any, eve: Any, root_admin: Any, address: str
) -> None:
    where = f"/studies/every/{address}"
    assert coordinator(rated).get(where).status_code == 200
    assert signed_in(root_admin).get(where).status_code == 200
    for person in (None, eve, rater_of(rated)):
        assert signed_in(person).get(where).status_code == 404


def test_whoever_rates_in_an_open_study_does_not_see_it_as_an_administrator_either(rated: Any) -> None:
    rater = rater_of(rated)
    rater.roles = ["administrator"]
    rater.save()
    assert signed_in(rater).get("/studies/every/agreement/").status_code == 404
    assert signed_in(rater).get("/api/v1/studies/every/agreement/").status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_published_study_is_open_to_everybody(locked: Any, eve: Any, address: str) -> None:
    assert signed_in(eve).get(f"/studies/locked/{address}").status_code == 404
    publication.ask(locked)
    assert publication.publish(locked)
    for person in (None, eve, rater_of(locked)):
        assert signed_in(person).get(f"/studies/locked/{address}").status_code == 200


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


def test_programs_read_the_same_by_address_or_id(rated: Any) -> None:
    client = coordinator(rated)
    found = client.get("/api/v1/studies/every/agreement/").json()
    assert client.get(f"/api/v1/studies/{rated.pk}/agreement/").json() == found
    risk = next(one for one in found["groups"][0]["variables"] if one["variable"] == "risk")
    tally = AgreementTally.objects.get(study=rated, variable="risk")
    assert risk["coefficients"] == tally.estimates["coefficients"]
    assert risk["systems"] is None
    assert client.get("/api/v1/studies/nowhere/agreement/").status_code == 404


def test_the_chapter_on_agreement_is_a_page(client: Client) -> None:
    page = client.get("/methods/agreement/").content.decode()
    assert "Krippendorff" in page
    assert "<table" in page
