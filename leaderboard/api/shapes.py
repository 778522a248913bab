"""The shapes of what programs are answered about boards, for the schema; tests hold the answers to them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

Fields = serializers.Serializer[Any]


def words() -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField())


def words_by_name() -> serializers.DictField:
    return serializers.DictField(child=words())


class HeadSerializer(Fields):
    slug = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(["benchmark", "reported", "study", "joint"])
    description = serializers.CharField()
    version = serializers.CharField()
    benchmark = serializers.CharField(help_text="slug, or empty")
    study = serializers.CharField(help_text="slug, or empty")
    synthetic = serializers.BooleanField()
    labelled_by = serializers.CharField(help_text="of a board of judges: whose labels they are held against")
    source = serializers.CharField()  # type: ignore[assignment]
    licence = serializers.CharField()
    citation = serializers.CharField()
    modes = words()
    groups = words()
    labels = serializers.DictField(child=serializers.CharField(), help_text="facet → its name")


class ListedBoardSerializer(HeadSerializer):
    systems = serializers.IntegerField()
    changed_at = serializers.DateTimeField(allow_null=True)
    url = serializers.URLField()


class ColumnSerializer(Fields):
    key = serializers.CharField()
    name = serializers.CharField()
    metric = serializers.CharField()
    category = serializers.CharField()
    facets = words_by_name()
    scale = serializers.ChoiceField(["share", "points", "logit"], help_text="shares run from 0 to 1")
    second = serializers.CharField(help_text="the name of a cell's second number, or empty")
    higher_is_better = serializers.BooleanField()
    counted = serializers.CharField()
    note = serializers.CharField()


class CellSerializer(Fields):
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    unparsed = serializers.IntegerField()
    status = serializers.CharField(help_text="ok, or why there is no value or no interval")
    second = serializers.FloatField(required=False)
    rank_low = serializers.IntegerField(required=False)
    rank_high = serializers.IntegerField(required=False)
    band = serializers.IntegerField(required=False)
    n_raters = serializers.IntegerField(required=False)
    note = serializers.CharField(required=False)


class RowSerializer(Fields):
    key = serializers.CharField(help_text="unique on its board")
    system = serializers.CharField()
    system_key = serializers.CharField(help_text="of systems/KEY/; empty where the name is kept back")
    kind = serializers.CharField()
    mode = serializers.CharField()
    origin = serializers.ChoiceField(["run", "reported", "study"])
    anonymous = serializers.BooleanField()
    at = serializers.DateTimeField(allow_null=True)
    submission = serializers.CharField(allow_null=True)
    rank_low = serializers.IntegerField(allow_null=True)
    rank_high = serializers.IntegerField(allow_null=True)
    band = serializers.IntegerField(allow_null=True)
    place = serializers.IntegerField(
        allow_null=True, help_text="by average alone; the rank range is the claim"
    )
    average = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    unparsed = serializers.IntegerField()
    missing = serializers.IntegerField(help_text="columns without a value")
    attributes = serializers.DictField(
        help_text="domain, licence, access, size_b, released … as far as known"
    )
    resources = serializers.DictField()
    scores = serializers.DictField(child=CellSerializer(), help_text="column key → cell")


class SliceSerializer(Fields):
    split = serializers.CharField()
    mode = serializers.CharField()
    group = serializers.CharField()
    chosen = words_by_name()
    columns = words()
    weights = serializers.DictField(child=serializers.FloatField())
    q = serializers.CharField()
    sort = serializers.CharField()
    compare = words()


class OrderSerializer(Fields):
    method = serializers.CharField()
    scope = serializers.CharField()


class AboutSerializer(Fields):
    """All of a board's slice but its rows."""

    board = HeadSerializer()
    revision = serializers.IntegerField(help_text="how often the board had changed")
    changed_at = serializers.DateTimeField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    page = serializers.URLField(help_text="the same slice as it stood, for citations")
    slice = SliceSerializer(help_text="what was asked for and exists")
    order = OrderSerializer()
    facets = words_by_name()
    columns = ColumnSerializer(many=True)
    shown = ColumnSerializer(
        many=True, help_text="those a page has room for; means of categories on wide boards"
    )


class BoardFileSerializer(AboutSerializer):
    rows = RowSerializer(many=True)


class BoardSerializer(BoardFileSerializer):
    count = serializers.IntegerField(help_text="rows there are in all")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class PairSerializer(Fields):
    first = serializers.CharField(help_text="key of a row")
    second = serializers.CharField(help_text="key of another")
    difference = serializers.FloatField(allow_null=True, help_text="first less second")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    p = serializers.FloatField(allow_null=True)
    p_adjusted = serializers.FloatField(allow_null=True, help_text="by the stated correction, over all pairs")
    p_holm = serializers.FloatField(allow_null=True)


class BoardTaskSerializer(ColumnSerializer):
    systems = serializers.IntegerField(help_text="with a value in it")
    best = serializers.FloatField(allow_null=True)


class PlaceSerializer(Fields):
    board = serializers.CharField()
    title = serializers.CharField()
    row = serializers.CharField()
    mode = serializers.CharField()
    origin = serializers.CharField()
    rank_low = serializers.IntegerField(allow_null=True)
    rank_high = serializers.IntegerField(allow_null=True)
    ranked = serializers.IntegerField(help_text="rows with a rank on that board")
    average = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    url = serializers.URLField()


class SystemSerializer(Fields):
    key = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    attributes = serializers.DictField()
    places = PlaceSerializer(many=True, help_text="one a board and row")


class ReceiptSerializer(Fields):
    sha256 = serializers.CharField(help_text="of the manifest in canonical JSON")
    scoring = serializers.IntegerField()
    board = serializers.CharField(help_text="slug")
    published_at = serializers.DateTimeField()
    on_board = serializers.BooleanField(help_text="whether this scoring stands on the board now")
    manifest = serializers.DictField(help_text="everything the scores were computed from")
    withheld = serializers.ListField(
        child=serializers.CharField(), help_text="what of the manifest is not shown: what names a machine"
    )
    signature = serializers.DictField(
        help_text="Ed25519 over all else in canonical JSON: algorithm, key, value; "
        "the keys are at /.well-known/consilium-keys.json"
    )


class RefusedSerializer(Fields):
    """The field that could not be read → what to write instead."""

    limit = words()
    offset = words()
    as_of = words()
    row = words()

    def get_fields(self) -> dict[str, Any]:
        found = super().get_fields()
        for each in found.values():
            each.required = False
        return found


class NotThereSerializer(Fields):
    detail = serializers.CharField()


def page_of(name: str, entry: Fields, **more: Any) -> Any:
    """The envelope of a stretch of a list; `more` are further fields beside it."""
    fields: dict[str, Any] = {
        "count": serializers.IntegerField(help_text="entries there are in all"),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": entry,
    }
    return inline_serializer(name, {**fields, **more})
