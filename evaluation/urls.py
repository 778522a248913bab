"""Pages of benchmarks, submissions and the queue."""

from django.urls import path

from evaluation.views import artefacts, keys, models, moderation
from evaluation.views import submissions as views

app_name = "evaluation"

urlpatterns = [
    path("benchmarks/", views.benchmark_list, name="benchmarks"),
    path("benchmarks/<slug:slug>/", views.benchmark, name="benchmark"),
    path("benchmarks/<slug:slug>/items/", views.benchmark_items, name="benchmark_items"),
    path("benchmarks/<slug:slug>/template.<str:suffix>", views.template_file, name="template"),
    path("benchmarks/<slug:slug>/example.jsonl", views.example_file, name="example"),
    path("submit/", views.submit, name="submit"),
    path("submissions/", views.submission_list, name="submissions"),
    path("submissions/<uuid:pk>/", views.submission, name="submission"),
    path("submissions/<uuid:pk>/file/", views.submission_file, name="submission_file"),
    path("submissions/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("submissions/<uuid:pk>/retry/", views.retry, name="retry"),
    path("submissions/<uuid:pk>/close/", models.close, name="close"),
    path("submissions/<uuid:pk>/rescore/", moderation.rescore, name="rescore"),
    path("submit/model/", models.submit_model, name="submit_model"),
    path("submit/model/tasks/", models.tasks_of_benchmark, name="tasks_of_benchmark"),
    path("submissions/<uuid:pk>/log/", models.log, name="log"),
    path("submissions/<uuid:pk>/answers/", models.answers, name="answers"),
    path("submissions/<uuid:pk>/receipt/", models.receipt, name="receipt"),
    path("submissions/<uuid:pk>/artefacts/", artefacts.kept, name="artefacts"),
    path("submissions/<uuid:pk>/artefacts/<str:kind>/", artefacts.artefact, name="artefact"),
    path("artefacts/<str:token>/", artefacts.artefact_file, name="artefact_file"),
    path("queue/", views.queue, name="queue"),
    path(".well-known/consilium-keys.json", keys.keys, name="keys"),
]
