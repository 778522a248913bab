"""Agreement on spans: worked documents, brute-force alignment, and chance that comes out at nothing."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from raters.domain.reliability.spans import (
    MEASURES,
    MarkedDocument,
    Measure,
    Span,
    _disorder,
    _matches,
    _moved,
    raw_f1,
    span_agreement,
)

LENGTH = 60


@st.composite
def spans(draw: st.DrawFn, most: int = 4) -> list[Span]:
    found = []
    for _ in range(draw(st.integers(0, most))):
        start = draw(st.integers(0, LENGTH - 2))
        found.append(Span(start, draw(st.integers(start + 1, LENGTH)), draw(st.sampled_from("ab"))))
    return found


def corpus(seed: int, number: int, jitter: int, kept: float = 1.0) -> list[MarkedDocument]:
    """Three raters mark the same four spans of each document, each limit off by up to `jitter` characters."""
    rng = np.random.default_rng(seed)
    documents = []
    for _ in range(number):
        starts = np.arange(4) * 100 + rng.integers(5, 60, 4)
        labels = rng.choice(["drug", "dose"], 4)
        marks = {}
        for rater in ("ana", "ben", "eva"):
            off = rng.integers(-jitter, jitter + 1, (4, 2))
            marks[rater] = [
                Span(int(start + a), int(start + 25 + b), str(label))
                for start, (a, b), label in zip(starts, off, labels, strict=True)
                if rng.random() < kept
            ]
        documents.append(MarkedDocument(400, marks))
    return documents


def at_random(seed: int, number: int) -> list[MarkedDocument]:
    """Two raters whose spans have nothing to do with each other."""
    rng = np.random.default_rng(seed)

    def some() -> list[Span]:
        return [Span(int(at), int(at) + 20, str(rng.choice(["x", "y"]))) for at in rng.integers(0, 180, 3)]

    return [MarkedDocument(200, {"ana": some(), "ben": some()}) for _ in range(number)]


def test_exact_and_overlap_are_worked_by_hand() -> None:
    ana = [Span(0, 10, "drug"), Span(20, 30, "dose"), Span(40, 50, "drug")]
    ben = [Span(0, 10, "drug"), Span(25, 34, "dose"), Span(40, 50, "dose"), Span(55, 60, "drug")]
    document = MarkedDocument(60, {"ana": ana, "ben": ben})
    # exact: one of 3 and 4, F1 = 2 · 1 / 7; overlap: two; half of the union: 5 of 14 characters are not
    assert raw_f1([document], "exact") == pytest.approx(2 / 7)
    assert raw_f1([document], "overlap") == pytest.approx(4 / 7)
    assert raw_f1([document], "overlap@0.5") == pytest.approx(2 / 7)


def test_a_long_span_is_matched_with_one_of_those_it_covers() -> None:
    ana, ben = [Span(0, 50)], [Span(0, 10), Span(20, 30), Span(40, 45)]
    assert _matches(ana, ben, "overlap") == 1


def test_disorder_is_worked_by_hand() -> None:
    # (|0 - 2| + |10 - 12|) / 20 = 0.2 → 0.04; the second pair adds a wrong label; the third span is alone
    ana = [Span(0, 10, "a"), Span(30, 40, "a")]
    ben = [Span(2, 12, "a"), Span(30, 40, "b"), Span(50, 60, "a")]
    assert _disorder(ana, ben) == pytest.approx(0.04 + 1 + 1)


def cost(one: Span, two: Span) -> float:
    away = abs(one.start - two.start) + abs(one.end - two.end)
    return (away / (one.end - one.start + two.end - two.start)) ** 2 + (one.label != two.label)


def some_spans(rng: np.random.Generator) -> list[Span]:
    """One to four spans of a short text, so that many overlap and some are alike."""
    starts = rng.integers(0, 12, rng.integers(1, 5))
    return [Span(int(at), int(at + rng.integers(1, 6)), str(rng.choice(["a", "b"]))) for at in starts]


def test_the_alignment_is_the_cheapest_of_all_on_1000_documents() -> None:
    rng = np.random.default_rng(12)
    for _ in range(1000):
        a, b = some_spans(rng), some_spans(rng)
        short, long = sorted([a, b], key=len)
        pairings = [list(zip(short, order, strict=True)) for order in permutations(long, len(short))]
        least = min(sum(min(cost(x, y), 2) for x, y in pairs) for pairs in pairings) + len(long) - len(short)
        assert _disorder(a, b) == pytest.approx(least)


def test_matches_are_as_many_as_scipys_bipartite_matching_finds_on_1000_documents() -> None:
    rng = np.random.default_rng(13)
    for _ in range(1000):
        a, b = some_spans(rng), some_spans(rng)
        marked = [[set(range(span.start, span.end)) for span in one] for one in (a, b)]
        shared = np.array([[len(x & y) / len(x | y) for y in marked[1]] for x in marked[0]])
        alike = np.array([[x.label == y.label for y in b] for x in a])
        wanted = {"exact": shared == 1, "overlap@0.5": shared >= 0.5, "overlap": shared > 0}
        for measure, edges in wanted.items():
            partner = maximum_bipartite_matching(csr_array(alike & edges), perm_type="column")
            assert _matches(a, b, measure) == (partner >= 0).sum()  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(spans(), spans())
def test_matches_are_mutual_and_no_more_than_either_marked(a: list[Span], b: list[Span]) -> None:
    for measure in MEASURES:
        assert _matches(a, b, measure) == pytest.approx(_matches(b, a, measure))
    exact, half, overlap = (_matches(a, b, measure) for measure in ("exact", "overlap@0.5", "overlap"))
    assert exact <= half <= overlap <= min(len(a), len(b))


@settings(max_examples=200, deadline=None)
@given(spans(), st.integers(0, 1000))
def test_moving_keeps_length_label_and_the_circle_of_gaps(given: list[Span], seed: int) -> None:
    moved = _moved(given, LENGTH, np.random.default_rng(seed))
    assert sorted((s.end - s.start, s.label) for s in moved) == sorted(
        (s.end - s.start, s.label) for s in given
    )
    assert all(span.end <= LENGTH for span in moved)
    shifts = {(new.start - old.start) % LENGTH for new, old in zip(moved, given, strict=True)}
    assert len(shifts) <= 1


@pytest.mark.parametrize("measure", MEASURES)
def test_raters_of_one_mind_have_1(measure: Measure) -> None:
    found = span_agreement(corpus(1, 8, jitter=0), measure)
    assert found.value == pytest.approx(1)
    assert (found.n_items, found.n_raters, found.n_ratings, found.n_pairable) == (8, 3, 24, 8)
    assert found.these_raters_only


@pytest.mark.parametrize("measure", MEASURES)
def test_raters_who_mark_at_random_have_nothing_beyond_chance(measure: Measure) -> None:
    documents = at_random(2, 150)
    found = span_agreement(documents, measure)
    assert found.value == pytest.approx(0, abs=0.06)
    assert found.low <= 0 <= found.high
    if measure == "overlap":
        assert raw_f1(documents, measure) > 0.1  # what the correction takes away


def test_exact_falls_first_and_gamma_bears_small_differences() -> None:
    documents = corpus(3, 12, jitter=3)
    exact, overlap, gamma = (span_agreement(documents, one).value for one in ("exact", "overlap", "gamma"))
    assert exact < 0.2
    assert overlap == pytest.approx(1)
    assert 0.9 < gamma < 1


def test_agreement_falls_as_raters_miss_spans() -> None:
    for measure in ("overlap", "gamma"):
        values = [span_agreement(corpus(4, 30, 2, kept), measure).value for kept in (1.0, 0.8, 0.5)]  # type: ignore[arg-type]
        assert values == sorted(values, reverse=True)


def test_the_interval_covers_what_many_documents_give() -> None:
    truth = span_agreement(corpus(5, 600, 2, 0.7), "overlap", shuffles=5).value
    hits = 0
    for seed in range(100):
        found = span_agreement(corpus(100 + seed, 15, 2, 0.7), "overlap", shuffles=5)
        hits += found.low <= truth <= found.high
    assert hits >= 88  # of 100: five standard errors are 11


def test_the_same_seed_gives_the_same_estimate() -> None:
    documents = corpus(6, 6, 3)
    assert span_agreement(documents, "gamma", seed=4) == span_agreement(documents, "gamma", seed=4)


@pytest.mark.parametrize(
    ("documents", "status"),
    [
        ([], "undefined_no_items"),
        ([MarkedDocument(10, {"ana": [Span(0, 2)]})], "undefined_too_few_raters"),
        (
            [MarkedDocument(10, {"ana": [Span(0, 2)]}), MarkedDocument(10, {"ben": [Span(0, 2)]})],
            "undefined_no_pairable_items",
        ),
        ([MarkedDocument(10, {"ana": [], "ben": []})], "undefined_no_variation"),
        # one span over the whole text cannot be moved: agreement is certain, and so is chance
        ([MarkedDocument(10, {"ana": [Span(0, 10)], "ben": [Span(0, 10)]})], "undefined_no_variation"),
    ],
)
def test_what_cannot_be_computed_has_a_status_and_no_number(
    documents: list[MarkedDocument], status: str
) -> None:
    for measure in MEASURES:
        found = span_agreement(documents, measure)
        assert (found.status, found.value, found.low) == (status, None, None)


def test_four_documents_have_a_value_and_no_interval() -> None:
    found = span_agreement(corpus(7, 4, 2), "gamma")
    assert (found.status, found.low) == ("no_interval", None)


def test_bad_spans_are_refused_with_a_reason() -> None:
    with pytest.raises(ValueError, match="5 to 5 does not"):
        Span(5, 5)
    with pytest.raises(ValueError, match="ana marked up to 12 in a text of 10 characters"):
        MarkedDocument(10, {"ana": [Span(8, 12)]})
    with pytest.raises(ValueError, match=r"choose one of exact, overlap, overlap@0\.5, gamma"):
        span_agreement([], "dice")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="corrected by nature"):
        raw_f1([], "gamma")
