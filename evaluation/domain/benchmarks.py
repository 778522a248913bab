"""What a benchmark is: tasks, questions and their references, as plain values.

A benchmark is data. A TOML specification names its tasks and the reader that turns published files
into `Question`s; nothing in the code knows any benchmark by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Family = Literal[
    "multiple_choice",
    "yes_no_maybe",
    "classification",
    "multi_label",
    "extraction",
    "error_correction",
    "summarisation",
    "open_question",
    "calculation",
    "risk_label",
    "criterion",
    "preference",
    "consultation",
]
FAMILIES: tuple[str, ...] = get_args(Family)
JUDGING = ("risk_label", "criterion", "preference")  # what is asked for is a judgement of somebody's answer
CONSULTING = ("consultation",)  # what is asked for is a talk; the output is its transcript

Split = Literal["public", "private"]
Access = Literal["open", "regulated"]


class BenchmarkError(ValueError):
    """A specification or a data file is broken; the message names file, line and reason."""


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task: items of one family, answered to one prompt and scored by one metric."""

    slug: str
    name: str
    family: Family
    metric: str
    language: str = "en"  # ISO 639-1
    specialty: tuple[str, ...] = ()
    document_type: str = ""
    stage: str = ""  # clinical stage
    application: str = ""
    access: Access = "open"
    prompt: str = ""  # instruction shown with every item of the task
    options: Mapping[str, Any] = field(default_factory=dict)  # labels, fields, tolerance: see the metric
    source: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class FileSpec:
    """Files read by one reader; `settings` are the reader's own."""

    reader: str
    paths: tuple[str, ...]  # relative to the data folder, globs allowed
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BenchmarkSpec:
    slug: str
    name: str
    description: str
    tasks: tuple[TaskSpec, ...]
    files: tuple[FileSpec, ...]
    source: str = ""
    licence: str = ""
    citation: str = ""
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One item as asked, with its reference apart.

    `input` is what a system may see. Keys in use: `question`, `options` (letter → text), `context`,
    `instruction`, `sentences` (list of [id, text]), `dialogue`. In the families of judging also what
    is judged and by what: `answer`, or `answers` ({"a": …, "b": …}); `criterion`; `reference`. A criterion
    without an answer is asked of the dialogue itself.

    `gold` by family:

    - multiple_choice    {"letters": ["B"]}, several letters where several are right
    - yes_no_maybe, classification    {"label": "maybe"}
    - multi_label        {"labels": ["a", "b"]}
    - extraction         {"records": [{"entity": "aspirin", "type": "drug"}]}
    - error_correction   {"flag": 1, "sentence_id": "3", "correction": "…"}; flag 0 has null for both
    - summarisation, open_question    {"references": ["…"]}
    - calculation        {"kind": "number", "value": 4.2, "lower": 4.0, "upper": 4.4}; kind also
                         "integer" {"value": 4}, "date" {"value": "2024-05-01"} and
                         "weeks_days" {"value": [12, 3]}
    - risk_label         {"labels": [{"rater": "p1", "risk": 3, "errors": ["missing_claim"]}]}; risk 1 to 4,
                         errors by category, left out where they were not listed
    - criterion          {"labels": [{"rater": "p1", "met": true, "turn": 2}]}; the turn may be left out
    - preference         {"labels": [{"rater": "p1", "preference": "a"}]}; also "b", "tie" and
                         "both_unacceptable"

    - consultation       {"facts": [{"id": "f1", "text": "…"}], "must_ask": [{"id": "m1", "text": "…"}],
                         "diagnosis": {"text": "…", "names": ["…"]}}: see `dialogues.case`; the input has
                         the patient's opening as its `question` and nothing else

    A judgement has a label of each physician who gave one; a rater is a code, not a name.

    `cluster` names what several items share (one vignette, one article); empty when they share nothing.
    """

    task: str
    key: str
    split: Split
    input: Mapping[str, Any]
    gold: Mapping[str, Any]
    cluster: str = ""
