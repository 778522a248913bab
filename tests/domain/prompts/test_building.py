"""Prompts that fit: never too long, cut at the input's end, the same from the same, and counted seldom."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evaluation.domain.asking import Decoding, Failure, Turn
from evaluation.domain.prompts.building import Asked, Fit, Prompt, build, build_refined, turns_sha256
from evaluation.domain.prompts.cutting import clipped, longest
from evaluation.domain.prompts.modes import mode, modes
from evaluation.domain.prompts.shots import Pool, Shot, chosen

NOTE = "The patient coughs. " * 50
CASE = Asked("item", "task", "open_question", "en", "Summarise.", {"context": NOTE})
SHOTS = [Shot(f"s{number}", f"Note {number}.", f"Summary {number}.") for number in range(5)]
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=400)
MODES = st.sampled_from([each for each in modes() if each.strategy in ("direct", "chain_of_thought")])


def texts_of(prompt):
    return [(turn.role, turn.text) for turn in prompt.turns]


@given(
    MODES, TEXTS, st.text(max_size=60), st.integers(1, 700), st.integers(1, 300), st.booleans(), st.booleans()
)
def test_a_prompt_with_its_answer_never_exceeds_the_window(
    by_characters, chosen_mode, note, question, window, answer, system, chat
):
    fit = by_characters(window, takes_system=system, is_chat=chat)
    asked = replace(CASE, input={"context": note, "question": question})
    built = build(chosen_mode, asked, SHOTS, fit, Decoding(max_new_tokens=answer))
    if isinstance(built, Failure):
        assert built.code == "too_long" and "larger window" in built.message
    else:
        assert fit.count(built.turns) <= window - answer


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(MODES, TEXTS, st.integers(40, 400))
def test_the_same_holds_for_a_real_tokenizer_whose_counts_are_not_even(
    real_counter, chosen_mode, note, window
):
    fit = Fit(window, real_counter)
    built = build(
        chosen_mode, replace(CASE, input={"context": note}), SHOTS, fit, Decoding(max_new_tokens=16)
    )
    assert isinstance(built, Failure) or real_counter(built.turns) <= window - 16


@given(MODES, TEXTS, st.integers(100, 900))
def test_the_same_inputs_give_the_same_hash_and_another_text_another(
    by_characters, chosen_mode, note, window
):
    asked = replace(CASE, input={"context": note})
    one, two = (
        build(chosen_mode, asked, SHOTS, by_characters(window), Decoding(max_new_tokens=8)) for _ in "12"
    )
    assert one == two
    assume(isinstance(one, Prompt))
    assert one.sha256 == turns_sha256(one.turns)
    changed = (*one.turns[:-1], Turn("user", one.turns[-1].text + "!"))
    assert turns_sha256(changed) != one.sha256 != turns_sha256((*one.turns, Turn("user", "")))


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, unique=True), st.sampled_from("abcdefgh"), MODES)
def test_an_item_is_never_shown_itself_as_an_example(by_characters, keys, own, chosen_mode):
    pool = [Shot(key, f"note {key}", "out") for key in keys]
    asked = replace(CASE, key=own, input={"context": f"note {own}"})
    built = build(chosen_mode, asked, pool, by_characters(None))
    assert own not in built.shots and sum(f"note {own}" in turn.text for turn in built.turns) == 1


def test_an_item_under_another_key_with_the_same_text_is_no_example_either(roomy):
    twin = Shot("twin", NOTE, "The answer.")
    assert build(mode("few-shot-fixed-5"), CASE, [twin, *SHOTS], roomy).shots == (
        "s0",
        "s1",
        "s2",
        "s3",
        "s4",
    )


def test_without_a_window_nothing_is_cut_and_every_example_is_shown(roomy):
    built = build(mode("direct-5-shot"), CASE, SHOTS, roomy)
    assert built.cut is None and built.left_out == () and built.turns[-1].text == NOTE


def test_examples_give_way_before_the_input_does(by_characters):
    bare = by_characters(None).count(build(mode("direct"), CASE, (), by_characters(None)).turns)
    for room, shown in [(0, 0), (20, 0), (30, 1), (60, 2), (200, 5)]:  # an example takes 26 here
        built = build(
            mode("direct-5-shot"), CASE, SHOTS, by_characters(bare + 50 + room), Decoding(max_new_tokens=50)
        )
        assert (len(built.shots), len(built.left_out), built.cut) == (shown, 5 - shown, None)
        assert built.turns[-1].text == NOTE


def test_what_is_cut_from_an_input_is_counted_and_named(by_characters):
    built = build(mode("direct"), CASE, (), by_characters(318), Decoding(max_new_tokens=100))
    assert texts_of(built) == [("system", "Summarise."), ("user", NOTE[:200])]
    assert (built.cut.tokens, built.cut.characters, built.cut.rule) == (800, 800, "window")
    assert built.record()["cut"] == {"tokens": 800, "characters": 800, "rule": "window"}


def test_the_question_and_its_options_are_never_cut(by_characters):
    asked = replace(
        CASE,
        family="multiple_choice",
        input={"context": NOTE, "question": "Which?", "options": {"A": "x", "B": "y"}},
    )
    built = build(mode("direct"), asked, (), by_characters(200), Decoding(max_new_tokens=10))
    assert built.turns[-1].text.endswith("\n\nWhich?\nA. x\nB. y") and built.cut.rule == "window"


def test_meds_bench_cuts_inputs_at_its_limit_whatever_the_window(by_characters):
    asked = replace(CASE, input={"question": "x" * 5000})
    built = build(mode("meds-bench-3-shot"), asked, SHOTS, by_characters(100_000))
    assert (
        built.cut.rule == "input_limit" and built.cut.characters == 5000 - 2044
    )  # four characters are the turn's
    assert len(built.shots) == 3


def test_options_beyond_a_modes_limit_are_not_asked_without_their_question(by_characters):
    asked = replace(
        CASE, family="multiple_choice", input={"question": "Which?", "options": {"A": "x" * 3000}}
    )
    built = build(mode("meds-bench-3-shot"), asked, (), by_characters(None))
    assert built.code == "too_long" and "Mode meds-bench-3-shot allows an input 2,048 tokens" in built.message


def test_where_nothing_fits_the_failure_says_what_to_do(by_characters):
    built = build(mode("direct"), CASE, SHOTS, by_characters(100), Decoding(max_new_tokens=95))
    assert built.code == "too_long" and not built.passing
    assert "window is 100 tokens, of which the answer may take 95" in built.message
    assert "Lower max_new_tokens" in built.message
    assert build(mode("direct"), CASE, (), by_characters(50), Decoding(max_new_tokens=90)).code == "too_long"


@pytest.mark.parametrize("size", [10, 1_000, 400_000])
def test_the_tokenizer_is_asked_seldom_however_long_the_input(size):
    calls = []

    def count(turns):
        calls.append(1)
        return sum(len(turn.text) for turn in turns)

    asked = replace(CASE, input={"context": "x" * size})
    built = build(
        mode("direct-5-shot"), asked, SHOTS, Fit(size // 2 + 20, count), Decoding(max_new_tokens=10)
    )
    assert built.cut is not None
    assert len(calls) <= math.log2(size) + 6


def test_a_prompt_that_fits_costs_one_count():
    calls = []
    fit = Fit(100_000, lambda turns: calls.append(1) or 10)
    build(mode("direct-5-shot"), CASE, SHOTS, fit)
    assert len(calls) == 1


def test_examples_become_turns_and_the_instruction_the_system_turn(roomy):
    assert texts_of(build(mode("direct-5-shot"), CASE, SHOTS[:2], roomy)) == [
        ("system", "Summarise."),
        ("user", "Note 0."), ("assistant", "Summary 0."),
        ("user", "Note 1."), ("assistant", "Summary 1."),
        ("user", NOTE),
    ]  # fmt: skip


def test_without_a_system_role_the_instruction_opens_the_first_user_turn(by_characters):
    fit = by_characters(None, takes_system=False)
    assert texts_of(build(mode("direct"), CASE, (), fit)) == [("user", f"Summarise.\n\nInput:\n{NOTE}")]
    assert texts_of(build(mode("direct-5-shot"), CASE, SHOTS[:1], fit)) == [
        ("user", "Summarise.\n\nInput:\nNote 0."), ("assistant", "Summary 0."), ("user", f"Input:\n{NOTE}"),
    ]  # fmt: skip


def test_a_base_model_is_given_one_text_that_ends_where_its_answer_begins(by_characters):
    fit = by_characters(None, is_chat=False)
    assert texts_of(build(mode("direct-5-shot"), CASE, SHOTS[:1], fit)) == [
        ("user", f"Summarise.\n\nINPUT: Note 0.\nOUTPUT: Summary 0.\nINPUT: {NOTE}\nOUTPUT: ")
    ]
    assert build(mode("zero-shot"), CASE, (), fit).turns[0].text == f"Summarise.\n\nInput:\n{NOTE}\nAnswer:"


def test_without_an_instruction_there_is_no_empty_turn_or_heading(by_characters):
    asked = replace(CASE, instruction="")
    assert texts_of(build(mode("direct"), asked, (), by_characters(None))) == [("user", NOTE)]
    assert texts_of(build(mode("direct"), asked, (), by_characters(None, takes_system=False))) == [
        ("user", NOTE)
    ]
    plain = build(mode("direct"), asked, (), by_characters(None, is_chat=False))
    assert plain.turns[0].text == f"INPUT: {NOTE}\nOUTPUT: "


def test_braces_in_notes_and_examples_are_left_alone(roomy):
    asked = replace(CASE, input={"context": "{instruction} {output} {examples} {0}"})
    built = build(mode("meds-bench-3-shot"), asked, [Shot("s", "{input}", "{output}{instruction}")], roomy)
    assert "Input:\n{input}\n\nOutput:\n{output}{instruction}\n" in built.turns[0].text
    assert "{instruction} {output} {examples} {0}" in built.turns[1].text


def test_explanations_are_shortened_alike_before_the_question_is_touched(by_characters):
    refining, said = mode("ensemble-refinement"), ["a" * 3000 + "A.", "b" * 3000 + "B."]
    whole = build_refined(refining, CASE, said, by_characters(None))
    assert all(text in whole.turns[-1].text for text in (*said, NOTE))
    fit = by_characters(3000)
    short = build_refined(refining, CASE, said, fit, Decoding(max_new_tokens=100))
    assert fit.count(short.turns) <= 2900 and NOTE in short.turns[-1].text
    assert "aA.\n" in short.turns[-1].text and "bB.\n" in short.turns[-1].text
    assert abs(short.turns[-1].text.count("a" * 10) - short.turns[-1].text.count("b" * 10)) <= 1
    assert build_refined(refining, CASE, said, by_characters(1400), Decoding()).code == "too_long"


@given(st.integers(0, 300), st.integers(0, 400))
def test_the_longest_that_fits_is_found(length, limit):
    assert longest(length, lambda n: n <= limit) == min(length, limit)


@given(
    st.lists(st.sampled_from(["a", "e\u0301", "👩🏽\u200d⚕\ufe0f", "\r\n", "日", "q\u0323\u0307"])), st.data()
)
def test_a_cut_parts_no_accent_emoji_or_line_end(characters, data):
    text = "".join(characters)
    n = data.draw(st.integers(len(characters[0]) if characters else 0, len(text)))
    ends = [len("".join(characters[:number])) for number in range(len(characters) + 1)]
    assert clipped(text, n) == text[: max(end for end in ends if end <= n)]


def test_a_text_of_accents_alone_is_cut_where_it_has_to_be():
    assert clipped("\u0301" * 100, 50) == "\u0301" * 50


def test_the_two_halves_of_a_surrogate_pair_are_not_parted():
    assert clipped("ab\ud83d\ude00", 3) == "ab"


def test_every_mode_builds_a_prompt_for_every_sample_item_that_ends_with_it(sample, ask, roomy):
    for each in modes():
        for task, question in sample:
            built = build(each, ask(task, question), (), roomy)
            assert built.turns[-1].role == "user"
            shown = question.input.get("question") or question.input.get("context") or ""
            assert shown in built.turns[-1].text
            assert task.prompt in built.turns[0].text


def test_no_reference_of_the_item_is_in_its_prompt_beyond_what_it_shows_itself(sample, ask, roomy):
    """References reach a prompt only as outputs of other items."""
    for task, question in sample:
        if task.family not in ("summarisation", "open_question"):
            continue
        pool = Pool(
            Shot(q.key, str(q.input), q.gold["references"][0], q.cluster) for t, q in sample if t is task
        )
        shots = chosen(mode("few-shot-drawn-5"), pool, question.key, question.cluster)
        built = build(mode("few-shot-drawn-5"), ask(task, question), shots, roomy)
        assert len(built.shots) >= 4
        assert not any(
            reference in turn.text for reference in question.gold["references"] for turn in built.turns
        )
