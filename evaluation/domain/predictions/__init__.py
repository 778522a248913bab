"""Uploaded predictions: what is wrong with a file, and the answers of one that is right.

A file has one row an item: `id` and `output`, both text, and if known `confidence` (0 to 1), `tokens_in`,
`tokens_out` (whole numbers) and `latency_ms`. It is JSONL, CSV or Parquet, plain or with gzip; which, its
content tells. Files are read as a stream and bounded by `Limits`: any bytes at all get a `Verdict`.
"""

from evaluation.domain.predictions.checker import Row, batches, check, rows
from evaluation.domain.predictions.items import ItemIndex
from evaluation.domain.predictions.limits import Limits
from evaluation.domain.predictions.template import csv_template, template, write_jsonl
from evaluation.domain.predictions.verdict import PredictionsError, Problem, Verdict

__all__ = [
    "ItemIndex",
    "Limits",
    "PredictionsError",
    "Problem",
    "Row",
    "Verdict",
    "batches",
    "check",
    "csv_template",
    "rows",
    "template",
    "write_jsonl",
]
