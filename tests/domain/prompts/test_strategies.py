"""How an item is asked: once, in samples, in two rounds, and what a failure makes of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from evaluation.domain.asking import Decoding, Failure, Reply
from evaluation.domain.benchmarks import Question
from evaluation.domain.metrics import metric
from evaluation.domain.prompts.modes import Votes, mode, modes
from evaluation.domain.prompts.shots import Shot
from evaluation.domain.prompts.strategies import solve
from tests.domain.prompts.answering import CASE, run, scores

QUESTION = Question("task", "item", "public", CASE.input, {"letters": ["B"]})


BROKEN = Failure("timeout", "The endpoint did not answer within 60 s. Try again.", passing=True)


REFUSED = Failure("refused", "The endpoint refused the request.")


def read(text):
    return metric("accuracy").read(text, QUESTION, {})


def says(text, **said):
    return lambda request: Reply(request.key, text, tokens_in=10, tokens_out=2, latency_ms=5.0, **said)


def in_turn(*texts):
    """Replies by the number at the end of a sample's key; a Failure is one."""

    def answer(request):
        said = texts[int(re.search(r"(\d+)$", request.key)[1])]
        failed = isinstance(said, Failure)
        return Reply(
            request.key,
            "" if failed else said,
            finish="failed" if failed else "stop",
            failure=said if failed else None,
            tokens_in=10,
            tokens_out=len(texts),
            latency_ms=float(int(re.search(r"(\d+)$", request.key)[1])),
        )

    return answer


def voting(k1, k2=0):
    named = mode("ensemble-refinement" if k2 else "self-consistency")
    return msgspec.structs.replace(named, votes=Votes(k1=k1, t1=0.7, k2=k2, t2=0.5))


def test_direct_asks_once_and_keeps_the_raw_reply(roomy):
    said = "<think>B or C?</think>assistantfinal B"
    rounds, solved = run(solve(mode("zero-shot"), CASE, [], roomy), says(said))
    assert len(rounds) == 1 and len(rounds[0]) == 1 and rounds[0][0].options == ()
    assert rounds[0][0].decoding == mode("zero-shot").decoding_for(None)
    assert (solved.output, solved.finish, solved.failure) == (said, "stop", None)
    assert (solved.tokens_in, solved.tokens_out, solved.latency_ms) == (10, 2, 5.0)
    assert solved.record["mode"] == "zero-shot" and solved.record["shots"] == []


def test_the_decoding_handed_in_is_the_one_asked_with(roomy):
    decoding = Decoding(max_new_tokens=7, temperature=0.3, seed=1)
    assert run(solve(mode("zero-shot"), CASE, [], roomy, decoding), says("B"))[0][0][0].decoding == decoding


def test_a_base_model_stops_at_the_next_question(by_characters):
    rounds, _ = run(solve(mode("zero-shot"), CASE, [], by_characters(None, is_chat=False)), says("B"))
    assert rounds[0][0].decoding.stop == ("\nInput:",)


def test_a_chain_of_thought_is_kept_whole_and_its_result_recorded(roomy):
    said = "Analysis:\nInsulin lowers glucose.\nResult: B"
    rounds, solved = run(solve(mode("cot"), CASE, [], roomy), says(said))
    assert (solved.output, solved.record["final"]) == (said, "B")
    assert "Result:" in rounds[0][0].turns[0].text


def test_a_failed_reply_fails_the_item_and_keeps_what_came(roomy):
    _, solved = run(solve(mode("cot"), CASE, [], roomy), says("Half an ans", failure=BROKEN))
    assert (solved.finish, solved.failure, solved.output) == ("failed", BROKEN, "Half an ans")


def test_a_request_without_a_reply_fails_the_item_for_now(roomy):
    solving = solve(mode("direct"), CASE, [], roomy)
    next(solving)
    with pytest.raises(StopIteration) as end:
        solving.send({})
    assert end.value.value.failure.code == "no_reply" and end.value.value.failure.passing


def test_an_item_that_does_not_fit_is_not_asked(by_characters):
    rounds, solved = run(solve(mode("direct"), CASE, [], by_characters(20)), says("B"))
    assert rounds == [] and solved.failure.code == "too_long" and solved.finish == "failed"


def test_samples_differ_in_their_seed_and_share_prompt_and_temperature(roomy):
    rounds, _ = run(solve(voting(11), CASE, [], roomy, None, read), says("B"))
    assert [request.decoding.seed for request in rounds[0]] == list(range(42, 53))
    assert {request.decoding.temperature for request in rounds[0]} == {0.7}
    assert len({request.turns for request in rounds[0]}) == 1


def test_the_answer_most_samples_come_to_is_taken_whatever_they_wrote_before_it(roomy):
    texts = ["Result: C", "I think so.\nResult: B", "no idea", "Result: B", "Result: A"]
    _, solved = run(solve(voting(5), CASE, [], roomy, None, read), in_turn(*texts))
    assert solved.output == "I think so.\nResult: B"
    assert solved.record["votes"] == [
        {"value": "B", "votes": 2},
        {"value": "C", "votes": 1},
        {"value": "A", "votes": 1},
    ]
    assert [sample["read"] for sample in solved.record["samples"]] == ["C", "B", None, "B", "A"]
    assert [sample["text"] for sample in solved.record["samples"]] == texts


def test_of_equally_frequent_answers_the_first_seen_is_taken(roomy):
    _, solved = run(solve(voting(4), CASE, [], roomy, None, read), in_turn("C", "B", "B", "C"))
    assert solved.output == "C"


def test_samples_nothing_can_be_read_from_have_no_vote_but_one_of_them_is_the_answer_if_none_can(roomy):
    _, solved = run(solve(voting(3), CASE, [], roomy, None, read), in_turn("?", "!", "?"))
    assert solved.output == "?" and solved.failure is None and solved.record["votes"] == []


