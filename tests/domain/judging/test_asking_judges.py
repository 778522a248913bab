"""How judges are asked: what they see, and in both orders."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from evaluation.domain.answers.preference import preference
from evaluation.domain.asking import Failure, Reply, Request, Solved, Solving, Turn
from evaluation.domain.benchmarks import Question, TaskSpec
from evaluation.domain.judging.both_orders import judge_pairwise
from evaluation.domain.judging.prompts import UnknownJudgeError, judge_prompt, judge_prompts, prompt_for
from evaluation.domain.judging.shown import judged_parts, numbered_turns
from evaluation.domain.shapes import UnusableError, check_shape

PAIR = {"question": "Which dose?", "answers": {"a": "one tablet", "b": "two tablets"}}


def played(solving: Solving, reply: Any) -> tuple[Solved, list[list[Request]]]:
    """Run a strategy to its end; the rounds of requests it made."""
    rounds: list[list[Request]] = []
    replies: Mapping[str, Reply] | None = None
    while True:
        try:
            requests = solving.send(replies) if replies is not None else next(solving)
        except StopIteration as end:
            return end.value, rounds
        rounds.append(list(requests))
        replies = {request.key: reply(request) for request in requests}


def once(given: Mapping[str, Any]) -> Solving:
    """A way of asking that takes one round."""
    request = Request("i", (Turn("user", "".join(judged_parts(given))),))
    reply = (yield [request])["i"]
    return Solved(
        reply.text, reply.finish, 10, 2, reply.latency_ms, {"shown": request.turns[0].text}, reply.failure
    )


def twice(given: Mapping[str, Any]) -> Solving:
    """A way of asking that thinks first, and only where the short answer stands first."""
    if given["answers"]["a"] == "one tablet":
        yield [Request("think", (Turn("user", "think"),))]
    return (yield from once(given))


def likes(text: str) -> Any:
    """A judge that prefers the answer with this text, wherever it stands."""

    def reply(request: Request) -> Reply:
        first = f"Answer A:\n{text}" in request.turns[0].text
        return Reply(request.key, "A" if first else "B", latency_ms=30.0 if first else 50.0)

    return reply


@pytest.mark.parametrize(("text", "said"), [("one tablet", "a"), ("two tablets", "b")])
def test_a_judge_of_contents_is_consistent_and_both_orders_go_out_together(text: str, said: str) -> None:
    solved, rounds = played(judge_pairwise(PAIR, once), likes(text))
    assert preference(solved.output) == {"preference": said, "orders": [said, said]}
    assert [[request.key for request in one] for one in rounds] == [["a_first/i", "b_first/i"]]
    assert (solved.tokens_in, solved.tokens_out, solved.latency_ms) == (20, 4, 50.0)
    assert "Answer A:\ntwo tablets" in solved.record["b_first"]["shown"]


def test_a_judge_of_places_ends_in_a_tie() -> None:
    solved, _ = played(judge_pairwise(PAIR, once), lambda request: Reply(request.key, "Answer A is better."))
    assert preference(solved.output) == {"preference": "tie", "orders": ["a", "b"]}
    assert json.loads(solved.output) == {"a_first": "Answer A is better.", "b_first": "Answer A is better."}


def test_orders_that_take_different_numbers_of_rounds_both_end() -> None:
    solved, rounds = played(judge_pairwise(PAIR, twice), likes("one tablet"))
    assert [[request.key for request in one] for one in rounds] == [
        ["a_first/think", "b_first/i"],
        ["a_first/i"],
    ]
    assert preference(solved.output) == {"preference": "a", "orders": ["a", "a"]}


def test_a_failure_of_one_order_is_the_item_s() -> None:
    failure = Failure("busy", "Try again.", passing=True)

    def reply(request: Request) -> Reply:
        gone = request.key.startswith("b_first")
        return Reply(request.key, "A", "failed" if gone else "stop", failure=failure if gone else None)

    solved, _ = played(judge_pairwise(PAIR, once), reply)
    assert (solved.failure, solved.finish) == (failure, "failed")


def test_what_ends_without_asking_is_an_answer_too() -> None:
    def at_once(given: Mapping[str, Any]) -> Solving:
        return Solved("tie")
        yield []

    solved, rounds = played(judge_pairwise(PAIR, at_once), None)
    assert rounds == []
    assert preference(solved.output) == {"preference": "tie", "orders": ["tie", "tie"]}


def test_baselines_see_the_answers_in_the_order_asked_about() -> None:
    _, (requests,) = played(judge_pairwise(PAIR, once, {"family": "preference", "input": PAIR}), likes("x"))
    seen = [request.item["input"]["answers"]["a"] for request in requests if request.item]
    assert seen == ["one tablet", "two tablets"]


def test_only_what_precedes_the_answer_may_be_cut() -> None:
    body, ending = judged_parts(
        {"context": "the source", "question": "Sum up.", "answer": "the answer", "reference": "the reference"}
    )
    assert body == "Source text:\nthe source"
    assert ending.startswith("\n\nQuestion or task:\nSum up.")
    assert "Answer to be judged:\nthe answer" in ending
    assert "Reference:\nthe reference" in ending


def test_turns_of_the_doctor_are_numbered_where_the_dialogue_is_judged() -> None:
    dialogue = "Patient: It hurts.\nDoctor: Where?\nPatient: Here.\n  Dr: Since when?"
    assert numbered_turns(dialogue) == (
        "Patient: It hurts.\n[turn 1] Doctor: Where?\nPatient: Here.\n[turn 2] Dr: Since when?"
    )
    assert "[turn 1]" in judged_parts({"dialogue": dialogue, "criterion": "Site"})[0]
    assert "[turn 1]" not in judged_parts({"dialogue": dialogue, "criterion": "Site", "answer": "x"})[0]


def test_every_kind_of_judgement_has_a_prompt_and_a_hash_of_its_own() -> None:
    prompts = judge_prompts()
    assert set(prompts) == {"medval", "healthbench", "must_ask", "pairwise"}
    assert len({prompt.sha256 for prompt in prompts.values()}) == 4
    assert {slug for slug, prompt in prompts.items() if prompt.both_orders} == {"pairwise"}
    assert prompt_for("criterion", {"dialogue": "d", "criterion": "c"}).slug == "must_ask"
    assert prompt_for("criterion", {"dialogue": "d", "criterion": "c", "answer": "a"}).slug == "healthbench"
    with pytest.raises(UnknownJudgeError, match="there are: healthbench, medval"):
        judge_prompt("oracle")
    with pytest.raises(UnknownJudgeError, match="risk_label item about its answers"):
        prompt_for("risk_label", PAIR)


RISK = TaskSpec("t", "T", "risk_label", "risk_kappa")
CRITERION = TaskSpec("t", "T", "criterion", "criterion_f1")
PREFERENCE = TaskSpec("t", "T", "preference", "preference_agreement")
ASKED = {"context": "x", "answer": "y"}


@pytest.mark.parametrize(
    ("task", "asked", "labels", "reason"),
    [
        (RISK, ASKED, [], "no label"),
        (RISK, ASKED, [{"rater": "p", "risk": 5}], "gold"),
        (RISK, ASKED, [{"rater": "p", "risk": 1}, {"rater": "p", "risk": 2}], "each rater once"),
        (RISK, ASKED, [{"rater": " ", "risk": 1}], "name their rater"),
        (RISK, ASKED, [{"rater": "p", "risk": 1, "errors": ["typo"]}], "error typo"),
        (RISK, {"context": "x"}, [{"rater": "p", "risk": 1}], "no answer to be judged"),
        (RISK, {**ASKED, "criterion": "z"}, [{"rater": "p", "risk": 1}], "criterion, which no risk_label"),
        (CRITERION, {"question": "x", "answer": "y"}, [{"rater": "p", "met": True}], "no criterion"),
        (CRITERION, {"question": "x", "criterion": "z"}, [{"rater": "p", "met": True}], "neither an answer nor"),
        (CRITERION, {"dialogue": "x", "criterion": "z"}, [{"rater": "p", "met": False, "turn": 1}], "a turn, from 1"),
        (PREFERENCE, {"question": "x", "answers": {"a": "1"}}, [{"rater": "p", "preference": "a"}], "two texts"),
        (PREFERENCE, PAIR, [{"rater": "p", "preference": "c"}], "gold"),
    ],
)  # fmt: skip
def test_an_unusable_judgement_is_refused_with_a_reason(
    task: TaskSpec, asked: dict[str, Any], labels: list[dict[str, Any]], reason: str
) -> None:
    with pytest.raises(UnusableError, match=reason):
        check_shape(Question("t", "k", "public", asked, {"labels": labels}), task)


def test_an_ordinary_item_may_not_carry_what_is_judged() -> None:
    task = TaskSpec("t", "T", "open_question", "rougeL")
    with pytest.raises(UnusableError, match="input has reference"):
        check_shape(
            Question("t", "k", "public", {"question": "x", "reference": "the answer"}, {"references": ["y"]}),
            task,
        )
