"""Ranking systems by pairwise votes: `rank(votes)`, and `VoteCounts` where votes keep coming."""

from leaderboard.domain.ranking.elo import elo_scale
from leaderboard.domain.ranking.models import Ties
from leaderboard.domain.ranking.ranking import rank
from leaderboard.domain.ranking.results import Parameter, RankingResult, Rating
from leaderboard.domain.ranking.storage import from_bytes, to_bytes
from leaderboard.domain.ranking.style import relative_difference
from leaderboard.domain.ranking.vote_table import Columns, read_votes
from leaderboard.domain.ranking.votes import OUTCOMES, Outcome, Vote, VoteCounts

__all__ = [
    "OUTCOMES",
    "Columns",
    "Outcome",
    "Parameter",
    "RankingResult",
    "Rating",
    "Ties",
    "Vote",
    "VoteCounts",
    "elo_scale",
    "from_bytes",
    "rank",
    "read_votes",
    "relative_difference",
    "to_bytes",
]
