"""`/api/v1/` of benchmarks and submissions."""

from django.urls import path

from evaluation.api import benchmarks, submissions

urlpatterns = [
    path("benchmarks/", benchmarks.BenchmarkList.as_view(), name="api-benchmarks"),
    path("benchmarks/<slug:slug>/", benchmarks.BenchmarkDetail.as_view(), name="api-benchmark"),
    path("benchmarks/<slug:slug>/items.jsonl", benchmarks.BenchmarkItems.as_view(), name="api-items"),
    path("submissions/", submissions.SubmissionList.as_view(), name="api-submissions"),
    path("submissions/<uuid:pk>/", submissions.SubmissionDetail.as_view(), name="api-submission"),
    path("submissions/<uuid:pk>/file/", submissions.SubmissionFile.as_view(), name="api-submission-file"),
    path(
        "submissions/<uuid:pk>/artefacts/<str:kind>/",
        submissions.SubmissionArtefact.as_view(),
        name="api-artefact",
    ),
    path("submissions/<uuid:pk>/cancel/", submissions.SubmissionCancel.as_view(), name="api-cancel"),
    path("submissions/<uuid:pk>/retry/", submissions.SubmissionRetry.as_view(), name="api-retry"),
]
