"""What happened on a board, for programs: the lines of the changes page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from leaderboard.api import shapes
from leaderboard.api.answering import PublicView, answered
from leaderboard.api.asking import no_board, paged, stretch_of, stretch_parameters
from leaderboard.selectors import changes

MOST = 200


class ChangeSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(list(changes.KINDS))
    board = serializers.CharField()
    system = serializers.CharField(help_text="as the board names it; empty where no system changed")
    system_key = serializers.CharField(help_text="empty while its name is kept back")
    mode = serializers.CharField()
    reason = serializers.CharField()
    before = serializers.CharField(help_text="for ?as_of=: the board without this change")
    after = serializers.CharField(help_text="for ?as_of=: the board with it")


class ChangesSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ChangeSerializer(many=True)


class BoardChanges(PublicView):
    @extend_schema(
        parameters=[
            OpenApiParameter("kind", many=True, enum=list(changes.KINDS)),
            *stretch_parameters(changes.A_PAGE, MOST),
        ],
        responses={200: ChangesSerializer, 400: shapes.RefusedSerializer, 404: shapes.NotThereSerializer},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Everything that happened on a board, newest first."""
        if changes.title_of(slug) is None:
            raise no_board(slug)
        wanted = changes.Wanted(slug, changes.known_kinds(request.query_params.getlist("kind")))
        stretch = stretch_of(request.query_params, changes.A_PAGE, MOST)
        content = paged(request, changes.Changes(wanted), stretch, lambda each: ChangeSerializer(each).data)
        return answered(content, f"board:{slug}")
