"""Which option a model finds most likely as its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from evaluation.domain.asking import Failure, Reply
from evaluation.domain.prompts.building import Asked
from evaluation.domain.prompts.rendering import answer_text


@dataclass(frozen=True, slots=True)
class Best:
    """The option with the highest sum; the record has every option's sum and its mean over tokens."""

    option: str
    record: dict[str, Any]


def options_of(asked: Asked) -> tuple[str, ...]:
    """The answers compared: the letters of a choice, else the task's labels as a right answer writes them."""
    if asked.family == "multiple_choice":
        return tuple(asked.input.get("options") or ())
    if asked.family not in ("yes_no_maybe", "classification"):
        return ()
    standard = ("yes", "no", "maybe") if asked.family == "yes_no_maybe" else ()
    labels = asked.options.get("labels") or standard
    return tuple(answer_text(asked.family, {"label": label}, options=asked.options) for label in labels)


def best_option(options: Sequence[str], reply: Reply) -> Best | Failure:
    """The likeliest option, the first of equal ones; a Failure where the scores are not one number each."""
    scores = reply.option_scores
    if len(scores) != len(options) or not all(map(isfinite, scores)):
        message = (
            f"The model was asked for the log-likelihood of {len(options)} options and did not give one "
            "number for each. Choose a backend that scores options, or a mode that generates text."
        )
        return Failure("no_option_scores", message)
    sums = {"option_scores": dict(zip(options, scores, strict=True))}
    return Best(options[scores.index(max(scores))], {**sums, **_by_length(options, reply)})


def _by_length(options: Sequence[str], reply: Reply) -> dict[str, Any]:
    """Means over tokens: a long option loses by its length alone when only sums are compared."""
    tokens = reply.option_tokens
    if len(tokens) != len(options) or not all(number > 0 for number in tokens):
        return {}
    means = [score / number for score, number in zip(reply.option_scores, tokens, strict=True)]
    return {
        "option_scores_by_token": dict(zip(options, means, strict=True)),
        "best_by_token": options[means.index(max(means))],
    }
