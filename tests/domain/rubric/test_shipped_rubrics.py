"""The rubrics that are shipped: complete, true to the published protocols in axes and scales, and in our words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from raters.domain.rubric import Axis, Rubric, codebook, read_rubric, shipped, variables

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("CONSILIUM_DATA", ROOT.parent / "shared" / "data"))
PUBLISHED = DATA.parent / "reference" / "rubrics.yaml"

SHIPPED = {
    "medpalm_clinician": 12, "medpalm_lay": 2, "medpalm2_pairwise": 9, "medpalm2_bedside": 2, "medval": 3,
    "meddialogrubrics": 2, "meddialogrubrics_curation": 2, "healthbench": 2, "equitymedqa_independent": 3,
    "equitymedqa_pairwise": 3, "equitymedqa_counterfactual": 5, "reports_side_by_side": 13, "turing_1_to_9": 4,
    "quick_preference": 3,
}  # fmt: skip

# which published form each rubric follows, and axes of that form that are no axes of ours
FORMS: dict[str, tuple[str, set[str]]] = {
    "medpalm_clinician": ("mp1_clinician", set()),
    "medpalm_lay": ("mp1_lay", set()),
    "medpalm2_pairwise": ("mp2_pairwise", set()),
    "medpalm2_bedside": ("mp2_bedside", set()),
    "medval": ("mv_validation", set()),
    "meddialogrubrics": ("mdr_scoring", {"mdr_item_turn"}),  # the pin of the checklist
    "meddialogrubrics_curation": ("mdr_curation", set()),
    "healthbench": ("hb_example_grading", set()),
    "equitymedqa_independent": ("eqm_independent", set()),
    "equitymedqa_pairwise": ("eqm_pairwise", set()),
    "equitymedqa_counterfactual": ("eqm_counterfactual", set()),
    "turing_1_to_9": ("gt_turing", set()),
    "quick_preference": ("ma_vote", set()),
    "reports_side_by_side": ("mpm_independent", {"mpm_errors", "mpm_omissions"}),  # counted by kind
}
TYPES = {"span_list": "spans", "checklist_item": "checklist"}
SIDES = {"A": "first", "B": "second"}


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    if not PUBLISHED.exists():
        pytest.skip("the reference of published rubrics is not at hand")
    content: dict[str, Any] = yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))
    return content


def form(published: dict[str, Any], name: str) -> dict[str, Any]:
    forms = [
        each
        for protocol in published["protocols"] + published["extra_protocols"]
        for each in protocol["forms"]
    ]
    found: dict[str, Any] = next(each for each in forms if each["id"] == name)
    return found


def rubrics() -> Iterator[Rubric]:
    for text in shipped().values():
        yield read_rubric(text)


def test_the_shipped_rubrics_are_these_and_have_this_many_axes() -> None:
    assert {rubric.id: len(rubric.axes) for rubric in rubrics()} == SHIPPED
    assert set(shipped()) == set(SHIPPED)


@pytest.mark.parametrize("slug", sorted(SHIPPED))
def test_every_level_has_a_line_under_it_and_every_scale_its_ends(slug: str) -> None:
    for axis in read_rubric(shipped()[slug]).axes:
        for option in (*axis.options, *axis.severities):
            assert option.anchor.strip(), f"{axis.id}: {option.value}"
        if axis.type == "interval":
            assert axis.low_label and axis.high_label, axis.id


@pytest.mark.parametrize("slug", sorted(SHIPPED))
def test_every_rubric_says_where_it_is_from_what_is_ours_and_how_to_rate(slug: str) -> None:
    rubric = read_rubric(shipped()[slug])
    assert "Ours" in rubric.source
    assert rubric.guidelines.lstrip().startswith("# ")
    assert "example" in rubric.guidelines.lower()
    assert len(rubric.guidelines.split()) > 150
    assert 1 <= rubric.minutes <= 10
    assert len(codebook(rubric)) >= len(variables(rubric)) >= 1


def test_medpalm2_selects_the_better_answer_on_four_axes_and_the_worse_on_five() -> None:
    axes = read_rubric(shipped()["medpalm2_pairwise"]).axes
    assert [axis.selected_means for axis in axes] == ["better"] * 4 + ["worse"] * 5
    assert all([option.value for option in axis.options] == ["first", "tie", "second"] for axis in axes)


def test_medval_has_eleven_kinds_of_error_on_both_sides_and_four_levels() -> None:
    rubric = read_rubric(shipped()["medval"])
    assert len(rubric.axis("mv_errors").options) == 11
    assert rubric.axis("mv_errors").sides == ("output", "source")
    assert [option.value for option in rubric.axis("mv_risk").options] == ["1", "2", "3", "4"]


def test_the_bedside_form_ranks_three_and_asks_about_harm_of_each() -> None:
    rubric = read_rubric(shipped()["medpalm2_bedside"])
    assert (rubric.unit, rubric.answers) == ("set", 3)
    assert [(axis.type, axis.per) for axis in rubric.axes] == [("rank", "screen"), ("binary", "answer")]


def test_the_turing_form_rates_from_one_to_nine() -> None:
    scales = [axis for axis in read_rubric(shipped()["turing_1_to_9"]).axes if axis.type == "interval"]
    assert len(scales) == 3
    assert all((axis.low, axis.high, axis.step) == (1, 9, 1) for axis in scales)


@pytest.mark.parametrize("slug", sorted(FORMS))
def test_axes_types_and_levels_are_those_published(slug: str, published: dict[str, Any]) -> None:
    rubric = read_rubric(shipped()[slug])
    name, elsewhere = FORMS[slug]
    for asked in form(published, name)["axes"]:
        if asked["id"] in elsewhere:
            continue
        axis = rubric.axis(asked["id"])
        kind = asked["scale"]["type"]
        assert axis.type == TYPES.get(kind, kind)
        if axis.type not in ("rank", "checklist", "text"):
            compare_scale(axis, asked)
        condition = asked.get("condition")
        assert (axis.shown_if.axis if axis.shown_if else None) == (condition["axis"] if condition else None)


def compare_scale(axis: Axis, asked: dict[str, Any]) -> None:
    levels = asked.get("options", [])
    values = {SIDES.get(str(level["value"]), str(level["value"])) for level in levels}
    ours = {option.value for option in axis.options}
    if axis.id == "eqm_pw_more_bias":
        ours = {value.replace("tie", "neither") for value in ours}  # the comment in the file says why
    if axis.id == "ma_preference":
        ours -= {"first_much", "second_much"}  # ours
    assert ours == values
    if axis.type == "interval":
        assert (axis.low, axis.high, axis.step) == (asked["min"], asked["max"], asked["step"])
    if axis.type == "ordinal":
        ranked = sorted(levels, key=lambda level: level["rank"])
        assert [option.value for option in axis.options] == [str(level["value"]) for level in ranked]
    if any(level.get("top_bin") for level in levels):
        top = {str(level["value"]) for level in levels if level.get("top_bin")}
        assert {option.value for option in axis.options if option.top_bin} == top
    if "selected_means" in asked:
        assert axis.selected_means == asked["selected_means"]


def test_reports_count_every_published_kind_of_error_by_significance(published: dict[str, Any]) -> None:
    asked = {axis["id"]: axis for axis in form(published, "mpm_independent")["axes"]}
    kinds = [level["value"] for name in ("mpm_errors", "mpm_omissions") for level in asked[name]["options"]]
    expected = {f"mpm_{kind}_{degree}" for kind in kinds for degree in ("significant", "insignificant")}
    assert {
        axis.id for axis in read_rubric(shipped()["reports_side_by_side"]).axes if axis.type == "number"
    } == expected


def test_no_sentence_of_more_than_four_words_is_taken_over(published: dict[str, Any]) -> None:
    theirs = {sentence for text in texts(published) for sentence in sentences(text)}
    assert len(theirs) > 100
    for slug, toml in shipped().items():
        taken = {sentence for text in words_of(read_rubric(toml)) for sentence in sentences(text)} & theirs
        assert not taken, f"{slug}: {taken}"


def words_of(rubric: Rubric) -> Iterator[str]:
    yield from (rubric.title, rubric.description, rubric.guidelines, rubric.source)
    yield from (check.ask for check in rubric.checks)
    yield from (made.label for made in rubric.derived)
    for axis in rubric.axes:
        yield from (axis.label, axis.question, axis.help, axis.low_label, axis.high_label)
        for option in (*axis.options, *axis.severities):
            yield from (option.label, option.anchor, option.family)


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def sentences(text: str) -> Iterator[str]:
    """Sentences and clauses of more than four words, in small letters and without punctuation."""
    for sentence in re.split(r"[.?!:;\n](?:\s|$)", re.sub(r"(?<!\n)\n(?!\n)", " ", text)):
        words = re.findall(r"\w+", sentence.lower())
        if len(words) > 4:
            yield " ".join(words)
