"""Whatever stands in an address or a header is read as it was written, or refused in words."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import QueryDict
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from consilium.live import TOPIC
from consilium.sent_answer import CODINGS, coding_for
from leaderboard.api.asking import stretch_of
from leaderboard.domain.table import Slice
from leaderboard.forms import UnreadableDateError, query_of, slice_from, written
from tests.hostile.generated import MANY, numbers
from workers.backends.endpoint import limits
from workers.backends.endpoint.guarded_addresses import AddressRefusedError, Place, read_place, standing

queries = st.lists(
    st.tuples(
        st.sampled_from(["split", "mode", "columns", "weight", "q", "sort", "as_of", "limit", "offset", "language", "compare"]) | st.text(max_size=12),
        st.text(max_size=30) | st.sampled_from(["a:1", "b:-1", "c:1e400", "d:nan", "2026-05-01", "9999-12-31", "0001-01-01T00:00:00+14:00"]),
    ),
    max_size=12,
)  # fmt: skip


@MANY
@given(pairs=queries)
def test_any_query_is_a_slice_that_its_own_address_leads_back_to(pairs: list[tuple[str, str]]) -> None:
    query = QueryDict(mutable=True)
    for name, value in pairs:
        query.appendlist(name, value)
    try:
        found = slice_from(query)
    except UnreadableDateError as refusal:
        assert "as_of" in str(refusal) or "day" in str(refusal)
        return
    assert isinstance(found, Slice)
    assert slice_from(QueryDict(query_of(found)[1:])) == found


@MANY
@given(seconds=st.integers(0, 1_700_000_000), microsecond=st.integers(0, 999_999))
def test_a_moment_is_read_as_it_was_written(seconds: int, microsecond: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=microsecond)
    query = QueryDict(mutable=True)
    query["as_of"] = written(moment)
    assert slice_from(query).as_of == moment


@MANY
@given(text=st.text(max_size=40))
@example("9999-12-31")
@example("0001-01-01T00:00:00+14:00")
@example("2026-02-30")
@example("2026-05-01T25:00:00Z")
def test_any_date_is_a_moment_that_has_passed_or_is_refused(text: str) -> None:
    query = QueryDict(mutable=True)
    query["as_of"] = text
    try:
        found = slice_from(query).as_of
    except UnreadableDateError:
        return
    assert found is None or found <= datetime.now(UTC)  # noqa: TID251 - a clock beside the one that is tested


@MANY
@given(limit=st.text(max_size=12), offset=st.text(max_size=12))
@example("٣", "0")
@example("1e3", "-1")
def test_any_stretch_is_within_its_bounds_or_refused(limit: str, offset: str) -> None:
    query = QueryDict(mutable=True)
    query.update({"limit": limit, "offset": offset})
    try:
        found = stretch_of(query, 100, 1000)
    except ValidationError as refusal:
        assert set(refusal.detail) <= {"limit", "offset"}
        return
    assert 1 <= found.limit <= 1000
    assert 0 <= found.offset <= 10_000_000


addresses = st.text(max_size=60) | st.builds(
    "{}://{}{}:{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "file", "gopher", "javascript"]),
    st.sampled_from(["", "user@", "a:b@", "models.example@"]),
    st.sampled_from(["localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:169.254.169.254]", "models.example", "١٢٧.0.0.1", "ⓛocalhost"]) | st.text(max_size=20),
    st.sampled_from(["80", "443", "8080", "22", "0", "99999", "", "-1", "٤٤٣"]),
    st.sampled_from(["", "/v1", "/../..", "/v1?key=1", "/%00", "/v1#a"]),
)  # fmt: skip


@settings(MANY, max_examples=400)
@given(url=addresses)
def test_any_address_is_read_to_a_plain_place_or_refused(url: str) -> None:
    try:
        found = read_place(url)
    except AddressRefusedError as refusal:
        assert len(str(refusal)) > 20
        return
    assert isinstance(found, Place)
    assert found.scheme in {"http", "https"}
    assert found.host.isascii()
    assert found.host == found.host.lower()
    assert not set(found.host) & set("/@?#\\ %")


@MANY
@given(address=st.ip_addresses().map(str))
def test_every_ip_address_has_a_standing(address: str) -> None:
    assert standing(address) in {"public", "inside", "never"}


@MANY
@given(
    header=st.text(max_size=60)
    | numbers.map(str)
    | st.sampled_from(["Wed, 21 Oct 99999 07:28:00 GMT", "Mon, 32 Foo 2026", "1.2.3", "0", "-0000"])
)
def test_any_word_on_when_to_come_back_is_bounded(header: str) -> None:
    found = limits.retry_after_seconds(header)
    assert found is None or 0 <= found <= limits.MOST_RETRY_AFTER_SECONDS


@MANY
@given(
    header=st.binary(max_size=80)
    | st.lists(st.sampled_from([b"gzip", b"br;q=0", b"*", b"gzip;q=0.0", b"zstd;q=1", b";;", b"q="])).map(
        b",".join
    )
)
def test_any_accepted_coding_is_answered_in_one_of_ours(header: bytes) -> None:
    assert coding_for(header) in {*CODINGS, b""} or coding_for(header) == b"identity"


@MANY
@given(text=st.text(max_size=200))
def test_a_topic_is_short_and_plain(text: str) -> None:
    if TOPIC.fullmatch(text):
        assert len(text) <= 121
        assert text.isascii()
        assert "\n" not in text
