"""BRIDGE task files `*.SFT.json` (github.com/YLab-Open/BRIDGE): one list of records a task.

{"task", "language", "task type", "id", "split", "instruction", "input", "output"}, "output_list" where there
are several references. Only the test split is asked, the others are for few-shot prompts; as published,
records without an output are left out. References are read from the published output the way answers are.
A file `*.example.json` beside a task file holds the five examples that its few-shot prompts show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from glob import escape
from typing import Any, Literal

import msgspec

from evaluation.domain.benchmarks import BenchmarkError, BenchmarkSpec, FileSpec, Question, TaskSpec
from evaluation.domain.metrics.compat_bridge_parsing import records
from evaluation.domain.readers.published import catalogue, slug_of
from evaluation.domain.readers.rows import DataFile, Dropped, Located, json_records, settings_of

PATTERN = "*.SFT.json"
ENDING, ENDING_OF_EXAMPLES = ".SFT.json", ".example.json"
Kind = Literal["single_label", "several_labels", "records", "text"]

# for tasks the catalogue does not know: what their "task type" says
KINDS: dict[str, Kind] = {
    "Text Classification": "single_label",
    "Natural Language Inference": "single_label",
    "Semantic Similarity": "single_label",
    "Question Answering": "text",
    "Text Summarization": "text",
    "Summarization": "text",
}
METRICS = {
    "single_label": "bridge.classification",
    "several_labels": "bridge.multilabel",
    "records": "bridge.extraction",
    "text": "bridge.generation",
}
FAMILIES = {
    "single_label": "classification",
    "several_labels": "multi_label",
    "records": "extraction",
    "text": "open_question",
}


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    task: str
    kind: Kind
    fields: list[str] = []  # of a record, in the order written


class Record(msgspec.Struct):
    task: str
    language: str
    task_type: str = msgspec.field(name="task type")
    id: str | int
    split: Literal["train", "dev", "test"]
    instruction: str
    input: str
    output: str = ""
    output_list: list[str] = []


def bridge(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    chosen = settings_of(Settings, settings)
    for record, origin in json_records(files, Record):
        if reason := _unusable(record):
            yield Dropped(reason, origin)
        elif (gold := _gold(record, chosen)) is None:
            yield Dropped("no reference can be read from the published output", origin)
        else:
            asked = {"instruction": record.instruction, "context": record.input}
            yield Located(Question(chosen.task, f"{chosen.task}-{record.id}", "public", asked, gold), origin)


def describe(files: Sequence[DataFile], slug: str) -> BenchmarkSpec:
    """The specification of the task files, from what they and the published catalogue of tasks say."""
    described = [_described(file) for file in files]
    return BenchmarkSpec(
        slug=slug,
        name="BRIDGE",
        description="Task files of BRIDGE, scored by its published rules on the test split.",
        tasks=tuple(task for task, _ in described),
        files=tuple(file for _, file in described),
        source="github.com/YLab-Open/BRIDGE",
        licence="MIT for the collection's code and format; the source of each task sets its own terms",
        citation="Wu et al., BRIDGE: Benchmarking Large Language Models for Understanding Real-world "
        "Clinical Practice Text, arXiv 2504.19467, 2025",
    )


def _unusable(record: Record) -> str:
    if record.split != "test":
        return "the record is for few-shot prompts, not for the test"
    return "" if _outputs(record) else "the published output is empty"


def _outputs(record: Record) -> list[str]:
    return [text for text in record.output_list or [record.output] if text.strip()]


def _gold(record: Record, chosen: Settings) -> dict[str, Any] | None:
    outputs = _outputs(record)
    if chosen.kind == "text":
        return {"references": outputs}
    if chosen.kind == "records":
        found = records(outputs[0], chosen.fields)
        return {"records": [dict(each) for each in found]} if found else None
    _, value = _prefixed(outputs[0])
    if chosen.kind == "single_label":
        return {"label": value} if value else None
    labels = _listed(value)
    return {"labels": labels} if labels else None


def _described(file: DataFile) -> tuple[TaskSpec, FileSpec]:
    test = [record for record, _ in json_records([file], Record) if not _unusable(record)]
    if not test:
        raise BenchmarkError(
            f"{file.name}: no record of the test split has an output, so nothing can be scored"
        )
    first = test[0]
    known = _known(first)
    kind = known.get("kind") or KINDS.get(first.task_type)
    if kind is None:
        raise BenchmarkError(
            f"{file.name}: task {first.task!r} of type {first.task_type!r} is not a published BRIDGE task; "
            'write a specification that reads the file with reader = "bridge"'
        )
    fields = [*known.get("subject", []), *known.get("features", [])]
    task = TaskSpec(
        slug=slug_of(first.task),
        name=first.task,
        family=known.get("family", FAMILIES[kind]),
        metric=METRICS[kind],
        language=first.language,
        specialty=tuple(known.get("specialty", ())),
        stage=known.get("stage", ""),
        application=known.get("application", ""),
        access=known.get("access", "open"),
        options=_options(kind, known, test) | _shots(file, slug_of(first.task)),
        source=f"BRIDGE task {first.task}",
    )
    settings = {"task": task.slug, "kind": kind} | ({"fields": fields} if fields else {})
    return task, FileSpec("bridge", (escape(file.name),), settings)


def _shots(file: DataFile, task: str) -> dict[str, Any]:
    """The published examples as a task's `shots` (see `prompts.shots`); none where there is no such file."""
    place = file.path.with_name(file.path.name.removesuffix(ENDING) + ENDING_OF_EXAMPLES)
    if not place.is_file():
        return {}
    shown = []
    for record, origin in json_records([DataFile(place, place.name)], Record):
        if slug_of(record.task) != task:
            raise origin.error(f"an example of task {record.task!r} stands beside the file of another task")
        if outputs := _outputs(record):
            shown.append({"key": f"{task}-{record.id}", "input": record.input, "output": outputs[0]})
    return {"shots": shown} if shown else {}


