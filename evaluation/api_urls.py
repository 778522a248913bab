"""`/api/v1/` of benchmarks and submissions."""

from django.urls import path

from evaluation import api

urlpatterns = [
    path("benchmarks/", api.BenchmarkList.as_view(), name="api-benchmarks"),
    path("benchmarks/<slug:slug>/", api.BenchmarkDetail.as_view(), name="api-benchmark"),
    path("benchmarks/<slug:slug>/items.jsonl", api.BenchmarkItems.as_view(), name="api-items"),
    path("submissions/", api.SubmissionList.as_view(), name="api-submissions"),
    path("submissions/<uuid:pk>/", api.SubmissionDetail.as_view(), name="api-submission"),
    path("submissions/<uuid:pk>/file/", api.SubmissionFile.as_view(), name="api-submission-file"),
    path(
        "submissions/<uuid:pk>/artefacts/<str:kind>/",
        api.SubmissionArtefact.as_view(),
        name="api-artefact",
    ),
    path("submissions/<uuid:pk>/cancel/", api.SubmissionCancel.as_view(), name="api-cancel"),
    path("submissions/<uuid:pk>/retry/", api.SubmissionRetry.as_view(), name="api-retry"),
]
