"""For programs: the same benchmarks, submissions and verdicts as the pages show."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from django.http import FileResponse, Http404, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.http import PersonApiRequest
from evaluation.forms.models import ModelForm
from evaluation.forms.uploads import SubmissionForm
from evaluation.selectors import artefacts, benchmarks, model_runs, pairs, runs
from evaluation.services import recipes, submissions


class TaskSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    family = serializers.CharField()
    metric = serializers.CharField()
    language = serializers.CharField()
    specialty = serializers.ListField(child=serializers.CharField())
    document_type = serializers.CharField()
    stage = serializers.CharField()
    application = serializers.CharField()
    access = serializers.CharField()
    prompt = serializers.CharField()
    options = serializers.JSONField()
    source = serializers.CharField()  # type: ignore[assignment]
    licence = serializers.CharField()
    items = serializers.IntegerField(source="item_count")


class BenchmarkSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField(source="benchmark.slug")
    name = serializers.CharField()
    version = serializers.IntegerField(source="number")
    content_hash = serializers.CharField()
    description = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    licence = serializers.CharField()
    synthetic = serializers.BooleanField()
    items = serializers.IntegerField(source="item_count")


class BenchmarkDetailSerializer(BenchmarkSerializer):
    citation = serializers.CharField()
    tasks = TaskSerializer(many=True)


class SubmissionRequestSerializer(serializers.Serializer[Any]):
    benchmark = serializers.CharField()
    system = serializers.CharField()
    mode = serializers.CharField(required=False)
    file = serializers.FileField()


class ModelRequestSerializer(serializers.Serializer[Any]):
    benchmark = serializers.CharField()
    system = serializers.CharField()
    backend = serializers.ChoiceField(["transformers", "vllm", "openai_api", "baseline"])
    model = serializers.CharField(help_text="an id, a folder on the workers, or an endpoint's name for it")
    revision = serializers.CharField(required=False)
    base_url = serializers.CharField(required=False, help_text="of an OpenAI-compatible endpoint")
    key = serializers.CharField(required=False, help_text="stored encrypted, never shown again")
    mode = serializers.CharField(help_text="a prompt mode, such as direct, cot or direct-5-shot")
    thinking = serializers.CharField(required=False)
    tasks = serializers.ListField(child=serializers.CharField(), required=False)
    decoding = serializers.DictField(required=False)
    options = serializers.DictField(required=False)
    companions = serializers.DictField(required=False, help_text="who plays the patient, or judges")
    device = serializers.CharField(required=False)
    memory_gb = serializers.FloatField(required=False)


class ProblemSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(allow_null=True)
    key = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    message = serializers.CharField()


class VerdictSerializer(serializers.Serializer[Any]):
    problems = ProblemSerializer(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())


class ReceivedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.CharField()
    url = serializers.CharField()


class ScoreSerializer(serializers.Serializer[Any]):
    task = serializers.CharField(source="task.slug")
    metric = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(source="n_items")
    unparsed = serializers.IntegerField(source="n_unparsed")
    status = serializers.CharField()
    interval = serializers.CharField()


class ProgressSerializer(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True, help_text="items a second")
    seconds_left = serializers.FloatField(allow_null=True)


class ArtefactSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["answers", "log", "manifest"])
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.CharField(help_text="leads to an address that opens the file for some minutes")


class ShareSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    among = serializers.IntegerField(help_text="pairs it is a share of")
    share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class PairsSerializer(serializers.Serializer[Any]):
    original_task = serializers.CharField()
    variant_task = serializers.CharField(help_text="the same items, perturbed")
    original = ShareSerializer(help_text="right answers over the pairs")
    variant = ShareSerializer()
    difference = serializers.FloatField(allow_null=True, help_text="variant less original, on the same items")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    p = serializers.FloatField(allow_null=True)
    test = serializers.CharField()
    interval = serializers.CharField()
    status = serializers.CharField()
    pairs = serializers.IntegerField()
    right_to_wrong = ShareSerializer()
    wrong_to_right = ShareSerializer()
    unpaired = serializers.IntegerField(help_text="items of either task without a partner")


class SubmissionSerializer(ReceivedSerializer):
    stage = serializers.CharField(help_text="of the pre-flight; empty for a file")
    answered = serializers.IntegerField()
    preflight = serializers.JSONField(help_text="findings of the pre-flight: name, state, text")
    canaries = serializers.JSONField(help_text="three items asked before anything was spent")
    receipt = serializers.CharField(help_text="SHA-256 of the receipt; empty before the run is scored")
    benchmark = serializers.CharField()
    version = serializers.IntegerField()
    system = serializers.CharField()
    mode = serializers.CharField()
    sha256 = serializers.CharField()
    position = serializers.IntegerField(allow_null=True)
    starts_in = serializers.FloatField(allow_null=True, help_text="seconds, as far as can be told")
    waiting_for = serializers.CharField()
    progress = ProgressSerializer()
    failure = serializers.CharField()
    problems = ProblemSerializer(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    scores = ScoreSerializer(many=True)
    pairs = PairsSerializer(many=True, help_text="of tasks that perturb another task's items")
    artefacts = ArtefactSerializer(many=True, help_text="of a model's run, for its submitter")
    artefacts_told = serializers.CharField(help_text="why some are kept later; empty where none is missing")


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
        responses={(200, "application/x-ndjson"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        """What a system may see of every item, a JSON object a line. Private references are never given."""
        split = request.query_params.get("split", "")
        if split not in {"", "public", "private"}:
            raise serializers.ValidationError(
                {"split": "Write public or private, or leave it out for all items."}
            )
        version = _version(slug)
        lines = benchmarks.items_as_lines(version, split, request.query_params.get("references") == "1")
        response = StreamingHttpResponse(lines, content_type="application/x-ndjson")
        response["Content-Disposition"] = f'attachment; filename="{slug}-v{version.number}-items.jsonl"'
        return response


class SubmissionList(APIView):
    permission_classes = [IsAuthenticated]
    parser_classes = [MultiPartParser, FormParser, JSONParser]

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
        if request.content_type == "application/json":
            return _model(request)
        form = SubmissionForm(request.POST, request.FILES)
        if not form.is_valid():
            return _refusal(form.problems())
        upload = form.cleaned_data["file"]
        try:
            submission, is_new = submissions.submit(
                request.user, *form.system_under_test(), upload.name, upload
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
        request=None, responses={200: SubmissionSerializer, 409: OpenApiResponse(description="not active")}
    )
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        submission = _own(request, pk)
        if not submissions.cancel(submission):
            return Response({"detail": "There is nothing left to cancel."}, status.HTTP_409_CONFLICT)
        return Response(_full(request, _own(request, pk)))


class SubmissionRetry(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        request=None, responses={200: SubmissionSerializer, 409: OpenApiResponse(description="not ended")}
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


def _version(slug: str) -> Any:
    version = benchmarks.current_version(slug)
    if version is None:
        raise Http404(f"There is no benchmark {slug}")
    return version


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


def _model(request: PersonApiRequest) -> Response:
    """Queue the pre-flight of a model."""
    sent = request.data if isinstance(request.data, dict) else {}
    decoding = sent.get("decoding")
    form = ModelForm({**sent, **(decoding if isinstance(decoding, dict) else {})})
    if not form.is_valid():
        return _refusal(form.problems())
    cleaned = form.cleaned_data
    try:
        submission, is_new = recipes.submit(
            request.user, cleaned["benchmark"], cleaned["system"], form.wanted(), form.kind()
        )
    except submissions.RefusedError as refusal:
        return _refusal([refusal.as_problem()])
    return Response(_received(submission), status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


def _full(request: Request, submission: Any) -> dict[str, object]:
    where = runs.status_of(submission)
    own = runs.may_manage(request.user, submission)
    run = getattr(submission, "run", None)
    return {
        **_received(submission),
        **model_runs.told(submission, own=own),
        "benchmark": submission.version.benchmark.slug,
        "version": submission.version.number,
        "system": submission.system_name,
        "mode": submission.mode,
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
        "scores": ScoreSerializer(runs.scores_of(submission), many=True).data,
        "pairs": PairsSerializer(pairs.told(submission), many=True).data,
        **(artefacts.told(submission) if own else {"artefacts": [], "artefacts_told": ""}),
    }  # fmt: skip
