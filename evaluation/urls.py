"""Pages of benchmarks, submissions and the queue."""

from django.urls import path

from evaluation import views

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
    path("queue/", views.queue, name="queue"),
]
