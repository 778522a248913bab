"""For programs: the agreement of a study's raters, and its ratings as files."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from raters.api import shapes
from raters.domain.exporting import FORMATS
from raters.files import file_of
from raters.selectors import agreement, export


class StudyAgreement(APIView):
    permission_classes = [AllowAny]

    @extend_schema(responses={200: shapes.AgreementSerializer})
    def get(self, request: Request, name: str) -> Response:
        """Every coefficient by group and variable. For the coordinator; published studies for everybody."""
        study = readable(request, name)
        board = agreement.dashboard(study)
        systems = agreement.system_names(study)
        return Response(
            {
                "study": study.slug,
                "state": study.state,
                "published": study.published,
                "is_up_to_date": not board.uncounted,
                "groups": [_group(group, systems) for group in board.groups],
            }
        )


class StudyExport(APIView):
    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "table",
                str,
                description="ratings (default), history, observations, adjudications, chains, codebook",
            ),
            OpenApiParameter("variable", str, description="observations of one variable only"),
            OpenApiParameter("group", str, description="observations of one rater group only"),
            OpenApiParameter("suffix", location=OpenApiParameter.PATH, enum=list(FORMATS)),
        ],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            (200, "application/vnd.apache.parquet"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, name: str, suffix: str) -> HttpResponseBase:
        """A table of the study as CSV, JSON Lines or Parquet, streamed."""
        study = readable(request, name)
        asked = request.query_params
        table = export.table(
            study,
            asked.get("table", "ratings"),
            variable=asked.get("variable", ""),
            group=asked.get("group", ""),
        )
        if table is None or suffix not in FORMATS:
            raise NotFound("There is no such table or format.")
        return file_of(table, suffix, f"{study.slug}-{table.name}.{suffix}")


def readable(request: Request, name: str) -> Any:
    """The study of this address or id, if its agreement is open to the caller."""
    study = agreement.find(name)
    person: Any = request.user if request.user.is_authenticated else None
    if study is None or not agreement.may_see(person, study):
        raise NotFound("There is no such study, or its agreement is not open to you.")
    return study


def _group(group: agreement.GroupAgreement, systems: dict[int, str]) -> dict[str, Any]:
    return {
        "group": group.group.name,
        "raters": group.raters,
        "planned_pairs": group.planned_pairs,
        "rated_pairs": group.rated_pairs,
        "variables": [_variable(row, systems) for row in group.rows],
    }


def _variable(row: agreement.VariableRow, systems: dict[int, str]) -> dict[str, Any]:
    return {
        "variable": row.variable.id,
        "label": row.variable.label,
        "level": row.level,
        "n_ratings": row.n_ratings,
        "pairs": row.pairs,
        "coefficients": row.estimates.get("coefficients", {}),
        "prevalence": row.estimates.get("prevalence"),
        "numbers": row.numbers,
        "reading": row.reading,
        "cautions": msgspec.to_builtins(row.cautions),
        "systems": {
            measure: [{**one, "system": systems[one["system"]]} for one in means]
            for measure, means in row.results.items()
        }
        if systems
        else None,
    }
