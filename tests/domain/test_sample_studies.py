"""The sample studies keep what their README promises: each fits its rubric, and its texts fit each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from raters.domain.languages import LANGUAGE_CODES
from raters.domain.masking import mask
from raters.domain.phantom import png
from raters.domain.rubric import Rubric, Screen, check, checklist_score, read_rubric, shipped
from raters.domain.sample_content import texts
from raters.domain.sample_studies import (
    SAMPLES,
    SampleItem,
    SampleStudy,
    sample_studies,
)
from raters.domain.specialties import SPECIALTIES
from raters.domain.study_design import plan_design, read_design

BENCHMARK = Path(__file__).parents[2] / "evaluation" / "specs" / "sample" / "items.jsonl"
STUDIES = {study.slug: study for study in sample_studies()}
RUBRICS: dict[str, Rubric] = {slug: read_rubric(shipped()[slug]) for slug in STUDIES}
EXPECTED = [(study, item) for study in STUDIES.values() for item in study.items if item.kind != "live"]
of_every_study = pytest.mark.parametrize("study", STUDIES.values(), ids=lambda study: study.slug)
of_everything_expected = pytest.mark.parametrize(
    ("study", "item"), EXPECTED, ids=[f"{study.slug}-{item.key}" for study, item in EXPECTED]
)


def screen_of(item: SampleItem) -> Screen:
    answers = tuple(item.answers[name] for name in item.shown)
    return Screen(case=item.case, answers=answers, order=tuple(range(len(answers))))


def all_items() -> Iterator[SampleItem]:
    for study in STUDIES.values():
        yield from study.items


def every_text() -> Iterator[tuple[str, str, str]]:
    for item in all_items():
        for name, answer in [*item.answers.items(), *item.wrong_twins.items()]:
            yield from ((item.key, name, text) for text in texts(answer))


def test_every_shipped_rubric_has_a_sample_study() -> None:
    assert set(STUDIES) == set(shipped())


@of_every_study
def test_a_study_can_be_planned_and_its_groups_name_known_specialties(study: SampleStudy) -> None:
    known = {code for code, _ in SPECIALTIES}
    assert plan_design(read_design(study.design), RUBRICS[study.rubric])
    for group in study.groups:
        assert set(group.specialties) <= known
        assert set(group.languages) <= LANGUAGE_CODES
    spoken = {language for group in study.groups for language in group.languages}
    assert {item.language for item in study.items} <= spoken


@of_every_study
def test_every_item_has_an_answer_of_every_system_and_shows_what_its_rubric_asks_for(
    study: SampleStudy,
) -> None:
    rubric = RUBRICS[study.rubric]
    for item in study.items:
        assert tuple(item.answers) == study.systems
        case = item.case
        assert any(getattr(case, part) for part in rubric.shows), item.key
        assert bool(case.criteria) == ("criteria" in rubric.shows), item.key
        assert bool(case.source) == ("source" in rubric.shows), item.key
        assert bool(case.image) == ("image" in rubric.shows) == bool(item.picture), item.key
        for answer in item.answers.values():
            assert bool(answer.dialogue) == (rubric.unit == "dialogue"), item.key
            assert bool(answer.twin_text) == bool(case.twin_question) == (rubric.unit == "twins"), item.key


@of_every_study
def test_a_study_has_live_and_training_items_under_keys_of_their_own(study: SampleStudy) -> None:
    assert len({item.key for item in study.items}) == len(study.items)
    assert sum(item.kind == "live" for item in study.items) >= 3
    assert any(item.kind == "training" and item.explanation for item in study.items)


@of_everything_expected
def test_what_is_expected_is_a_rating_the_rubric_takes(study: SampleStudy, item: SampleItem) -> None:
    rubric = RUBRICS[study.rubric]
    assert item.expected
    assert len(item.shown) == rubric.answers
    checked = check(rubric, item.expected, screen_of(item))
    assert [problem for problem in checked.problems if problem.code != "incomplete"] == []
    assert set(checked.payload) == set(item.expected)


def test_expected_spans_say_what_stands_at_their_place() -> None:
    items = [item for item in STUDIES["medval"].items if item.expected]
    spans = [(item, span) for item in items for span in item.expected["mv_errors"]]
    for item, span in spans:
        text = item.case.source if span["side"] == "source" else item.answers[item.shown[0]].text
        assert text[span["start"] : span["end"]] == span["text"]
    assert {span["side"] for _, span in spans} == {"output", "source"}


def test_criteria_have_ids_of_their_own_and_points_from_minus_ten_to_ten_without_zero() -> None:
    for item in all_items():
        ids = [criterion.id for criterion in item.case.criteria]
        assert len(set(ids)) == len(ids), item.key
        for criterion in item.case.criteria:
            assert criterion.points != 0
            assert -10 <= criterion.points <= 10


def test_conversations_reward_and_punish() -> None:
    for item in STUDIES["healthbench"].items:
        points = [criterion.points for criterion in item.case.criteria]
        assert min(points) < 0 < max(points), item.key


def test_the_expected_checklist_gives_the_score_its_explanation_names() -> None:
    # met: -5; positive points 8 + 4 + 3 = 15
    item = next(item for item in STUDIES["healthbench"].items if item.expected)
    assert item.expected
    judged = item.expected["hb_criterion_met"]
    met = [(criterion.points, judged[criterion.id]["met"] == "met") for criterion in item.case.criteria]
    assert checklist_score(met) == pytest.approx(-5 / 15)
    assert "(-5) / 15" in item.explanation


def test_speakers_of_a_dialogue_take_turns_and_conversations_end_with_the_user() -> None:
    for item in all_items():
        for dialogue in [item.case.dialogue, *(answer.dialogue for answer in item.answers.values())]:
            assert all(one.speaker != other.speaker for one, other in pairwise(dialogue)), item.key
        assert len(item.case.dialogue) in (0, 1, 3), item.key


def test_consultations_have_eight_to_fourteen_turns_and_eight_to_twelve_points() -> None:
    for item in STUDIES["meddialogrubrics"].items:
        assert 8 <= len(item.case.criteria) <= 12
        assert sum(criterion.must_ask for criterion in item.case.criteria) >= 8
        assert all(8 <= len(answer.dialogue) <= 14 for answer in item.answers.values())


def test_answers_to_the_public_have_eighty_to_two_hundred_words() -> None:
    for item in STUDIES["medpalm_clinician"].items:
        for answer in item.answers.values():
            assert 80 <= len(answer.text.split()) <= 200, item.key


def test_a_wrong_twin_differs_from_its_answer_in_little() -> None:
    pairs = [
        (" ".join(texts(item.answers[name])), " ".join(texts(twin)))
        for item in all_items()
        for name, twin in item.wrong_twins.items()
    ]
    assert len(pairs) > 50
    for right, wrong in pairs:
        assert right != wrong
        kept = set(right.split()) & set(wrong.split())
        assert 2 * len(kept) >= len(set(right.split()))


def test_training_items_have_no_wrong_twins() -> None:
    assert not [item.key for item in all_items() if item.kind == "training" and item.wrong_twins]


def test_one_answer_names_itself_and_no_other_text_names_a_model() -> None:
    masked = {(key, name) for key, name, text in every_text() if mask(text).replacements}
    assert masked == {("sample-question-004", "System Birch")}
    cases = [
        value for item in all_items() for value in (item.case.question, item.case.source, item.case.context)
    ]
    assert not [text for text in cases if mask(text).replacements]


def test_items_built_on_the_benchmark_repeat_its_input() -> None:
    lines = BENCHMARK.read_text(encoding="utf-8").splitlines()
    inputs = {item["id"]: item["input"] for item in map(json.loads, lines)}
    built = [item for item in all_items() if item.benchmark_item]
    assert {item.benchmark_item for item in built} <= set(inputs)
    for item in built:
        wanted = inputs[item.benchmark_item]
        if item.key == item.benchmark_item:
            shown = item.case.question or item.case.source
            assert shown in (wanted.get("question"), wanted.get("context"), wanted.get("dialogue"))


def test_spanish_chinese_and_arabic_occur_in_their_own_script() -> None:
    scripts = {"es": r"[áéíóú¿]", "zh": r"[\u4e00-\u9fff]", "ar": r"[\u0600-\u06ff]"}
    for language, script in scripts.items():
        items = [item for item in all_items() if item.language == language]
        assert items, language
        assert all(
            re.search(script, text) for item in items for text in texts(item.answers["System Aspen"])[:1]
        )


def test_pictures_are_drawn_and_their_description_does_not_give_the_answer_away() -> None:
    for item in STUDIES["reports_side_by_side"].items:
        assert item.picture
        assert png(item.picture).startswith(b"\x89PNG")
        assert item.case.image == f"{item.key}.png"
        assert item.case.image_alt == "Synthetic chest image, frontal"


def test_the_readme_says_what_the_studies_are_and_counts_them_rightly() -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert "not reviewed by a\nphysician" in readme
    for slug, study in STUDIES.items():
        counts = ", ".join(
            str(sum(item.kind == kind for item in study.items)) for kind in ("live", "training", "gold")
        )
        assert re.search(rf"\| {slug} \| \w+ \| {counts} \| {len(study.systems)} \|", readme), slug
