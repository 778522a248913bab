"""What was asked, what a system answered, how it scored: fields and constraints only.

Facts are appended and never edited (items, references, answers). Scores are derived and can be rebuilt
from the answers.
"""

from evaluation.models.benchmarks import Benchmark, BenchmarkVersion, Item, Reference, Task
from evaluation.models.submissions import Submission, System
from evaluation.models.work import Answer, Chunk, Run, Score, Worker

__all__ = [
    "Answer",
    "Benchmark",
    "BenchmarkVersion",
    "Chunk",
    "Item",
    "Reference",
    "Run",
    "Score",
    "Submission",
    "System",
    "Task",
    "Worker",
]
