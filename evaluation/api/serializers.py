"""The shapes of what programs send and are answered, also for the schema."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evaluation.domain.backends import BACKENDS


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


class RefusedSplitSerializer(serializers.Serializer[Any]):
    split = serializers.ListField(child=serializers.CharField(), help_text="what to write instead")


class PublicationSerializer(serializers.Serializer[Any]):
    """Who sees it, and whose the model is: the same for files and models."""

    visibility = serializers.ChoiceField(
        ["public", "anonymous", "private"], required=False, help_text="public unless said otherwise"
    )
    named_on = serializers.DateField(required=False, help_text="the day an anonymous system is named")
    relation = serializers.ChoiceField(
        ["own", "agreed", "not_asked"],
        required=False,
        help_text="whose the model is: own unless said otherwise; not_asked stays private",
    )
    consent = serializers.CharField(
        required=False, help_text="how its owner agreed, or which licence allows it"
    )


class SubmissionRequestSerializer(PublicationSerializer):
    benchmark = serializers.CharField()
    system = serializers.CharField()
    mode = serializers.CharField(required=False)
    file = serializers.FileField()


class ModelRequestSerializer(PublicationSerializer):
    benchmark = serializers.CharField()
    system = serializers.CharField()
    backend = serializers.ChoiceField(list(BACKENDS))
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
    step = serializers.FloatField(
        allow_null=True,
        help_text="what these are rounded to where private items are in them; null: exact",
    )
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
    count = serializers.IntegerField(allow_null=True, help_text="null where private items are in it")
    among = serializers.IntegerField(allow_null=True, help_text="pairs it is a share of")
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
    visibility = serializers.CharField(help_text="public, anonymous or private")
    named_on = serializers.DateField(allow_null=True)
    relation = serializers.CharField(help_text="own, agreed or not_asked")
    consent = serializers.CharField()
    scoring = serializers.IntegerField(help_text="which the scores are of: 1, or more after a re-score")
    scored_again = serializers.CharField(help_text="why it is being scored again; empty where it is not")
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
