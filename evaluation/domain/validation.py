"""Is this a question its task can ask and its metric can score? Checked once, on its way in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

from evaluation.domain.benchmarks import JUDGING, BenchmarkSpec, Question, Split, TaskSpec
from evaluation.domain.metrics import METRICS, RIGHT_OR_WRONG
from evaluation.domain.perturbation import PAIR_OF
from evaluation.domain.readers.rows import Dropped, Located, Origin
from evaluation.domain.shapes import PUBLISHED_TEXT, UnusableError, check_shape

MAX_KEY = 200  # characters
MAX_TEXT = 500_000  # characters of one text; a hundred thousand tokens or more


def validated(spec: BenchmarkSpec, rows: Iterable[Located | Dropped]) -> Iterator[Question | Dropped]:
    """The rows as they come, each question checked; BenchmarkError names file, line, key and reason."""
    tasks = {task.slug: task for task in spec.tasks}
    seen: dict[str, Origin] = {}
    for row in rows:
        if isinstance(row, Dropped):
            yield row
            continue
        key = row.question.key
        try:
            check_question(row.question, tasks)
        except UnusableError as fault:
            raise row.origin.error(str(fault), key) from None
        if key in seen:
            raise row.origin.error(f"this key was already used in {seen[key]}; keys must be unique", key)
        seen[key] = row.origin
        yield row.question


def check_task(task: TaskSpec) -> None:
    """Does the metric exist, does it suit the family, are the labels usable? Raises UnusableError."""
    if task.metric not in METRICS:
        raise UnusableError(f"unknown metric {task.metric!r}; known: {', '.join(sorted(METRICS))}")
    scores = METRICS[task.metric].families
    if scores and task.family not in scores:
        suited = ", ".join(sorted(name for name, known in METRICS.items() if task.family in known.families))
        raise UnusableError(f"metric {task.metric!r} does not score family {task.family!r}; use: {suited}")
    for name in ("labels", "fields", "subject", "features"):
        if name in task.options:
            _check_names(task.options[name], name)
    _check_options(task)


def check_pair(task: TaskSpec, tasks: Sequence[TaskSpec]) -> None:
    """A task that perturbs another's items: is there such a task, and can their answers be paired?"""
    if PAIR_OF not in task.options:
        return
    original = next((other for other in tasks if other.slug == task.options[PAIR_OF]), None)
    if original is None or original is task:
        others = ", ".join(other.slug for other in tasks if other is not task) or "none"
        raise UnusableError(f"options.{PAIR_OF} must be the slug of another task: {others}")
    if PAIR_OF in original.options:
        raise UnusableError(f"options.{PAIR_OF}: {original.slug!r} is itself a variant of another task")
    if original.metric != task.metric or task.metric not in RIGHT_OR_WRONG:
        metrics = ", ".join(sorted(RIGHT_OR_WRONG))
        raise UnusableError(f"a task and its original (options.{PAIR_OF}) share one of the metrics {metrics}")


def _check_names(names: Any, option: str) -> None:
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        raise UnusableError(f"options.{option} must be a list of texts")
    if not names or len(set(names)) != len(names):
        raise UnusableError(f"options.{option} must not be empty or name anything twice")


def _check_options(task: TaskSpec) -> None:
    """What the metric cannot do without."""
    labels, fields = task.options.get("labels"), task.options.get("fields", [])
    if task.metric.startswith(PUBLISHED_TEXT):
        return
    if task.family == "classification" and labels is None:
        raise UnusableError("a classification task needs options.labels, the list of its labels")
    if task.family == "yes_no_maybe" and not set(labels or ()) <= {"yes", "no", "maybe"}:
        raise UnusableError("options.labels of a yes_no_maybe task may hold yes, no and maybe only")
    if task.metric in ("entity_f1", "event_f1") and not fields:
        raise UnusableError("an extraction task needs options.fields, the names of a record's fields")
    if task.metric == "entity_f1" and not set(task.options.get("subject", fields)) <= set(fields):
        raise UnusableError("options.subject must be among options.fields")
    if task.metric == "bridge.extraction" and "subject" not in task.options:
        raise UnusableError("BRIDGE's extraction rule needs options.subject, a list of field names")
    if task.family in JUDGING:
        _check_judging(task.options)


def _check_judging(options: Mapping[str, Any]) -> None:
    margin, labelled_by = options.get("margin", 0.05), options.get("labelled_by", "physicians")
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 <= margin < 1:
        raise UnusableError("options.margin, how much worse than a physician a judge may be, is 0 to below 1")
    if not isinstance(labelled_by, str) or not labelled_by.strip():
        raise UnusableError("options.labelled_by must say in words who gave the labels")


def check_question(question: Question, tasks: Mapping[str, TaskSpec]) -> None:
    """Raises UnusableError with the first thing that is wrong."""
    if question.task not in tasks:
        raise UnusableError(f"unknown task {question.task!r}; the specification has: {', '.join(tasks)}")
    if not re.fullmatch(rf"\S{{1,{MAX_KEY}}}", question.key):
        raise UnusableError(f"a key needs 1 to {MAX_KEY} characters without spaces")
    if question.split not in get_args(Split):
        raise UnusableError(f"split must be one of {', '.join(get_args(Split))}, not {question.split!r}")
    if len(question.cluster) > MAX_KEY:
        raise UnusableError(f"a cluster's name has at most {MAX_KEY} characters")
    check_shape(question, tasks[question.task])  # first: it bounds how deep the next line goes
    for text in texts((question.key, question.cluster, question.input, question.gold)):
        check_text(text)


def texts(value: Any) -> Iterator[str]:
    """Every text inside nested mappings and sequences, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts(key)
            yield from texts(inner)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for inner in value:
            yield from texts(inner)


def check_text(text: str) -> None:
    """Can this text be stored and sent? Raises UnusableError."""
    if len(text) > MAX_TEXT:
        raise UnusableError(f"a text has {len(text)} characters, more than {MAX_TEXT}: {text[:40]!r}…")
    if "\x00" in text:
        raise UnusableError(f"a text contains the character NUL: {text[:40]!r}")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UnusableError(f"a text contains half a surrogate pair: {text[:40]!r}") from None
