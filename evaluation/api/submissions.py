"""Submissions for programs: hand in, have a model run, follow, cancel, retry, take what was kept."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from django.http import FileResponse, Http404, HttpResponseRedirect, QueryDict
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.http import PersonApiRequest
from accounts.parsing import StrictJSONParser
from accounts.schema import RefusalSerializer
from evaluation.api.serializers import (
    ModelRequestSerializer,
    PairsSerializer,
    ReceivedSerializer,
    ScoreSerializer,
    SubmissionRequestSerializer,
    SubmissionSerializer,
    VerdictSerializer,
)
from evaluation.forms.models import ModelForm
from evaluation.forms.uploads import SubmissionForm
from evaluation.selectors import artefacts, model_runs, pairs, runs, shown_scores
from evaluation.services import recipes, submissions

SEVERAL = ("tasks", "options", "companions")  # fields of a model that are no single value


class SubmissionList(APIView):
    permission_classes = [IsAuthenticated]
    parser_classes = [MultiPartParser, FormParser, StrictJSONParser]

    @extend_schema(responses=ReceivedSerializer(many=True))
    def get(self, request: PersonApiRequest) -> Response:
        """Your own submissions, newest first."""
        return Response([_received(submission) for submission in runs.submissions_of(request.user)[:200]])

    @extend_schema(
        request={
            "multipart/form-data": SubmissionRequestSerializer,
            "application/json": ModelRequestSerializer,
        },
        responses={
            201: ReceivedSerializer,
            200: OpenApiResponse(ReceivedSerializer, description="this very file was handed in before"),
            400: VerdictSerializer,
        },
    )
    def post(self, request: PersonApiRequest) -> Response:
        """Hand in predictions (a form with a file), or have a model run (JSON).

        The verdict on a file comes at once, that on a model with its pre-flight.
        """
        try:
            sent = request.data
        except ParseError as fault:
            problem: dict[str, object] = {
                "line": None,
                "key": None,
                "code": "unreadable",
                "message": str(fault.detail),
            }
            return _refusal([problem])
        if not isinstance(sent, QueryDict):
            return _model(request, sent)
        form = SubmissionForm(sent, request.FILES)
        if not form.is_valid():
            return _refusal(form.problems())
        upload = form.cleaned_data["file"]
        try:
            submission, is_new = submissions.submit(
                request.user, *form.system_under_test(), upload.name, upload, publication=form.publication()
            )
        except submissions.RefusedError as refusal:
            return _refusal([refusal.as_problem()])
        if runs.state_of(submission) == "refused":
            findings = submission.findings
            return Response(
                {"problems": findings["problems"], "counts": findings["counts"]}, status.HTTP_400_BAD_REQUEST
            )
        return Response(_received(submission), status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


class SubmissionDetail(APIView):
    @extend_schema(responses=SubmissionSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(_full(request, _submission(request, pk)))


class SubmissionFile(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: uuid.UUID) -> FileResponse:
        """The very bytes that were handed in; for the submitter and administrators."""
        submission = _own(request, pk)
        if not submission.file:
            raise Http404
        return FileResponse(submission.file.open("rb"), as_attachment=True, filename=submission.file_name)


class SubmissionArtefact(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses={302: OpenApiResponse(description="an address that opens the file for a while")})
    def get(self, request: Request, pk: uuid.UUID, kind: str) -> HttpResponseRedirect:
        """What is kept of a model's run: answers (Parquet), log or manifest. For the submitter."""
        found = artefacts.artefact_of(_own(request, pk), kind)
        if found is None:
            raise Http404("There is no such artefact, or it is not kept yet")
        return HttpResponseRedirect(artefacts.address_of(found), headers={"Cache-Control": "no-store"})


class SubmissionCancel(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        request=None,
        responses={
            200: SubmissionSerializer,
            409: OpenApiResponse(RefusalSerializer, description="not active"),
        },
    )
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        submission = _own(request, pk)
        if not submissions.cancel(submission):
            return Response({"detail": "There is nothing left to cancel."}, status.HTTP_409_CONFLICT)
        return Response(_full(request, _own(request, pk)))


