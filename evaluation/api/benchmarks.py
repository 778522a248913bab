"""Benchmarks for programs: what there is, their tasks, their items."""

from __future__ import annotations

from typing import Any

from django.http import Http404, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evaluation.api.serializers import (
    BenchmarkDetailSerializer,
    BenchmarkSerializer,
    RefusedSplitSerializer,
)
from evaluation.selectors import benchmarks


class BenchmarkList(APIView):
    @extend_schema(responses=BenchmarkSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(BenchmarkSerializer(benchmarks.current_versions(), many=True).data)


class BenchmarkDetail(APIView):
    @extend_schema(responses=BenchmarkDetailSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(BenchmarkDetailSerializer(_version(slug)).data)


class BenchmarkItems(APIView):
    @extend_schema(
        parameters=[
            OpenApiParameter("split", enum=["public", "private"]),
            OpenApiParameter("references", enum=["1"], description="with the references, public items only"),
        ],
        responses={
            (200, "application/x-ndjson"): OpenApiTypes.BINARY,
            (400, "application/json"): RefusedSplitSerializer,
        },
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        """What a system may see of every item, a JSON object a line. Private references are never given."""
        split = request.query_params.get("split", "")
        if split not in {"", "public", "private"}:
            raise serializers.ValidationError(
                {"split": ["Write public or private, or leave it out for all items."]}
            )
        version = _version(slug)
        lines = benchmarks.items_as_lines(version, split, request.query_params.get("references") == "1")
        response = StreamingHttpResponse(lines, content_type="application/x-ndjson")
        response["Content-Disposition"] = f'attachment; filename="{slug}-v{version.number}-items.jsonl"'
        return response


def _version(slug: str) -> Any:
    version = benchmarks.current_version(slug)
    if version is None:
        raise Http404(f"There is no benchmark {slug}")
    return version
