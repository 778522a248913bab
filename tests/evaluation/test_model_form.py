"""The form of a model to be run: faults beside their fields, nothing typed lost, and a second try prefilled."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from evaluation.models import Recipe, Submission
from evaluation.services import recipes
from tests.evaluation.test_model_pages import FORM, of

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, lab: Any) -> Client:
    client.force_login(lab)
    return client


def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(page: Client, tiny: Any) -> None:
    sent = {**FORM, "system": "Kept name", "temperature": "9", "tasks": ["verdict"], "mode": "cot"}

    shown = page.post("/submit/model/", sent).content.decode()

    assert 'href="#id_temperature">Temperature</a>' in shown  # the summary leads to the field
    assert 'id="id_temperature_error"' in shown
    assert 'value="Kept name"' in shown
    assert 'value="verdict" checked' in shown
    assert 'value="cot" checked' in shown


def test_a_refusal_of_the_service_stands_beside_its_field(page: Client, tiny: Any) -> None:
    shown = page.post("/submit/model/", {**FORM, "mode": "zero-shot", "tasks": ["surgery"]}).content.decode()

    assert 'href="#tasks">' in shown
    assert "There is no task &#x27;surgery&#x27; here" in shown


def test_a_refused_model_is_sent_in_again_from_a_filled_form_without_its_key(
    page: Client, lab: Any, tiny: Any
) -> None:
    wanted = recipes.Wanted(
        "openai_api", "m", base_url="https://models.example/v1", key="sk-secret", mode="cot",
        decoding={"max_new_tokens": 33}, options={"concurrency": 5}, task_slugs=["verdict"],
    )  # fmt: skip
    submission, _ = recipes.submit(lab, tiny, "M", wanted)
    page.post(f"/submissions/{submission.pk}/cancel/")
    assert f"/submit/model/?again={submission.pk}" in of(page, submission)

    shown = page.get(f"/submit/model/?again={submission.pk}").content.decode()

    for kept in ('value="https://models.example/v1"', 'value="cot" checked', 'value="33"', 'value="5"'):
        assert kept in shown
    assert 'value="verdict" checked' in shown
    assert "sk-secret" not in shown


@pytest.mark.parametrize("again", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_an_old_link_to_send_a_model_in_again_still_opens(page: Client, tiny: Any, again: str) -> None:
    assert page.get(f"/submit/model/?again={again}").status_code == 200


def test_nobody_sees_what_another_person_asked_for(client: Client, rival: Any, lab: Any, tiny: Any) -> None:
    wanted = recipes.Wanted("openai_api", "m", base_url="https://models.example/v1")
    submission, _ = recipes.submit(lab, tiny, "M", wanted)
    client.force_login(rival)

    assert b'models.example/v1"' not in client.get(f"/submit/model/?again={submission.pk}").content


def test_the_model_field_offers_what_lies_where_operators_keep_models(
    page: Client, tiny: Any, tmp_path: Path, settings: Any
) -> None:
    settings.MODEL_FOLDERS = [str(tmp_path / "models"), str(tmp_path / "absent")]
    for name in ("org/one", "two", ".hidden/three", "no-model"):
        (tmp_path / "models" / name).mkdir(parents=True)
    for name in ("org/one", "two", ".hidden/three"):
        (tmp_path / "models" / name / "config.json").write_text("{}", encoding="utf-8")

    shown = page.get("/submit/model/").content.decode()

    offered = re.findall(r'<option value="([^"]*)">(?:one|two|three|no-model)<', shown)
    assert offered == [str(tmp_path / "models" / name) for name in ("org/one", "two")]


def test_a_run_that_failed_for_its_key_goes_on_with_another(page: Client, lab: Any, tiny: Any) -> None:
    url = "https://models.example/v1"
    wanted = recipes.Wanted("openai_api", "m", base_url=url, key="expired")
    submission, _ = recipes.submit(lab, tiny, "M", wanted)
    Submission.objects.filter(pk=submission.pk).update(verdict="accepted")

    sent = {**FORM, "backend": "openai_api", "model": "m", "base_url": url, "system": "M", "key": "fresh"}
    answer = page.post("/submit/model/", sent, follow=True)

    assert "It has the key you gave now" in answer.content.decode()
    assert recipes.spec_of(Recipe.objects.get(submission=submission)).key == "fresh"


def test_the_baselines_offered_are_those_there_are() -> None:
    from evaluation.views.models import BASELINES as OFFERED
    from workers.backends.baseline import BASELINES

    assert {f"Baseline: {name}" for name in OFFERED} == set(BASELINES)