class SubmissionRetry(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        request=None,
        responses={
            200: SubmissionSerializer,
            400: VerdictSerializer,
            409: OpenApiResponse(RefusalSerializer, description="not ended"),
        },
    )
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        submission = _own(request, pk)
        try:
            queued = submissions.retry(submission)
        except submissions.RefusedError as refusal:
            return _refusal([refusal.as_problem()])
        if not queued:
            detail = "Only a failed or cancelled run can be tried again."
            return Response({"detail": detail}, status.HTTP_409_CONFLICT)
        return Response(_full(request, _own(request, pk)))


def _submission(request: Request, pk: uuid.UUID) -> Any:
    found = runs.submission_for(request.user, pk)
    if found is None:
        raise Http404("There is no such submission, or it is not yours and not yet public")
    return found


def _own(request: Request, pk: uuid.UUID) -> Any:
    found = _submission(request, pk)
    if not runs.may_manage(request.user, found):
        raise Http404("There is no such submission of yours")
    return found


def _received(submission: Any) -> dict[str, object]:
    url = reverse("evaluation:submission", args=[submission.pk])
    return {"id": str(submission.pk), "state": runs.state_of(submission), "url": url}


def _refusal(problems: list[dict[str, object]]) -> Response:
    counts = Counter(str(problem["code"]) for problem in problems)
    return Response({"problems": problems, "counts": counts}, status.HTTP_400_BAD_REQUEST)


def _model(request: PersonApiRequest, asked: Any) -> Response:
    """Queue the pre-flight of a model."""
    sent = asked if isinstance(asked, dict) else {}
    decoding = sent.get("decoding")
    fields = {**sent, **(decoding if isinstance(decoding, dict) else {})}
    if several := [name for name, value in fields.items() if _holds_several(name, value)]:
        return _refusal([_one_value(name) for name in several])
    form = ModelForm({name: _as_typed(name, value) for name, value in fields.items()})
    if not form.is_valid():
        return _refusal(form.problems())
    cleaned = form.cleaned_data
    try:
        submission, is_new = recipes.submit(
            request.user, cleaned["benchmark"], cleaned["system"], form.wanted(), form.kind(),
            form.publication(),
        )  # fmt: skip
    except submissions.RefusedError as refusal:
        return _refusal([refusal.as_problem()])
    return Response(_received(submission), status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


def _holds_several(name: str, value: object) -> bool:
    """Whether a list or an object was sent where a form has one value."""
    return name in ModelForm.base_fields and name not in SEVERAL and isinstance(value, (list, dict))


def _as_typed(name: str, value: object) -> object:
    """A number or a truth as a person would have typed it: a form reads text."""
    return str(value) if name not in SEVERAL and isinstance(value, (bool, int, float)) else value


def _one_value(name: str) -> dict[str, object]:
    message = "Write one value here, a text or a number, not a list or an object."
    return {"line": None, "key": name, "code": "invalid", "message": message}


def _full(request: Request, submission: Any) -> dict[str, object]:
    where = runs.status_of(submission)
    own = runs.may_manage(request.user, submission)
    run = getattr(submission, "run", None)
    rescoring = runs.rescoring_of(submission)
    return {
        **_received(submission),
        **model_runs.told(submission, own=own),
        "benchmark": submission.version.benchmark.slug,
        "version": submission.version.number,
        "system": submission.system_name,
        "mode": submission.mode,
        "visibility": submission.visibility,
        "named_on": submission.named_on,
        "relation": submission.relation,
        "consent": submission.consent if own else "",
        "scoring": run.scoring if run else 1,
        "scored_again": rescoring.reason if rescoring else "",
        "sha256": submission.sha256,
        "position": where.position,
        "starts_in": where.starts_in,
        "waiting_for": where.waiting_for,
        "progress": {
            "done": where.done, "total": where.total, "rate": where.rate, "seconds_left": where.seconds_left,
        },
        "failure": run.failure if run and own else "",
        "problems": submission.findings.get("problems", []) if own else [],
        "counts": submission.findings.get("counts", {}) if own else {},
        "scores": ScoreSerializer(shown_scores.of_submission(submission), many=True).data,
        "pairs": PairsSerializer(pairs.told(submission), many=True).data,
        **(artefacts.told(submission) if own else {"artefacts": [], "artefacts_told": ""}),
    }  # fmt: skip
