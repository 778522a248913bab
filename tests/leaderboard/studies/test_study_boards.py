"""What stands on the board of a published study, in which order, and what never does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from leaderboard.domain.table import Slice
from leaderboard.models import StudyResults
from leaderboard.selectors import boards
from leaderboard.selectors.study_meaning import to_separate
from leaderboard.services import study_boards as deriving
from raters.models import AgreementTally, Membership, RatingRevision, Study
from raters.services import counting, results
from tests.leaderboard.studies.rated_studies import LEVELS, explained, levels
from workers import tasks

pytestmark = pytest.mark.django_db


def test_a_top_bin_is_named_and_its_numbers_are_those_of_the_studys_own_pages(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    given = levels({"good": 0.9, "fair": 0.6, "bad": 0.15})
    study = put_on_board(rated(LEVELS, given))
    table = boards.table(study.slug, Slice())
    assert table is not None and table.head.kind == "study"
    assert [column.key for column in table.shown] == ["harm"]
    assert "Nothing at all, Hardly anything" in table.shown[0].metric
    tally = AgreementTally.objects.get(study=study, variable="harm")
    names = {system.pk: system.name for system in study.systems.all()}
    kept = {names[one["system"]]: one for one in tally.estimates["systems"]["top_bin"]}
    for row in table.rows:
        cell, own = row.cells["harm"], kept[row.system]
        assert (cell.value, cell.low, cell.high, cell.n) == (own["value"], own["low"], own["high"], own["n"])
        assert (row.rank_low, row.rank_high, row.band) == (cell.rank_low, cell.rank_high, cell.band)
        assert row.average is None
    assert [row.system for row in table.rows][-1] == "bad"
    meaning = explained(study, "harm")
    alpha = tally.estimates["coefficients"]["krippendorff_alpha"]
    assert meaning.agreement is not None
    assert (meaning.agreement["value"], meaning.agreement["low"]) == (alpha["value"], alpha["low"])
    assert meaning.question == "How bad could it become?"


def test_every_level_has_its_share_and_they_add_up(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    study = put_on_board(rated(LEVELS, levels({"good": 0.9, "bad": 0.3})))
    table = boards.table(study.slug, Slice())
    assert table is not None
    for row in table.rows:
        shares = [row.cells[f"harm@{level}"].value or 0.0 for level in ("none", "little", "much")]
        assert sum(shares) == pytest.approx(1)
        assert row.cells["harm.level"].value == pytest.approx(1 + shares[1] + 2 * shares[2])
        assert row.cells["harm@much"].rank_low is None  # a share of one answer is no merit


def test_groups_of_raters_are_never_pooled(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    given = levels({"one": 0.9, "two": 0.3}) + [
        (case, system, f"lay-{rater}", payload)
        for case, system, rater, payload in levels({"one": 0.2, "two": 0.8}, seed=4)
    ]
    groups = {rater: "Patients" if rater.startswith("lay") else "Physicians" for _, _, rater, _ in given}
    study = put_on_board(rated(LEVELS, given, groups=groups))
    seen = {}
    for name in ("Physicians", "Patients", "", "Nobody"):
        table = boards.table(study.slug, Slice(group=name))
        assert table is not None and table.head.groups == ("Physicians", "Patients")
        seen[name] = {row.system: (row.cells["harm"].value, row.cells["harm"].n) for row in table.rows}
    assert seen["Physicians"] == seen[""] == seen["Nobody"]
    for name, of_group in (("Physicians", "r"), ("Patients", "lay")):
        for system in ("one", "two"):
            own = [p["harm"] == "none" for _, s, r, p in given if s == (system,) and r.startswith(of_group)]
            assert seen[name][system] == (pytest.approx(np.mean(own)), len(own))


def test_a_study_that_is_not_published_is_nowhere(rated: Callable[..., Study], client: Client) -> None:
    study = rated(LEVELS, levels({"one": 0.9, "two": 0.3}))
    assert deriving.waiting() == []
    assert deriving.derive(study) is None
    assert boards.table(study.slug, Slice()) is None
    assert study.slug not in {listing.head.slug for listing in boards.listed()}
    for address in (f"/boards/{study.slug}/", f"/boards/{study.slug}/study/", f"/boards/{study.slug}-joint/"):
        assert client.get(address).status_code == 404
    # neither when results were derived and the study is taken back
    StudyResults.objects.create(study=study, **deriving.results_of(study))
    assert boards.table(study.slug, Slice()) is None
    assert client.get(f"/boards/{study.slug}/study/").status_code == 404


def test_the_worker_derives_a_board_once_and_again_when_what_counts_has_changed(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    study = put_on_board(rated(LEVELS, levels({"one": 0.9, "two": 0.3})))
    tasks.publish_study()
    assert StudyResults.objects.filter(study=study).count() == 1
    before = boards.table(study.slug, Slice())
    moment = timezone.now()
    then = boards.table(study.slug, Slice(as_of=moment))
    left = Membership.objects.get(study=study, name="r0")
    left.state = Membership.State.WITHDRAWN
    left.save()
    RatingRevision.objects.filter(membership=left).update(counted=False)
    assert deriving.waiting() == []  # not before it is counted
    counting.count_all_new(study)
    assert deriving.waiting() == []  # and settled
    results.settle(study)
    tasks.publish_study()
    assert StudyResults.objects.filter(study=study).count() == 2
    now, again = boards.table(study.slug, Slice()), boards.table(study.slug, Slice(as_of=moment))
    assert before is not None and now is not None and then is not None and again is not None
    assert now.revision == 2 and now.row("study-1") != before.row("study-1")
    assert now.rows[0].cells["harm"].n == 40 and before.rows[0].cells["harm"].n == 48
    assert again == then and again.rows == before.rows
    empty = boards.table(study.slug, Slice(as_of=moment - timedelta(days=1)))
    assert empty is not None and empty.rows == () and empty.head.title == now.head.title


def test_the_sorted_column_orders_the_page_and_pairs_are_of_that_column(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    two = LEVELS + LEVELS[LEVELS.index("[[axes]]") :].replace('"harm"', '"use"').replace("Harm", "Use")
    given = [
        (case, system, rater, {**payload, "use": "much" if payload["harm"] == "none" else "none"})
        for case, system, rater, payload in levels({"one": 0.95, "two": 0.1})
    ]
    study = put_on_board(rated(two, given))
    assert [row.system for row in boards.table(study.slug, Slice()).rows] == ["one", "two"]  # type: ignore[union-attr]
    by_use = boards.table(study.slug, Slice(sort="use"))
    assert by_use is not None
    assert [(row.system, row.rank_low) for row in by_use.rows] == [("two", 1), ("one", 2)]
    for sort, better in (("rank", "study-1"), ("use", "study-2")):
        pairs = boards.pairs(study.slug, Slice(sort=sort))
        assert pairs is not None
        at = pairs.keys.index(better)
        assert pairs.difference[at].max() > 0 and pairs.p_adjusted[at].min() < 0.05
        assert pairs.low[at, 1 - at] < pairs.difference[at, 1 - at] < pairs.high[at, 1 - at]


def test_weights_blend_shares_only_when_a_reader_gives_them(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    study = put_on_board(rated(LEVELS, levels({"one": 0.9, "two": 0.3})))
    table = boards.table(study.slug, Slice(weights=(("harm", 3.0), ("harm@much", 1.0))))
    assert table is not None
    for row in table.rows:
        top, much = row.cells["harm"].value, row.cells["harm@much"].value
        assert row.average == pytest.approx((3 * (top or 0) + (much or 0)) / 4)


def test_more_ratings_are_planned_for_two_that_are_not_told_apart(
    rated: Callable[..., Study], put_on_board: Callable[[Study], Study]
) -> None:
    study = put_on_board(rated(LEVELS, levels({"one": 0.66, "two": 0.5, "bad": 0.05})))
    table = boards.table(study.slug, Slice())
    assert table is not None
    keys = {row.system: row.key for row in table.rows}
    plan = to_separate(study.slug, Slice(), keys["one"], keys["two"])
    assert plan is not None and plan.ratings > 20 and plan.grows in ("cases", "raters", "both")
    assert to_separate(study.slug, Slice(), keys["one"], keys["bad"]) is None
