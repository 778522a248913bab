"""The pre-flight of a model on the worker that would run it: look, load, ask three items, say what came."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError

from evaluation.domain.asking import Finding, Reply, Request, Solved, Solving
from evaluation.models import Recipe
from evaluation.selectors import asked
from evaluation.services import journal, preflight, recipes
from evaluation.services.sealed_keys import LostSecretError
from workers import running, warm
from workers.backends.protocol import Backend, ServingError
from workers.backends.protocol import backend as module_of
from workers.watching import while_wanted
from workers.work_trail import of_preflight

logger = logging.getLogger(__name__)

CANARIES = 3


class NoLongerWantedError(Exception):
    """The submitter cancelled, or another worker has taken over."""


def fly(recipe: Recipe, worker: str) -> None:
    """Accept or refuse a recipe; a fault of ours refuses it in words too."""
    with of_preflight(recipe, worker):
        logger.info("looking at a model for %s", recipe.backend)
        _fly_or_refuse(recipe, worker)


def _fly_or_refuse(recipe: Recipe, worker: str) -> None:
    journal.write(recipe.pk, worker, f"Looking at {recipe}.")
    findings: list[Finding] = []
    try:
        _fly(recipe, worker, findings)
    except NoLongerWantedError:
        return
    except LostSecretError as lost:
        preflight.refuse(recipe, worker, "key_lost", str(lost), findings)
    except ServingError as error:
        journal.write(recipe.pk, worker, str(error))
        preflight.refuse(recipe, worker, error.code, str(error), findings)
    except (OperationalError, InterfaceError):
        raise  # the database is away: the lease runs out and the pre-flight is done again
    except Exception as error:
        logger.exception("the pre-flight of submission %s failed", recipe.pk)
        message = (
            f"The pre-flight stopped on a fault of ours ({type(error).__name__}) and costs you nothing. "
            "Send the model in again; if it fails again, send this page's address to an administrator."
        )
        preflight.refuse(recipe, worker, "platform_fault", message, findings)


def _fly(recipe: Recipe, worker: str, findings: list[Finding]) -> None:
    parts = recipes.parts_of(recipe)
    for spec in parts.values():
        findings += module_of(spec.backend).inspect(spec)
    if failed := [finding for finding in findings if finding.state == "failed"]:
        message = " ".join(finding.text for finding in failed)
        preflight.refuse(recipe, worker, "cannot_be_run", message, findings)
        return
    _tell(recipe, worker, Recipe.Stage.LOADING)
    backends = warm.cast(parts, lambda line: _tell(recipe, worker, Recipe.Stage.LOADING, line))
    _tell(recipe, worker, Recipe.Stage.CANARY)
    with while_wanted(partial(preflight.is_held, recipe, worker), f"pre-flight {recipe.pk}") as stop:
        canaries = ask_canaries(recipe, backends, stop)
    if stop.is_set():
        raise NoLongerWantedError
    findings += judged(canaries)
    engines = {part: backend.about() for part, backend in backends.items()}
    if failures := [canary["failure"] for canary in canaries if canary["failure"]]:
        preflight.refuse(recipe, worker, "canary_failed", failures[0], findings, canaries)
        return
    if preflight.accept(recipe, worker, engines, findings, canaries) is not None:
        journal.write(recipe.pk, worker, "The pre-flight was passed; the run is queued.")


def ask_canaries(
    recipe: Recipe, backends: Mapping[str, Backend], stop: threading.Event
) -> list[dict[str, Any]]:
    """Three items asked as the run will ask them: prompt, answer, and what was read from it.

    Of a private item nothing is told but how it went.
    """
    system = backends["system"]
    asking = asked.canaries(recipe, system.about(), system.count_tokens, CANARIES, frozenset(backends))
    heard: dict[int, list[Sequence[Request]]] = {position: [] for position in asking.solvings}
    listening = {
        position: _listened(solving, heard[position]) for position, solving in asking.solvings.items()
    }
    solved = dict(running.answers(backends, listening, asking.shown, stop))
    return [
        _canary(
            asking.shown[position],
            _prompt(heard[position]),
            each,
            None if each.failure else asking.read(position, each.output),
        )
        for position, each in sorted(
            solved.items(), key=lambda one: (asking.shown[one[0]]["split"] == "private", one[0])
        )
    ]


def judged(canaries: Sequence[dict[str, Any]]) -> list[Finding]:
    """How the canaries went, as a line of the pre-flight."""
    failed = sum(bool(canary["failure"]) for canary in canaries)
    if failed:
        return [Finding("three items", "failed", f"{failed} of {len(canaries)} items were not answered.")]
    read = sum(canary["readable"] for canary in canaries)
    if read < len(canaries):
        text = (
            f"{read} of {len(canaries)} answers could be read by the scoring rule. Look at the others below: "
            "an answer that cannot be read counts as wrong."
        )
        return [Finding("three items", "warning", text)]
    return [Finding("three items", "ok", f"All {read} answers could be read by the scoring rule.")]


def _tell(recipe: Recipe, worker: str, stage: str, line: str = "") -> None:
    if line:
        journal.write(recipe.pk, worker, line)
    if not preflight.tell(recipe, worker, stage, line):
        raise NoLongerWantedError


def _listened(solving: Solving, heard: list[Sequence[Request]]) -> Solving:
    """The same strategy, its requests noted."""
    replies: dict[str, Reply] | None = None
    while True:
        try:
            requests = next(solving) if replies is None else solving.send(replies)
        except StopIteration as ended:
            solved: Solved = ended.value
            return solved
        heard.append(requests)
        replies = dict((yield requests))


def _canary(
    shown: Mapping[str, Any], prompt: list[dict[str, str]], solved: Solved, parsed: Any
) -> dict[str, Any]:
    is_private = shown["split"] == "private"
    return {
        "item": shown["id"],
        "task": shown["task"],
        "private": is_private,
        "prompt": [] if is_private else prompt,
        "output": "" if is_private else solved.output,
        "parsed": None if is_private else parsed,
        "readable": parsed is not None,
        "finish": solved.finish,
        "tokens_in": solved.tokens_in,
        "tokens_out": solved.tokens_out,
        "latency_ms": solved.latency_ms,
        "failure": solved.failure.message if solved.failure else "",
    }


def _prompt(rounds: Sequence[Sequence[Request]]) -> list[dict[str, str]]:
    first = rounds[0][0] if rounds and rounds[0] else None
    return [{"role": turn.role, "text": turn.text} for turn in first.turns] if first else []
