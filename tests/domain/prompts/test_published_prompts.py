"""Prompts of published modes against published files: BRIDGE's records and prompts sent for MedS-Bench."""

from __future__ import annotations

import csv
import json

import pytest

from evaluation.domain.asking import Turn
from evaluation.domain.loading import load
from evaluation.domain.metrics import metric
from evaluation.domain.prompts.building import Asked, Fit, build
from evaluation.domain.prompts.modes import mode
from evaluation.domain.prompts.rendering import answer_text, shown_input
from evaluation.domain.prompts.shots import Shot

DIRECT = "Return your answer in the following format. DO NOT GIVE ANY EXPLANATION:"
STEPS = (
    "Solve it in a step-by-step fashion, return your answer in the following format, PROVIDE DETAILED ANALYSIS "
    "BEFORE THE RESULT:\nAnalysis:\n...\nResult:"
)


@pytest.fixture
def bridge(published_data):
    """The published records, as read by hand, and the same items as the platform loads and asks them."""
    folder = published_data / "bridge"
    path = folder / "BrainMRI-AIS.SFT.json"
    if not path.is_file():
        pytest.skip(f"no {path.name} in the published data")
    records = json.loads(path.read_text(encoding="utf-8"))
    examples = json.loads((folder / "BrainMRI-AIS.example.json").read_text(encoding="utf-8"))
    loaded = load(path)
    (task,) = loaded.spec.tasks
    asked = [
        (
            question,
            Asked(
                question.key, task.slug, task.family, task.language, task.prompt, question.input, task.options
            ),
        )
        for question in loaded.questions
    ]
    assert len(asked) == len(records)
    return records, examples, asked


def turns_of(built):
    return [(turn.role, turn.text) for turn in built.turns]


@pytest.mark.parametrize("chat", [True, False])
@pytest.mark.parametrize("system", [True, False])
def test_bridge_direct_is_the_published_instruction_and_input_to_the_byte(bridge, roomy, system, chat):
    for record, (_, asked) in zip(bridge[0], bridge[2], strict=True):
        built = build(mode("direct"), asked, (), Fit(None, roomy.count, system, chat))
        assert DIRECT in record["instruction"]
        if not chat:
            wanted = [("user", f"{record['instruction']}\n\nINPUT: {record['input']}\nOUTPUT: ")]
        elif system:
            wanted = [("system", record["instruction"]), ("user", record["input"])]
        else:
            wanted = [("user", f"{record['instruction']}\n\nInput:\n{record['input']}")]
        assert turns_of(built) == wanted


def test_bridge_cot_differs_from_direct_in_the_one_published_sentence(bridge, roomy):
    for record, (_, asked) in zip(bridge[0], bridge[2], strict=True):
        built = build(mode("cot"), asked, (), roomy)
        instruction = record["instruction"].replace(DIRECT, STEPS)
        assert turns_of(built) == [("system", instruction), ("user", record["input"])]
        assert DIRECT not in built.turns[0].text and STEPS in built.turns[0].text


def test_bridge_few_shot_puts_the_published_examples_as_turns_before_the_item(bridge, roomy):
    records, examples, items = bridge
    shots = [Shot(str(example["id"]), example["input"], example["output"]) for example in examples]
    for record, (_, asked) in zip(records, items, strict=True):
        built = build(mode("direct-5-shot"), asked, shots, roomy)
        between = [
            turn
            for example in examples
            for turn in (("user", example["input"]), ("assistant", example["output"]))
        ]
        assert turns_of(built) == [("system", record["instruction"]), *between, ("user", record["input"])]
        assert built.shots == tuple(str(example["id"]) for example in examples)


def test_examples_made_from_bridge_items_are_written_as_published(bridge):
    for record, (question, asked) in zip(bridge[0], bridge[2], strict=True):
        assert answer_text(asked.family, question.gold, options=asked.options) == record["output"]
        assert shown_input(question.input) == record["input"]


