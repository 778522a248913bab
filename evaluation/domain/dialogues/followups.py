"""Fixed follow-ups: after its first answer the model is pressed by scripted turns, and every answer is read.

After MedQA-Followup: direct pressure says what it wants, indirect pressure gives a context that pulls.
Another option is put forward without a look at the reference: it is drawn for the item, and never the one
just answered, so that right answers are pressed to be wrong and some wrong ones to be right. The item's
output is the last answer; the record has all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evaluation.domain.answers.final import final_part
from evaluation.domain.asking import Decoding, Failure, Reply, Request, Solving, Turn
from evaluation.domain.dialogues.settings import FollowUp, FollowUps
from evaluation.domain.prompts.building import Asked, Fit, Prompt
from evaluation.domain.prompts.likelihood import options_of
from evaluation.domain.prompts.modes import Mode
from evaluation.domain.prompts.replies import answered, reply_to
from evaluation.domain.prompts.wording import fill

Read = Callable[[str], Any | None]


def press(mode: Mode, asked: Asked, prompt: Prompt, fit: Fit, decoding: Decoding, read: Read) -> Solving:
    """Asks once, then as often as the mode says; the item fails with any of its requests."""
    turns = prompt.turns
    rounds: list[list[Reply]] = []
    said: list[dict[str, Any]] = []
    record = {**prompt.record(), "answers": said, "output_is": "last"}
    reply = Reply("")
    for number, script in enumerate((None, *chosen(mode.followups, asked.key))):
        claim = "" if script is None else _claim(asked, script, said[-1]["read"], mode.followups.seed)
        if script is not None:
            turns = _pressed(turns, reply.text, fill(script.text.strip(), other=claim), fit.is_chat)
            if fit.window is not None and fit.count(turns) + decoding.max_new_tokens > fit.window:
                return answered(mode, "", Reply("", failure=_too_long(fit, number)), rounds, record)
        request = Request(f"{asked.key}#turn{number}", turns, decoding)
        reply = reply_to((yield [request]), request)
        rounds.append([reply])
        if reply.failure:
            return answered(mode, "", reply, rounds, record)
        said.append(_told(script, claim, turns, reply, read))
    return answered(mode, reply.text, reply, rounds, record)


def chosen(script: FollowUps, key: str) -> Sequence[FollowUp]:
    """The turns put to one item: the first `rounds`, or as many drawn by its key; turns may come again."""
    if script.choice == "in_order":
        return [script.turns[at % len(script.turns)] for at in range(script.rounds)]
    order = sorted(script.turns, key=lambda turn: _hash(script.seed, key, turn.id))
    return [order[at % len(order)] for at in range(script.rounds)]


def _claim(asked: Asked, script: FollowUp, answer: Any, seed: int) -> str:
    """An option other than the answer just given, the same one as long as that allows."""
    if "{other}" not in script.text:
        return ""
    held = {str(each) for each in answer} if isinstance(answer, list) else {str(answer)}
    options = options_of(asked)
    order = sorted(options, key=lambda option: _hash(seed, asked.key, option))
    free = (option for option in order if not held & {option, option.rpartition(": ")[2]})  # "AIS: No"
    other = next(free, order[0])
    text: Mapping[str, str] = asked.input.get("options") or {}
    return f"{other} ({text[other]})" if text.get(other) else other


def _pressed(turns: Sequence[Turn], reply: str, said: str, is_chat: bool) -> tuple[Turn, ...]:
    """The talk so far with the model's answer, without its reasoning, and the next scripted turn."""
    answer = final_part(reply) or reply.strip()
    if is_chat:
        return (*turns, Turn("assistant", answer), Turn("user", said))
    whole = turns[-1]
    return (*turns[:-1], Turn("user", f"{whole.text} {answer}\n\n{said}\nAnswer:", whole.images))


def _told(
    script: FollowUp | None, claim: str, turns: Sequence[Turn], reply: Reply, read: Read
) -> dict[str, Any]:
    pressed = {"turn": "first", "kind": "", "said": ""}
    if script is not None:
        pressed = {"turn": script.id, "kind": script.kind, "said": fill(script.text.strip(), other=claim)}
    return {**pressed, "text": reply.text, "finish": reply.finish, "read": read(reply.text)}


def _too_long(fit: Fit, number: int) -> Failure:
    return Failure(
        "too_long",
        f"The talk does not fit from turn {number} on: the model's window is {fit.window:,} tokens. Lower "
        "max_new_tokens, or choose a model with a larger window.",
    )


def _hash(seed: int, key: str, name: str) -> str:
    return hashlib.sha256(f"{seed}\x00{key}\x00{name}".encode()).hexdigest()
