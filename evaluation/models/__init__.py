"""What was asked, what a system answered, how it scored: fields and constraints only.

Facts are appended and never edited (items, references, answers). Scores are derived and can be rebuilt
from the answers.
"""

from evaluation.models.benchmarks import Benchmark, BenchmarkVersion, Item, Reference, Task
from evaluation.models.recipes import Artefact, Keeping, LogLine, Receipt, Recipe
from evaluation.models.submissions import Submission, System
from evaluation.models.work import Answer, Chunk, Miss, Rescoring, Run, Score, Worker

__all__ = [
    "Answer",
    "Artefact",
    "Benchmark",
    "BenchmarkVersion",
    "Chunk",
    "Item",
    "Keeping",
    "LogLine",
    "Miss",
    "Receipt",
    "Recipe",
    "Reference",
    "Rescoring",
    "Run",
    "Score",
    "Submission",
    "System",
    "Task",
    "Worker",
]
