"""docs/adding-a-rubric.md, followed to the letter: uploaded as a coordinator, rated with, agreement counted."""

from __future__ import annotations

import uuid
from typing import Any

import krippendorff
import pytest
from django.test import Client

from tests.adding.guides import guide
from tests.people import person

pytestmark = pytest.mark.django_db

GUIDE = guide("rubric")
TOML = GUIDE.files["handover.toml"]
DESIGN = {"raters_per_item": 2, "overlap_raters": 2} | dict.fromkeys(
    ("overlap_share", "repeat_share", "gold_share", "twin_share"), 0.0
)
ANN = ["none", "some", "harm", "some"] * 3  # what each says of notes 0 to 11
BEN = ["none", "some", "some", "some"] * 3
LEVELS = ["none", "some", "harm"]


@pytest.fixture
def carla(db: None) -> Any:
    return person("carla", ["coordinator"])


def uploaded(coordinator: Any, toml: str) -> Any:
    client = Client()
    client.force_login(coordinator)
    return client.post("/rubrics/upload/publish/", {"toml": toml}, follow=True)


def test_it_is_published_by_the_page_and_shown_as_raters_will_see_it(carla: Any) -> None:
    page = uploaded(carla, TOML)
    assert page.redirect_chain[-1][0].startswith("/rubrics/handover/")
    said = page.content.decode()
    for text in ("Handover note", "A wrong dose, a missed allergy", "is published"):
        assert text in said
    assert "is version 1 of" in uploaded(carla, TOML).content.decode()
    assert "version 2" in uploaded(carla, TOML.replace("Extra work", "More work")).content.decode()


def test_what_is_wrong_with_it_is_named_at_once(carla: Any) -> None:
    broken = TOML.replace('type = "ordinal"', 'type = "ordnal"').replace(
        'values = ["harm"]', 'values = ["pain"]'
    )
    said = uploaded(carla, broken).content.decode()
    assert "Not published" in said
    assert "ordnal" in said


def test_it_is_rated_with_and_its_agreement_is_counted(carla: Any) -> None:
    from raters.models import Study
    from raters.services import counting

    uploaded(carla, TOML)
    raters = [person("ann", ["rater"]), person("ben", ["rater"])]
    opened(carla, raters)
    for rater, says in zip(raters, (ANN, BEN), strict=True):
        rate_all(rater, says)
    counting.count_all_new(Study.objects.get(slug="ward-notes"))

    client = Client()
    client.force_login(carla)
    told = client.get("/api/v1/studies/ward-notes/agreement/").json()
    variables = {each["variable"]: each for each in told["groups"][0]["variables"]}
    risk = variables["risk"]
    assert (risk["level"], risk["n_ratings"]) == ("ordinal", 24)
    assert risk["coefficients"]["percent_agreement"]["value"] == 0.75
    by_others = krippendorff.alpha(
        [[LEVELS.index(one) for one in says] for says in (ANN, BEN)], level_of_measurement="ordinal"
    )
    assert risk["coefficients"]["krippendorff_alpha"]["value"] == pytest.approx(by_others)
    assert {"gwet_ac2", "cohen_kappa_quadratic"} <= risk["coefficients"].keys()
    assert any(name.startswith("faults") for name in variables)
    assert "comment" not in variables  # text has no agreement
    page = client.get("/studies/ward-notes/agreement/").content.decode()
    assert "Risk" in page and "Krippendorff" in page


def opened(coordinator: Any, raters: list[Any]) -> None:
    """A study of twelve notes, rated by both."""
    from raters.domain.rubric import Case, ShownAnswer
    from raters.models import RubricVersion
    from raters.services import memberships, studies

    rubric = RubricVersion.objects.get(slug="handover")
    study = studies.create(coordinator, "ward-notes", "Ward notes", rubric, design=DESIGN)
    for number in range(len(ANN)):
        case = Case(question=f"Note {number}", source=f"Patient {number} takes apixaban twice a day.")
        studies.add_item(
            study, f"note-{number}", case, {"A": ShownAnswer(text=f"Patient {number}, apixaban.")}
        )
    studies.invite(study, study.groups.get(), raters)
    studies.open_study(study, without_dry_run=True)
    for rater in raters:
        memberships.consent(rater, "ward-notes", 1)


def rate_all(rater: Any, says: list[str]) -> None:
    """Every screen through the API that the rating page uses."""
    from raters.models import Assignment

    client = Client()
    client.force_login(rater)
    for _ in says:
        screen = client.get("/api/v1/assignments/next/", {"study": "ward-notes"}).json()["assignment"]
        note = int(Assignment.objects.get(pk=screen).item.key.removeprefix("note-"))
        payload = {"risk": says[note]} | ({"faults": ["wrong"]} if says[note] != "none" else {})
        answer = client.post(
            f"/api/v1/assignments/{screen}/submit/",
            {"payload": payload}, "application/json", headers={"Idempotency-Key": str(uuid.uuid4())},
        )  # fmt: skip
        assert answer.status_code in {200, 201}, answer.content


def test_those_that_ship_are_published_by_the_command_the_guide_names(db: None) -> None:
    from django.core.management import call_command

    from raters.domain.rubric import shipped
    from raters.models import RubricVersion

    (command,) = GUIDE.commands
    name = command.removeprefix(".venv/bin/python manage.py ")
    call_command(name, verbosity=0)
    assert set(RubricVersion.objects.values_list("slug", flat=True)) == {
        slug.replace("_", "-") for slug in shipped()
    }
    call_command(name, verbosity=0)
    assert RubricVersion.objects.count() == len(shipped())


def test_a_name_that_a_coordinator_took_first_keeps_no_other_from_being_published(carla: Any) -> None:
    import io

    from django.core.management import call_command

    from raters.domain.rubric import shipped
    from raters.models import RubricVersion

    uploaded(carla, TOML.replace('id = "handover"', 'id = "medpalm-lay"'.replace("-", "_")))
    said = io.StringIO()
    call_command("publish_rubrics", verbosity=0, stderr=said)
    assert "medpalm-lay" in said.getvalue()
    assert RubricVersion.objects.count() == len(shipped())
