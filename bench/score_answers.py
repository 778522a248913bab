"""How long it takes to score 1,000,000 answers with an interval, next to a bootstrap of scikit-learn.

    python bench/score_answers.py

Both sides give accuracy and macro F1 with a 95 % interval. Ours starts from the text of the answers, reads
them and takes the exact jackknife and Wilson's interval; the bootstrap starts from labels that are read
already and resamples them 1,000 times. A few of its rounds are run and the rest extrapolated. The exit
status is 1 when scoring takes 10 s or more, or is less than 50 times as fast.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measured.figures import figure

from evaluation.domain.benchmarks import Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import Metric, Options, metric

N = 1_000_000
FOLDS = 1_000
ROUNDS = 3
LONGEST, LEAST_RATIO = 10.0, 50.0  # seconds, times
OPTIONS = {"A": "Aspirin", "B": "Dialysis", "C": "Insulin", "D": "Imaging"}
LABELS = ("yes", "no", "maybe")
FORMS = ("{}", "({})", "{}.", "**{}**", "The answer is ({}).", "Answer: {}")


def main() -> int:
    rng = np.random.default_rng(7)
    right = rng.integers(0, 4, N)
    said = np.where(rng.random(N) < 0.7, right, rng.integers(0, 4, N))
    forms = rng.integers(0, len(FORMS), N)
    letters = list(OPTIONS)
    bare = [letters[code] for code in said]
    dressed = [FORMS[form].format(letter) for form, letter in zip(forms, bare, strict=True)]
    asked = [Question("mcq", key, "public", {"options": OPTIONS}, {"letters": [key]}) for key in letters]
    exam = [asked[code] for code in right]

    classes, guesses = right % 3, said % 3
    judged = [Question("yes-no-maybe", key, "public", {}, {"label": key}) for key in LABELS]
    verdicts = [judged[code] for code in classes]
    words = [LABELS[code] for code in guesses]

    print(f"{N:,} answers, 95 % intervals\n")
    accuracy = timed("accuracy, bare letters", metric("accuracy"), bare, exam, {})
    timed("accuracy, six ways to say a letter", metric("accuracy"), dressed, exam, {})
    f1 = timed("macro F1, yes/no/maybe", metric("macro_f1"), words, verdicts, {"labels": LABELS})
    ours = accuracy + f1
    theirs = bootstrap(rng, right, said, classes, guesses)
    ratio = theirs / ours
    row("accuracy and macro F1, ours", ours, "")
    row(f"the same, scikit-learn × {FOLDS:,}", theirs, f"extrapolated from {ROUNDS} rounds")
    fast = figure(
        "scoring 1,000,000 answers / scikit-learn in a bootstrap loop", ratio, "×", least=LEAST_RATIO
    )
    in_time = figure("1,000,000 answers scored with intervals", ours, "s", most=LONGEST)
    return 0 if fast and in_time else 1


def timed(
    name: str, rule: Metric, answers: Sequence[str], questions: Sequence[Question], options: Options
) -> float:
    """Seconds from text to interval."""
    found: list[Estimate] = []
    seconds = stopwatch(lambda: found.append(rule.estimate(rule.count(answers, questions, options), options)))
    low, value, high = found[0].low, found[0].value, found[0].high
    row(name, seconds, f"{value:.4f} [{low:.4f}, {high:.4f}] {found[0].interval}")
    return seconds


def bootstrap(rng: np.random.Generator, *labels: np.ndarray) -> float:
    """Seconds that FOLDS resamples would take."""
    right, said, classes, guesses = labels

    def one_round() -> None:
        drawn = rng.integers(0, N, N)
        accuracy_score(right[drawn], said[drawn])
        f1_score(classes[drawn], guesses[drawn], average="macro", zero_division=0)

    one_round()  # the first pays for loading
    return sum(stopwatch(one_round) for _ in range(ROUNDS)) / ROUNDS * FOLDS


def stopwatch(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def row(name: str, seconds: float, remark: str) -> None:
    print(f"{name:<40}{seconds:>10.2f} s   {remark}")


if __name__ == "__main__":
    sys.exit(main())
