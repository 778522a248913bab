"""Rubrics: read by everybody, uploaded by coordinators, never changed once published."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from raters.domain.rubric import read_rubric, shipped

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}

OWN = """
id = "mine"
title = "Mine <script>alert(1)</script>"
description = "One question <b>of mine</b>."
unit = "answer"
source = "Nobody."
guidelines = "Choose <img src=x>."

[[axes]]
id = "safe"
label = "=1+1"
question = "Is it <i>safe</i>?"
type = "binary"
options = [{ value = "yes", label = "Yes" }, { value = "no", label = "No" }]
"""


def upload(client: Client, toml: str | bytes, **headers: str) -> Any:
    if isinstance(toml, bytes):
        return client.post(
            "/rubrics/upload/publish/", {"file": SimpleUploadedFile("r.toml", toml)}, headers=headers
        )
    return client.post("/rubrics/upload/publish/", {"toml": toml}, headers=headers)


@pytest.fixture
def coordinator(carla: Any, browser_of: Callable[[Any], Client]) -> Client:
    return browser_of(carla)


@pytest.mark.parametrize("slug", sorted(shipped()))
def test_every_shipped_rubric_is_shown_as_a_form_that_does_nothing(slug: str, client: Client) -> None:
    from raters.services import rubrics

    rubrics.publish_shipped()
    shown = client.get(f"/rubrics/{slug.replace('_', '-')}/").content.decode()
    assert "<fieldset" in shown
    preview = shown[shown.index('class="preview"') : shown.index('id="axes-title"')]
    assert "disabled" in preview
    assert "style=" not in preview
    for axis in read_rubric(shipped()[slug]).axes:
        assert f'data-axis="{axis.id}"' in preview, "conditional questions are shown, too"
        opening = preview[
            preview.index(f'data-axis="{axis.id}"') - 90 : preview.index(f'data-axis="{axis.id}"') + 260
        ]
        assert " hidden" not in opening.split(">")[0]


def test_the_list_is_public_and_only_coordinators_see_the_way_to_upload(
    client: Client, coordinator: Client
) -> None:
    from raters.services import rubrics

    rubrics.publish_shipped()
    assert client.get("/rubrics/").content.decode().count("<article") == len(shipped())
    assert "Check and publish" not in client.get("/rubrics/").content.decode()
    assert "Check and publish" in coordinator.get("/rubrics/").content.decode()


def test_only_coordinators_upload(
    raters: list[Any], browser_of: Callable[[Any], Client], client: Client
) -> None:
    from raters.models import RubricVersion

    assert upload(browser_of(raters[0]), OWN).status_code == 403
    assert upload(client, OWN).status_code == 302
    assert not RubricVersion.objects.exists()


def test_an_own_rubric_is_published_once_and_changed_content_is_another_version(coordinator: Client) -> None:
    from raters.models import RubricVersion

    assert upload(coordinator, OWN)["Location"] == "/rubrics/mine/?version=1"
    assert upload(coordinator, OWN.encode())["Location"] == "/rubrics/mine/?version=1"
    assert RubricVersion.objects.count() == 1
    assert upload(coordinator, OWN.replace("Yes", "Yes, safe"))["Location"] == "/rubrics/mine/?version=2"
    shown = coordinator.get("/rubrics/mine/?version=2&against=1").content.decode()
    assert "<ins>" in shown
    assert "<del>" in shown
    assert "Yes, safe" in shown[shown.index('id="difference"') :]


def test_html_in_a_rubric_stays_text(coordinator: Client, client: Client) -> None:
    upload(coordinator, OWN)
    upload(coordinator, OWN.replace("Yes", "<script>alert(2)</script>"))
    for page in ("/rubrics/", "/rubrics/mine/", "/rubrics/mine/?version=2&against=1"):
        shown = client.get(page).content.decode()
        assert "<script>alert" not in shown, page
        assert "<i>safe" not in shown, page
        assert "<img src=x" not in shown, page


def test_a_study_keeps_its_version_when_another_is_published(coordinator: Client, carla: Any) -> None:
    from raters.models import RubricVersion, Study
    from raters.services import drafts

    upload(coordinator, OWN)
    drafts.create(carla, "s", "S", RubricVersion.objects.get())
    upload(coordinator, OWN.replace("Yes", "Sure"))
    assert Study.objects.get().rubric.number == 1
    assert "Yes" in RubricVersion.objects.get(number=1).toml


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("", "nothing in it"),
        ("   \n", "nothing in it"),
        ("not toml at all", "this is not TOML"),
        ("a = " + "[" * 5000, "not TOML"),
        (OWN.replace('unit = "answer"', ""), "unit"),
        (OWN.replace('type = "binary"', 'type = "binry"'), "one of"),
        (OWN.replace('id = "mine"', 'id = "M i n e"'), "is no id"),
        (OWN.replace("Nobody.", "Nobody \\u0000."), "null character"),
        (OWN.replace("Mine <script>", "x" * 201), "at most 200"),
        (OWN + "# " + "x" * 200_001, "at most 200 kB"),
        (OWN + "# " + "x" * 400_001, "at most"),
        (b"\xff\xfe" + OWN.encode("utf-16-le"), "no Unicode"),
        (OWN.encode("latin-1") + b"# \xe9", "no Unicode"),
        (b"", "nothing in it"),
    ],
)
def test_what_is_no_rubric_is_refused_with_every_problem(coordinator: Client, toml: Any, said: str) -> None:
    from raters.models import RubricVersion

    page = upload(coordinator, toml)
    assert page.status_code == 400
    assert said in page.content.decode()
    assert not RubricVersion.objects.exists()
    part = upload(coordinator, toml, **HTMX)
    assert part.status_code == 422
    assert "<html" not in part.content.decode()


def test_all_problems_are_named_at_once(coordinator: Client) -> None:
    bad = OWN.replace('unit = "answer"', 'unit = "anser"').replace('type = "binary"', 'type = "binry"')
    shown = upload(coordinator, bad).content.decode()
    assert "2 problems" in shown


def test_the_name_of_a_shipped_rubric_or_of_somebody_elses_is_not_to_be_had(
    coordinator: Client, dora: Any, browser_of: Callable[[Any], Client]
) -> None:
    from raters.models import RubricVersion
    from raters.services import rubrics

    rubrics.publish_shipped()
    number = RubricVersion.objects.count()
    theirs = shipped()["medval"].replace("minutes = 6", "minutes = 7")
    assert "not yours" in upload(coordinator, theirs).content.decode()
    upload(coordinator, OWN)
    assert "not yours" in upload(browser_of(dora), OWN.replace("Yes", "Aye")).content.decode()
    assert RubricVersion.objects.count() == number + 1


def test_the_toml_comes_back_as_it_was_uploaded(coordinator: Client, client: Client) -> None:
    written = OWN.replace("\n", "\r\n").encode()
    upload(coordinator, written)
    answer = client.get("/rubrics/mine/toml/?version=1")
    assert "attachment" in answer["Content-Disposition"]
    assert read_rubric(answer.content.decode()) == read_rubric(OWN)


def test_the_codebook_holds_no_cell_that_a_spreadsheet_would_carry_out(
    coordinator: Client, client: Client
) -> None:
    upload(coordinator, OWN)
    rows = list(csv.DictReader(io.StringIO(client.get("/rubrics/mine/codebook/").content.decode())))
    assert rows[0]["variable"] == "safe"
    assert rows[0]["label"] == "'=1+1"
    assert all(not value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


@pytest.mark.parametrize(
    "query", ["version=9", "version=x", "version=-1", "version=0", "version=" + "9" * 40]
)
def test_a_version_that_is_not_there_is_not_found(coordinator: Client, query: str) -> None:
    upload(coordinator, OWN)
    assert coordinator.get(f"/rubrics/mine/?{query}").status_code == 404
    assert coordinator.get("/rubrics/none/").status_code == 404


def test_a_comparison_with_nothing_is_the_page_without_one(coordinator: Client) -> None:
    upload(coordinator, OWN)
    for against in ("9", "x", ""):
        answer = coordinator.get(f"/rubrics/mine/?against={against}")
        assert answer.status_code == 200
        assert 'id="difference"' not in answer.content.decode()
