"""`/api/v1/` of boards."""

from django.urls import path

from leaderboard import api

urlpatterns = [
    path("boards/<slug:slug>/", api.BoardRows.as_view(), name="api-board"),
    path("boards/<slug:slug>.csv", api.BoardCsv.as_view(), name="api-board-csv"),
]
