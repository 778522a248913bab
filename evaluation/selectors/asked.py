"""What a model is asked: the unanswered items of a chunk, each with the strategy that asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, cast

from evaluation.domain.asking import Decoding, Engine, Solving, Turn
from evaluation.domain.benchmarks import CONSULTING, Question
from evaluation.domain.judging.both_orders import judge_pairwise
from evaluation.domain.metrics import metric
from evaluation.domain.prompts import building, modes, rendering, shots, strategies
from evaluation.models import Answer, Chunk, Item, Recipe, Task
from evaluation.selectors.benchmarks import line_of

POOL_ITEMS = 500  # public items of a task from which examples are drawn

KINDS: dict[str, dict[str, Any]] = {"multiple_choice": {"letters": []}, "yes_no_maybe": {"label": "yes"}}

Count = Callable[[Sequence[Turn]], int]


@dataclass(frozen=True)
class Asking:
    """Strategies and items by position; `read` is what the scoring rule reads in an output."""

    solvings: Mapping[int, Solving]
    shown: Mapping[int, Mapping[str, Any]]
    read: Callable[[int, str], Any]


def of_chunk(chunk: Chunk, engine: Engine, count: Count, served: frozenset[str]) -> Asking:
    """The items of a chunk that have no answer yet."""
    end = chunk.first_position + chunk.item_count
    answered = Answer.objects.filter(run=chunk.run_id, position__gte=chunk.first_position, position__lt=end)
    items = (
        Item.objects.filter(
            version=chunk.run.submission.version_id, position__gte=chunk.first_position, position__lt=end
        )
        .exclude(position__in=answered.values("position"))
        .select_related("task", "reference")
        .order_by("position")
    )
    return asking(items, chunk.run.submission.recipe, engine, count, served)


def canaries(recipe: Recipe, engine: Engine, count: Count, number: int, served: frozenset[str]) -> Asking:
    """Items to try a model on: the first public one of each task, then more of them, then private ones."""
    tasks = Task.objects.filter(version=recipe.submission.version_id)
    if recipe.task_slugs:
        tasks = tasks.filter(slug__in=recipe.task_slugs)
    every = Item.objects.filter(task__in=tasks).select_related("task", "reference")
    public = every.filter(split="public")
    firsts = {item.task_id: item for item in public.order_by("task", "-position").iterator(2000)}
    chosen = sorted(firsts.values(), key=lambda item: item.position)[:number]
    if len(chosen) < number:
        others = every.exclude(pk__in=[item.pk for item in chosen]).order_by("-split", "position")
        chosen += others[: number - len(chosen)]
    return asking(chosen, recipe, engine, count, served)


def asking(
    items: Iterable[Item],
    recipe: Recipe,
    engine: Engine,
    count: Count,
    served: frozenset[str],
) -> Asking:
    """`served` names who can be asked: the system, and beside it "patient" and "judge" where there is one."""
    mode = prompting(recipe)
    decoding = decoding_of(recipe, engine)
    fit = building.Fit(engine.window, count, engine.takes_system, engine.is_chat)
    solvings, shown, items_by_position = {}, {}, {}
    for item in items:
        task = item.task
        examples = shots.chosen(mode, pool(task.pk), item.key, item.cluster) if mode.shots.count else ()
        ask = partial(_solving, item, mode=mode, examples=examples, fit=fit, decoding=decoding, served=served)
        if task.family == "preference":  # a judge is asked in both orders, so that a liking for one shows
            solvings[item.position] = judge_pairwise(item.input, ask, line_of(item))
        else:
            solvings[item.position] = ask(item.input)
        shown[item.position] = line_of(item)
        items_by_position[item.position] = item

    def read(position: int, output: str) -> Any:
        return _reader(items_by_position[position], mode.analysis_first)(output)

    return Asking(solvings, shown, read)


def _solving(
    item: Item,
    given: Mapping[str, Any],
    *,
    mode: modes.Mode,
    examples: Sequence[shots.Shot],
    fit: building.Fit,
    decoding: Decoding,
    served: frozenset[str],
) -> Solving:
    """One item asked with `given` as its input."""
    task = item.task
    asked = building.Asked(
        item.key, task.slug, task.family, task.language, task.prompt, given, task.scoring_options
    )
    reader = _reader(item, mode.analysis_first)
    return strategies.solve(mode, asked, examples, fit, decoding, reader, _case(item), served)


def _case(item: Item) -> Mapping[str, Any] | None:
    """What a simulated patient knows. Strategies of other families are never handed a reference."""
    if item.task.family not in CONSULTING:
        return None
    gold: Mapping[str, Any] = item.reference.gold
    return gold


def prompting(recipe: Recipe) -> modes.Mode:
    return modes.mode(recipe.mode).with_thinking(cast(modes.Thinking, recipe.thinking))


def decoding_of(recipe: Recipe, engine: Engine) -> Decoding:
    """The mode's decoding with what the submitter changed."""
    changed = {**recipe.decoding}
    if "stop" in changed:
        changed["stop"] = tuple(changed["stop"])
    return replace(prompting(recipe).decoding_for(engine.window), **changed)


@lru_cache(maxsize=64)
def pool(task_pk: int) -> shots.Pool:
    """Worked examples: those published with a task, else its public items. Kept: a version never changes."""
    task = Task.objects.get(pk=task_pk)
    if published := task.options.get("shots"):
        return shots.Pool(shots.Shot(each["key"], each["input"], each["output"]) for each in published)
    public = Item.objects.filter(task=task, split="public").select_related("reference").order_by("position")
    return shots.Pool(
        shots.Shot(
            item.key,
            rendering.shown_input(item.input),
            rendering.answer_text(task.family, item.reference.gold, options=task.scoring_options),
            item.cluster,
        )
        for item in public[:POOL_ITEMS]
    )


def _reader(item: Item, analysis_first: bool) -> Callable[[str], Any]:
    """What the task's own rule reads in an output, told the kind of reference and never the reference."""
    rule = metric(item.task.metric)
    options = {**item.task.scoring_options, **({"analysis_first": True} if analysis_first else {})}
    kind = KINDS.get(item.task.family, {"label": ""})
    if item.task.family == "calculation":
        kind = {"kind": item.reference.gold["kind"]}
    question = Question(item.task.slug, item.key, "public", item.input, kind, item.cluster)
    return lambda output: rule.read(output, question, options)
