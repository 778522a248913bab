"""Must-ask items as a judge sees them, each asked of the whole transcript; apart from what the rule finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.domain.answers.criterion import criterion
from evaluation.domain.asking import Decoding, Reply, Request, Turn
from evaluation.domain.dialogues.case import Case
from evaluation.domain.judging.prompts import judge_prompt
from evaluation.domain.judging.scores import Judged, coverage_by_turn
from evaluation.domain.judging.shown import judged_parts

DECODING = Decoding(max_new_tokens=512)
PROMPT = "must_ask"


def requests(case: Case, transcript: str) -> list[Request]:
    """One for each must-ask item, to the judge."""
    prompt = judge_prompt(PROMPT)
    found = []
    for item in case.must_ask:
        body, ending = judged_parts({"dialogue": transcript, "criterion": item.text})
        asked = f"{prompt.instruction.strip()}\n\n{body}{ending}"
        found.append(Request(f"judge/{item.id}", (Turn("user", asked),), DECODING, to="judge"))
    return found


def verdicts(case: Case, replies: Mapping[str, Reply], turns: int) -> dict[str, Any]:
    """What the judge said of each item: met, at which turn, or null where it could not be read or failed.

    `by_turn` is the share of the items with a verdict that are met up to turn 1 … `turns` of the doctor.
    """
    found: dict[str, Any] = {}
    for item in case.must_ask:
        reply = replies.get(f"judge/{item.id}")
        read = None if reply is None or reply.failure else criterion(reply.text)
        found[item.id] = None if read is None else dict(read)
    judged = [
        Judged(1.0, *((each["met"], each["turn"]) if each else (None, None))) for each in found.values()
    ]
    return {
        "prompt": PROMPT,
        "prompt_sha256": judge_prompt(PROMPT).sha256,
        "verdicts": found,
        "by_turn": coverage_by_turn(judged, turns),
    }
