"""Every reader of something from outside that has no property test beside its own tests.

Whatever it is given, it answers, or refuses in its own words: no other exception, nothing that grows beyond
what came in. Documents are damaged, not only made up: what is nearly right goes deepest. The readers of
predictions, items, pictures, rubrics, benchmarks, published ratings, answers, transcripts, judges' replies,
privacy rules, masks, rendering and rating payloads have such tests in tests/domain and tests/raters; addresses and
headers in test_every_header_and_address.py.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, given
from hypothesis import strategies as st
from rest_framework.exceptions import APIException

from accounts.parsing import StrictJSONParser
from consilium.backup.manifest import BackupError, read_manifest
from evaluation.forms.models import JSONObjectField
from leaderboard.domain.printed import UnreadableTableError, read_table
from leaderboard.domain.ranking import vote_table
from leaderboard.domain.specifications import SHIPPED, SpecificationError, parse_specification
from raters.domain.reliability import ratings_csv
from tests.hostile.generated import MANY, numbers
from workers.backends.endpoint import refusals, wire
from workers.backends.endpoint.options import read_options
from workers.backends.protocol import ServingError
from workers.backends.weights import configs
from workers.backends.weights.files import read_json
from workers.backends.weights.safetensors_headers import read_weights

LONGEST_REFUSAL = 60_000


scalars = st.none() | st.booleans() | numbers | st.text(max_size=20)


values = st.recursive(
    scalars,
    lambda some: st.lists(some, max_size=4) | st.dictionaries(st.text(max_size=8), some, max_size=4),
    max_leaves=12,
)


@dataclass(frozen=True)
class Reader:
    """`good` is a document it takes; what it raises is nothing but `refuses`."""

    read: Callable[[bytes], Any]
    good: bytes
    refuses: tuple[type[Exception], ...]


def _on_disk(name: str, read: Callable[[Path], Any]) -> Callable[[bytes], Any]:
    def given_bytes(content: bytes) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_bytes(content)
            return read(path)

    return given_bytes


def _votes(content: bytes) -> Any:
    lines = io.StringIO(content.decode("utf-8", "replace"), newline="")
    return vote_table.read_votes(lines, vote_table.Columns("a", "b", "won", "rater", "item"))


def _settings(path: Path) -> Any:
    found = read_json(path)
    configs.refuse_the_boundless(found)
    configs.refuse_quantised(found)
    return (
        configs.window(found, "decoder", 2048),
        configs.vocabulary(found),
        configs.bytes_per_token(found, 2),
    )


def _ratings(path: Path) -> Any:
    columns = ratings_csv.Columns(item="item", rater="rater", value="value")
    return [ratings_csv.read_ratings(path, columns, level, None) for level in ("nominal", "interval")]


def _weights(path: Path) -> Any:
    return read_weights({path.name: path}).count


def _reply(content: bytes) -> Any:
    said = wire.parsed(content)
    return wire.read_answer("c0", said, str), refusals.error_within(said)


def _scores(content: bytes) -> Any:
    return wire.read_scores("c0", wire.parsed(content), ["A", "B"])


def _refusal(content: bytes) -> Any:
    found = refusals.read_refusal(400, content, str)
    return refusals.judged(found, "https://models.example/v1", "m")


def _sent_options(content: bytes) -> Any:
    """As a program sends them: read already, by what is less strict about text than a database."""
    return OPTIONS.clean(StrictJSONParser().parse(io.BytesIO(content)))


OPTIONS = JSONObjectField(required=False, max_length=4000)


HEADER = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()


MANIFEST = {"format": 1, "made_at": "2026-01-01", "server": 180000, "key": "0", "migrations": [["a", "0001"]],
            "dump": {"size": 0, "sha256": ""}, "tables": {}, "files": {}}  # fmt: skip


ECHO = {"choices": [{"index": n, "logprobs": {"token_logprobs": [None, -1.0, *([-0.5] * (n > 0))]}} for n in range(3)],
        "usage": {"prompt_tokens": 9, "completion_tokens": 0}}  # fmt: skip


ANSWER = {"choices": [{"message": {"content": "A"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}  # fmt: skip


CONFIG = {"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2, "hidden_size": 64, "vocab_size": 128,
          "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 2048}  # fmt: skip


BRIDGE = json.dumps({"Model": {"0": "A"}, "1-1.BrainMRI-AIS": {"0": 51.5}}).encode()


SCORES_BEYOND_FLOATS = json.dumps(ECHO).replace("-0.5", "9" * 400).encode()


READERS = {
    "the manifest of a backup": Reader(read_manifest, json.dumps(MANIFEST).encode(), (BackupError,)),
    "a board's specification": Reader(
        lambda content: parse_specification(content, "board.toml"),
        sorted(SHIPPED.glob("*.toml"))[0].read_bytes(), (SpecificationError,),
    ),
    "printed results as CSV": Reader(
        lambda content: read_table(content, "a.csv"), b"system,licence,medqa,pubmedqa\nA,MIT,51.5,60\nB,,47,\n",
        (UnreadableTableError,),
    ),
    "printed results as JSON": Reader(
        lambda content: read_table(content, "a.json", b'{"T": {}}'), BRIDGE,
        (UnreadableTableError,),
    ),
    "votes": Reader(_votes, b"a,b,won,rater,item\nX,Y,left,r1,1\nX,Y,tie,r2,2\n", (ValueError,)),
    "ratings": Reader(
        _on_disk("r.csv", _ratings), b"item,rater,value\n1,a,3\n1,b,4\n2,a,2\n", (ratings_csv.RatingsFileError,)
    ),
    "the JSON of a request": Reader(
        lambda content: StrictJSONParser().parse(io.BytesIO(content)), b'{"payload": {"safe": "yes"}}', (APIException,)
    ),
    "the options of an engine as typed": Reader(
        lambda content: OPTIONS.clean(content.decode("utf-8", "surrogateescape")), b'{"dtype": "float32"}', (ValidationError,),
    ),
    "the options of an engine as sent": Reader(
        _sent_options, b'{"dtype": "float32", "window": {"of": ["a"]}}', (ValidationError, APIException)
    ),
    "the header of weights": Reader(
        _on_disk("model.safetensors", _weights), len(HEADER).to_bytes(8, "little") + HEADER + bytes(8), (ServingError,)
    ),
    "the settings of a model": Reader(_on_disk("config.json", _settings), json.dumps(CONFIG).encode(), (ServingError,)),
    "an endpoint's answer": Reader(_reply, json.dumps(ANSWER).encode(), (wire.WrongShapeError,)),
    "an endpoint's scores": Reader(_scores, json.dumps(ECHO).encode(), (wire.WrongShapeError,)),
    "an endpoint's refusal": Reader(_refusal, b'{"error": {"message": "too long", "code": "x"}}', ()),
    "the options of an endpoint": Reader(
        lambda content: read_options(wire.parsed(content)), b'{"price_in": 1, "price_out": 2}',
        (ServingError, wire.WrongShapeError, TypeError, ValueError),
    ),
}  # fmt: skip


named = pytest.mark.parametrize("name", READERS)


of_json = pytest.mark.parametrize(
    "name", [name for name, reader in READERS.items() if reader.good.startswith(b"{")]
)


def _holds(reader: Reader, content: bytes) -> None:
    try:
        reader.read(content)
    except reader.refuses as refusal:
        assert 0 < len(str(refusal)) < LONGEST_REFUSAL


@named
def test_it_takes_what_is_good(name: str) -> None:
    READERS[name].read(READERS[name].good)


@named
@MANY
@given(content=st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode()))
def test_whatever_it_is_given_it_answers_or_refuses_in_its_own_words(name: str, content: bytes) -> None:
    _holds(READERS[name], content)


@named
@MANY
@given(data=st.data())
def test_whatever_is_damaged_it_answers_or_refuses_in_its_own_words(name: str, data: st.DataObject) -> None:
    good = READERS[name].good
    at = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(at, min(len(good), at + 12)))
    _holds(READERS[name], good[:at] + data.draw(st.binary(max_size=8) | st.just(b"9" * 400)) + good[end:])


@of_json
@MANY
@given(data=st.data())
def test_whatever_stands_for_a_value_it_answers_or_refuses_in_its_own_words(
    name: str, data: st.DataObject
) -> None:
    """In a JSON document one value is replaced by any other, its shape kept."""
    document = json.loads(READERS[name].good)
    places = list(_places(document))
    document = _with(document, data.draw(st.sampled_from(places)), data.draw(values))
    _holds(READERS[name], json.dumps(document).encode())


def _places(node: Any, path: tuple[Any, ...] = ()) -> Any:
    yield path
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inside:
        yield from _places(value, (*path, key))


def _with(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copied = dict(node) if isinstance(node, dict) else list(node)
    copied[path[0]] = _with(node[path[0]], path[1:], value)
    return copied


def test_options_that_no_database_could_hold_are_refused() -> None:
    with pytest.raises(ValidationError, match="null character"):
        _sent_options(b'{"dtype": ["a\\u0000b"]}')


def test_a_score_beyond_every_float_is_no_score() -> None:
    with pytest.raises(wire.WrongShapeError, match="log-likelihood"):
        _scores(SCORES_BEYOND_FLOATS)


@MANY
@given(
    rows=st.lists(
        st.tuples(st.text("ABC", min_size=1, max_size=3), st.floats(2, 100).map(lambda x: round(x, 2))),
        min_size=1,
        max_size=5,
        unique_by=lambda row: row[0],
    )
)
def test_printed_results_are_read_as_they_were_printed(rows: list[tuple[str, float]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("system", "medqa"), *rows])
    found = read_table(text.getvalue().encode(), "a.csv")
    assert [row.system for row in found.rows] == [system for system, _ in rows]


@MANY
@given(value=values)
def test_json_that_was_taken_is_what_was_sent(value: Any) -> None:
    try:
        sent = msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):
        assume(False)
    assert msgspec.json.encode(StrictJSONParser().parse(io.BytesIO(sent))) == sent
