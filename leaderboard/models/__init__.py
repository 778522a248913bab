"""What boards are made of: events and published results are appended, boards are derived."""

from leaderboard.models.boards import Board, TaskMoment
from leaderboard.models.events import Flag, ScoreEvent
from leaderboard.models.published import ReportedRow, ReportedTable, StudyResults

__all__ = ["Board", "Flag", "ReportedRow", "ReportedTable", "ScoreEvent", "StudyResults", "TaskMoment"]
