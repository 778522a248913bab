"""How a mode asks: generators that yield requests, are sent their replies, and return what was answered.

What a model wrote is kept whole as the output; the metric's reader finds the answer in it. Only where samples
vote is a reader needed here, and it is the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluation.domain.asking import Decoding, Failure, Reply, Request, Solved, Solving
from evaluation.domain.benchmarks import CONSULTING
from evaluation.domain.dialogues import followups
from evaluation.domain.dialogues.case import case_of
from evaluation.domain.dialogues.consultation import Doctor, consult
from evaluation.domain.prompts.building import Asked, Fit, Prompt, build, build_refined
from evaluation.domain.prompts.final_part import final_part, without_reasoning
from evaluation.domain.prompts.likelihood import best_option, options_of
from evaluation.domain.prompts.modes import Mode
from evaluation.domain.prompts.replies import answered, failed, replies_to, reply_to, sample, too_few
from evaluation.domain.prompts.shots import Shot
from evaluation.domain.prompts.votes import plurality, tally, vote_of

Read = Callable[[str], Any | None]  # what the task's metric understands of an answer, as JSON

FREE_TEXT = ("summarisation", "open_question")  # no two texts are alike, so none gets votes
OF_CLOSED_ANSWERS = ("self_consistency", "ensemble_refinement")
OF_OPTIONS = ("options_loglikelihood", "followups")
READ_WHILE_ASKING = (*OF_CLOSED_ANSWERS, "followups")


@dataclass(frozen=True, slots=True)
class Case:
    """One item to be solved in one mode."""

    mode: Mode
    asked: Asked
    shots: Sequence[Shot]
    fit: Fit
    decoding: Decoding
    read: Read
    gold: Mapping[str, Any] | None = None
    served: frozenset[str] = frozenset({"system"})

    def prompt(self) -> Prompt | Failure:
        return build(self.mode, self.asked, self.shots, self.fit, self.decoding)

    def request(self, prompt: Prompt, **changes: Any) -> Request:
        return Request(self.asked.key, prompt.turns, self.decoding, **changes)

    def samples(self, prompt: Prompt, number: int, temperature: float, stage: str) -> list[Request]:
        """Requests that differ in their seed alone."""
        sampled = replace(self.decoding, temperature=temperature)
        return [
            Request(f"{self.asked.key}#{stage}{at}", prompt.turns, replace(sampled, seed=sampled.seed + at))
            for at in range(number)
        ]


def solve(
    mode: Mode,
    asked: Asked,
    shots: Sequence[Shot],
    fit: Fit,
    decoding: Decoding | None = None,
    read: Read | None = None,
    gold: Mapping[str, Any] | None = None,
    served: frozenset[str] = frozenset({"system"}),
) -> Solving:
    """Answers one item. `decoding` defaults to the mode's; `read` is needed where answers are compared.

    `gold` is the case of a consultation and of nothing else; `served` are those requests can be sent to.
    """
    if reason := unsuited(mode, asked):
        return failed(mode, Failure("mode_unsuited", reason))
    if read is None and mode.strategy in READ_WHILE_ASKING:
        raise TypeError(f"mode {mode.id} looks at answers and needs the metric's reader: pass read=")
    chosen = decoding or mode.decoding_for(fit.window)
    if not fit.is_chat:
        chosen = replace(chosen, stop=tuple(dict.fromkeys((*chosen.stop, *mode.completion.stop))))
    case = Case(mode, asked, shots, fit, chosen, read or _unread, gold, served)
    return (yield from _STRATEGIES[mode.strategy](case))


def unsuited(mode: Mode, asked: Asked) -> str:
    """Why this mode cannot ask such an item, "" where it can."""
    if (mode.strategy == "consultation") != (asked.family in CONSULTING):
        if asked.family in CONSULTING:
            return (
                f"Mode {mode.id} asks once, and a consultation is a dialogue: choose the mode consultation."
            )
        return f"Mode {mode.id} is for consultations, and this item is asked once: choose another mode."
    if mode.families and asked.family not in mode.families:
        return f"Mode {mode.id} is for {', '.join(mode.families)}, not for {asked.family}: choose another."
    if mode.strategy in OF_CLOSED_ANSWERS and asked.family in FREE_TEXT:
        return f"Mode {mode.id} counts votes, which free text cannot get: choose a mode without votes."
    if mode.strategy in OF_OPTIONS and not options_of(asked):
        return f"Mode {mode.id} needs options or labels, and this item has none: choose another mode."
    return ""


def _unread(text: str) -> None:
    """The reader of modes in which nothing votes."""


def _once(case: Case) -> Solving:
    prompt = case.prompt()
    if isinstance(prompt, Failure):
        return failed(case.mode, prompt)
    request = case.request(prompt)
    reply = reply_to((yield [request]), request)
    return answered(case.mode, reply.text, reply, [[reply]], prompt.record())


def _step_by_step(case: Case) -> Solving:
    """As `_once`; what the record calls final is the part after the mode's marker, for people to read."""
    solved = yield from _once(case)
    final = final_part(solved.output, case.mode.final_marker)
    return solved if solved.failure else replace(solved, record={**solved.record, "final": final})


