"""Whatever is done to a chain of revisions shows."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.chain import GENESIS, Link, canonical, record_sha, verify

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
records = st.dictionaries(texts, values, max_size=4)
several = st.lists(records, min_size=1, max_size=6)


def chained(given_records: list[dict[str, Any]]) -> list[Link]:
    links: list[Link] = []
    previous = GENESIS
    for record in given_records:
        sha = record_sha(previous, record)
        links.append(Link(previous, sha, record))
        previous = sha
    return links


def test_a_hash_is_the_sha256_of_the_one_before_and_the_record() -> None:
    written = GENESIS + '\n{"a":"é","b":[1,0.5,null,true]}'
    assert (
        record_sha(GENESIS, {"b": [1, 0.5, None, True], "a": "é"})
        == hashlib.sha256(written.encode()).hexdigest()
    )


@given(several)
def test_a_chain_as_written_is_whole(given_records: list[dict[str, Any]]) -> None:
    links = chained(given_records)
    assert verify(links, len(links), links[-1].sha) == verify(iter(links), len(links), links[-1].sha)
    report = verify(links, len(links), links[-1].sha)
    assert (report.ok, report.n, report.first_break, report.reason) == (True, len(links), None, "")


def test_an_empty_chain_ends_where_chains_begin() -> None:
    assert verify([], 0, GENESIS).ok
    assert not verify([], 0, "f" * 64).ok


@given(several, st.data())
def test_a_changed_record_is_found_where_it_is(
    given_records: list[dict[str, Any]], data: st.DataObject
) -> None:
    links = chained(given_records)
    place = data.draw(st.integers(0, len(links) - 1))
    old = links[place]
    changed = Link(old.previous_sha, old.sha, {**old.record, "added": "later"})
    if canonical(changed.record) == canonical(old.record):
        return
    report = verify([*links[:place], changed, *links[place + 1 :]], len(links), links[-1].sha)
    assert (report.ok, report.first_break) == (False, place)


@given(several, st.data())
def test_a_removed_link_is_missed(given_records: list[dict[str, Any]], data: st.DataObject) -> None:
    links = chained(given_records)
    place = data.draw(st.integers(0, len(links) - 1))
    report = verify([*links[:place], *links[place + 1 :]], len(links), links[-1].sha)
    assert (report.ok, report.n, report.first_break) == (False, len(links) - 1, place)


@given(several, records, st.data())
def test_an_inserted_link_is_found(
    given_records: list[dict[str, Any]], new: dict[str, Any], data: st.DataObject
) -> None:
    links = chained(given_records)
    place = data.draw(st.integers(0, len(links)))
    before = links[place - 1].sha if place else GENESIS
    forged = Link(before, record_sha(before, {**new, "forged": len(links)}), {**new, "forged": len(links)})
    assert not verify([*links[:place], forged, *links[place:]], len(links), links[-1].sha).ok
    assert not verify([*links[:place], forged, *links[place:]], len(links) + 1, links[-1].sha).ok


@given(st.lists(records, min_size=2, max_size=6), st.data())
def test_two_links_that_change_places_are_found(
    given_records: list[dict[str, Any]], data: st.DataObject
) -> None:
    links = chained(given_records)
    first = data.draw(st.integers(0, len(links) - 2))
    second = data.draw(st.integers(first + 1, len(links) - 1))
    moved = links.copy()
    moved[first], moved[second] = links[second], links[first]
    report = verify(moved, len(links), links[-1].sha)
    assert (report.ok, report.first_break) == (False, first)


@given(several, st.integers(0, 5))
def test_a_chain_cut_short_does_not_reach_the_kept_length(
    given_records: list[dict[str, Any]], keep: int
) -> None:
    links = chained(given_records)
    kept = links[: min(keep, len(links) - 1)]
    report = verify(kept, len(links), links[-1].sha)
    assert (report.ok, report.first_break) == (False, len(kept))


def test_a_chain_written_anew_has_another_head() -> None:
    links, anew = chained([{"harm": "none"}]), chained([{"harm": "severe"}])
    report = verify(anew, 1, links[-1].sha)
    assert (report.ok, report.first_break) == (False, None)
    assert "head" in report.reason


@given(records)
def test_a_record_read_back_from_json_has_the_same_bytes(record: dict[str, Any]) -> None:
    assert canonical(json.loads(canonical(record))) == canonical(record)
    assert canonical(dict(reversed(record.items()))) == canonical(record)


def test_numbers_a_json_column_does_not_keep_apart_hash_alike() -> None:
    assert canonical([2.0, 1e22, -0.0, 0.1]) == b"[2,10000000000000000000000,0,0.1]"


def test_composed_and_decomposed_letters_stay_different() -> None:
    assert record_sha(GENESIS, {"note": "é"}) != record_sha(GENESIS, {"note": "e\u0301"})


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (float("nan"), "not a number"),
        (float("inf"), "infinite"),
        ({1: 2}, "keys"),
        ({1, 2}, "set"),
        ("\ud800", "surrogate"),
    ],
)
def test_what_json_cannot_hold_is_refused(value: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        record_sha(GENESIS, {"value": value})


def test_endless_nesting_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested"):
        canonical(deep)


@pytest.mark.parametrize("previous", ["", "0" * 63, "G" * 64, "A" * 64])
def test_a_chain_goes_on_only_from_a_hash(previous: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        record_sha(previous, {})