def _known(record: Record) -> dict[str, Any]:
    """Files and board spell some names differently ("CARES-ICD10 Block"): letters and digits decide."""
    for name, entry in catalogue("bridge_tasks").items():
        if slug_of(name).replace("-", "") == slug_of(record.task).replace("-", ""):
            found: dict[str, Any] = entry
            return found
    return {}


def _options(kind: str, known: Mapping[str, Any], test: Sequence[Record]) -> dict[str, Any]:
    if kind == "text":
        return {}
    if kind == "records":
        return {"subject": known["subject"], "features": known["features"]}
    prefix, _ = _prefixed(_outputs(test[0])[0])
    values = [_prefixed(text)[1] for record in test for text in _outputs(record)[:1]]
    offered = _offered(test[0].instruction)
    if kind == "several_labels":
        values = [label for value in values for label in _listed(value)]
        if not offered:  # codes of a catalogue: any is allowed
            return {"prefix": prefix, "open_set": True}
    return {"prefix": prefix, "labels": list(dict.fromkeys([*offered, *filter(None, values)]))}


def _prefixed(output: str) -> tuple[str, str]:
    """ "AIS: No" → "AIS", "No"."""
    prefix, colon, value = output.partition(":")
    return (prefix.strip(), value.strip()) if colon else ("", output.strip())


def _listed(value: str) -> list[str]:
    pieces = (piece.strip().strip("\"'") for piece in value.split(","))
    return list(dict.fromkeys(filter(None, pieces)))


def _offered(instruction: str) -> list[str]:
    """The last JSON list of texts in an instruction: the optional list for "label" is ["Yes", "No"]."""
    for found in reversed(re.findall(r"\[[^\[\]]*\]", instruction)):
        try:
            return msgspec.json.decode(found, type=list[str])
        except (ValueError, RecursionError):
            continue
    return []
