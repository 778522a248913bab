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

from evaluation.domain.benchmarks import Question
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


# name → "module:attribute", imported on first use: tokenisers and scikit-learn cost nothing until needed
METRICS: dict[str, str] = {
    # choice.py: multiple choice, yes/no/maybe, single-label classification
    "accuracy": "choice:ACCURACY",  # single best letter or label
    "exact_set": "choice:EXACT_SET",  # every right letter and no other
    "macro_f1": "labels:MACRO_F1",  # single label, classes weighted alike
    # labels.py: multi-label
    "multilabel_exact": "labels:MULTILABEL_EXACT",
    "multilabel_micro_f1": "labels:MULTILABEL_MICRO_F1",
    "multilabel_macro_f1": "labels:MULTILABEL_MACRO_F1",
    # extraction.py: records of fields
    "entity_f1": "extraction:ENTITY_F1",  # the subject fields of a record
    "event_f1": "extraction:EVENT_F1",  # all fields of a record
    # correction.py: errors in notes
    "error_flag": "correction:ERROR_FLAG",
    "error_sentence": "correction:ERROR_SENTENCE",
    "error_correction": "correction:ERROR_CORRECTION",
    # calculation.py
    "numeric_tolerance": "calculation:NUMERIC_TOLERANCE",
    # text.py: generated text against references
    "bleu1": "text:BLEU1",
    "bleu4": "text:BLEU4",
    "chrf": "text:CHRF",
    "rouge1": "text:ROUGE1",
    "rouge2": "text:ROUGE2",
    "rougeL": "text:ROUGEL",
    # risk.py, criterion.py, preference.py: judges, by their agreement with physicians
    "risk_kappa": "risk:RISK_KAPPA",
    "risk_macro_f1": "risk:RISK_MACRO_F1",
    "safe_f1": "risk:SAFE_F1",
    "criterion_f1": "criterion:CRITERION_F1",
    "preference_agreement": "preference:PREFERENCE_AGREEMENT",
    # consultation.py: transcripts of consultations
    "must_ask_coverage": "consultation:MUST_ASK_COVERAGE",
    "diagnosis_named": "consultation:DIAGNOSIS_NAMED",
    # published rules, quirks included
    "meds_bench.mcqa": "compat_meds_bench:MCQA",
    "meds_bench.substring": "compat_meds_bench:SUBSTRING",
    "meds_bench.first_line": "compat_meds_bench:FIRST_LINE",
    "meds_bench.true_false": "compat_meds_bench:TRUE_FALSE",
    "meds_bench.ner": "compat_meds_bench:NER",
    "meds_bench.hallmarks": "compat_meds_bench:HALLMARKS",
    "meds_bench.bleu1": "compat_meds_bench:BLEU1",
    "meds_bench.rougeL": "compat_meds_bench:ROUGEL",
    "bridge.classification": "compat_bridge:CLASSIFICATION",
    "bridge.multilabel": "compat_bridge:MULTILABEL",
    "bridge.extraction": "compat_bridge:EXTRACTION",
    "bridge.generation": "compat_bridge:GENERATION",
}

SIGNED = frozenset({"risk_kappa"})  # run from -1 to 1, with 0 for chance; all others from 0 to 1


@cache
def metric(name: str) -> Metric:
    """The metric called `name`; UnknownMetricError lists the known ones."""
    try:
        module, _, attribute = METRICS[name].partition(":")
    except KeyError:
        raise UnknownMetricError(f"unknown metric {name!r}; known: {', '.join(sorted(METRICS))}") from None
    found: Metric = getattr(import_module(f"evaluation.domain.metrics.{module}"), attribute)
    return found