def _self_consistency(case: Case) -> Solving:
    prompt = case.prompt()
    if isinstance(prompt, Failure):
        return failed(case.mode, prompt)
    requests = case.samples(prompt, case.mode.votes.k1, case.mode.votes.t1, "")
    replies = replies_to((yield requests), requests)
    return _voted(case, replies, [replies], prompt.record())


def _ensemble_refinement(case: Case) -> Solving:
    """Explanations first; then the question is asked again with all of them, and those answers vote."""
    mode, votes = case.mode, case.mode.votes
    first = case.prompt()
    if isinstance(first, Failure):
        return failed(mode, first)
    requests = case.samples(first, votes.k1, votes.t1, "explanation-")
    explained = replies_to((yield requests), requests)
    record = {**first.record(), "explanations": [sample(reply) for reply in explained]}
    if failure := too_few(explained):
        return answered(mode, "", Reply("", failure=failure), [explained], record)
    texts = [without_reasoning(reply.text) for reply in explained if not reply.failure]
    second = build_refined(mode, case.asked, texts, case.fit, case.decoding)
    if isinstance(second, Failure):
        return answered(mode, "", Reply("", failure=second), [explained], record)
    requests = case.samples(second, votes.k2, votes.t2, "answer-")
    replies = replies_to((yield requests), requests)
    return _voted(case, replies, [explained, replies], {**record, "refined": second.record()})


def _options_loglikelihood(case: Case) -> Solving:
    prompt = case.prompt()
    if isinstance(prompt, Failure):
        return failed(case.mode, prompt)
    options = options_of(case.asked)
    lead = "" if case.fit.is_chat or prompt.turns[-1].text[-1:].isspace() else " "
    request = case.request(prompt, options=tuple(lead + option for option in options))
    reply = reply_to((yield [request]), request)
    if reply.failure:
        return answered(case.mode, "", reply, [[reply]], prompt.record())
    best = best_option(options, reply)
    if isinstance(best, Failure):
        return answered(case.mode, "", replace(reply, failure=best), [[reply]], prompt.record())
    return answered(case.mode, best.option, reply, [[reply]], {**prompt.record(), **best.record})


def _followups(case: Case) -> Solving:
    prompt = case.prompt()
    if isinstance(prompt, Failure):
        return failed(case.mode, prompt)
    return (yield from followups.press(case.mode, case.asked, prompt, case.fit, case.decoding, case.read))


def _consultation(case: Case) -> Solving:
    if case.gold is None:
        raise TypeError("a consultation needs its case: pass gold=")
    doctor = Doctor(case.mode, case.asked, case.fit, case.decoding, case.served)
    return (yield from consult(doctor, case_of(case.gold)))


_STRATEGIES: dict[str, Callable[[Case], Solving]] = {
    "direct": _once,
    "chain_of_thought": _step_by_step,
    "self_consistency": _self_consistency,
    "ensemble_refinement": _ensemble_refinement,
    "options_loglikelihood": _options_loglikelihood,
    "followups": _followups,
    "consultation": _consultation,
}


def _voted(
    case: Case, replies: Sequence[Reply], rounds: Sequence[Sequence[Reply]], record: Mapping[str, Any]
) -> Solved:
    """The sample whose reading got most votes; the first answered one where nothing could be read."""
    values = [None if reply.failure else case.read(reply.text) for reply in replies]
    samples = [{**sample(reply), "read": value} for reply, value in zip(replies, values, strict=True)]
    votes = [vote_of(case.asked.family, value) for value in values]
    whole = {**record, "samples": samples, "votes": tally(votes)}
    if failure := too_few(replies):
        return answered(case.mode, "", Reply("", failure=failure), rounds, whole)
    place = plurality(votes)
    winner = next(r for r in replies if not r.failure) if place is None else replies[place]
    return answered(case.mode, winner.text, winner, rounds, whole)
