"""Consultations of a run as items of a study: turns, must-ask list, masked names, public cases alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db

TALK = (
    "Patient: Help me.\nDoctor: This is Mistral Aurora. Do you smoke?\nPatient: I smoke.\n"
    "Doctor: Diagnosis: asthma Advice: Ask ChatGPT."
)


@pytest.fixture
def version(db: None) -> Any:
    from evaluation.selectors import benchmarks

    call_command("load_benchmark", "sample_dialogues", verbosity=0)
    return benchmarks.current_version("sample_dialogues")


@pytest.fixture
def scored(version: Any, lab: Any, rival: Any) -> dict[str, Any]:
    """Two systems with transcripts; one of the second's is no consultation."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from evaluation.models import Answer, Item, Run
    from evaluation.services import submissions

    made = {}
    for owner, name in ((lab, "Mistral Aurora"), (rival, "Borealis")):
        lines = [
            json.dumps({"id": item.key, "output": TALK}) for item in Item.objects.filter(version=version)
        ]
        file = SimpleUploadedFile("p.jsonl", "\n".join(lines).encode())
        made[name], _ = submissions.submit(owner, version, name, "", "p.jsonl", file)
        Run.objects.filter(submission=made[name]).update(state="scored")
        for item in Item.objects.filter(version=version):
            broken = name == "Borealis" and item.key == "consultation-cough"
            Answer.objects.create(
                run=made[name].run, position=item.position, output="Take a tablet." if broken else TALK
            )
    return made


@pytest.fixture
def study(carla: Any) -> Any:
    from raters.services import drafts, rubrics

    rubric = next(each for each in rubrics.publish_shipped() if each.slug == "meddialogrubrics")
    return drafts.create(carla, "talks", "Talks", rubric, consent_text="You may leave.")


def draw(study: Any, version: Any, scored: dict[str, Any], **more: Any) -> Any:
    from raters.services import transcripts

    systems = [submission.pk for submission in scored.values()]
    return transcripts.draw_transcripts(study, version, "consultations", 10, systems, **more)


def test_turns_come_masked_with_the_must_ask_list_of_public_cases(
    study: Any, version: Any, scored: dict[str, Any]
) -> None:
    added = draw(study, version, scored)
    assert (added.items, added.problems) == (2, [])
    assert added.notes == ["1 answers are no consultations or too long for a screen and were not taken."]
    items = {item.key: item for item in study.items.all()}
    assert set(items) == {"consultation-chest", "consultation-cough"}, "private lists are shown to nobody"
    case = items["consultation-chest"].content
    assert case["question"].startswith("I have a tight feeling")
    assert [criterion["id"] for criterion in case["criteria"]] == [f"m{number}" for number in range(1, 9)]
    assert all(criterion["must_ask"] for criterion in case["criteria"])
    shown = [answer.shown for answer in items["consultation-chest"].answers.all()]
    assert len(shown) == 2
    for answer in shown:
        assert [turn["speaker"] for turn in answer["dialogue"]] == ["Patient", "Doctor", "Patient", "Doctor"]
        assert "Aurora" not in json.dumps(answer)
        assert "ChatGPT" not in json.dumps(answer)
    assert items["consultation-cough"].answers.count() == 1


def test_neither_facts_nor_diagnosis_are_stored_with_a_study(
    study: Any, version: Any, scored: dict[str, Any]
) -> None:
    draw(study, version, scored)
    stored = json.dumps(list(study.items.values("content", "expected")))
    assert "infarction" not in stored
    assert "twenty cigarettes" not in stored


def test_the_same_draw_again_adds_nothing_and_suited_items_name_their_language(
    study: Any, version: Any, scored: dict[str, Any]
) -> None:
    alone = {"Borealis": scored["Borealis"]}
    draw(study, version, alone, only_suited=True)
    joined = draw(study, version, scored, only_suited=True)
    assert (joined.items, joined.answers, joined.problems) == (1, 1, []), (
        "one case, and one more answer to another"
    )
    assert "Aurora" not in json.dumps(list(study.items.values_list("answers__shown", flat=True)))
    again = draw(study, version, scored, only_suited=True)
    assert again.problems == []
    assert (again.items, again.answers, again.unchanged) == (0, 0, 2)
    assert set(study.items.values_list("language", flat=True)) == {"en"}


def test_what_cannot_be_rated_so_is_refused_in_words(
    study: Any, version: Any, scored: dict[str, Any], desk: Any, tiny: Any
) -> None:
    from raters.services import transcripts
    from raters.services.refusals import RefusalError

    systems = [scored["Borealis"].pk]
    with pytest.raises(RefusalError, match="has no consultations"):
        transcripts.draw_transcripts(study, tiny, "choice", 5, systems)
    with pytest.raises(RefusalError, match="rates no dialogues"):
        transcripts.draw_transcripts(desk.study, version, "consultations", 5, systems)
    with pytest.raises(RefusalError, match="at least one of the scored systems"):
        transcripts.draw_transcripts(study, version, "consultations", 5, [])


def test_such_an_item_can_be_shown_on_the_rating_screen(
    study: Any, version: Any, scored: dict[str, Any]
) -> None:
    import msgspec

    from raters.domain.rubric.case import Case, ShownAnswer
    from raters.domain.study_item_fields import unfit
    from raters.selectors import rubrics

    draw(study, version, scored)
    for item in study.items.all():
        case = msgspec.convert(item.content, Case)
        answers = {str(one.pk): msgspec.convert(one.shown, ShownAnswer) for one in item.answers.all()}
        assert list(unfit(rubrics.rubric_of(study.rubric_id), case, answers)) == []


def test_the_page_that_draws_items_draws_talks_where_the_task_is_one(
    study: Any, version: Any, scored: dict[str, Any], carla: Any, browser_of: Any
) -> None:
    sent = {"benchmark": "sample_dialogues", "task": "consultations", "number": 10}
    systems = [str(submission.pk) for submission in scored.values()]
    answer = browser_of(carla).post("/studies/talks/items/draw/", {**sent, "systems": systems})
    assert answer.status_code == 302, answer.content.decode()
    said = study.items.get(key="consultation-chest").answers.first().shown["dialogue"]
    assert [turn["speaker"] for turn in said] == ["Patient", "Doctor", "Patient", "Doctor"]
