"""From answers to an estimate, in two steps that can be done by different workers.

`count` looks at each answer alone and gives a row of numbers; `estimate` looks at the rows of a whole
task and gives a value with its interval. Rows of many chunks are simply stacked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from evaluation.domain.benchmarks import Family, Question
from evaluation.domain.estimates import Estimate, Floats

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Counts:
    """table (n_items, k) of per-item figures, unparsed (n_items,) of answers nothing could be read from."""

    table: Floats
    unparsed: npt.NDArray[np.bool_]


class Metric(Protocol):
    """A stateless rule. `options` are the task's own (labels, fields, tolerance, language)."""

    @property
    def name(self) -> str: ...

    def read(self, answer: str, question: Question, options: Options) -> Any | None:
        """What was understood from one answer, as JSON; None when nothing could be."""
        ...

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """One row of figures per item, in the order given."""
        ...

    def estimate(
        self, counts: Counts, options: Options, clusters: npt.NDArray[np.int64] | None = None
    ) -> Estimate:
        """The task's value with a 95 % interval; items of one cluster are not taken as independent."""
        ...


class UnknownMetricError(LookupError):
    """The specification names a metric that does not exist; the message lists those that do."""


@dataclass(frozen=True, slots=True)
class KnownMetric:
    """Where a metric is, and whose references it can score; docs/adding-a-metric.md adds one.

    where            "module:attribute" in this folder, imported on first use
    families         those of `benchmarks.Family` whose gold it understands; empty: any, as published text
    is_right_wrong   each item is right or wrong, so that two tasks' answers can be paired
    is_signed        runs from -1 to 1, with 0 for chance; all others from 0 to 1
    """

    where: str
    families: tuple[Family, ...] = ()
    is_right_wrong: bool = False
    is_signed: bool = False


LABELLED: tuple[Family, ...] = ("yes_no_maybe", "classification")
ERRORS: tuple[Family, ...] = ("error_correction",)
TEXTS: tuple[Family, ...] = ("summarisation", "open_question")

METRICS: dict[str, KnownMetric] = {
    # choice.py: multiple choice, yes/no/maybe, single-label classification
    "accuracy": KnownMetric("choice:ACCURACY", ("multiple_choice", *LABELLED), is_right_wrong=True),
    "exact_set": KnownMetric("choice:EXACT_SET", ("multiple_choice",), is_right_wrong=True),
    "macro_f1": KnownMetric("labels:MACRO_F1", LABELLED),  # single label, classes weighted alike
    # labels.py: multi-label
    "multilabel_exact": KnownMetric("labels:MULTILABEL_EXACT", ("multi_label",), is_right_wrong=True),
    "multilabel_micro_f1": KnownMetric("labels:MULTILABEL_MICRO_F1", ("multi_label",)),
    "multilabel_macro_f1": KnownMetric("labels:MULTILABEL_MACRO_F1", ("multi_label",)),
    # extraction.py: records of fields
    "entity_f1": KnownMetric("extraction:ENTITY_F1", ("extraction",)),  # the subject fields of a record
    "event_f1": KnownMetric("extraction:EVENT_F1", ("extraction",)),  # all fields of a record
    # correction.py: errors in notes
    "error_flag": KnownMetric("correction:ERROR_FLAG", ERRORS, is_right_wrong=True),
    "error_sentence": KnownMetric("correction:ERROR_SENTENCE", ERRORS, is_right_wrong=True),
    "error_correction": KnownMetric("correction:ERROR_CORRECTION", ERRORS),
    # calculation.py
    "numeric_tolerance": KnownMetric("calculation:NUMERIC_TOLERANCE", ("calculation",), is_right_wrong=True),
    # text.py: generated text against references
    "bleu1": KnownMetric("text:BLEU1", TEXTS),
    "bleu4": KnownMetric("text:BLEU4", TEXTS),
    "chrf": KnownMetric("text:CHRF", TEXTS),
    "rouge1": KnownMetric("text:ROUGE1", TEXTS),
    "rouge2": KnownMetric("text:ROUGE2", TEXTS),
    "rougeL": KnownMetric("text:ROUGEL", TEXTS),
    # risk.py, criterion.py, preference.py: judges, by their agreement with physicians
    "risk_kappa": KnownMetric("risk:RISK_KAPPA", ("risk_label",), is_signed=True),
    "risk_macro_f1": KnownMetric("risk:RISK_MACRO_F1", ("risk_label",)),
    "safe_f1": KnownMetric("risk:SAFE_F1", ("risk_label",)),
    "criterion_f1": KnownMetric("criterion:CRITERION_F1", ("criterion",)),
    "preference_agreement": KnownMetric("preference:PREFERENCE_AGREEMENT", ("preference",)),
    # consultation.py: transcripts of consultations
    "must_ask_coverage": KnownMetric("consultation:MUST_ASK_COVERAGE", ("consultation",)),
    "diagnosis_named": KnownMetric("consultation:DIAGNOSIS_NAMED", ("consultation",)),
    # published rules, quirks included
    "meds_bench.mcqa": KnownMetric("compat_meds_bench:MCQA"),
    "meds_bench.substring": KnownMetric("compat_meds_bench:SUBSTRING"),
    "meds_bench.first_line": KnownMetric("compat_meds_bench:FIRST_LINE"),
    "meds_bench.true_false": KnownMetric("compat_meds_bench:TRUE_FALSE"),
    "meds_bench.ner": KnownMetric("compat_meds_bench:NER"),
    "meds_bench.hallmarks": KnownMetric("compat_meds_bench:HALLMARKS"),
    "meds_bench.bleu1": KnownMetric("compat_meds_bench:BLEU1"),
    "meds_bench.rougeL": KnownMetric("compat_meds_bench:ROUGEL"),
    "bridge.classification": KnownMetric("compat_bridge:CLASSIFICATION", LABELLED),
    "bridge.multilabel": KnownMetric("compat_bridge:MULTILABEL", ("multi_label",)),
    "bridge.extraction": KnownMetric("compat_bridge:EXTRACTION", ("extraction",)),
    "bridge.generation": KnownMetric("compat_bridge:GENERATION", TEXTS),
}
SIGNED = frozenset(name for name, known in METRICS.items() if known.is_signed)
RIGHT_OR_WRONG = frozenset(name for name, known in METRICS.items() if known.is_right_wrong)


@cache
def metric(name: str) -> Metric:
    """The metric called `name`; UnknownMetricError lists the known ones."""
    try:
        module, _, attribute = METRICS[name].where.partition(":")
    except KeyError:
        raise UnknownMetricError(f"unknown metric {name!r}; known: {', '.join(sorted(METRICS))}") from None
    found: Metric = getattr(import_module(f"evaluation.domain.metrics.{module}"), attribute)
    return found
