"""What stands behind a number: systems over all boards, and receipts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts import signing
from leaderboard.api import shapes
from leaderboard.api.answering import PublicView, answered
from leaderboard.api.asking import paged, stretch_of, stretch_parameters
from leaderboard.files.document import plain
from leaderboard.selectors import public_receipts
from leaderboard.selectors.across import BoardSystem, board_system, board_systems

SYSTEMS, MOST_SYSTEMS = 100, 1000


class SystemList(PublicView):
    @extend_schema(
        parameters=[
            OpenApiParameter("q", description="only systems whose name has this"),
            *stretch_parameters(SYSTEMS, MOST_SYSTEMS),
        ],
        responses={
            200: shapes.page_of("SystemsPage", shapes.SystemSerializer(many=True)),
            400: shapes.RefusedSerializer,
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """Every named system on any public board, by name, with its places."""
        wanted = stretch_of(request.query_params, SYSTEMS, MOST_SYSTEMS)
        sought = request.query_params.get("q", "").strip().casefold()
        found = [system for system in board_systems() if sought in system.name.casefold()]
        return answered(paged(request, found, wanted, lambda system: _told(request, system)), "board:*")


class SystemDetail(PublicView):
    @extend_schema(responses={200: shapes.SystemSerializer, 404: shapes.NotThereSerializer})
    def get(self, request: Request, key: str) -> HttpResponse:
        """A system by its key, on every public board it stands on."""
        found = board_system(key)
        if found is None:
            raise Http404("No board shows a system of this key. GET /api/v1/systems/ lists those there are.")
        return answered(_told(request, found), "board:*")


class ReceiptDetail(PublicView):
    @extend_schema(responses={200: shapes.ReceiptSerializer, 404: shapes.NotThereSerializer})
    def get(self, request: Request, sha256: str) -> HttpResponse:
        """What a score on a board was computed from, to the byte."""
        found = public_receipts.public_receipt(sha256)
        if found is None:
            raise Http404("No score that is on a board has this receipt.")
        content = {
            "sha256": found.sha256,
            "scoring": found.scoring,
            "board": found.slug,
            "published_at": found.standing.at.isoformat(),
            "on_board": found.scoring == found.standing.scoring,
            "manifest": found.manifest,
            "withheld": list(found.told.masked),
        }
        return answered(signing.signed(content), f"board:{found.slug}")


def _told(request: Request, system: BoardSystem) -> dict[str, Any]:
    places = [
        {
            **asdict(place),
            "url": request.build_absolute_uri(reverse("api-board", args=[place.board])),
        }
        for place in system.places
    ]
    named = {"key": system.key, "name": system.name, "kind": system.kind}
    return {**named, "attributes": plain(system.attributes), "places": places}
