"""Items found by key: the same positions as a dictionary gives, whatever the keys and their order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaluation.domain.predictions import ItemIndex
from evaluation.domain.predictions.items import Hashes, Words, mixed

# Hashes under which all, many or two of the keys are alike; the usual one would need 2^32 keys for it.
HASHES: list[Callable[[Words], Hashes]] = [
    mixed,
    lambda words: words[:, 0] % np.uint64(2),
    lambda words: np.full(len(words), 7, np.uint64),
    lambda words: ~(words.sum(axis=1) % np.uint64(5)),
]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
short = st.text("ab\0é", max_size=3)


@settings(deadline=None)
@given(
    keys=st.lists(short | text, unique=True, max_size=40),
    asked=st.lists(short | text, max_size=40),
    hashed=st.sampled_from(HASHES),
    order=st.randoms(use_true_random=False),
)
@example(keys=["a"], asked=["a\0", "a"], hashed=HASHES[2], order=None)
@example(keys=["a", "a\0"], asked=["a\0", "a"], hashed=HASHES[2], order=None)
@example(keys=["a", "b"], asked=["ac", "bc", "a" * 100], hashed=HASHES[2], order=None)
def test_the_index_finds_what_a_dictionary_finds(
    keys: list[str], asked: list[str], hashed: Callable[[Words], Hashes], order: object
) -> None:
    queries = keys + asked
    if order is not None:
        order.shuffle(queries)  # type: ignore[attr-defined]
    known = {key: position for position, key in enumerate(keys)}
    found = ItemIndex(keys, hashed=hashed).positions(queries)
    assert found.tolist() == [known.get(key, -1) for key in queries]


@settings(deadline=None)
@given(keys=st.lists(text, unique=True, min_size=1, max_size=30), expected=st.integers(0, 40))
def test_what_is_expected_next_changes_no_answer(keys: list[str], expected: int) -> None:
    index = ItemIndex(keys)
    assert index.positions(keys[expected:], expected).tolist() == list(range(len(keys)))[expected:]
    assert index.positions(keys, expected).tolist() == list(range(len(keys)))


@pytest.mark.parametrize("length", [1, 6, 7, 8, 61, 62, 100])
def test_long_keys_are_found_as_short_ones_are(length: int) -> None:
    keys = [f"{'x' * length}{i}" for i in range(50)]
    assert ItemIndex(keys).positions([keys[7], keys[7][:-1], keys[3]]).tolist() == [7, -1, 3]


def test_a_key_that_occurs_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        ItemIndex(["a", "b", "a"])
    assert len(ItemIndex(["a", "b", "c"], hashed=HASHES[2])) == 3


@pytest.mark.parametrize("known", [{"a": 1}, {"a": 0, "b": 0}, {"a": 0, "b": 2}, {"a": -1, "b": 0}])
def test_positions_that_do_not_number_the_keys_are_refused(known: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="each once"):
        ItemIndex.of(known)


def test_a_mapping_in_any_order_is_indexed_by_its_positions() -> None:
    index = ItemIndex.of({"b": 1, "c": 2, "a": 0})
    assert index.keys == ["a", "b", "c"]
    assert index.positions(["c", "x", "a"]).tolist() == [2, -1, 0]
    assert "c" in index
    assert "x" not in index


def test_keys_that_differ_in_their_last_characters_are_spread() -> None:
    """1,000 keys on 4,096 slots fill some 890 of them by chance."""
    texts = np.array([f"q-{n:05d}" for n in range(1000)], "S8")
    slots = mixed(texts.view(np.uint64).reshape(1000, 1)) & np.uint64(4095)
    assert len(np.unique(slots)) > 700


def test_ids_that_no_item_can_have_need_no_dictionary() -> None:
    index = ItemIndex([f"q{n}" for n in range(50)])
    assert index.positions(["q7", "q7\0", "é", "-" * 8, "q9"]).tolist() == [7, -1, -1, -1, 9]
    assert "_places" not in vars(index)
