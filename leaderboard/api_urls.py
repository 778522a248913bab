"""`/api/v1/` of boards."""

from django.urls import path

from leaderboard import endings  # noqa: F401 - registers how addresses may end
from leaderboard.api import behind, boards, changes

urlpatterns = [
    path("boards/", boards.BoardList.as_view(), name="api-boards"),
    path("boards/<slug:slug>/", boards.BoardRows.as_view(), name="api-board"),
    path("boards/<slug:slug>.<board_ending:ending>", boards.BoardFile.as_view(), name="api-board-file"),
    path("boards/<slug:slug>/pairs/", boards.BoardPairs.as_view(), name="api-board-pairs"),
    path("boards/<slug:slug>/tasks/", boards.BoardTasks.as_view(), name="api-board-tasks"),
    path("boards/<slug:slug>/changes/", changes.BoardChanges.as_view(), name="api-changes"),
    path("systems/", behind.SystemList.as_view(), name="api-systems"),
    path("systems/<path:key>/", behind.SystemDetail.as_view(), name="api-system"),
    path("receipts/<str:sha256>/", behind.ReceiptDetail.as_view(), name="api-receipt"),
]
