"""Boards: the list, one with its rows, the same as a file, its tasks, its pairs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from leaderboard.api import shapes
from leaderboard.api.answering import PublicView, answered
from leaderboard.api.asking import (
    SLICE,
    no_board,
    paged,
    slice_of,
    stretch_of,
    stretch_parameters,
    table_of,
)
from leaderboard.domain.table import Column, Listing, Pairs, Table
from leaderboard.files import FORMATS, document
from leaderboard.files.serving import file_of, source_of, topics_of
from leaderboard.selectors import boards

ROWS, MOST_ROWS = 500, 1000
PAIRS, MOST_PAIRS = 1000, 10_000
BOARDS, MOST_BOARDS = 100, 1000
FAULTS = {400: shapes.RefusedSerializer, 404: shapes.NotThereSerializer}


class BoardList(PublicView):
    @extend_schema(
        parameters=stretch_parameters(BOARDS, MOST_BOARDS),
        responses={
            200: shapes.page_of("BoardsPage", shapes.ListedBoardSerializer(many=True)),
            400: shapes.RefusedSerializer,
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """Every public board."""
        wanted = stretch_of(request.query_params, BOARDS, MOST_BOARDS)

        def told(listing: Listing) -> dict[str, Any]:
            url = request.build_absolute_uri(reverse("api-board", args=[listing.head.slug]))
            changed = listing.changed_at.isoformat() if listing.changed_at else None
            head = document.head_as_json(listing.head)
            return {**head, "systems": listing.systems, "changed_at": changed, "url": url}

        return answered(paged(request, boards.listed(), wanted, told), "board:*")


class BoardRows(PublicView):
    @extend_schema(
        parameters=[*SLICE, *stretch_parameters(ROWS, MOST_ROWS)],
        responses={200: shapes.BoardSerializer, **FAULTS},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """A board over a slice: what it is, its columns and its rows, in the order asked for."""
        wanted = stretch_of(request.query_params, ROWS, MOST_ROWS)
        table = table_of(request, slug)
        page = paged(request, table.rows, wanted, document.row_as_json)
        rows = page.pop("results")
        about = document.about(table, source_of(request, table))
        return answered({**about, **page, "rows": rows}, *topics_of(table))


class BoardFile(PublicView):
    @extend_schema(
        parameters=[
            *SLICE,
            OpenApiParameter("ending", location=OpenApiParameter.PATH, enum=sorted(FORMATS)),
        ],
        responses={
            (200, "application/json"): shapes.BoardFileSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/vnd.apache.parquet"): OpenApiTypes.BINARY,
            (200, "application/x-tex"): OpenApiTypes.STR,
            (400, "application/json"): shapes.RefusedSerializer,
            (404, "application/json"): shapes.NotThereSerializer,
        },
    )
    def get(self, request: Request, slug: str, ending: str) -> HttpResponse:
        """All rows of a slice as a file, the same bytes as at the board's page with this ending."""
        return file_of(request, table_of(request, slug), ending)


class BoardTasks(PublicView):
    @extend_schema(
        parameters=[*SLICE, *stretch_parameters(ROWS, MOST_ROWS)],
        responses={200: shapes.page_of("BoardTasksPage", shapes.BoardTaskSerializer(many=True)), **FAULTS},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """The columns that make a slice's averages: tasks of a benchmark, questions of a study."""
        wanted = stretch_of(request.query_params, ROWS, MOST_ROWS)
        table = table_of(request, slug)
        page = paged(request, table.columns, wanted, lambda column: _task(table, column))
        return answered(page, *topics_of(table))


class BoardPairs(PublicView):
    @extend_schema(
        parameters=[
            *SLICE,
            OpenApiParameter("row", description="only pairs of this row, by its key"),
            *stretch_parameters(PAIRS, MOST_PAIRS),
        ],
        responses={
            200: shapes.page_of(
                "PairsPage",
                shapes.PairSerializer(many=True),
                correction=serializers.CharField(),
                scope=serializers.CharField(),
                systems=serializers.DictField(child=serializers.CharField(), help_text="row key → system"),
            ),
            **FAULTS,
        },
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Every pair of ranked rows of exactly this slice, judged together."""
        wanted = stretch_of(request.query_params, PAIRS, MOST_PAIRS)
        sliced = slice_of(request)
        table = boards.table(slug, sliced)
        if table is None:
            raise no_board(slug)
        found = boards.pairs(slug, sliced)
        places = _places(found, request.query_params.get("row", ""))
        page = paged(request, places, wanted, lambda place: _pair(found, *place))
        systems = {row.key: row.system for row in table.rows if found and row.key in found.keys}
        said = {"correction": found.correction if found else "", "scope": found.scope if found else ""}
        return answered({**said, "systems": systems, **page}, *topics_of(table))


def _task(table: Table, column: Column) -> dict[str, Any]:
    cells = [row.cells[column.key] for row in table.rows if column.key in row.cells]
    values = [cell.value for cell in cells if cell.value is not None]
    best = (max if column.higher_is_better else min)(values, default=None)
    return {**document.column_as_json(column), "systems": len(values), "best": best}


def _places(found: Pairs | None, row: str) -> list[tuple[int, int]]:
    """Places of pairs in the matrices, each pair once; those of one row name it first."""
    if found is None:
        return []
    n = len(found.keys)
    if not row:
        return [(i, j) for i in range(n) for j in range(i + 1, n)]
    if row not in found.keys:
        remedy = "Write the key of a ranked row: those of this slice are in `systems` without `row`."
        raise ValidationError({"row": [remedy]})
    at = found.keys.index(row)
    return [(at, other) for other in range(n) if other != at]


def _pair(found: Pairs | None, i: int, j: int) -> dict[str, Any]:
    assert found is not None
    names = ("difference", "low", "high", "p", "p_adjusted", "p_holm")
    numbers = {name: _known(getattr(found, name)[i, j]) for name in names}
    return {"first": found.keys[i], "second": found.keys[j], **numbers}


def _known(value: np.float64) -> float | None:
    return float(value) if math.isfinite(value) else None
