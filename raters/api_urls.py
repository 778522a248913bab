"""`/api/v1/` of studies, screens and ratings."""

from django.urls import path

from raters.api import rating, studies

urlpatterns = [
    path("studies/", rating.StudyList.as_view(), name="api-studies"),
    path("assignments/next/", rating.NextAssignment.as_view(), name="api-assignment-next"),
    path("assignments/<uuid:pk>/draft/", rating.AssignmentDraft.as_view(), name="api-assignment-draft"),
    path("assignments/<uuid:pk>/submit/", rating.AssignmentSubmit.as_view(), name="api-assignment-submit"),
    path("assignments/<uuid:pk>/skip/", rating.AssignmentSkip.as_view(), name="api-assignment-skip"),
    path("assignments/<uuid:pk>/reopen/", rating.AssignmentReopen.as_view(), name="api-assignment-reopen"),
    path("assignments/<uuid:pk>/flag/", rating.AssignmentFlag.as_view(), name="api-assignment-flag"),
    path(
        "assignments/<uuid:pk>/heartbeat/",
        rating.AssignmentHeartbeat.as_view(),
        name="api-assignment-heartbeat",
    ),
    path("studies/<slug:name>/agreement/", studies.StudyAgreement.as_view(), name="api-study-agreement"),
    path("studies/<slug:name>/export.<slug:suffix>", studies.StudyExport.as_view(), name="api-study-export"),
]