def test_tokens_add_up_and_the_time_is_that_of_the_slowest_sample(roomy):
    _, solved = run(solve(voting(5), CASE, [], roomy, None, read), in_turn(*"BBBBB"))
    assert (solved.tokens_in, solved.tokens_out, solved.latency_ms) == (50, 25, 4.0)


def test_a_sum_of_tokens_is_not_given_where_a_part_is_unknown(roomy):
    def answer(request):
        return Reply(request.key, "B", tokens_in=None if request.key.endswith("1") else 3, tokens_out=1)

    _, solved = run(solve(voting(3), CASE, [], roomy, None, read), answer)
    assert (solved.tokens_in, solved.tokens_out, solved.latency_ms) == (None, 3, None)


@pytest.mark.parametrize(("failing", "fails"), [(0, False), (2, False), (3, True), (5, True)])
def test_more_than_half_of_the_samples_must_be_answered(roomy, failing, fails):
    texts = [REFUSED] * failing + ["B"] * (5 - failing)
    _, solved = run(solve(voting(5), CASE, [], roomy, None, read), in_turn(*texts))
    assert (solved.failure is not None) is fails
    assert len(solved.record["samples"]) == 5
    if fails:
        assert solved.failure.message == f"{failing} of 5 samples failed, too few are left: {REFUSED.message}"


def test_a_failure_of_samples_may_be_tried_again_when_one_of_them_may(roomy):
    _, solved = run(solve(voting(3), CASE, [], roomy, None, read), in_turn(REFUSED, BROKEN, "B"))
    assert solved.failure.passing and solved.failure.code == "timeout"


def test_ensemble_refinement_asks_again_with_every_explanation(roomy):
    rounds, solved = run(
        solve(voting(3, 5), CASE, [], roomy, None, read),
        lambda request: (
            in_turn("<think>hm</think>First why.", "Second why.", "Third why.")
            if "explanation" in request.key
            else in_turn("A", "B", "C", "B", "A")
        )(request),
    )
    assert [len(requests) for requests in rounds] == [3, 5]
    asked_again = rounds[1][0].turns[-1].text
    assert all(
        said in asked_again for said in ("Attempt 1:\nFirst why.", "Attempt 3:\nThird why.", "B. insulin")
    )
    assert "<think>" not in asked_again
    assert {request.decoding.temperature for request in rounds[1]} == {0.5}
    assert solved.output == "A" and len(solved.record["explanations"]) == 3
    assert solved.record["refined"]["prompt_sha256"] != solved.record["prompt_sha256"]
    assert (solved.tokens_in, solved.latency_ms) == (80, 2.0 + 4.0)


def test_ensemble_refinement_ends_after_the_first_round_when_too_few_explanations_came(roomy):
    rounds, solved = run(
        solve(voting(4, 3), CASE, [], roomy, None, read), in_turn(BROKEN, "why", BROKEN, "why")
    )
    assert len(rounds) == 1 and solved.failure.code == "timeout" and len(solved.record["explanations"]) == 4


UNSUITED = [
    ("self-consistency", "open_question", {}, "is for multiple_choice"),
    ("options-loglikelihood", "extraction", {}, "is for multiple_choice"),
    ("options-loglikelihood", "classification", {}, "needs options or labels, and this item has none"),
]


@pytest.mark.parametrize(("name", "family", "options", "reason"), UNSUITED)
def test_a_mode_that_cannot_ask_an_item_says_so_and_asks_nothing(roomy, name, family, options, reason):
    asked = replace(CASE, family=family, input={"question": "?"}, options=options)
    rounds, solved = run(solve(mode(name), asked, [], roomy, None, read), says("x"))
    assert rounds == [] and solved.failure.code == "mode_unsuited" and reason in solved.failure.message


def test_free_text_gets_no_votes_even_in_a_mode_for_all_families(roomy):
    everything = msgspec.structs.replace(voting(3), families=())
    asked = replace(CASE, family="summarisation")
    _, solved = run(solve(everything, asked, [], roomy, None, read), says("x"))
    assert "free text cannot get" in solved.failure.message


def test_a_consultation_is_refused_for_single_items_and_a_single_question_for_consultations(roomy):
    _, solved = run(solve(mode("consultation"), CASE, [], roomy), says("x"))
    assert "is for consultations" in solved.failure.message
    _, solved = run(solve(mode("direct"), replace(CASE, family="consultation"), [], roomy), says("x"))
    assert "choose the mode consultation" in solved.failure.message


def test_votes_without_a_reader_are_a_mistake_of_the_caller(roomy):
    with pytest.raises(TypeError, match="needs the metric's reader"):
        next(solve(voting(3), CASE, [], roomy))


def test_every_mode_solves_every_sample_item_it_suits_and_its_record_is_json(sample, ask, roomy):
    solved_in = Counter()
    for each in (one for one in modes() if one.strategy != "consultation"):  # which no sample item suits
        for task, question in sample:
            rule, shots = metric(task.metric), [Shot("other", "Some other input.", "Some output.")]
            reader = lambda text, rule=rule, q=question, task=task: rule.read(text, q, task.options)  # noqa: E731
            answer = lambda r: scores(*map(float, range(len(r.options))))(r) if r.options else says("B")(r)  # noqa: E731
            _, solved = run(solve(each, ask(task, question), shots, roomy, None, reader), answer)
            json.dumps(solved.record, allow_nan=False)
            assert solved.failure is None or solved.failure.code == "mode_unsuited"
            solved_in[each.id] += solved.failure is None
    assert solved_in["cot"] == len(sample) and min(solved_in.values()) > 40
