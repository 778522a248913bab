"""For programs and for the rating page: screens, drafts, ratings, agreement, exports."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, TypeVar

import msgspec
from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.http import PersonApiRequest
from accounts.parsing import StrictJSONParser
from raters.api import shapes
from raters.selectors import screens, studies
from raters.services import handing_out, rating
from raters.services.refusals import (
    IncompleteError,
    LockedError,
    NotAllowedError,
    NotFoundError,
    ReasonMissingError,
    RefusalError,
    StaleError,
)

Sent = TypeVar("Sent")
PLAINLY_JSON = ("*/*", "application/json", "application/json, text/html")  # programs, and the rating page
WRITTEN_REVISION = r'^"[0-9]{1,9}"$'
_JSON = JSONRenderer()

STATUS_OF_REFUSAL: tuple[tuple[type[RefusalError], int], ...] = (
    (NotFoundError, status.HTTP_404_NOT_FOUND),
    (NotAllowedError, status.HTTP_403_FORBIDDEN),
    (LockedError, status.HTTP_423_LOCKED),
    (StaleError, status.HTTP_409_CONFLICT),
    (IncompleteError, status.HTTP_422_UNPROCESSABLE_ENTITY),
    (ReasonMissingError, status.HTTP_422_UNPROCESSABLE_ENTITY),
    (RefusalError, status.HTTP_400_BAD_REQUEST),
)


class DraftSent(msgspec.Struct):
    payload: dict[str, Any]
    client: Annotated[str, msgspec.Meta(max_length=64)] = ""
    seconds: Annotated[int, msgspec.Meta(ge=0)] = 0


class SubmissionSent(DraftSent):
    revision: Annotated[int, msgspec.Meta(ge=0)] | None = None
    reason: str = ""


class SkipSent(msgspec.Struct):
    reason: str
    note: str = ""


class FlagSent(msgspec.Struct):
    note: str


class HeartbeatSent(msgspec.Struct):
    seconds: Annotated[int, msgspec.Meta(ge=0)] = 0


class RaterView(APIView):
    """A view for signed-in raters. Its refusals say what to do, and signing out is 401, never a redirect."""

    permission_classes = [IsAuthenticated]
    throttle_classes = []  # a rater's own few screens; a fast reader must not be told to slow down
    parser_classes = [StrictJSONParser]
    refusals = {
        400: "this cannot be read: the detail says what",
        423: "the study is closed, or was left",
    }

    def perform_content_negotiation(self, request: Any, force: bool = False) -> tuple[BaseRenderer, str]:
        """JSON there is, and nothing else: only who asks for something else is told so, at some length."""
        if request.headers.get("Accept", "*/*") in PLAINLY_JSON and "format" not in request.query_params:
            return _JSON, _JSON.media_type
        found: tuple[BaseRenderer, str] = super().perform_content_negotiation(request, force)
        return found

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, RefusalError):
            return _refusal(exc)
        response = super().handle_exception(exc)
        if response.status_code in (status.HTTP_401_UNAUTHORIZED, status.HTTP_403_FORBIDDEN):
            self._say_how_to_go_on(response)
        return response

    def _say_how_to_go_on(self, response: Response) -> None:
        if self.request.user.is_authenticated:
            return
        failed_csrf = "CSRF" in str(response.data)
        response.status_code = status.HTTP_403_FORBIDDEN if failed_csrf else status.HTTP_401_UNAUTHORIZED
        code = "csrf" if failed_csrf else "signed_out"
        response.data = {**response.data, "code": code}
        if not failed_csrf:
            response["X-Reauth"] = "required"


class StudyList(RaterView):
    @extend_schema(responses=shapes.StudySerializer(many=True))
    def get(self, request: PersonApiRequest) -> Response:
        return Response(shapes.StudySerializer(studies.open_to(request.user), many=True).data)


class NextAssignment(RaterView):
    @extend_schema(
        parameters=[
            OpenApiParameter("study", str, required=True, description="slug of the study"),
            OpenApiParameter("after", OpenApiTypes.UUID, description="fetch ahead of this screen"),
        ],
        responses={200: shapes.ScreenSerializer, 204: OpenApiResponse(description="nothing is left")},
    )
    def get(self, request: PersonApiRequest) -> HttpResponseBase:
        """The next screen, reserved for 45 minutes. `204` when nothing is left."""
        after = request.query_params.get("after")
        found = handing_out.next_screen(request.user, request.query_params.get("study", ""), _uuid(after))
        if found is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return _json(screens.as_json(found))


class AssignmentDraft(RaterView):
    @extend_schema(
        parameters=[
            OpenApiParameter(
                "If-Match", location=OpenApiParameter.HEADER, required=True, pattern=WRITTEN_REVISION,
                examples=[OpenApiExample("before the first", '"0"')],
                description='the revision the draft was made from, "0" before the first',
            )
        ],
        request=shapes.DraftRequestSerializer,
        responses={200: shapes.DraftSerializer, 409: shapes.StaleSerializer},
    )  # fmt: skip
    def put(self, request: PersonApiRequest, pk: uuid.UUID) -> HttpResponse:
        """Save a draft. `If-Match` names the revision it was made from; 409 answers with the other draft."""
        sent = _read(DraftSent, request)
        draft = rating.save_draft(
            request.user, pk, sent.payload, _revision(request), sent.client, sent.seconds
        )
        saved = {"revision": draft.revision, "saved_at": draft.saved_at.isoformat()}
        return _json(saved, ETag=f'"{draft.revision}"')


class AssignmentSubmit(RaterView):
    @extend_schema(
        parameters=[
            OpenApiParameter(
                "Idempotency-Key", location=OpenApiParameter.HEADER, required=True,
                description="1 to 80 characters: a new one for each rating, the same for each retry",
            )
        ],
        request=shapes.SubmitRequestSerializer,
        responses={
            200: shapes.RatingSerializer, 409: shapes.StaleSerializer, 422: shapes.IncompleteSerializer,
        },
    )  # fmt: skip
    def post(self, request: PersonApiRequest, pk: uuid.UUID) -> HttpResponse:
        """Submit a rating once: the same `Idempotency-Key` is answered the same, however often it is sent."""
        sent = msgspec.structs.asdict(_read(SubmissionSent, request))
        submission = rating.Submission(key=request.headers.get("Idempotency-Key", ""), **sent)
        return _json(rating.submit(request.user, pk, submission))


class AssignmentSkip(RaterView):
    @extend_schema(request=shapes.SkipRequestSerializer, responses={200: shapes.StateSerializer})
    def post(self, request: PersonApiRequest, pk: uuid.UUID) -> Response:
        sent = _read(SkipSent, request)
        skipped = handing_out.skip(request.user, pk, sent.reason, sent.note)
        return Response({"assignment": str(pk), "state": skipped.state})


class AssignmentReopen(RaterView):
    @extend_schema(request=None, responses={200: shapes.StateSerializer})
    def post(self, request: PersonApiRequest, pk: uuid.UUID) -> Response:
        """Take up again what was skipped."""
        return Response({"assignment": str(pk), "state": handing_out.take_up_again(request.user, pk).state})


class AssignmentFlag(RaterView):
    @extend_schema(request=shapes.FlagRequestSerializer, responses={201: shapes.FlaggedSerializer})
    def post(self, request: PersonApiRequest, pk: uuid.UUID) -> Response:
        handing_out.flag(request.user, pk, _read(FlagSent, request).note)
        return Response({"assignment": str(pk), "flagged": True}, status=status.HTTP_201_CREATED)


class AssignmentHeartbeat(RaterView):
    @extend_schema(request=shapes.HeartbeatRequestSerializer, responses={200: shapes.AliveSerializer})
    def post(self, request: PersonApiRequest, pk: uuid.UUID) -> Response:
        seconds = _read(HeartbeatSent, request).seconds
        alive = handing_out.heartbeat(request.user, pk, seconds)
        return Response({"assignment": str(pk), "state": alive.state, "lease_until": alive.lease_until})


def refusal_status(refusal: RefusalError) -> int:
    """The HTTP status of a refusal, the same for pages and programs."""
    return next(code for kind, code in STATUS_OF_REFUSAL if isinstance(refusal, kind))


def _refusal(refusal: RefusalError) -> Response:
    told: dict[str, Any] = {"detail": refusal.message, "code": refusal.code}
    if isinstance(refusal, StaleError):
        told |= refusal.other
    if isinstance(refusal, IncompleteError):
        told["problems"] = [
            {"axis": problem.axis, "part": problem.part, "code": problem.code, "message": problem.message}
            for problem in refusal.problems
        ]
    return Response(told, status=refusal_status(refusal))


def _read(shape: type[Sent], request: PersonApiRequest) -> Sent:
    """What was sent, in its shape. `shapes` describes the same for the schema."""
    try:
        return msgspec.convert(request.data, shape)
    except msgspec.ValidationError as error:
        raise RefusalError(f"This cannot be read: {error}.") from None


def _json(answer: Any, **headers: str) -> HttpResponse:
    """Encoded at once: a rater waits for it."""
    return HttpResponse(msgspec.json.encode(answer), content_type="application/json", headers=headers)


def _revision(request: PersonApiRequest) -> int:
    written = request.headers.get("If-Match", "").strip().strip('"')
    if not written.isascii() or not written.isdigit() or len(written) > 9:
        raise RefusalError('Send If-Match with the revision your draft was made from: If-Match: "0".')
    return int(written)


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise RefusalError("`after` is the id of a screen.") from None
