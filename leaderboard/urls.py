"""The public boards."""

from django.urls import path

from leaderboard import endings  # noqa: F401 - registers how addresses may end
from leaderboard.views import (
    boards,
    cases,
    changes,
    charts,
    compare,
    control,
    files,
    methods,
    moderation,
    studies,
    systems,
    tasks,
)

app_name = "leaderboard"

urlpatterns = [
    path("methods/", methods.methods, name="methods"),
    path("changes/", changes.all_changes, name="all_changes"),
    path("changes/feed.atom", changes.feed, name="all_changes_feed"),
    path("boards/<slug:slug>/changes/", changes.board_changes, name="changes"),
    path("boards/<slug:slug>/changes/feed.atom", changes.feed, name="changes_feed"),
    path("submissions/<uuid:pk>/control/", control.control_page, name="control"),
    path("submissions/<uuid:pk>/visibility/", control.visibility, name="visibility"),
    path("submissions/<uuid:pk>/withdraw/", control.withdraw, name="withdraw"),
    path("runs/<int:run>/flag/", moderation.flag, name="flag"),
    path("runs/<int:run>/hide/", moderation.hide, name="hide"),
    path("runs/<int:run>/show/", moderation.show, name="show"),
    path("moderation/", moderation.moderation_page, name="moderation"),
    path("moderation/flags/<int:pk>/", moderation.resolve, name="resolve"),
    path("", boards.board_list, name="boards"),
    path("boards/<slug:slug>/", boards.board, name="board"),
    path("boards/<slug:slug>.<board_ending:ending>", files.board_file, name="board_file"),
    path("boards/<slug:slug>/badge.svg", files.board_badge, name="badge"),
    path("boards/<slug:slug>/charts/", charts.charts, name="charts"),
    path("boards/<slug:slug>/charts/<slug:name>/", charts.chart_page, name="chart_page"),
    path("boards/<slug:slug>/charts/<slug:name>.json", charts.chart, name="chart"),
    path("boards/<slug:slug>/charts/<slug:name>.csv", charts.chart_csv, name="chart_csv"),
    path("boards/<slug:slug>/study/", studies.study, name="study"),
    path("boards/<slug:slug>/compare/", compare.compare, name="compare"),
    path("boards/<slug:slug>/significance/", compare.significance, name="significance"),
    path("boards/<slug:slug>/tasks/<str:key>/", tasks.task, name="task"),
    path("boards/<slug:slug>/tasks/<str:key>/cases/<path:case>/", cases.case, name="case"),
    path("systems/<path:key>/", systems.system, name="system"),
    path("receipts/<str:sha256>/", systems.receipt, name="receipt"),
    path("receipts/<str:sha256>.json", systems.receipt_json, name="receipt_json"),
]
