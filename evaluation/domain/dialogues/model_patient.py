"""A patient played by a model whose every word is checked: asked again once, then the facts speak instead."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluation.domain.answers.final import final_part
from evaluation.domain.asking import Decoding, Failure, Reply, Request, Turn
from evaluation.domain.dialogues.facts_patient import Answered, FactsPatient
from evaluation.domain.dialogues.guard import Fault, Guard
from evaluation.domain.dialogues.phrases import texts
from evaluation.domain.dialogues.transcript import one_line

DECODING = Decoding(max_new_tokens=160)

Answering = Generator[Sequence[Request], Mapping[str, Reply], Answered | Failure]


@dataclass
class ModelPatient:
    """Of one consultation; `events` are what the guard found, `replies` all that the model said."""

    facts: FactsPatient
    guard: Guard
    opening: str
    heard: list[tuple[str, str]] = field(default_factory=list)  # the doctor's turns and the answers given
    events: list[dict[str, Any]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    def answer(self, said: str, told: Sequence[str]) -> Answering:
        """The answer to a doctor's turn, or why the patient's model gave none."""
        spoken = ""
        faults: tuple[Fault, ...] = ()
        for attempt in (1, 2):
            request = self._request(said, spoken, faults, attempt)
            reply = (yield [request]).get(request.key) or _no_reply(request)
            if reply.failure is not None:
                return reply.failure
            self.replies.append(reply)
            spoken = one_line(final_part(reply.text))
            faults = tuple(self.guard.faults(spoken, said))
            if not faults:
                return self._given(said, Answered(spoken, ()))
            self._note(attempt, spoken, faults)
        return self._given(said, self.facts.answer(said, told))

    def _given(self, said: str, answered: Answered) -> Answered:
        self.heard.append((said, answered.text))
        return answered

    def _request(self, said: str, spoken: str, faults: Sequence[Fault], attempt: int) -> Request:
        """No system turn: whatever model plays the patient takes a user's turns."""
        wording = texts()
        facts = "\n".join(f"- {fact.text}" for fact in self.facts.case.facts)
        told = wording.instruction.replace("{facts}", facts).replace("{opening}", self.opening)
        turns: list[Turn] = []
        for question, answer in [*self.heard, (said, spoken)]:
            turns += [Turn("user", wording.heard.replace("{question}", question)), Turn("assistant", answer)]
        turns[0] = Turn("user", f"{told}\n\n{turns[0].text}")
        if attempt == 1:
            turns.pop()
        else:
            listed = "\n".join(f"- {fault.told()}" for fault in faults)
            turns.append(Turn("user", wording.again.strip().replace("{faults}", listed)))
        key = f"patient/{len(self.heard) + 1}/{attempt}"
        return Request(key, tuple(turns), DECODING, to="patient")

    def _note(self, attempt: int, spoken: str, faults: Sequence[Fault]) -> None:
        self.events.append(
            {
                "exchange": len(self.heard) + 1,
                "attempt": attempt,
                "said": spoken,
                "faults": [{"kind": each.kind, "said": each.said, "fact": each.fact} for each in faults],
                "then": "asked again" if attempt == 1 else "the facts spoke",
            }
        )


def _no_reply(request: Request) -> Reply:
    failure = Failure("no_reply", "The model that plays the patient gave no reply. Try again.", passing=True)
    return Reply(request.key, finish="failed", failure=failure)
