"""Items drawn from a benchmark with the answers of scored submissions, and never with a reference."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(tiny: Any, lab: Any, rival: Any, answers_to: Any) -> dict[str, Any]:
    """Three submissions on the small benchmark: two scored, one still queued."""
    from evaluation.models import Answer, Item, Run
    from evaluation.services import submissions

    made = {}
    for owner, name, mode in (
        (lab, "Mistral Aurora", ""),
        (rival, "Borealis", "cot"),
        (rival, "Waiting", ""),
    ):
        file = SimpleUploadedFile("p.jsonl", answers_to())
        made[name], _ = submissions.submit(owner, tiny, name, mode, "p.jsonl", file)
    for name in ("Mistral Aurora", "Borealis"):
        run = made[name].run
        Run.objects.filter(pk=run.pk).update(state="scored")
        for item in Item.objects.filter(version=tiny):
            text = f"Probably {item.key}, says {name}, not ChatGPT." if item.key != "c4" else ""
            Answer.objects.create(run=run, position=item.position, output=text)
    return made


def draw(desk: Any, **sent: Any) -> Any:
    return desk.post("items/draw/", **{"benchmark": "tiny", "task": "choice", "number": 5, **sent})


def test_items_come_with_their_options_and_answers_under_no_name(desk: Any, scored: dict[str, Any]) -> None:
    answer = draw(desk, systems=[str(scored["Mistral Aurora"].pk), str(scored["Borealis"].pk)])
    assert answer["Location"] == "/studies/first/items/"
    items = list(desk.study.items.all())
    assert {item.key for item in items} == {"c0", "c1", "c2", "c3"}, "an empty answer cannot be rated"
    assert items[0].content["question"] == "Which is 0?\n\nA) one\nB) two\nC) three"
    assert {system.name for system in desk.study.systems.all()} == {"Borealis (cot)", "Mistral Aurora"}
    for answer in items[0].answers.all():
        assert "Aurora" not in answer.shown["text"]
        assert "Borealis" not in answer.shown["text"], "the name without its mode is masked, too"
        assert "ChatGPT" not in answer.shown["text"]


def test_no_reference_is_stored_or_shown(desk: Any, scored: dict[str, Any]) -> None:
    draw(desk, systems=[str(scored["Borealis"].pk)])
    stored = json.dumps(list(desk.study.items.values("content", "expected")))
    assert "gold" not in stored
    assert "letters" not in stored
    assert all(item.expected is None for item in desk.study.items.all())


def test_whoever_owns_a_system_is_never_given_its_answers(
    desk: Any, scored: dict[str, Any], rival: Any, raters: list[Any]
) -> None:
    from raters.selectors import design
    from raters.services import people

    draw(desk, systems=[str(pk) for pk in (scored["Mistral Aurora"].pk, scored["Borealis"].pk)])
    rival.roles = ["submitter", "rater"]
    rival.save()
    people.invite(desk.study, desk.study.groups.get().pk, ["rival", "rater1"])
    barred = {
        member.rater.username: design_rater.barred_systems
        for design_rater in design.raters_of(desk.study.groups.get())
        for member in desk.study.memberships.filter(pk=int(design_rater.id))
    }
    own = desk.study.systems.get(name="Borealis (cot)")
    assert barred == {"rival": frozenset({str(own.pk)}), "rater1": frozenset()}


def test_the_same_draw_again_adds_further_systems_to_the_same_items(
    desk: Any, scored: dict[str, Any]
) -> None:
    draw(desk, number=2, systems=[str(scored["Borealis"].pk)])
    keys = set(desk.study.items.values_list("key", flat=True))
    draw(desk, number=2, systems=[str(scored["Mistral Aurora"].pk)])
    assert set(desk.study.items.values_list("key", flat=True)) == keys
    assert all(item.answers.count() == 2 for item in desk.study.items.all())


def test_another_seed_draws_other_items(desk: Any, scored: dict[str, Any]) -> None:
    from raters.services import drafts, items

    drawn = set()
    for seed in range(12):
        drafts.change(desk.study, design={"seed": seed})
        draw(desk, number=1, systems=[str(scored["Borealis"].pk)])
        drawn |= set(desk.study.items.values_list("key", flat=True))
        items.remove_all(desk.study)
    assert len(drawn) >= 3


def test_items_are_narrowed_to_the_tasks_specialty_and_language_only_on_request(
    desk: Any, scored: dict[str, Any]
) -> None:
    draw(desk, number=1, systems=[str(scored["Borealis"].pk)])
    draw(desk, task="verdict", number=1, systems=[str(scored["Borealis"].pk)], only_suited="on")
    found = {item.key[0]: (item.specialty, item.language) for item in desk.study.items.all()}
    assert found == {"c": ("", ""), "v": ("", "es")}


@pytest.mark.parametrize(
    "sent",
    [
        {"task": "none"},
        {"number": 0},
        {"number": "x"},
        {"number": 10**9},
        {"systems": []},
        {"systems": ["nonsense"]},
        {"systems": ["00000000-0000-0000-0000-000000000000"]},
    ],
)
def test_a_draw_of_what_is_not_there_is_refused(
    desk: Any, scored: dict[str, Any], sent: dict[str, Any]
) -> None:
    answer = draw(desk, **{"systems": [str(scored["Borealis"].pk)], **sent})
    assert answer.status_code == 400
    assert desk.study.items.count() == 0


def test_a_submission_that_is_not_scored_cannot_be_chosen(desk: Any, scored: dict[str, Any]) -> None:
    assert draw(desk, systems=[str(scored["Waiting"].pk)]).status_code == 400


@pytest.mark.parametrize("benchmark", ["", "none", "nul\x00l", "x" * 5000])
def test_a_benchmark_that_is_not_there_offers_the_list(desk: Any, tiny: Any, benchmark: str) -> None:
    shown = desk.get("items/draw/", benchmark=benchmark)
    assert shown.status_code == 200
    assert "Tiny" in shown.content.decode()


def test_a_rubric_that_needs_criteria_says_that_benchmarks_have_none(
    carla: Any, desk_at: Any, scored: dict[str, Any]
) -> None:
    from raters.services import drafts, rubrics

    version = next(v for v in rubrics.publish_shipped() if v.slug == "healthbench")
    drafts.create(carla, "points", "Points", version)
    desk = desk_at("points")
    answer = draw(desk, systems=[str(scored["Borealis"].pk)])
    assert answer.status_code == 400
    assert "asks about criteria" in answer.content.decode()