def test_a_bridge_answer_after_an_analysis_is_read_when_the_mode_says_so(bridge):
    question, asked = bridge[2][0]
    rule = metric("bridge.classification")
    said = "Analysis:\nAIS: Yes would need restriction.\nResult:\nAIS: No"
    assert rule.read(said, question, {**asked.options, "analysis_first": mode("cot").analysis_first}) == "no"
    assert (
        rule.read(said, question, {**asked.options, "analysis_first": mode("direct").analysis_first}) == "yes"
    )


def test_a_bridge_input_too_long_is_cut_at_its_end_and_leaves_no_room_for_examples(bridge, by_characters):
    records, examples, items = bridge
    shots = [Shot(str(example["id"]), example["input"], example["output"]) for example in examples]
    bare = len(records[0]["instruction"]) + 8
    fit = by_characters(bare + 50 + 512)
    built = build(mode("direct-5-shot"), items[0][1], shots, fit, mode("direct-5-shot").decoding_for(2_048))
    assert built.turns == (
        Turn("system", records[0]["instruction"]),
        Turn("user", records[0]["input"][:50].rstrip("\r")),
    )
    assert built.cut.rule == "window" and built.left_out == tuple(str(example["id"]) for example in examples)


# MedS-Bench: the sample submission holds the prompts that were sent, in the form of Llama 3

START = "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n"
BETWEEN = "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n"
END = "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
LAST = "Please learn from the few-shot cases to see what content you have to output."


def test_meds_bench_three_shot_prompts_come_out_as_they_were_sent(published_data):
    """Taken apart and built again; a slip in the run's last word apart, and items shown to themselves."""
    path = published_data / "meds_bench" / "eval_results_Rationale_shared.csv"
    if not path.is_file():
        pytest.skip(f"no {path.name} in the published data")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    shown_themselves = 0
    for number, row in enumerate(rows):
        system, user, definition, shots, text = taken_apart(row["input"])
        asked = Asked(f"i{number}", row["task_id"], "open_question", "en", definition, {"question": text})
        built = build(mode("meds-bench-3-shot"), asked, shots, Fit(None, lambda turns: 1))
        others = tuple(shot.key for shot in shots if shot.input_text.strip() != text.strip())
        assert built.shots == others
        shown_themselves += len(others) < 3
        if len(others) == 3:  # the model's template takes the blanks around each turn away
            assert [turn.text.strip() for turn in built.turns] == [system.strip(), user.strip()]
    assert len(rows) > 50 and 0 < shown_themselves < len(rows) / 2


def taken_apart(sent):
    """System and user turn as sent, the definition, the examples and the item's input."""
    sent = sent.replace("you have to ouput.", "you have to output.").removeprefix(START)
    system, user = sent.removesuffix(END).split(BETWEEN)
    examples, definition = system.removesuffix(LAST).rsplit("\n\n\n", 1)
    parts = [
        part.removeprefix("Input:\n").rsplit("\n\nOutput:\n", 1) for part in examples.split("\n\n\nInput:\n")
    ]
    shots = [Shot(f"s{at}", text, output) for at, (text, output) in enumerate(parts)]
    assert len(shots) == 3
    return system, user, definition, shots, user.removeprefix("Input:\n").removesuffix("\nOutput:")


def test_meds_bench_prompts_without_a_system_role_join_instruction_and_query_by_a_line_end(by_characters):
    asked = Asked("i", "t", "open_question", "en", "Explain.", {"question": "Why?"})
    shots = [Shot("s", "Q", "A")]
    text = f"Input:\nQ\n\nOutput:\nA\n\n\nExplain.{LAST}\nInput:\nWhy?\nOutput:\n"
    for changes in ({"takes_system": False}, {"is_chat": False}):
        built = build(mode("meds-bench-3-shot"), asked, shots, by_characters(None, **changes))
        assert turns_of(built) == [("user", text)]
