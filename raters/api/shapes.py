"""The shapes of what programs send and are answered about ratings, for the schema."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.schema import RefusalSerializer
from raters.services.handing_out import SKIP_REASONS

Fields = serializers.Serializer[Any]


class StudySerializer(Fields):
    slug = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    rubric = serializers.CharField(source="rubric.slug")
    rubric_version = serializers.IntegerField(source="rubric.number")


class DraftRequestSerializer(Fields):
    payload = serializers.DictField(help_text="axis id: value, as in the rubric's codebook")
    client = serializers.CharField(required=False, allow_blank=True, max_length=64, default="")
    seconds = serializers.IntegerField(required=False, min_value=0, default=0)


class SubmitRequestSerializer(DraftRequestSerializer):
    revision = serializers.IntegerField(required=False, allow_null=True, min_value=0, default=None)
    reason = serializers.CharField(required=False, allow_blank=True, default="")


class SkipRequestSerializer(Fields):
    reason = serializers.ChoiceField(choices=SKIP_REASONS)
    note = serializers.CharField(required=False, allow_blank=True, default="")


class FlagRequestSerializer(Fields):
    note = serializers.CharField()


class HeartbeatRequestSerializer(Fields):
    seconds = serializers.IntegerField(required=False, min_value=0, default=0)


class RubricSerializer(Fields):
    slug = serializers.CharField()
    version = serializers.IntegerField()


class ScreenSerializer(Fields):
    assignment = serializers.UUIDField()
    study = serializers.CharField(help_text="slug")
    state = serializers.CharField()
    lease_until = serializers.DateTimeField(allow_null=True)
    rubric = RubricSerializer()
    axes = serializers.ListField(child=serializers.DictField(), help_text="what is asked, in its order")
    case = serializers.DictField(help_text="what is shown beside the answers")
    answers = serializers.ListField(child=serializers.DictField(), help_text="in the order shown")
    image = serializers.CharField(allow_null=True, help_text="address of the picture")
    revision = serializers.IntegerField(help_text="of the draft; 0 before the first")
    payload = serializers.DictField(help_text="the draft so far")


class DraftSerializer(Fields):
    revision = serializers.IntegerField(help_text="for If-Match of the next")
    saved_at = serializers.DateTimeField()


class RatingSerializer(Fields):
    assignment = serializers.UUIDField()
    number = serializers.IntegerField(help_text="1, or more after a revision")
    revision = serializers.IntegerField(help_text="of the draft")
    kind = serializers.ChoiceField(["training", "live"])
    submitted_at = serializers.DateTimeField()
    questions = serializers.ListField(help_text="about answers that rarely go together")
    feedback = serializers.ListField(help_text="of training: what the expert answered")


class StateSerializer(Fields):
    assignment = serializers.UUIDField()
    state = serializers.CharField()


class AliveSerializer(StateSerializer):
    lease_until = serializers.DateTimeField(allow_null=True)


class FlaggedSerializer(Fields):
    assignment = serializers.UUIDField()
    flagged = serializers.BooleanField()


class RatingProblemSerializer(Fields):
    axis = serializers.CharField()
    part = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    message = serializers.CharField()


class IncompleteSerializer(RefusalSerializer):
    problems = RatingProblemSerializer(many=True, required=False, help_text="every one; nothing was stored")


class StaleSerializer(RefusalSerializer):
    """With the draft another window saved, to choose from."""

    revision = serializers.IntegerField(required=False, allow_null=True)
    payload = serializers.DictField(required=False, allow_null=True)
    client = serializers.CharField(required=False, allow_null=True)
    saved_at = serializers.DateTimeField(required=False, allow_null=True)


class VariableSerializer(Fields):
    variable = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    level = serializers.CharField()
    n_ratings = serializers.IntegerField()
    pairs = serializers.IntegerField()
    coefficients = serializers.DictField()
    prevalence = serializers.JSONField(allow_null=True)
    numbers = serializers.JSONField(allow_null=True)
    reading = serializers.JSONField(allow_null=True)
    cautions = serializers.JSONField()
    systems = serializers.JSONField(allow_null=True, help_text="means by system; null while it is blinded")


class GroupSerializer(Fields):
    group = serializers.CharField()
    raters = serializers.IntegerField()
    planned_pairs = serializers.IntegerField()
    rated_pairs = serializers.IntegerField()
    variables = VariableSerializer(many=True)


class AgreementSerializer(Fields):
    study = serializers.CharField(help_text="slug")
    state = serializers.CharField()
    published = serializers.BooleanField()
    is_up_to_date = serializers.BooleanField(help_text="whether every rating is counted")
    groups = GroupSerializer(many=True)
