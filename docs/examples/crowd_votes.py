"""Crowd votes on answers of many models: who can be told apart?

python docs/examples/crowd_votes.py DATA         DATA holds llmfao_votes/votes_subset.csv
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from leaderboard.domain.ranking import Outcome, RankingResult, Vote, rank

OUTCOMES: dict[str, Outcome] = {"left": "first", "tie": "tie", "right": "second"}


def analyse(folder: Path) -> RankingResult:
    """Rank the models by the votes of one crowd, clustered by worker and by pair of answers."""
    with (folder / "llmfao_votes" / "votes_subset.csv").open(encoding="utf-8", newline="") as file:
        votes = [
            Vote(row["left"], row["right"], OUTCOMES[row["winner"]], rater=row["worker"], item=row["id"])
            for row in csv.DictReader(file)
        ]
    return rank(votes, seed=1)


if __name__ == "__main__":
    result = analyse(Path(sys.argv[1]))
    for one in result.ratings:
        if one.value is None:
            print(f"{one.system:<28} {one.status}")
        else:
            print(f"{one.system:<28} {one.elo:7.0f}  ranks {one.rank_low}-{one.rank_high}  band {one.band}")
