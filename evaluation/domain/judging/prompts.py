"""What judges are told: instructions as data in evaluation/specs/judges/*.toml, in our own words.

An instruction takes the place of a task's prompt, so that a judge can be asked in any prompt mode: once, with
reasoning, by vote. Its hash belongs to what a verdict means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from evaluation.domain.benchmarks import BenchmarkError

FOLDER = Path(__file__).parents[2] / "specs" / "judges"

Subject = Literal["answer", "answers", "dialogue"]


class JudgePrompt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How judges of one family are told what to do; `subject` is what is judged."""

    slug: str
    name: str
    family: Literal["risk_label", "criterion", "preference"]
    subject: Subject
    instruction: str
    source: str = ""
    both_orders: bool = False  # ask twice, with the two answers changed over

    @property
    def sha256(self) -> str:
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class UnknownJudgeError(LookupError):
    """There is no such judge's prompt; the message lists those there are."""


def judge_prompts() -> dict[str, JudgePrompt]:
    """Every shipped prompt by slug."""
    return {path.stem: judge_prompt(path.stem) for path in sorted(FOLDER.glob("*.toml"))}


@cache
def judge_prompt(slug: str) -> JudgePrompt:
    """The prompt called `slug`; UnknownJudgeError lists the known ones."""
    known = sorted(path.stem for path in FOLDER.glob("*.toml"))
    if slug not in known:
        raise UnknownJudgeError(f"there is no judge {slug!r}; there are: {', '.join(known)}")
    try:
        return msgspec.toml.decode((FOLDER / f"{slug}.toml").read_bytes(), type=JudgePrompt)
    except msgspec.MsgspecError as fault:
        raise BenchmarkError(f"specs/judges/{slug}.toml: {fault}") from None


def prompt_for(family: str, asked: Mapping[str, Any]) -> JudgePrompt:
    """The prompt that suits an item: of its family, and of what there is to be judged."""
    subject = "answers" if asked.get("answers") else "answer" if asked.get("answer") else "dialogue"
    for prompt in judge_prompts().values():
        if (prompt.family, prompt.subject) == (family, subject):
            return prompt
    raise UnknownJudgeError(f"no judge's prompt asks a {family} item about its {subject}")
