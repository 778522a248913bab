"""Fixed follow-ups: how a model is pressed, and how many of its answers change."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from evaluation.domain.asking import Failure
from evaluation.domain.benchmarks import Question
from evaluation.domain.dialogues import flips, followups
from evaluation.domain.metrics import metric
from evaluation.domain.prompts.building import Asked
from evaluation.domain.prompts.modes import mode
from evaluation.domain.prompts.strategies import solve

OPTIONS = {"A": "aspirin", "B": "insulin", "C": "heparin"}
PRESSED = mode("followups")
RULE = metric("accuracy")


def question(key="q", right="B"):
    return Question("t", key, "public", {"question": "Which?", "options": OPTIONS}, {"letters": [right]})


def press(talks, fit, says, how=PRESSED, key="q"):
    asked = Asked(key, "t", "multiple_choice", "en", "Choose.", question().input)
    solving = solve(how, asked, [], fit, None, lambda text: RULE.read(text, question(), {}))
    return talks.play(solving, system=says)


def firm(request):
    return "B"


def yielding(request):
    """Takes whatever option is put forward last."""
    for option, text in OPTIONS.items():
        if f"{option} ({text})" in request.turns[-1].text:
            return option
    said = [turn.text for turn in request.turns if turn.role == "assistant"]
    return said[-1] if said else "B"


def test_every_answer_is_read_and_the_last_one_counts(talks, fit):
    solved = press(talks, fit(), yielding)
    answers = solved.record["answers"]
    assert len(talks.asked) == len(answers) == 4
    assert answers[0]["read"] == "B"
    assert solved.output == answers[-1]["text"] and solved.record["output_is"] == "last"
    assert answers[0]["turn"] == "first" and {answer["kind"] for answer in answers[1:]} <= {
        "direct",
        "indirect",
    }
    assert solved.tokens_out == 12
    json.dumps(solved.record)


def test_the_talk_goes_on_turn_by_turn_with_the_models_own_answers(talks, fit):
    press(talks, fit(), lambda request: "<think>Maybe C.</think>B")
    roles = [turn.role for turn in talks.asked[-1][0].turns]
    assert roles[-6:] == ["assistant", "user", "assistant", "user", "assistant", "user"]
    assert all("Maybe" not in turn.text for turn in talks.asked[-1][0].turns)


def test_the_option_put_forward_is_never_the_one_just_answered_and_needs_no_reference(talks, fit):
    for number in range(30):
        solved = press(talks, fit(), yielding, key=f"item-{number}")
        before = None
        for answer in solved.record["answers"]:
            if before and "(" in answer["said"]:
                assert f"{before} ({OPTIONS[before]})" not in answer["said"]
            before = answer["read"]


def test_turns_are_drawn_for_each_item_and_the_same_ones_again():
    keys = [f"item-{number}" for number in range(40)]
    drawn = [tuple(turn.id for turn in followups.chosen(PRESSED.followups, key)) for key in keys]
    assert drawn == [tuple(turn.id for turn in followups.chosen(PRESSED.followups, key)) for key in keys]
    assert len(set(drawn)) > 10 and all(len(set(each)) == 3 for each in drawn)
    repeated = followups.chosen(mode("followups-repeated").followups, "q")
    assert [turn.id for turn in repeated] == ["doubt"] * 5


def test_a_base_model_is_given_one_text_that_ends_where_its_answer_begins(talks, fit):
    press(talks, fit(is_chat=False), firm)
    (only,) = talks.asked[-1][0].turns
    assert only.text.endswith("\nAnswer:") and only.text.count("B\n\n") == 3


def test_a_failure_fails_the_item_and_so_does_a_full_window(talks, fit):
    gone = Failure("timeout", "No answer.", passing=True)
    answers = iter(["B", gone])
    assert press(talks, fit(), lambda request: next(answers)).failure == gone
    narrow = press(talks, fit(400), lambda request: "B, because " + "x" * 300)
    assert narrow.failure.code == "too_long" and "400 tokens" in narrow.failure.message


def test_labels_are_pressed_too_and_free_text_is_refused(talks, fit):
    asked = Asked(
        "v", "t", "yes_no_maybe", "en", "", {"question": "Is it?"}, {"labels": ["yes", "no", "maybe"]}
    )
    solved = talks.play(
        solve(PRESSED, asked, [], fit(), None, lambda text: text), system=lambda request: "yes"
    )
    assert solved.failure is None and len(solved.record["answers"]) == 4
    free = msgspec.structs.replace(PRESSED, families=())
    essay = Asked("e", "t", "open_question", "en", "", {"question": "Why?"})
    refused = talks.play(solve(PRESSED, essay, [], fit(), None, len), system=firm)
    assert refused.failure.code == "mode_unsuited"
    assert talks.play(solve(free, essay, [], fit(), None, len), system=firm).failure.code == "mode_unsuited"


def test_flips_follow_from_the_records(talks, fit):
    questions = [question(f"q{number}", "ABC"[number % 3]) for number in range(30)]
    records = [press(talks, fit(), yielding, key=each.key).record for each in questions]
    found = flips.of_records(records, questions, RULE, {})
    assert [each.turn for each in found] == [1, 2, 3]
    last = found[-1]
    assert (last.right_first.count, last.right_first.n) == (10, 30)
    assert (last.right_to_wrong.n, last.wrong_to_right.n) == (10, 20)
    final = [record["answers"][-1]["read"] for record in records]
    right = [answer in each.gold["letters"] for answer, each in zip(final, questions, strict=True)]
    assert last.right_after.count == sum(right)
    assert last.right_to_wrong.count == sum(
        not r for r, q in zip(right, questions, strict=True) if q.gold["letters"] == ["B"]
    )
    assert last.changed.count == sum(answer != "B" for answer in final)
    steady = [press(talks, fit(), firm, key=each.key).record for each in questions]
    assert all(
        each.changed.count == 0 and each.change.p == 1
        for each in flips.of_records(steady, questions, RULE, {})
    )
    assert flips.of_records([], [], RULE, {}) == []


def test_flips_by_hand():
    right = np.array([[1, 0]] * 8 + [[0, 1]] * 1 + [[1, 1]] * 3 + [[0, 0]] * 4, dtype=bool)
    same = np.array([[True, False]] * 9 + [[True, True]] * 7)
    (found,) = flips.flips(right, same)
    assert (found.right_to_wrong.count, found.right_to_wrong.n) == (8, 11)
    assert (found.wrong_to_right.count, found.wrong_to_right.n) == (1, 5)
    assert found.change.difference == pytest.approx(-7 / 16)
    assert found.change.p == pytest.approx(2 * 10 / 2**9)  # binomial: 0 or 1 of 9
    assert found.right_to_wrong.low == pytest.approx(0.4344, abs=1e-4)  # Wilson, 8 of 11
    assert found.right_to_wrong.high == pytest.approx(0.9025, abs=1e-4)
    (clustered,) = flips.flips(right, same, np.repeat(np.arange(8), 2))
    assert clustered.change.test == "Obuchowski" and clustered.change.n_clusters == 8


@given(right=arrays.arrays(bool, st.tuples(st.integers(0, 30), st.integers(1, 4))))
def test_flips_add_up_whatever_the_answers(right):
    for found in flips.flips(right, right == right[:, :1]):
        assert found.right_to_wrong.n == found.right_first.count
        assert found.wrong_to_right.n == len(right) - found.right_first.count
        gained = found.wrong_to_right.count - found.right_to_wrong.count
        assert found.right_after.count - found.right_first.count == gained
        assert found.changed.count == found.wrong_to_right.count + found.right_to_wrong.count
        for share in (found.right_to_wrong, found.wrong_to_right, found.changed):
            assert (share.value is None) == (share.n == 0)


def test_answers_that_do_not_fit_together_are_refused():
    with pytest.raises(ValueError, match="items by turns"):
        flips.flips(np.ones((3, 2), dtype=bool), np.ones((2, 2), dtype=bool))
    with pytest.raises(ValueError, match="as many clusters"):
        flips.flips(np.ones((3, 2), dtype=bool), np.ones((3, 2), dtype=bool), np.zeros(2, dtype=np.int64))
    records = [{"answers": [{"text": "A"}]}, {"answers": [{"text": "A"}, {"text": "B"}]}]
    with pytest.raises(ValueError, match="of one mode"):
        flips.of_records(records, [question("a"), question("b")], RULE, {})
