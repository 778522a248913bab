"""The boards for programs: the same rows as the page."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard import files
from leaderboard.forms import slice_from
from leaderboard.selectors import boards

PARAMETERS = [
    OpenApiParameter("split", enum=list(boards.SPLITS)),
    OpenApiParameter(
        "sort", description="rank, system, average, unparsed or a task's slug; - before it turns it round"
    ),
    *(
        OpenApiParameter(facet, many=True, description="only tasks with any of these")
        for facet in boards.FACETS
    ),
]


class TaskScoreSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    unparsed = serializers.IntegerField()
    status = serializers.CharField()


class RowSerializer(serializers.Serializer[Any]):
    system = serializers.CharField()
    mode = serializers.CharField()
    kind = serializers.CharField()
    submission = serializers.UUIDField()
    average = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    rank_low = serializers.IntegerField(allow_null=True)
    rank_high = serializers.IntegerField(allow_null=True)
    n = serializers.IntegerField()
    unparsed = serializers.IntegerField()
    missing_tasks = serializers.IntegerField()
    scores = serializers.DictField(child=TaskScoreSerializer())


class BoardSerializer(serializers.Serializer[Any]):
    benchmark = serializers.CharField()
    version = serializers.IntegerField()
    split = serializers.CharField()
    revision = serializers.IntegerField()
    tasks = serializers.ListField(child=serializers.CharField())
    rank_method = serializers.CharField()
    rows = RowSerializer(many=True)


class BoardRows(APIView):
    @extend_schema(parameters=PARAMETERS, responses=BoardSerializer)
    def get(self, request: Request, slug: str) -> Response:
        table = _table(request, slug)
        return Response(
            {
                "benchmark": slug,
                "version": table.version.number,
                "split": table.slice.split,
                "revision": table.revision,
                "tasks": [task.slug for task in table.tasks],
                "rank_method": table.order_method,
                "rows": [files.as_json(row) for row in table.rows],
            }
        )


class BoardCsv(APIView):
    @extend_schema(parameters=PARAMETERS, responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, slug: str) -> HttpResponse:
        return HttpResponse(files.as_csv(_table(request, slug)), content_type="text/csv; charset=utf-8")


def _table(request: Request, slug: str) -> boards.Table:
    table = boards.table(slug, slice_from(request.query_params))
    if table is None:
        raise Http404(f"There is no board {slug}")
    return table
