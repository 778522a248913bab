"""How long FastChat's single fit and arena-rank's bootstrap take beside ours, on the votes of stats_ranking.py.

    CONSILIUM_PEER_PYTHON=/path/to/python python bench/stats_ranking_peers.py [--votes 1000000] [--systems 100]

Neither is a dependency: they run in an environment of their own, whose interpreter CONSILIUM_PEER_PYTHON
names (`pip install arena-rank scikit-learn tqdm`, then `pip install --no-deps fschat`, some 900 MB). Without
it nothing is run and nothing is said of them.

FastChat's fit is the `compute_elo_mle_with_tie` of the installed package: its module imports a web server and
PyTorch, so that one function is taken from it and run as it stands, from rows, without intervals. arena-rank's
bootstrap counts the votes first (as ours does; not timed) and resamples the counts: two bootstraps of
different length are run, and the time by which they differ gives that of a resample, times 100. Start-up and
the sharing out to processes so fall away, to its benefit; that it compiles its optimiser anew for every fit
stays, as its users pay for it too. All sides have one core and one thread. Ours starts
from kept-up counts, as in stats_ranking.py. The exit status is 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import math
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from measured.figures import figure

PYTHON = "CONSILIUM_PEER_PYTHON"
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "PYTHONWARNINGS": "ignore",
}
LEAST_FIT, LEAST_BOOTSTRAP, RESAMPLES = 20.0, 1_000.0, 100
FEW, MORE = 4, 12  # resamples run
WINNERS = {"first": "model_a", "second": "model_b", "tie": "tie"}


def main() -> int:
    asked = arguments()
    if asked.peer:
        print(json.dumps(PEERS[asked.peer](asked.rows)))
        return 0
    python = os.environ.get(PYTHON)
    if not python:
        print(f"not run: {PYTHON} names no interpreter that has arena-rank and FastChat (see the docstring)")
        return 0
    if hasattr(os, "sched_setaffinity"):  # Linux; the peers inherit it
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    os.environ.update(ONE_THREAD)  # before NumPy is imported
    return compared(python, asked.votes, asked.systems)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--systems", type=int, default=100)
    parser.add_argument("--peer", choices=list(PEERS), help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def compared(python: str, n_votes: int, n_systems: int) -> int:
    from stats_ranking import best, drawn, row, with_intervals

    from leaderboard.domain.ranking import VoteCounts
    from leaderboard.domain.ranking.bradley_terry import fit

    votes = drawn(n_votes, n_systems)
    counts = VoteCounts.of_columns(*votes)
    print(f"{n_votes:,} votes, {n_systems} systems, one core, one thread\n")
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "votes.csv"
        lines = (f"{a},{b},{WINNERS[won]}\n" for a, b, won in zip(*votes[:3], strict=True))
        rows.write_text("model_a,model_b,winner\n" + "".join(lines))
        fastchat, arena = (told(python, peer, rows) for peer in PEERS)
    apart = differences(fit(counts.cells, order_effect=False).theta, counts.systems, fastchat, arena)
    point, intervals = best(lambda: fit(counts.cells), 9), best(lambda: with_intervals(counts), 9)
    bootstrap = arena["resample"] * RESAMPLES
    row("ours, one fit from counts", point)
    row("ours, ratings and two-way intervals", intervals)
    row("FastChat, one fit from rows", fastchat["fit"], fastchat["version"])
    row("arena-rank, one fit from its counts", arena["fit"], arena["version"])
    row("arena-rank, one resample", arena["resample"], f"from bootstraps of {FEW} and {MORE}")
    row(f"arena-rank, {RESAMPLES} resamples", bootstrap, "extrapolated")
    print(f"\nlargest difference from ours: FastChat {apart[0]:.1e}, arena-rank {apart[1]:.1e} logits")
    return verdict(fastchat["fit"] / point, fastchat["fit"] / intervals, bootstrap / intervals)


def verdict(fits: float, with_intervals: float, bootstraps: float) -> int:
    print(f"with intervals {with_intervals:,.0f} times as fast as FastChat's fit without")
    fit = figure("Bradley-Terry fit / FastChat's", fits, "×", least=LEAST_FIT)
    resampled = figure("intervals / arena-rank's bootstrap", bootstraps, "×", least=LEAST_BOOTSTRAP)
    return 0 if fit and resampled else 1


def told(python: str, peer: str, rows: Path) -> dict[str, Any]:
    """What a peer measured of itself, in its own interpreter."""
    ours = Path(__file__).resolve()
    done = subprocess.run(
        [python, ours, "--peer", peer, "--rows", rows], capture_output=True, text=True, env=dict(os.environ)
    )
    if done.returncode:
        sys.exit(f"{peer} did not run under {PYTHON}:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def differences(theta: Any, systems: Sequence[str], *peers: dict[str, Any]) -> list[float]:
    """Largest differences in logits from our fit without an order effect, which neither peer has."""
    place = {name: at for at, name in enumerate(systems)}
    found = []
    for peer in peers:
        mean = sum(peer["points"].values()) / len(place)
        logits = {name: (points - mean) * math.log(10) / 400 for name, points in peer["points"].items()}
        found.append(max(abs(logits[name] - float(theta[at])) for name, at in place.items()))
    assert max(found) < 0.01, "these are not the same model"
    return found


def fastchat(rows: Path) -> dict[str, Any]:
    """FastChat's maximum likelihood by scikit-learn's logistic regression, in its own interpreter."""
    import numpy as np
    import pandas as pd

    spec = importlib.util.find_spec("fastchat")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("fastchat is not installed: pip install --no-deps fschat")
    source = Path(spec.submodule_search_locations[0]) / "serve" / "monitor" / "elo_analysis.py"
    wanted = "compute_elo_mle_with_tie"
    body = [one for one in ast.parse(source.read_text()).body if getattr(one, "name", "") == wanted]
    known: dict[str, Any] = {"np": np, "pd": pd, "math": math}
    exec(compile(ast.Module(body, type_ignores=[]), str(source), "exec"), known)
    table = pd.read_csv(rows)
    known[wanted](table.head(1000))  # scikit-learn is imported on the first call
    points, seconds = timed(lambda: known[wanted](table))
    return {"fit": seconds, "points": points.to_dict(), "version": f"fschat {version('fschat')}"}


def arena_rank(rows: Path) -> dict[str, Any]:
    """arena-rank's fit and bootstrap from the counts it makes, in its own interpreter."""
    import pandas as pd
    from arena_rank.models.bradley_terry import BradleyTerry
    from arena_rank.utils.data_utils import PairDataset

    multiprocessing.set_start_method("spawn")  # a forked JAX stands still
    dataset = PairDataset.from_pandas(pd.read_csv(rows))
    model = BradleyTerry(n_competitors=len(dataset.competitors))
    model.fit(dataset)  # compiled on the first call
    model.params = {"ratings": model.params["ratings"] * 0}
    fitted = timed(lambda: model.fit(dataset))[1]

    def bootstrap(resamples: int) -> Any:
        return model.compute_ratings_and_cis(
            dataset, ci_method="bootstrap", num_bootstrap=resamples, n_jobs=1
        )

    few, more = timed(lambda: bootstrap(FEW)), timed(lambda: bootstrap(MORE))
    ratings = [float(points) for points in more[0]["ratings"]]
    return {
        "fit": fitted,
        "resample": (more[1] - few[1]) / (MORE - FEW),
        "points": dict(zip(more[0]["competitors"], ratings, strict=True)),
        "version": f"arena-rank {version('arena-rank')}",
    }


def version(package: str) -> str:
    from importlib import metadata

    return metadata.version(package)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = perf_counter()
    result = work()
    return result, perf_counter() - start


PEERS: dict[str, Callable[[Path], dict[str, Any]]] = {"fastchat": fastchat, "arena-rank": arena_rank}

if __name__ == "__main__":
    sys.path.insert(1, str(Path(__file__).resolve().parents[1]))
    sys.exit(main())
